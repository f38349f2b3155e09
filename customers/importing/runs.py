"""Carrying out what a person asked of an import: checking it and writing it, batch by batch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Q
from django.utils import timezone, translation
from psycopg.types.json import Jsonb

from customers.importing.copying import text_array
from customers.importing.customer_saving import Saved, save_customers
from customers.importing.errors import ImportFileError
from customers.importing.judging import CustomerJudge, Judged, Piece, problems_of
from customers.importing.locks import only_import_of
from customers.importing.resembling import compared_with_each_other, mark_alike
from customers.importing.storage import path_of
from customers.importing.tables import MOST_ROWS, Layout, read_rows, too_many_rows
from customers.models import ImportRow, ImportRun
from customers.said import kept
from customers.said import said as _

BATCH = 2000
# The second key of an advisory lock is the import.
RUN_LOCKS = 20_260_202

COPY_ROWS = """
COPY customers_importrow
    (run_id, line, cells, verdict, problems, key, outcome, customer_pk, written, undo, kept_because)
FROM STDIN
"""

# The first row that speaks of a customer counts; those beneath it would change what it has just said.
REPEATED = """
SELECT line, first FROM (
    SELECT line, first_value(line) OVER (PARTITION BY key ORDER BY line) AS first FROM customers_importrow
    WHERE run_id = %(run)s AND key <> '' AND verdict <> 'reject'
) known
WHERE line <> first ORDER BY line
"""

WRITE_VERDICTS = """
UPDATE customers_importrow kept SET verdict = new.verdict, problems = new.problems, key = new.key,
    customer_pk = new.customer_pk
FROM unnest(%s::int[], %s::text[], %s::jsonb[], %s::text[], %s::bigint[])
    AS new (line, verdict, problems, key, customer_pk)
WHERE kept.run_id = %s AND kept.line = new.line
"""

WRITE_OUTCOMES = """
UPDATE customers_importrow kept SET outcome = new.outcome, customer_pk = new.customer_pk,
    written = new.written, problems = coalesce(new.problems, kept.problems)
FROM unnest(%(lines)s::int[], %(outcomes)s::text[], %(customers)s::bigint[], %(written)s::jsonb[],
    %(problems)s::jsonb[]) AS new (line, outcome, customer_pk, written, problems)
WHERE kept.run_id = %(run)s AND kept.line = new.line
"""

State, Verdict, Outcome = ImportRun.State, ImportRow.Verdict, ImportRow.Outcome
OUTCOME_OF = {
    Verdict.CREATE: Outcome.CREATED,
    Verdict.UPDATE: Outcome.UPDATED,
    Verdict.UNCHANGED: Outcome.UNCHANGED,
    Verdict.SKIP: Outcome.SKIPPED,
    Verdict.REJECT: Outcome.FAILED,
}


class CancelledError(Exception):
    """The person asked to stop; what has been written stays, and can be undone."""


@contextmanager
def at_work(run: ImportRun, expected: str) -> Iterator[bool]:
    """Hold an import alone, in the language of whoever brought it; false where there is nothing to do.

    A job that is tried again after its worker died goes on from what is stored.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", [RUN_LOCKS, run.pk])
    try:
        run.refresh_from_db()
        with translation.override(run.language):
            yield run.state == expected
    finally:
        if connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [RUN_LOCKS, run.pk])


def check_by(run: ImportRun, check: Callable[[ImportRun], None]) -> None:
    """Have a list checked: by `check`, which notes beside each row what would become of it."""
    with at_work(run, State.CHECKING) as is_due:
        if not is_due:
            return
        start(run, total=0)
        try:
            check(run)
        except CancelledError:
            stop(run, State.MAPPING)
        except ImportFileError as error:
            stop(run, State.MAPPING, error.message)
        else:
            count_verdicts(run)
            stop(run, State.CHECKED)


def check_run(run: ImportRun) -> None:
    """Read a whole list of customers, and judge each row. Writes no customer."""
    check_by(run, _check_all)


def _check_all(run: ImportRun) -> None:
    judge = CustomerJudge(run)
    with compared_with_each_other() as alike:
        # Cells may have been corrected since the file was read, so the rows count and not the file.
        pieces, note = (stored_pieces, write_verdicts) if run.total else (fresh_pieces, copy_rows)
        for batch in pieces(run):
            judged = judge.judge(batch)
            note(run, judged)
            alike.add([one.row for one in judged if one.verdict == Verdict.CREATE])
        mark_repeated(run)
        mark_alike(run, alike)


