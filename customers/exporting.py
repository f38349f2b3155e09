"""Customers out to a file: streamed, and without a cell that a spreadsheet would run as a formula."""

from __future__ import annotations

import csv
import datetime
import os
import tempfile
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from customers.export_columns import known_columns
from customers.models import Customer
from customers.registry import ExportColumn, registry
from customers.vietnamese.typed import InputError

CHUNK = 2000
ROWS_A_SHEET = 1_000_000
LONGEST_XLSX_TEXT = 32_767
FORMATS = (".csv", ".xlsx")
DEFAULT_COLUMNS = (
    "code",
    "full_name",
    "gender",
    "birth_date",
    "phone",
    "email",
    "province",
    "owner",
    "branch",
)
# What spreadsheets take for the beginning of a formula, in both widths.
FORMULA_STARTS = frozenset("=+-@＝＋－＠")
WHITESPACE_STARTS = ("\t", "\r", "\n")


class ExportError(InputError):
    """An export that cannot be made as asked."""


def export_customers(
    *,
    path: Path,
    customers: QuerySet[Customer],
    columns: Sequence[str],
    labels: bool = False,
    report: Callable[[int], None] = lambda written: None,
) -> int:
    """Write customers to a CSV or XLSX file, by its extension; gives their number. Raises ExportError.

    They stand in their own order or, without one, in that of their codes; `report` is told from time to time
    how many are written. The first row has the names of the columns or, if asked for, their labels. The file
    appears when it is complete, readable by its owner only: it holds personal data.
    """
    if path.suffix.lower() not in FORMATS:
        raise ExportError(_("The file must end in .csv or .xlsx, which says what it will be."))
    chosen = chosen_columns(columns)
    heading = [str(column.label) if labels else column.name for column in chosen]
    write = write_csv if path.suffix.lower() == ".csv" else write_xlsx
    try:
        with _appearing_when_complete(path) as draft:
            return write(draft, heading, _rows(customers, chosen, report))
    except OSError as error:
        raise ExportError(
            _("The file %(path)s cannot be written: %(reason)s.") % {"path": path, "reason": error.strerror}
        ) from error


def chosen_columns(names: Sequence[str]) -> list[ExportColumn]:
    """The columns of these names, in this order. Raises ExportError naming all that are known."""
    known = known_columns()
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ExportError(
            _("There is no column %(unknown)s. Known are: %(known)s.")
            % {"unknown": ", ".join(unknown), "known": ", ".join(known)}
        )
    if not names:
        raise ExportError(_("Name at least one column. Known are: %(known)s.") % {"known": ", ".join(known)})
    return [known[name] for name in names]


def in_segment(customers: QuerySet[Customer], segment: int) -> QuerySet[Customer]:
    """Those who are in a segment now. Raises ExportError for an unknown one."""
    choices = registry.segment_choices()
    if segment not in {choice.pk for choice in choices}:
        known = "; ".join(f"{choice.pk} {choice.name} ({choice.family_name})" for choice in choices)
        raise ExportError(
            _("There is no segment %(segment)d. Known are: %(known)s.")
            % {"segment": segment, "known": known or "-"}
        )
    return customers.filter(behaviour__segment_ids__contains=[segment])


def safe_text(text: str) -> str:
    """The text, with an apostrophe in front where a spreadsheet could take it for a formula.

    Invisible characters in front do not hide one: some programs drop them.
    """
    first = next((char for char in text if not _is_invisible(char)), "")
    return f"'{text}" if first in FORMULA_STARTS or text.startswith(WHITESPACE_STARTS) else text


def _is_invisible(char: str) -> bool:
    return char.isspace() or unicodedata.category(char) in {"Cc", "Cf"}


def _rows(
    customers: QuerySet[Customer], columns: Sequence[ExportColumn], report: Callable[[int], None]
) -> Iterator[list[Any]]:
    for column in columns:
        customers = column.prepare(customers)
    ordered = customers if customers.ordered else customers.order_by("pk")
    for number, customer in enumerate(ordered.iterator(chunk_size=CHUNK)):
        if number % CHUNK == 0:
            report(number)
        yield [column.read(customer) for column in columns]


def write_csv(path: Path, heading: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """UTF-8 with a byte order mark, by which spreadsheets know it; dates as 2024-05-14."""
    written = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(heading)
        for row in rows:
            writer.writerow([_csv_cell(value) for value in row])
            written += 1
    return written


def _csv_cell(value: Any) -> str | int | Decimal:
    if value is None:
        return ""
    if isinstance(value, datetime.datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, int | Decimal):
        return value
    return safe_text(str(value))


def write_xlsx(path: Path, heading: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Every cell is written as the text, number or date that it is; after a full sheet comes another."""
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    written = 0
    with xlsxwriter.Workbook(path, options) as workbook:
        writer = _SheetWriter(workbook, heading)
        for row in rows:
            if written % ROWS_A_SHEET == 0:
                writer.start_sheet()
            writer.write(row)
            written += 1
        if not written:
            writer.start_sheet()
    return written


class _SheetWriter:
    def __init__(self, workbook: xlsxwriter.Workbook, heading: Sequence[str]) -> None:
        self._workbook = workbook
        self._heading = heading
        self._bold = workbook.add_format({"bold": True})
        self._date = workbook.add_format({"num_format": "dd/mm/yyyy"})
        self._moment = workbook.add_format({"num_format": "dd/mm/yyyy hh:mm"})
        self._whole = workbook.add_format({"num_format": "#,##0"})
        self._fraction = workbook.add_format({"num_format": "#,##0.0##"})
        self._row = 0

    def start_sheet(self) -> None:
        self._sheet = self._workbook.add_worksheet()
        self._sheet.freeze_panes(1, 0)
        for place, name in enumerate(self._heading):
            self._sheet.write_string(0, place, name, self._bold)
        self._row = 1

    def write(self, row: Sequence[Any]) -> None:
        for place, value in enumerate(row):
            if value is not None and value != "":
                self._cell(place, value)
        self._row += 1

    def _cell(self, place: int, value: Any) -> None:
        if isinstance(value, datetime.datetime):
            self._sheet.write_datetime(self._row, place, value.replace(tzinfo=None), self._moment)
        elif isinstance(value, datetime.date):
            self._sheet.write_datetime(self._row, place, value, self._date)
        elif isinstance(value, int | Decimal):
            form = self._whole if value == int(value) else self._fraction
            self._sheet.write_number(self._row, place, value, form)
        else:
            self._sheet.write_string(self._row, place, _fitting(str(value)))


def _fitting(text: str) -> str:
    """What a cell of a workbook holds; the end of a longer text is only in the CSV."""
    return text if len(text) <= LONGEST_XLSX_TEXT else text[: LONGEST_XLSX_TEXT - 1] + "…"


@contextmanager
def _appearing_when_complete(path: Path) -> Iterator[Path]:
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=path.suffix)
    os.close(descriptor)
    draft = Path(name)
    try:
        yield draft
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
