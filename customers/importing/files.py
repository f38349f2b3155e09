"""Delimited text files, read as a stream: every record comes out, unreadable ones with what is wrong."""

from __future__ import annotations

import codecs
import csv
import gzip
import zlib
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, cast

from customers.importing.errors import ImportFileError
from customers.said import said as _
from customers.vietnamese.names import clean

DELIMITERS = {",": ",", ";": ";", "tab": "\t", "\t": "\t", "|": "|"}
# One byte a character below 128, so that lines can be cut before they are decoded.
ENCODINGS = ("utf-8", "cp1258", "cp1252", "latin-1")
LONGEST_LINE = 1024 * 1024
LONGEST_CELL = csv.field_size_limit()
MOST_LINES_A_RECORD = 500
KEPT_OF_A_LONG_LINE = 1000
GZIP_MAGIC = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Line:
    """A physical line, numbered from 1, with its line end; `problem` says why it cannot be read."""

    number: int
    text: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """A row under the header: as it stands in the file, and its cells unless there is a problem."""

    line: int
    text: str
    cells: list[str]
    problem: str = ""


class TableFile:
    """A CSV file, plain or gzipped, open for one pass. Raises ImportFileError where it is no such file.

    Holds one record in memory at a time, whatever the size of the file. `skip` lines stand before the header.
    """

    def __init__(self, path: Path, *, delimiter: str = "", encoding: str = "", skip: int = 0) -> None:
        self.path = path
        self._encoding = _known_encoding(encoding)
        self._number = 0
        self._pushed_back: deque[Line] = deque()
        self._file = _open(path)
        try:
            for _line in range(skip):
                self._next_line()
            heading = self._heading()
            self.delimiter = _known_delimiter(delimiter) or _likely_delimiter(heading.text)
            self.header = [clean(name) for name in self._header_cells(heading)]
        except ImportFileError:
            self.close()
            raise

    def __enter__(self) -> TableFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._file.close()

    def records(self) -> Iterator[Record]:
        """Every row that is not blank, in the order of the file."""
        while line := self._next_line():
            if line.problem:
                yield Record(line.number, line.text, [], line.problem)
            elif '"' in line.text:
                yield self._quoted(line)
            elif stripped := line.text.rstrip("\r\n"):
                yield self._fitted(line, line.text, stripped.split(self.delimiter))

    def cells_of(self, text: str) -> list[str]:
        """The cells in a record's text; where it cannot be read, cut at every delimiter with its quotes."""
        try:
            cells = next(
                csv.reader(text.splitlines(keepends=True), delimiter=self.delimiter, strict=True), []
            )
        except csv.Error:
            cells = []
        if len(cells) == len(self.header):
            return cells
        return text.rstrip("\r\n").split(self.delimiter)

    def _heading(self) -> Line:
        line = self._next_line()
        while line and not line.problem and not line.text.strip():
            line = self._next_line()
        if line is None:
            raise ImportFileError(_("The file is empty. Its first line must name the columns."))
        if line.problem:
            raise ImportFileError(
                _("Line %(line)d, with the column names: %(problem)s")
                % {"line": line.number, "problem": line.problem}
            )
        if "\r" in line.text.rstrip("\r\n"):
            raise ImportFileError(
                _("The lines of this file end as on old Macs. Save it again as “CSV UTF-8” and import that.")
            )
        return line

    def _header_cells(self, heading: Line) -> list[str]:
        try:
            return next(csv.reader([heading.text], delimiter=self.delimiter, strict=True))
        except csv.Error as error:
            raise ImportFileError(
                _("The quotes in the line of column names do not pair up. Correct line %(line)d.")
                % {"line": heading.number}
            ) from error

    def _next_line(self) -> Line | None:
        if self._pushed_back:
            return self._pushed_back.popleft()
        raw = self._read(LONGEST_LINE)
        if not raw:
            return None
        self._number += 1
        if len(raw) == LONGEST_LINE and not raw.endswith(b"\n"):
            return self._too_long(raw)
        if self._number == 1:
            raw = raw.removeprefix(codecs.BOM_UTF8)
        return self._decoded(raw)

    def _read(self, size: int) -> bytes:
        try:
            return self._file.readline(size)
        except (EOFError, gzip.BadGzipFile, zlib.error, OSError) as error:
            raise ImportFileError(
                _(
                    "The file is damaged after line %(line)d and cannot be read further. "
                    "Get it again and import it; what is in already is recognised."
                )
                % {"line": self._number}
            ) from error

    def _too_long(self, start: bytes) -> Line:
        rest = start
        while rest and not rest.endswith(b"\n"):
            rest = self._read(LONGEST_LINE)
        text = start[:KEPT_OF_A_LONG_LINE].decode(self._encoding, "backslashreplace") + "…"
        problem = _("The row is longer than %(limit)d characters. Shorten its texts.")
        return Line(self._number, text.replace("\0", "\\x00"), problem % {"limit": LONGEST_LINE})

    def _decoded(self, raw: bytes) -> Line:
        try:
            text = raw.decode(self._encoding)
        except UnicodeDecodeError as error:
            problem = _(
                "Byte %(byte)d (0x%(value)02X) is not %(encoding)s. Save the file as “CSV UTF-8”, "
                "or name its encoding: %(known)s."
            ) % {
                "byte": error.start + 1,
                "value": raw[error.start],
                "encoding": self._encoding.upper(),
                "known": ", ".join(ENCODINGS),
            }
            text = raw.decode(self._encoding, "backslashreplace")
            return Line(self._number, text.replace("\0", "\\x00"), problem)
        if "\0" in text:
            problem = _("There is a NUL character here: the file is damaged or not a text file.")
            return Line(self._number, text.replace("\0", "\\x00"), problem)
        return Line(self._number, text)

    def _quoted(self, first: Line) -> Record:
        """A record with quotes, which may go on over several lines.

        Where the quotes do not pair up, only the first line is at fault; the others are read again.
        """
        taken = [first]
        try:
            cells = next(csv.reader(self._following(taken), delimiter=self.delimiter, strict=True))
        except csv.Error:
            cells = None
        if cells is not None and (len(taken) == 1 or len(cells) == len(self.header)):
            return self._fitted(first, "".join(line.text for line in taken), cells)
        self._pushed_back.extendleft(reversed(taken[1:]))
        problem = (
            _("A cell is longer than %(limit)d characters. Shorten it.") % {"limit": LONGEST_CELL}
            if len(first.text) > LONGEST_CELL
            else _("The quotes in this row do not pair up. Inside a quoted cell, write every quote twice.")
        )
        return Record(first.number, first.text, [], problem)

    def _following(self, taken: list[Line]) -> Iterator[str]:
        yield taken[0].text
        while len(taken) < MOST_LINES_A_RECORD and (line := self._next_line()):
            if line.problem:
                self._pushed_back.appendleft(line)
                return
            taken.append(line)
            yield line.text

    def _fitted(self, line: Line, text: str, cells: list[str]) -> Record:
        width = len(self.header)
        if len(cells) == width:
            return Record(line.number, text, cells)
        if len(cells) > width and not any(cells[width:]):
            return Record(line.number, text, cells[:width])
        problem = _(
            "The row has %(cells)d cells, the header %(columns)d. "
            "Put texts that contain “%(delimiter)s” in quotes."
        ) % {"cells": len(cells), "columns": width, "delimiter": self.delimiter}
        return Record(line.number, text, [], problem)