def fresh_pieces(run: ImportRun) -> Iterator[list[Piece]]:
    """The rows of the file in batches, from the beginning. Raises ImportFileError for too many."""
    run.rows.all().delete()
    records = read_rows(path_of(run), layout_of(run))
    read = 0
    while batch := list(islice(records, BATCH)):
        yield [Piece(record.line, record.cells, record.problem) for record in batch]
        read += len(batch)
        if read > MOST_ROWS:
            raise too_many_rows()
        report(run, read)


def stored_pieces(run: ImportRun) -> Iterator[list[Piece]]:
    """The rows as they stand by now, in batches."""
    read, last = 0, -1
    while rows := list(
        run.rows.filter(line__gt=last).order_by("line").only("run", "line", "cells", "problems")[:BATCH]
    ):
        yield [Piece(row.line, row.cells, row.unreadable) for row in rows]
        read, last = read + len(rows), rows[-1].line
        report(run, read)


def write_verdicts(run: ImportRun, judged: Sequence[Judged]) -> None:
    """Note beside rows that are stored already what would become of them."""
    about: list[Any] = [
        [one.piece.line for one in judged],
        [str(one.verdict) for one in judged],
        [Jsonb(problems_of(one, run.columns)) for one in judged],
        [one.key for one in judged],
        [one.match for one in judged],
        run.pk,
    ]
    with connection.cursor() as cursor:
        cursor.execute(WRITE_VERDICTS, about)


def layout_of(run: ImportRun) -> Layout:
    return Layout(
        is_sheet=not run.encoding,
        delimiter=run.delimiter,
        encoding=run.encoding,
        header_line=run.header_line,
        header=tuple(run.header),
    )


def copy_rows(run: ImportRun, judged: Sequence[Judged]) -> None:
    with connection.cursor() as cursor, cursor.copy(COPY_ROWS) as copy:
        for one in judged:
            problems = Jsonb(problems_of(one, run.columns))
            cells = text_array(cell.replace("\0", "\\x00") for cell in one.piece.cells)
            copy.write_row(
                [run.pk, one.piece.line, cells, one.verdict, problems, one.key, "", one.match, None, "", ""]
            )


def mark_repeated(run: ImportRun) -> None:
    """Reject rows about a customer of whom a row above speaks already."""
    with connection.cursor() as cursor:
        cursor.execute(REPEATED, {"run": run.pk})
        repeated = dict(cursor.fetchall())
    rows = list(run.rows.filter(line__in=repeated))
    for row in rows:
        row.verdict = Verdict.REJECT
        row.problems = [*row.problems, repetition(run, repeated[row.line])]
    ImportRow.objects.bulk_update(rows, ["verdict", "problems"], batch_size=BATCH)


def repetition(run: ImportRun, earlier: int) -> dict[str, object]:
    columns = {ImportRun.Key.NUMBER: "external_id"}
    name = columns.get(ImportRun.Key(run.match_key), str(run.match_key))
    place = run.columns.index(name) if name in run.columns else None
    text = _("Line %(line)d is about the same customer. Keep one of the two.") % {"line": earlier}
    return {"column": place, "level": "error", "field": name, **kept(text)}


def count_verdicts(run: ImportRun) -> None:
    """How many rows would be created, changed and so on."""
    counts = dict(run.rows.values_list("verdict").annotate(Count("pk")).order_by())
    run.created = counts.get(Verdict.CREATE, 0)
    run.updated = counts.get(Verdict.UPDATE, 0)
    run.unchanged = counts.get(Verdict.UNCHANGED, 0)
    run.skipped = counts.get(Verdict.SKIP, 0)
    run.failed = counts.get(Verdict.REJECT, 0)
    run.total = sum(counts.values())
    run.save(update_fields=["created", "updated", "unchanged", "skipped", "failed", "total"])


def write_by(run: ImportRun, write: Callable[[ImportRun], None]) -> None:
    """Have a checked list written by `write`, alone among the lists of its source."""
    with at_work(run, State.IMPORTING) as is_due:
        if not is_due:
            return
        start(run, total=run.rows.count())
        state, error = State.DONE, ""
        try:
            with only_import_of(run.source):
                write(run)
        except CancelledError:
            state = State.CANCELLED
        except ImportFileError as refusal:
            state, error = State.FAILED, refusal.message
        count_outcomes(run)
        stop(run, state, error)


