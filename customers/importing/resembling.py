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
from django.utils.translation import gettext as _

from accounts.models import User
from customers.duplicate_scan import (
    ALMOST_CERTAIN,
    LIKELY,
    MOST_IN_A_BLOCK,
    comparing,
    weights,
)
from customers.importing.customer_rows import CustomerRow
from customers.importing.errors import RowError
from customers.models import Customer, Evidence, ImportRow, ImportRun
from customers.models.customer import code_of, name_of
from customers.vietnamese.names import fold, join

# Under which name a resemblance stands among the problems of a row.
FIELD = "duplicate"
RESEMBLES = ~Q(problems=[]) & Q(problems__contains=[{"field": FIELD}])

# A look-up by index for each thing that a row says; what more than a few customers share says nothing.
FIND = comparing("""
WITH mine AS MATERIALIZED (
    SELECT * FROM unnest(%(lines)s::int[], %(cards)s::text[], %(families)s::text[], %(names)s::text[],
        %(given)s::text[], %(years)s::int[], %(months)s::int[], %(days)s::int[])
        AS mine (line, citizen_id, family_name, name_search, given_search, birth_year, birth_month, birth_day)
), phone AS MATERIALIZED (
    SELECT * FROM unnest(%(phone_lines)s::int[], %(phones)s::text[]) AS phone (line, number)
), email AS MATERIALIZED (
    SELECT * FROM unnest(%(email_lines)s::int[], %(emails)s::text[]) AS email (line, address)
), block AS (
    SELECT phone.line, ARRAY(
        SELECT customer_id FROM customers_phone known WHERE known.number = phone.number LIMIT %(most)s
    ) AS ids FROM phone
    UNION ALL
    SELECT email.line, ARRAY(
        SELECT customer_id FROM customers_email known
        WHERE lower(known.address) = email.address LIMIT %(most)s
    ) FROM email
    UNION ALL
    SELECT mine.line, ARRAY(
        SELECT id FROM customers_customer known
        WHERE known.citizen_id = mine.citizen_id AND known.citizen_id <> '' LIMIT %(most)s
    ) FROM mine WHERE mine.citizen_id <> ''
    UNION ALL
    SELECT mine.line, ARRAY(
        SELECT id FROM customers_customer known
        WHERE known.name_search = mine.name_search AND known.birth_year = mine.birth_year
            AND known.birth_month = mine.birth_month AND known.birth_day = mine.birth_day LIMIT %(most)s
    ) FROM mine WHERE mine.name_search > ' ' AND mine.birth_day IS NOT NULL AND mine.birth_year IS NOT NULL
), candidate AS (
    SELECT DISTINCT line, customer_id FROM block, unnest(ids) AS customer_id WHERE cardinality(ids) < %(most)s
), compared AS MATERIALIZED (
    SELECT one.line, other.id, array_remove(ARRAY[
        EVIDENCE_OF_THE_CARD,
        CASE WHEN EXISTS (
            SELECT FROM email JOIN customers_email theirs ON lower(theirs.address) = email.address
            WHERE email.line = one.line AND theirs.customer_id = other.id
        ) THEN 'email' END,
        CASE WHEN EXISTS (
            SELECT FROM phone JOIN customers_phone theirs ON theirs.number = phone.number
            WHERE phone.line = one.line AND theirs.customer_id = other.id
        ) THEN 'phone' END,
        EVIDENCE_OF_THE_PERSON
    ], NULL) AS evidence
    FROM candidate
    JOIN mine one USING (line)
    JOIN customers_customer other ON other.id = candidate.customer_id AND other.trashed_at IS NULL
), weighed AS (
    SELECT compared.*,
        (SELECT sum((%(weights)s::jsonb ->> sign)::integer) FROM unnest(evidence) AS sign) AS score
    FROM compared
)
SELECT line, id, score, evidence FROM weighed WHERE score >= %(likely)s ORDER BY line, score DESC, id
""")

