"""Whom the new rows of a list resemble, by the weighted evidence that finds duplicates in the book.

`docs/duplicates.md` says what weighs how much. All rows of a batch are compared in one statement.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Q

from accounts.models import User
from customers.duplicates import Identity, compare
from customers.evidence import ALMOST_CERTAIN, LIKELY, MOST_IN_A_BLOCK, evidence, weight
from customers.importing.customer_rows import CustomerRow
from customers.importing.errors import RowError
from customers.models import Customer, Evidence, ImportRow, ImportRun
from customers.models.customer import code_of, name_of
from customers.said import Listed, kept
from customers.said import said as _
from customers.vietnamese.dates import PartialDate
from customers.vietnamese.names import Name

# Under which name a resemblance stands among the problems of a row.
FIELD = "duplicate"
RESEMBLES = ~Q(problems=[]) & Q(problems__contains=[{"field": FIELD}])

BEGIN = """
CREATE TEMP TABLE IF NOT EXISTS import_person (
    line integer PRIMARY KEY, citizen_id text, family_name text, name_search text, given_search text,
    birth_year integer, birth_month integer, birth_day integer
);
CREATE TEMP TABLE IF NOT EXISTS import_person_phone (line integer, number text);
CREATE TEMP TABLE IF NOT EXISTS import_person_email (line integer, address text);
TRUNCATE import_person, import_person_phone, import_person_email
"""
# Its columns, as `Identity.as_row` names them.
PERSON = (
    *("number", "citizen_id", "family_name", "name_search", "given_search"),
    *("birth_year", "birth_month", "birth_day"),
)
END = "DROP TABLE IF EXISTS import_person, import_person_phone, import_person_email"
READY = "ANALYZE import_person; ANALYZE import_person_phone; ANALYZE import_person_email"

WITHIN = """
WITH block AS (
    SELECT array_agg(line) AS lines FROM import_person_phone
    GROUP BY number HAVING count(*) BETWEEN 2 AND %(most)s
    UNION ALL
    SELECT array_agg(line) FROM import_person_email GROUP BY address HAVING count(*) BETWEEN 2 AND %(most)s
    UNION ALL
    SELECT array_agg(line) FROM import_person WHERE citizen_id <> ''
    GROUP BY citizen_id HAVING count(*) BETWEEN 2 AND %(most)s
    UNION ALL
    SELECT array_agg(line) FROM import_person
    WHERE birth_year IS NOT NULL AND birth_day IS NOT NULL AND name_search > ' '
    GROUP BY name_search, birth_year, birth_month, birth_day HAVING count(*) BETWEEN 2 AND %(most)s
), candidate AS (
    SELECT DISTINCT earlier, later FROM block, unnest(lines) AS earlier, unnest(lines) AS later
    WHERE earlier < later
), compared AS MATERIALIZED (
    SELECT earlier, later, EVIDENCE AS evidence
    FROM candidate
    JOIN import_person one ON one.line = earlier
    JOIN import_person other ON other.line = later
)
SELECT later, earlier, evidence FROM compared ORDER BY later, earlier
""".replace(
    "EVIDENCE",
    evidence(
        same_email="""
            SELECT FROM import_person_email mine JOIN import_person_email theirs USING (address)
            WHERE mine.line = earlier AND theirs.line = later
        """,
        same_phone="""
            SELECT FROM import_person_phone mine JOIN import_person_phone theirs USING (number)
            WHERE mine.line = earlier AND theirs.line = later
        """,
    ),
)

INDEXES = """
CREATE INDEX IF NOT EXISTS import_person_phone_line ON import_person_phone (line);
CREATE INDEX IF NOT EXISTS import_person_email_line ON import_person_email (line)
"""


@dataclass(frozen=True, slots=True)
class Resemblance:
    """A customer whom a row may be about; without a name where the person who asks may not see that one."""

    pk: int
    score: int
    evidence: tuple[Evidence, ...]
    name: str
    is_editable: bool

    @property
    def is_almost_certain(self) -> bool:
        return self.score >= ALMOST_CERTAIN

    @property
    def said(self) -> str:
        """What may be told of it."""
        if not self.name:
            return _("Somebody outside your portfolio is probably the same person.")
        text = (
            _("Almost certainly %(name)s, %(code)s: %(evidence)s.")
            if self.is_almost_certain
            else _("Perhaps %(name)s, %(code)s: %(evidence)s.")
        )
        return text % {"name": self.name, "code": code_of(self.pk), "evidence": spoken(self.evidence)}


class ResemblanceFinder:
    """Compares rows with the book, without those whom the same import has made, and with each other."""

    def __init__(self, run: ImportRun, viewer: User) -> None:
        self._run = run
        self._viewer = viewer

    def find(self, rows: Sequence[CustomerRow]) -> dict[int, list[Resemblance]]:
        """By line whom the rows resemble, the likeliest first."""
        if not rows:
            return {}
        found = [(line, pk, signs) for line, pk, signs in compare(_typed(rows)) if weight(signs) >= LIKELY]
        pks = {pk for _line, pk, _signs in found}
        if not pks:
            return {}
        # That rows of the list resemble each other was told by its check.
        made = set(
            self._run.rows.filter(outcome=ImportRow.Outcome.CREATED, customer_pk__in=pks).values_list(
                "customer_pk", flat=True
            )
        )
        seen = Customer.objects.visible_to(self._viewer).filter(pk__in=pks)
        named = {
            one.pk: name_of(one)
            for one in seen.values_list("pk", "family_name", "middle_name", "given_name", named=True)
        }
        editable = set(
            Customer.objects.editable_by(self._viewer).filter(pk__in=pks).values_list("pk", flat=True)
        )
        by_line: dict[int, list[Resemblance]] = defaultdict(list)
        for line, pk, signs in sorted(found, key=lambda one: (one[0], -weight(one[2]), one[1])):
            if pk not in made:
                alike = Resemblance(pk, weight(signs), signs, named.get(pk, ""), pk in editable)
                by_line[line].append(alike)
        return by_line


@contextmanager
def compared_with_each_other() -> Iterator[WithinAList]:
    """Room for the new rows of a whole list, to be compared once all are there."""
    with connection.cursor() as cursor:
        cursor.execute(BEGIN)
    try:
        yield WithinAList()
    finally:
        if connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute(END)


class WithinAList:
    """The new rows of a list, in temporary tables: a list may be larger than memory."""

    def add(self, rows: Sequence[CustomerRow]) -> None:
        """Remember what rows say of their customers."""
        typed = _typed(rows)
        phones = ((one["number"], phone) for one in typed for phone in one["phones"])
        emails = ((one["number"], email) for one in typed for email in one["emails"])
        for table, values in (
            ("import_person", ([one[column] for column in PERSON] for one in typed)),
            ("import_person_phone", phones),
            ("import_person_email", emails),
        ):
            with connection.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN") as copy:
                for row in values:
                    copy.write_row(row)

    def pairs(self) -> dict[int, list[tuple[int, tuple[Evidence, ...]]]]:
        """By line the lines above it that are probably about the same person, and why."""
        found: dict[int, list[tuple[int, tuple[Evidence, ...]]]] = defaultdict(list)
        with connection.cursor() as cursor:
            cursor.execute(INDEXES)
            cursor.execute(READY)
            cursor.execute(WITHIN, {"most": MOST_IN_A_BLOCK})
            for later, earlier, found_signs in cursor.fetchall():
                signs = tuple(map(Evidence, found_signs))
                if weight(signs) >= LIKELY:
                    found[later].append((earlier, signs))
        return found


def mark_alike(run: ImportRun, alike: WithinAList) -> None:
    """Say of new rows which line above is probably the same person; leave them out where that was chosen."""
    pairs = alike.pairs()
    left_out: set[int] = set()
    rows = list(run.rows.filter(line__in=pairs, verdict=ImportRow.Verdict.CREATE).order_by("line"))
    for row in rows:
        kept = [pair for pair in pairs[row.line] if pair[0] not in left_out]
        if not kept:
            continue
        earlier, evidence = kept[0]
        text = _("Line %(line)d is probably the same person: %(evidence)s.")
        said = RowError(FIELD, text % {"line": earlier, "evidence": spoken(evidence)})
        row.problems = [*row.problems, resemblance_problem(said)]
        if run.duplicates == ImportRun.Duplicates.SKIP:
            row.verdict = ImportRow.Verdict.SKIP
            left_out.add(row.line)
    ImportRow.objects.bulk_update(rows, ["verdict", "problems"], batch_size=2000)


def resemblance_problem(said: RowError) -> dict[str, Any]:
    return {"column": None, "level": "warning", "field": said.field, **kept(said.message)}


def spoken(evidence: Sequence[Evidence]) -> Listed:
    """What speaks for it, as people read it."""
    return Listed(sign.label for sign in evidence if not sign.is_against)


def _typed(rows: Sequence[CustomerRow]) -> list[dict[str, Any]]:
    """What is compared of rows, each by its line."""
    return [_identity(row).as_row(row.line) for row in rows]


def _identity(row: CustomerRow) -> Identity:
    said = row.fields
    year, month, day = (said.get(f"birth_{part}") for part in ("year", "month", "day"))
    return Identity(
        name=Name(*(said.get(f"{part}_name", "") for part in ("family", "middle", "given"))),
        birth=PartialDate(year, month, day) if year or day else None,
        citizen_id=said.get("citizen_id", ""),
        phones=tuple(number for number, _label in row.phones),
        emails=tuple(address.lower() for address, _label in row.emails),
    )