def write_run(run: ImportRun) -> None:
    """Write all customers without errors; batches of one transaction, so that every row is written once."""
    write_by(run, _write_all)


def _write_all(run: ImportRun) -> None:
    # What the check left out stays out, whatever has changed since.
    for verdict in (Verdict.REJECT, Verdict.SKIP):
        run.rows.filter(verdict=verdict, outcome=Outcome.WAITING).update(outcome=OUTCOME_OF[verdict])
    judge = CustomerJudge(run)
    waiting = run.rows.filter(outcome=Outcome.WAITING).order_by("line")
    done = run.rows.exclude(outcome=Outcome.WAITING).count()
    last = -1
    while rows := list(waiting.filter(line__gt=last).values_list("line", "cells")[:BATCH]):
        with transaction.atomic():
            _write_batch(run, judge, [Piece(line, cells) for line, cells in rows])
        last = rows[-1][0]
        done += len(rows)
        report(run, done)


def _write_batch(run: ImportRun, judge: CustomerJudge, pieces: Sequence[Piece]) -> None:
    judged = judge.judge(pieces)
    writable = [one for one in judged if one.verdict in {Verdict.CREATE, Verdict.UPDATE, Verdict.UNCHANGED}]
    saved = save_customers(
        source=run.source,
        rows=[judge.complete(one.row) if one.match is None else one.row for one in writable],
        matches={one.row.line: one.match for one in writable if one.match is not None},
        context={"import": run.pk, "user": run.asked_by_id},
    )
    _write_outcomes(run, judged, saved)


def _write_outcomes(run: ImportRun, judged: Sequence[Judged], saved: Saved) -> None:
    columns: dict[str, list[object]] = defaultdict(list)
    for one in judged:
        line = one.piece.line
        change = saved.changes.get(line)
        written = None
        if change:
            written = {
                "before": {name: as_stored(value) for name, value in change.before.items()},
                "after": {name: as_stored(value) for name, value in change.fields.items()},
                "phones": [number for number, _label in change.phones],
                "emails": [address for address, _label in change.emails],
            }
        columns["lines"].append(line)
        columns["outcomes"].append(str(OUTCOME_OF[Verdict(one.verdict)]))
        columns["customers"].append(saved.customers.get(line))
        columns["written"].append(Jsonb(written) if written else None)
        # A row that was in order when it was checked may not be any more.
        is_news = one.errors or one.verdict == Verdict.SKIP
        columns["problems"].append(Jsonb(problems_of(one, run.columns)) if is_news else None)
    with connection.cursor() as cursor:
        cursor.execute(WRITE_OUTCOMES, {"run": run.pk, **columns})


def as_stored(value: object) -> object:
    """A value of a customer as JSON keeps it, such that equal values give equal ones."""
    if value is None or isinstance(value, bool | int | str):
        return value
    return str(value)


def count_outcomes(run: ImportRun) -> None:
    """How many rows were created, changed and so on; rows that were not reached count in none of them."""
    counts = dict(run.rows.values_list("outcome").annotate(Count("pk")).order_by())
    for outcome in ("created", "updated", "unchanged", "skipped", "failed"):
        setattr(run, outcome, counts.get(outcome, 0))
    run.save(update_fields=["created", "updated", "unchanged", "skipped", "failed"])


def start(run: ImportRun, *, total: int) -> None:
    run.started_at = run.started_at or timezone.now()
    run.progress, run.total, run.error = 0, total or run.total, ""
    run.save(update_fields=["started_at", "progress", "total", "error"])


def report(run: ImportRun, rows: int) -> None:
    """Note how far it is. Raises CancelledError where somebody has asked to stop."""
    ImportRun.objects.filter(pk=run.pk).update(progress=rows)
    if ImportRun.objects.filter(Q(pk=run.pk) & Q(cancel_asked=True)).exists():
        raise CancelledError


def stop(run: ImportRun, state: ImportRun.State, error: str = "") -> None:
    run.state, run.cancel_asked, run.finished_at = state, False, timezone.now()
    run.error, run.error_kept = error, kept(error)
    run.save(update_fields=["state", "error", "error_kept", "cancel_asked", "finished_at"])
