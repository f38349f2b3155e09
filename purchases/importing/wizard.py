"""Purchases brought in through the pages: staged and saved as by the command, checked by a rehearsal."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.db import connection, transaction
from django.utils.translation import gettext_lazy

from customers.choices import Channel
from customers.importing.binding import Binding
from customers.importing.correcting import write_cells
from customers.importing.errors import RowError
from customers.importing.fields import ImportField
from customers.importing.files import Record
from customers.importing.judging import (
    Judged,
    Piece,
    days_first,
    mapping_for,
    turned_dates,
    viewer_of,
)
from customers.importing.runs import (
    check_by,
    copy_rows,
    fresh_pieces,
    stored_pieces,
    write_by,
    write_verdicts,
)
from customers.importing.services import check as ask_for_check
from customers.importing.summary import no_progress
from customers.models import ImportRow, ImportRun
from customers.said import kept, told
from customers.said import said as _
from purchases.importing.journal import Journal
from purchases.importing.lines import PURCHASE_CANON, PurchaseLineReader
from purchases.importing.purchase_import import LINES_A_BATCH
from purchases.importing.saving import save_batch
from purchases.importing.staging import gather, stage, staging
from purchases.models import Purchase

# Stands between the column and the reason of a line that cannot be read; no text of a list has it.
MARK = "\x1f"
State, Verdict, Outcome = ImportRun.State, ImportRow.Verdict, ImportRow.Outcome

PURCHASE_FIELDS: tuple[ImportField, ...] = (
    ImportField(
        "customer_external_id",
        gettext_lazy("Customer's number in your other system"),
        (
            *(
                "ma khach hang",
                "ma kh",
                "ma khach",
                "khach hang",
                "household id",
                "customer id",
                "customer no",
            ),
            *("customer external id", "customer", "id"),
        ),
    ),
    ImportField(
        "purchase_no",
        gettext_lazy("Purchase number"),
        (
            *("so don", "ma don", "ma don hang", "so don hang", "so hoa don", "ma hoa don", "hoa don"),
            *("invoice", "invoice no", "order", "order no", "order id", "basket id", "receipt"),
        ),
    ),
    ImportField(
        "purchased_at",
        gettext_lazy("Time of the purchase"),
        (
            *("ngay", "ngay mua", "thoi gian", "ngay ban", "ngay hoa don", "ngay dat", "date", "time"),
            *("purchased at", "order date", "invoice date", "transaction timestamp"),
        ),
    ),
    ImportField(
        "channel",
        gettext_lazy("Channel"),
        ("kenh", "kenh mua", "kenh ban", "kenh mua hang", "channel"),
        choices=Channel,
    ),
    ImportField(
        "product_code",
        gettext_lazy("Product code"),
        ("ma hang", "ma san pham", "ma sp", "ma hang hoa", "sku", "product id", "product code", "item"),
    ),
    ImportField(
        "product_name",
        gettext_lazy("Product name"),
        ("ten hang", "ten san pham", "san pham", "ten hang hoa", "hang hoa", "product", "product name"),
    ),
    ImportField(
        "category",
        gettext_lazy("Product category"),
        ("nhom hang", "nganh hang", "loai hang", "danh muc", "category", "product category"),
    ),
    ImportField("quantity", gettext_lazy("Quantity"), ("so luong", "sl", "quantity", "qty")),
    ImportField(
        "line_total",
        gettext_lazy("Amount of the line, after discount"),
        ("thanh tien", "tien", "tong tien", "doanh thu", "line total", "amount", "total", "sales value"),
    ),
    ImportField(
        "discount",
        gettext_lazy("Discount"),
        ("giam gia", "chiet khau", "khuyen mai", "discount", "retail disc"),
    ),
    ImportField(
        "status", gettext_lazy("Status"), ("trang thai", "tinh trang", "status"), choices=Purchase.Status
    ),
)

# What became of each line, as the temporary tables know it.
LINES = """
SELECT s.line, s.reason, p.flaw, p.flawed_line, p.outcome, p.customer_id
FROM import_staged s LEFT JOIN import_purchase p USING (customer_no, purchase_no)
ORDER BY s.line
"""
FETCHED_AT_ONCE = 2000


def _marked(field: str, message: str) -> str:
    """What is wrong with a line, as it waits in a column of text."""
    return f"{field}{MARK}{json.dumps(kept(message))}"


class _MarkedBinding(Binding):
    """Keeps the column of an error apart from its reason, to show it in its cell."""

    def explain(self, error: RowError) -> str:
        return _marked(error.field, error.message)


@dataclass(frozen=True, slots=True)
class _Batch:
    """Some of the lines as they stand by now, in place of a file."""

    pieces: list[Piece]
    turned: frozenset[int]

    def records(self) -> Iterator[Record]:
        for piece in self.pieces:
            problem = piece.problem and _marked("", piece.problem)
            yield Record(piece.line, "", days_first(piece.cells, self.turned), problem)

    def cells_of(self, _text: str) -> list[str]:
        """A line that could not be read names no purchase."""
        return []


class _RehearsedError(Exception):
    """Takes everything back that a rehearsal has written."""


def check_purchases(run: ImportRun) -> None:
    """Rehearse the import: all of it in one transaction that is taken back, and its verdict on every line."""
    check_by(run, _check_all)


def _check_all(run: ImportRun) -> None:
    if not run.total:
        for pieces in fresh_pieces(run):
            copy_rows(run, [_unjudged(piece) for piece in pieces])
    lines = _rehearse(run)
    for first in range(0, len(lines), FETCHED_AT_ONCE):
        write_verdicts(run, [line.judged for line in lines[first : first + FETCHED_AT_ONCE]])


def _unjudged(piece: Piece) -> Judged:
    errors = [RowError("", piece.problem)] if piece.problem else []
    return Judged(piece, errors=errors)


def _rehearse(run: ImportRun) -> list[_Line]:
    lines: list[_Line] = []
    with staging():
        batches = _stage(run)
        try:
            with transaction.atomic():
                _save(run, batches, journal=None)
                lines = list(_lines())
                raise _RehearsedError
        except _RehearsedError:
            return lines


def _stage(run: ImportRun) -> int:
    """Gather all lines into purchases; gives the number of batches."""
    mapping = mapping_for(run, PURCHASE_FIELDS, money="line_total")
    reader = PurchaseLineReader(_MarkedBinding(run.header, mapping, PURCHASE_CANON), mapping)
    turned = turned_dates(run)
    for pieces in stored_pieces(run):
        stage(_Batch(pieces, turned), reader, no_progress)
    return gather(source=run.source, batch_size=LINES_A_BATCH)


def _save(run: ImportRun, batches: int, *, journal: Journal | None) -> None:
    for batch in range(batches):
        save_batch(
            batch=batch,
            source=run.source,
            create_missing=run.create_missing,
            viewer=viewer_of(run),
            branch_id=run.branch_id,
            journal=journal,
        )


@dataclass(frozen=True, slots=True)
class _Line:
    line: int
    reason: str | None
    flaw: str | None
    flawed_line: int | None
    outcome: str | None
    customer_pk: int | None

    @property
    def judged(self) -> Judged:
        errors = [self.error] if self.error else []
        return Judged(Piece(self.line, []), errors=errors, verdict=self.verdict)

    @property
    def verdict(self) -> ImportRow.Verdict:
        verdicts = {"created": Verdict.CREATE, "updated": Verdict.UPDATE, "unchanged": Verdict.UNCHANGED}
        return verdicts.get(self.outcome or "", Verdict.REJECT)

    @property
    def error(self) -> RowError | None:
        """What is wrong with the line or its purchase, at the column that it is about."""
        if self.reason is not None:
            field, _mark, text = self.reason.partition(MARK)
            return RowError(field, told(json.loads(text)))
        if self.outcome:
            return None
        if self.flaw == "line":
            text = _("Line %(line)d of this purchase is wrong, so all of the purchase is left out.")
            return RowError("purchase_no", text % {"line": self.flawed_line})
        if self.flaw == "status":
            return RowError(
                "status", _("Some lines of this purchase are cancelled. Give all the same status.")
            )
        if self.flaw == "total":
            return RowError("line_total", _("The total of this purchase is too large."))
        return RowError(
            "customer_external_id", _("No customer of yours has this number. Import the customers first.")
        )


def _lines() -> Iterator[_Line]:
    with connection.cursor() as cursor:
        cursor.execute(LINES)
        while rows := cursor.fetchmany(FETCHED_AT_ONCE):
            for row in rows:
                yield _Line(*row)


def write_purchases(run: ImportRun) -> None:
    """Save all purchases without a wrong line, some thousand lines a transaction.

    Tried again after it was killed, it knows what it has saved: the journal holds it.
    """
    write_by(run, _write_all)


def _write_all(run: ImportRun) -> None:
    with staging():
        _save(run, _stage(run), journal=Journal(run))
    run.rows.filter(outcome=Outcome.WAITING).update(outcome=Outcome.FAILED)


def correct_purchases(*, run: ImportRun, edits: Mapping[int, Mapping[int, str]]) -> int:
    """Put other texts into cells; a line can change its whole purchase, so all are checked again."""
    with transaction.atomic():
        changed = write_cells(run=run, edits=edits)
        if changed:
            ask_for_check(run=run)
    return changed