def _open(path: Path) -> BinaryIO:
    try:
        file = path.open("rb")
        start = file.read(8)
        file.seek(0)
    except OSError as error:
        raise ImportFileError(
            _("The file %(path)s cannot be opened: %(reason)s.") % {"path": path, "reason": error.strerror}
        ) from error
    if start.startswith(GZIP_MAGIC):
        file.close()
        return cast("BinaryIO", gzip.open(path, "rb"))
    if problem := _not_text(start):
        file.close()
        raise ImportFileError(problem)
    return file


def _not_text(start: bytes) -> str:
    if start.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return _("This is a spreadsheet, not a CSV file. Save it as “CSV UTF-8” and import that.")
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or start[1::2] == b"\0\0\0\0":
        return _("This file is in UTF-16. Save it as “CSV UTF-8” and import that.")
    if start.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"\x7fELF")):
        return _("This is not a CSV file. Save the list as “CSV UTF-8” and import that.")
    return ""


def _known_encoding(name: str) -> str:
    if not name:
        return "utf-8"
    try:
        known = codecs.lookup(name).name
    except LookupError:
        known = ""
    if known not in {codecs.lookup(encoding).name for encoding in (*ENCODINGS, "utf-8-sig")}:
        raise ImportFileError(
            _("The encoding “%(name)s” is not known here. Known are: %(known)s.")
            % {"name": name, "known": ", ".join(ENCODINGS)}
        )
    return "utf-8" if known == "utf-8-sig" else known


def _known_delimiter(name: str) -> str:
    if name and name not in DELIMITERS:
        raise ImportFileError(
            _("The delimiter “%(name)s” is not known here. Known are: %(known)s.")
            % {"name": name, "known": ", ; tab |"}
        )
    return DELIMITERS[name] if name else ""


def _likely_delimiter(heading: str) -> str:
    """The delimiter that cuts the line of column names into most pieces; a comma where none does."""
    outside_quotes = "".join(heading.split('"')[::2])
    return max((",", ";", "\t", "|"), key=outside_quotes.count)
