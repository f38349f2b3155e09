"""Correcting a list after its check: single cells, and what words mean wherever they stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import connection, transaction
from django.utils import translation

from customers.importing.fields import ImportField
from customers.importing.judging import CustomerJudge, Piece, problems_of
from customers.importing.runs import count_verdicts, repetition
from customers.models import ImportRow, ImportRun
from customers.vietnamese.names import clean, fold, visible

LEAVE_EMPTY = "-"
MOST_WORDS = 20
# Rows about one customer whom a correction may set free.
MOST_NEIGHBOURS = 500
LONGEST_CELL = 10_000

UNKNOWN_WORDS = """
SELECT problem->>'field', cells[(problem->>'column')::int + 1], count(*)
FROM customers_importrow, jsonb_array_elements(problems) problem
WHERE run_id = %(run)s AND verdict = 'reject' AND problem->>'level' = 'error'
    AND problem->>'field' = ANY(%(fields)s) AND problem->>'column' IS NOT NULL
GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True)
class UnknownWord:
    """A word of a list that is none of a closed list's, how many rows have it, and what it may mean."""

    field: str
    label: str
    text: str
    count: int
    choices: Sequence[tuple[str, str]]

    @property
    def folded(self) -> str:
        return fold(clean(self.text))

    @property
    def name(self) -> str:
        return f"{self.field}:{self.folded}"

    @property
    def values(self) -> set[str]:
        return {LEAVE_EMPTY, *(value for value, _label in self.choices)}


def unknown_words(run: ImportRun, fields: Sequence[ImportField]) -> list[UnknownWord]:
    """The words that stand in the way of most rows."""
    lists = {field.name: field for field in fields if field.choices is not None}
    with connection.cursor() as cursor:
        cursor.execute(UNKNOWN_WORDS, {"run": run.pk, "fields": list(lists), "most": MOST_WORDS})
        return [_word(lists[name], text, count) for name, text, count in cursor.fetchall() if text]


def _word(field: ImportField, text: str, count: int) -> UnknownWord:
    choices = field.choices.choices if field.choices else []
    return UnknownWord(
        field.name, str(field.label), text, count, [(str(value), str(label)) for value, label in choices]
    )


@transaction.atomic
def correct(*, run: ImportRun, edits: Mapping[int, Mapping[int, str]]) -> int:
    """Put other texts into cells, by line and place, and judge their rows again; gives how many changed."""
    changed, cells = _edited(run, edits)
    if not changed:
        return 0
    with translation.override(run.language):
        _judge_again(run, changed)
    count_verdicts(run)
    return cells


def write_cells(*, run: ImportRun, edits: Mapping[int, Mapping[int, str]]) -> int:
    """Put other texts into cells, for a check of the whole list; gives how many changed."""
    changed, cells = _edited(run, edits)
    for row in changed.values():
        # A row that could not be read has been looked at by a person now.
        row.problems = []
    ImportRow.objects.bulk_update(changed.values(), ["cells", "problems"])
    return cells


def _edited(run: ImportRun, edits: Mapping[int, Mapping[int, str]]) -> tuple[dict[int, ImportRow], int]:
    changed: dict[int, ImportRow] = {}
    cells = 0
    for row in run.rows.select_for_update().filter(line__in=edits).order_by("line"):
        for place, typed in edits[row.line].items():
            text = visible(typed)[:LONGEST_CELL]
            if place < len(row.cells) and visible(row.cells[place]) != text:
                row.cells[place] = text
                changed[row.line] = row
                cells += 1
    return changed, cells


def _judge_again(run: ImportRun, changed: Mapping[int, ImportRow]) -> None:
    """Judge rows that were corrected, and those above and beneath that are about the same customers."""
    judge = CustomerJudge(run)
    before = {row.key for row in changed.values() if row.key}
    _judge(run, judge, list(changed.values()))
    keys = before | {row.key for row in changed.values() if row.key}
    neighbours = list(run.rows.filter(key__in=keys).order_by("line")[:MOST_NEIGHBOURS])
    _judge(run, judge, [row for row in neighbours if row.line not in changed])
    first: dict[str, int] = {}
    for row in run.rows.filter(key__in=keys).order_by("line")[:MOST_NEIGHBOURS]:
        if row.verdict == ImportRow.Verdict.REJECT:
            continue
        if row.key in first:
            row.verdict = ImportRow.Verdict.REJECT
            row.problems = [*row.problems, repetition(run, first[row.key])]
            row.save(update_fields=["verdict", "problems"])
        first.setdefault(row.key, row.line)


def _judge(run: ImportRun, judge: CustomerJudge, rows: Sequence[ImportRow]) -> None:
    by_line = {row.line: row for row in rows}
    for one in judge.judge([Piece(row.line, row.cells) for row in rows]):
        row = by_line[one.piece.line]
        row.verdict, row.problems = one.verdict, problems_of(one, run.columns)
        row.key, row.customer_pk = one.key, one.match
    ImportRow.objects.bulk_update(rows, ["cells", "verdict", "problems", "key", "customer_pk"])