BEGIN = """
CREATE TEMP TABLE IF NOT EXISTS import_person (
    line integer PRIMARY KEY, citizen_id text, family_name text, name_search text, given_search text,
    birth_year integer, birth_month integer, birth_day integer
);
CREATE TEMP TABLE IF NOT EXISTS import_person_phone (line integer, number text);
CREATE TEMP TABLE IF NOT EXISTS import_person_email (line integer, address text);
TRUNCATE import_person, import_person_phone, import_person_email
"""
END = "DROP TABLE IF EXISTS import_person, import_person_phone, import_person_email"
READY = "ANALYZE import_person; ANALYZE import_person_phone; ANALYZE import_person_email"

WITHIN = comparing("""
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
    SELECT earlier, later, array_remove(ARRAY[
        EVIDENCE_OF_THE_CARD,
        CASE WHEN EXISTS (
            SELECT FROM import_person_email mine JOIN import_person_email theirs USING (address)
            WHERE mine.line = earlier AND theirs.line = later
        ) THEN 'email' END,
        CASE WHEN EXISTS (
            SELECT FROM import_person_phone mine JOIN import_person_phone theirs USING (number)
            WHERE mine.line = earlier AND theirs.line = later
        ) THEN 'phone' END,
        EVIDENCE_OF_THE_PERSON
    ], NULL) AS evidence
    FROM candidate
    JOIN import_person one ON one.line = earlier
    JOIN import_person other ON other.line = later
), weighed AS (
    SELECT compared.*,
        (SELECT sum((%(weights)s::jsonb ->> sign)::integer) FROM unnest(evidence) AS sign) AS score
    FROM compared
)
SELECT later, earlier, score, evidence FROM weighed WHERE score >= %(likely)s ORDER BY later, earlier
""")

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
        with connection.cursor() as cursor:
            cursor.execute(FIND, {**_known_of(rows), **_limits()})
            found = cursor.fetchall()
        pks = {pk for _line, pk, _score, _evidence in found}
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
        for line, pk, score, evidence in found:
            if pk in made:
                continue
            signs = tuple(map(Evidence, evidence))
            by_line[line].append(Resemblance(pk, score, signs, named.get(pk, ""), pk in editable))
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
        known = _known_of(rows)
        persons = ("lines", "cards", "families", "names", "given", "years", "months", "days")
        for table, columns in (
            ("import_person", persons),
            ("import_person_phone", ("phone_lines", "phones")),
            ("import_person_email", ("email_lines", "emails")),
        ):
            with connection.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN") as copy:
                for values in zip(*(known[name] for name in columns), strict=True):
                    copy.write_row(values)

    def pairs(self) -> dict[int, list[tuple[int, tuple[Evidence, ...]]]]:
        """By line the lines above it that are probably about the same person, and why."""
        found: dict[int, list[tuple[int, tuple[Evidence, ...]]]] = defaultdict(list)
        with connection.cursor() as cursor:
            cursor.execute(INDEXES)
            cursor.execute(READY)
            cursor.execute(WITHIN, _limits())
            for later, earlier, _score, evidence in cursor.fetchall():
                found[later].append((earlier, tuple(map(Evidence, evidence))))
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
    return {"column": None, "level": "warning", "field": said.field, "text": said.message}


def spoken(evidence: Sequence[Evidence]) -> str:
    """What speaks for it, as people read it."""
    return ", ".join(str(sign.label) for sign in evidence if not sign.is_against)


def _limits() -> dict[str, Any]:
    return {"most": MOST_IN_A_BLOCK, "likely": LIKELY, "weights": weights()}


def _known_of(rows: Sequence[CustomerRow]) -> dict[str, list[Any]]:
    """What is compared of rows, a list a column; names as the database folds them."""
    known: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        said = row.fields
        family, middle, given = (said.get(f"{part}_name", "") for part in ("family", "middle", "given"))
        known["lines"].append(row.line)
        known["cards"].append(said.get("citizen_id", ""))
        known["families"].append(family)
        known["names"].append(fold(f" {join(family, middle, given)}"))
        known["given"].append(fold(given))
        for part in ("year", "month", "day"):
            known[f"{part}s"].append(said.get(f"birth_{part}"))
        for number, _label in row.phones:
            known["phone_lines"].append(row.line)
            known["phones"].append(number)
        for address, _label in row.emails:
            known["email_lines"].append(row.line)
            known["emails"].append(address.lower())
    for name in ("phone_lines", "phones", "email_lines", "emails"):
        known.setdefault(name, [])
    return known
