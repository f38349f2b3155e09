"""The rejects file: the rows that could not be imported, as they stood, each with its line and what to do."""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TextIO

from django.utils.translation import gettext as _

from customers.importing.errors import ImportFileError


class RejectsFile:
    """Written beside the list as rows fail; made with the first of them, readable by its owner only.

    It has the delimiter and columns of the list and two more, `line` and `reason`, so that it can be
    corrected and imported again. An old file of the same name is removed at the start.
    """

    def __init__(self, path: Path, *, header: Sequence[str], delimiter: str) -> None:
        self.path = path
        self.count = 0
        self._header = header
        self._delimiter = delimiter
        self._file: TextIO | None = None
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise self._not_writable(error) from error

    def __enter__(self) -> RejectsFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file:
            self._file.close()

    def add(self, line: int, cells: Sequence[str], reason: str) -> None:
        """A row with fewer cells than the header is filled up, one with more keeps them at the end."""
        if self._file is None:
            self._start()
        self.count += 1
        width = len(self._header)
        padded = [*cells[:width], *[""] * (width - len(cells))]
        self._writer.writerow([*padded, line, reason, *cells[width:]])

    def _start(self) -> None:
        try:
            descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        except OSError as error:
            raise self._not_writable(error) from error
        self._file = os.fdopen(descriptor, "w", encoding="utf-8-sig", newline="", errors="backslashreplace")
        self._writer = csv.writer(self._file, delimiter=self._delimiter)
        self._writer.writerow([*self._header, "line", "reason"])

    def _not_writable(self, error: OSError) -> ImportFileError:
        return ImportFileError(
            _("The rejects file %(path)s cannot be written: %(reason)s. Name another with --rejects.")
            % {"path": self.path, "reason": error.strerror}
        )
