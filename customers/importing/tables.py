"""A kept list, whatever its form: where its header stands, what its first rows are, and all of its rows."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path

from customers.importing import sheet_to_csv
from customers.importing.encodings import (
    SAMPLE,
    Encoding,
    decoded,
    find_encoding,
    is_text,
    is_web_page,
    utf_8_lines,
)
from customers.importing.errors import ImportFileError
from customers.importing.fields import ImportField, heading_key, known_headings, unique_titles
from customers.importing.files import DELIMITERS, LONGEST_LINE, Record, TableFile
from customers.said import Count
from customers.said import said as _
from customers.vietnamese.names import visible

LARGEST_UPLOAD = 50 * 1024 * 1024
LARGEST_UNPACKED = 400 * 1024 * 1024
MOST_ROWS = 200_000
MOST_COLUMNS = 200
PIECE = 1024 * 1024
LOOKED_AT = 30
SHOWN = 5
PATIENCE_SECONDS = 120
SPREADSHEET_STARTS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
FORMULA_AFTER_APOSTROPHE = ("'=", "'+", "'-", "'@")


@dataclass(frozen=True, slots=True)
class Layout:
    """How a list is written: found, or said by a person who knows better."""

    is_sheet: bool = False
    sheet: str = ""
    # All sheets of the workbook in its order, and whether people see them.
    sheets: tuple[tuple[str, bool], ...] = ()
    encoding: str = ""
    delimiter: str = ""
    header_line: int = 1
    header: tuple[str, ...] = ()


def look_at(
    path: Path,
    fields: Sequence[ImportField],
    *,
    sheet: str = "",
    encoding: str = "",
    delimiter: str = "",
    header_line: int = 0,
) -> Layout:
    """What a kept list looks like. Makes the copy that its rows are read from. Raises ImportFileError."""
    if _starts_as_sheet(path):
        layout = _unpacked(path, sheet)
    else:
        found = Encoding(encoding) if encoding in set(Encoding) else _encoding_of_text(path)
        _write_copy(path, found)
        layout = Layout(encoding=found)
    lines = _first_lines(_copy_of(path))
    delimiter = "," if layout.is_sheet else delimiter or _likely_delimiter(lines)
    rows = _first_rows(lines, delimiter, is_sheet=layout.is_sheet)
    if not rows and sheet:
        raise ImportFileError(_("The sheet “%(sheet)s” is empty. Choose another one.") % {"sheet": sheet})
    if not rows:
        raise ImportFileError(_("The file is empty. It needs a row of column names, and rows beneath it."))
    numbers = [number for number, _cells in rows]
    line = header_line if header_line in numbers else _header_line(rows, fields)
    layout = replace(layout, delimiter=delimiter, header_line=line)
    with _open(path, layout) as table:
        header = table.header[1:] if layout.is_sheet else table.header
    header = _without_empty_end(header, [cells for number, cells in rows if number > line])
    if len(header) > MOST_COLUMNS:
        raise ImportFileError(
            _("The list has %(count)d columns; the most is %(most)d. Delete those that are not needed.")
            % {"count": len(header), "most": MOST_COLUMNS}
        )
    layout = replace(layout, header=tuple(unique_titles(header)))
    if _has_too_many_rows(path, layout):
        raise too_many_rows()
    return layout


def too_many_rows() -> ImportFileError:
    """What is said of a list that is longer than is read."""
    return ImportFileError(
        _("The list has more than %(most)s rows. Bring it in parts.") % {"most": Count(MOST_ROWS)}
    )


def _has_too_many_rows(path: Path, layout: Layout) -> bool:
    """Whether there is a row too many; a row takes a line at least, so that few lists are read for this."""
    with _copy_of(path).open("rb") as file:
        lines = sum(piece.count(b"\n") for piece in iter(partial(file.read, PIECE), b""))
    return lines >= MOST_ROWS and next(islice(read_rows(path, layout), MOST_ROWS, None), None) is not None


def read_rows(path: Path, layout: Layout) -> Iterator[Record]:
    """Every row under the header, with the line at which it stands in the file as people see it."""
    width = len(layout.header)
    with _open(path, layout) as table:
        for record in table.records():
            if layout.is_sheet:
                number = int(record.cells[0]) if record.cells else record.line
                yield Record(number, record.text, _fitted(record.cells[1:], width), record.problem)
            else:
                line = record.line
                cells = record.cells or table.cells_of(record.text)
                yield Record(line, record.text, _fitted(cells, width), record.problem)


def first_rows(path: Path, layout: Layout) -> list[Record]:
    """The first rows, to see what the columns hold; those that cannot be read with what is wrong."""
    return list(islice(read_rows(path, layout), SHOWN))


def forget(path: Path) -> None:
    """Delete a kept list and its copy."""
    path.unlink(missing_ok=True)
    _copy_of(path).unlink(missing_ok=True)


def _fitted(cells: Sequence[str], width: int) -> list[str]:
    """So many cells as they are reviewed and written, which is without what nobody sees.

    The apostrophe goes with which an export of ours kept a text from being a formula.
    """
    seen = map(visible, cells[:width])
    fitted = [cell[1:] if cell.startswith(FORMULA_AFTER_APOSTROPHE) else cell for cell in seen]
    return fitted + [""] * (width - len(fitted))


def _open(path: Path, layout: Layout) -> TableFile:
    if layout.is_sheet:
        skip = _place_of(_copy_of(path), layout.header_line)
        return TableFile(_copy_of(path), delimiter=",", skip=skip)
    return TableFile(_copy_of(path), delimiter=layout.delimiter, skip=layout.header_line - 1)


def _place_of(copy: Path, row: int) -> int:
    """How many lines of the copy stand before a row of the sheet."""
    for number, line in enumerate(_first_lines(copy)):
        if line.startswith(f"{row},"):
            return number
    return 0


def _copy_of(path: Path) -> Path:
    return path.with_name(path.name + ".utf8")


def _starts_as_sheet(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(8).startswith(SPREADSHEET_STARTS)


def _encoding_of_text(path: Path) -> Encoding:
    """How a text is written. Raises ImportFileError for what is none, or is for a browser."""
    found = find_encoding(path)
    with path.open("rb") as file:
        start = decoded(file.read(SAMPLE), found)
    if not is_text(start):
        raise ImportFileError(
            _("This is neither a spreadsheet nor a text file. Save the list as .xlsx or “CSV UTF-8”.")
        )
    if is_web_page(start):
        raise ImportFileError(
            _("This is a web page that is called a spreadsheet. Open it in Excel and save it as .xlsx.")
        )
    return found


def _write_copy(path: Path, encoding: Encoding) -> None:
    copy = _copy_of(path)
    with copy.open("w", encoding="utf-8", newline="", errors="backslashreplace") as file:
        file.writelines(utf_8_lines(path, encoding))
    copy.chmod(0o600)


def _unpacked(path: Path, sheet: str) -> Layout:
    """The sheet of a name, else the first with rows.

    Raises ImportFileError for what is too large, protected or no spreadsheet.
    """
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            if sum(member.file_size for member in archive.infolist()) > LARGEST_UNPACKED:
                raise _too_large()
    copy = _copy_of(path)
    try:
        done = subprocess.run(
            # What stands above the column names comes on top.
            [sys.executable, sheet_to_csv.__file__, str(path), str(copy), str(MOST_ROWS + LOOKED_AT), sheet],
            capture_output=True,
            check=False,
            timeout=PATIENCE_SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise _too_large() from error
    if done.returncode == sheet_to_csv.TOO_MANY_ROWS:
        raise too_many_rows()
    if done.returncode == sheet_to_csv.PROTECTED:
        raise ImportFileError(_("The file has a password. Save it without one and bring it again."))
    if done.returncode == sheet_to_csv.NOT_READABLE:
        raise ImportFileError(
            _(
                "The file cannot be read as a spreadsheet. "
                "Save it again as .xlsx or “CSV UTF-8” and bring that."
            )
        )
    if done.returncode:
        raise _too_large()
    copy.chmod(0o600)
    found = json.loads(done.stdout)
    sheets = tuple((name, is_visible) for name, is_visible in found["sheets"])
    return Layout(is_sheet=True, sheet=found["sheet"], sheets=sheets)


def _too_large() -> ImportFileError:
    return ImportFileError(
        _(
            "Unpacked, the file is too large to be read. "
            "Delete sheets, empty rows and columns, or save it as CSV."
        )
    )


def _first_lines(copy: Path) -> list[str]:
    with copy.open(encoding="utf-8-sig", newline="") as file:
        lines = (file.readline(LONGEST_LINE) for _line in range(LOOKED_AT))
        return [line for line in lines if line]


def _first_rows(lines: Sequence[str], delimiter: str, *, is_sheet: bool) -> list[tuple[int, list[str]]]:
    """The first rows that are not blank, each with its line."""
    rows = []
    for number, line in enumerate(lines, 1):
        try:
            cells = next(csv.reader([line], delimiter=delimiter), [])
        except csv.Error:
            continue
        if is_sheet and cells and cells[0].isdecimal():
            rows.append((int(cells[0]), cells[1:]))
        elif not is_sheet and any(cell.strip() for cell in cells):
            rows.append((number, cells))
    return rows


def _likely_delimiter(lines: Sequence[str]) -> str:
    """The delimiter that cuts most lines, and those into most pieces."""
    outside_quotes = ["".join(line.split('"')[::2]) for line in lines]
    counts = {
        mark: [line.count(mark) for line in outside_quotes] for mark in dict.fromkeys(DELIMITERS.values())
    }
    return max(counts, key=lambda mark: (sum(1 for count in counts[mark] if count), sum(counts[mark])))


def _header_line(rows: Sequence[tuple[int, list[str]]], fields: Sequence[ImportField]) -> int:
    """The line of the column names: that with most headings we know, else the first as wide as the list."""
    known = known_headings(fields)
    recognised = [sum(heading_key(cell) in known for cell in cells) for _number, cells in rows]
    best = max(recognised)
    if best > 0:
        return rows[recognised.index(best)][0]
    filled = [sum(1 for cell in cells if cell.strip()) for _number, cells in rows]
    return rows[filled.index(max(filled))][0]


def _without_empty_end(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """The header without columns at its end that have neither a name nor, so far, a value."""
    width = len(header)
    while (
        width
        and not header[width - 1].strip()
        and not any("".join(row[width - 1 : width]).strip() for row in rows)
    ):
        width -= 1
    return list(header[:width])
