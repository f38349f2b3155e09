"""A sheet of a workbook to CSV: `python sheet_to_csv.py IN OUT [NAME]`, run as a process of its own.

A small file may unpack to gigabytes, or have one cell in the last row of the last column. The limits below
end such a process instead of the server. It imports nothing of ours, so that it starts at once.
"""

import csv
import datetime
import json
import resource
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import python_calamine as calamine

MEMORY = 1536 * 1024 * 1024
SECONDS = 90
LARGEST_OUTPUT = 512 * 1024 * 1024
NOT_READABLE = 3
PROTECTED = 4
LARGEST_WHOLE = 10**15


def main(source: str, target: str, wanted: str = "") -> int:
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
            name, rows = _first_with_rows(workbook, order)
            _write(target, rows)
    except calamine.PasswordError:
        return PROTECTED
    except (calamine.CalamineError, OSError, ValueError):
        return NOT_READABLE
    json.dump({"sheet": name, "sheets": list(sheets.items())}, sys.stdout)
    return 0


def _first_with_rows(
    workbook: calamine.CalamineWorkbook, names: Sequence[str]
) -> tuple[str, list[list[Any]]]:
    for name in names:
        rows = workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
        if any(cell != "" for row in rows for cell in row):
            return name, rows
    return "", []


def _write(target: str, rows: list[list[Any]]) -> None:
    """One line a row, the number of the row first; rows without anything are left out."""
    with Path(target).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        for number, row in enumerate(rows, 1):
            cells = [_text(cell) for cell in row]
            if any(cells):
                writer.writerow([number, *cells])


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
