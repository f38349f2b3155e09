"""A sheet of a workbook to CSV: `python sheet_to_csv.py IN OUT ROWS [NAME]`, run as a process of its own.

A small file may unpack to gigabytes, or have one cell in the last row of the last column. The limits below
end such a process instead of the server; of a sheet with more filled ROWS no more is read. It imports
nothing of ours, so that it starts at once.
"""

import csv
import datetime
import json
import posixpath
import re
import resource
import sys
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import python_calamine as calamine

MEMORY = 1536 * 1024 * 1024
SECONDS = 90
LARGEST_OUTPUT = 512 * 1024 * 1024
NOT_READABLE = 3
PROTECTED = 4
TOO_MANY_ROWS = 5
# The last row that a spreadsheet can have.
LAST_ROW = 1_048_576
LARGEST_WHOLE = 10**15
PIECE = 1024 * 1024
LONGEST_MARK = len("<row ")
_ROW = re.compile(rb"<row[\s>/]")
_CONTENT = re.compile(rb"<(?:v|is)[\s>]")
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


class TooManyRowsError(Exception):
    """The sheet has more rows with something in them than are wanted."""


def main(source: str, target: str, most: str, wanted: str = "") -> int:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_OUTPUT, LARGEST_OUTPUT))
    try:
        with calamine.CalamineWorkbook.from_path(source) as workbook:
            sheets = {
                sheet.name: sheet.visible == calamine.SheetVisibleEnum.Visible
                for sheet in workbook.sheets_metadata
                if sheet.typ == calamine.SheetTypeEnum.WorkSheet
            }
            # What people do not see is read only where they ask for it, or where there is nothing else.
            order = [wanted] if wanted in sheets else sorted(sheets, key=lambda name: not sheets[name])
            name, rows = _first_with_rows(workbook, order, _parts_of_sheets(source), int(most))
            _write(target, rows, int(most))
    except TooManyRowsError:
        return TOO_MANY_ROWS
    except calamine.PasswordError:
        return PROTECTED
    except (calamine.CalamineError, OSError, ValueError):
        return NOT_READABLE
    json.dump({"sheet": name, "sheets": list(sheets.items())}, sys.stdout)
    return 0


def _first_with_rows(
    workbook: calamine.CalamineWorkbook, names: Sequence[str], parts: dict[str, str], most: int
) -> tuple[str, Iterator[list[Any]]]:
    for name in names:
        if name in parts:
            _refuse_too_many(workbook.path or "", parts[name], most)
        sheet = workbook.get_sheet_by_name(name)
        if any(cell != "" for row in sheet.iter_rows() for cell in row):
            before = [""] * (sheet.start or (0, 0))[1]
            return name, ([*before, *row] for row in sheet.iter_rows())
    return "", iter(())


def _parts_of_sheets(source: str) -> dict[str, str]:
    """In which member of an XLSX each sheet stands; nothing for other kinds, and for what is not as usual."""
    if not zipfile.is_zipfile(source):
        return {}
    try:
        with zipfile.ZipFile(source) as archive:
            # What these unpack to is bounded like all that this process does.
            book, relations = (
                ElementTree.fromstring(archive.read(member))  # noqa: S314
                for member in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels")
            )
            members = set(archive.namelist())
    except (KeyError, ElementTree.ParseError, zipfile.BadZipFile):
        return {}
    targets = {
        one.get("Id"): posixpath.join("/xl", one.get("Target", "")).removeprefix("/") for one in relations
    }
    found = {
        sheet.get("name", ""): targets.get(sheet.get(_RELATION), "") for sheet in book.iterfind("{*}sheets/*")
    }
    return {name: member for name, member in found.items() if member in members}


def _refuse_too_many(source: str, member: str, most: int) -> None:
    """Count the rows as they stand, in a tenth of the time and none of the memory of reading them."""
    rows = filled = 0
    rest, is_filled = b"", False
    with zipfile.ZipFile(source) as archive, archive.open(member) as sheet:
        while piece := sheet.read(PIECE):
            *whole, rest = _ROW.split(rest + piece)
            rows += len(whole)
            for row in whole:
                filled += is_filled or _CONTENT.search(row) is not None
                is_filled = False
            if len(rest) > PIECE:
                is_filled = is_filled or _CONTENT.search(rest) is not None
                rest = rest[-LONGEST_MARK:]
            if filled > most or rows > LAST_ROW + 1:
                raise TooManyRowsError


def _write(target: str, rows: Iterator[list[Any]], most: int) -> None:
    """One line a row, the number of the row first; rows without anything are left out."""
    written = 0
    with Path(target).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        for number, row in enumerate(rows, 1):
            cells = [_text(cell) for cell in row]
            if any(cells):
                if written == most:
                    raise TooManyRowsError
                writer.writerow([number, *cells])
                written += 1


def _text(cell: Any) -> str:
    """The cell as somebody would type it: whole numbers without decimals, days without midnight."""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < LARGEST_WHOLE:
        return str(int(cell))
    if isinstance(cell, datetime.datetime):
        midnight = cell.time() == datetime.time()
        return cell.date().isoformat() if midnight else cell.isoformat(" ", "seconds")
    if isinstance(cell, datetime.date):
        return cell.isoformat()
    return str(cell)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
