"""Finding records of one person in the whole base, in SQL.

First blocks of records with something in common, then the weight of what speaks for and against each pair.
`docs/duplicates.md` says how the weights were chosen.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from customers.models import Customer, DuplicatePair, Evidence

WEIGHTS = {
    Evidence.CITIZEN_ID: 100,
    Evidence.EMAIL: 50,
    Evidence.PHONE: 35,
    Evidence.NAME: 30,
    Evidence.BIRTH_DATE: 30,
    Evidence.BIRTH_YEAR: 10,
    Evidence.OTHER_NAME: -40,
    Evidence.OTHER_BIRTH: -30,
    Evidence.OTHER_CITIZEN_ID: -60,
}
# From here on a pair is shown to people; a phone in common stays far below it.
LIKELY = 60
ALMOST_CERTAIN = 90
# What more records have in common, such as the number of a shop, says nothing about any two of them.
MOST_IN_A_BLOCK = 20
SCAN_LOCK = 5_360_010

# Each block is a list of records; only records in one block are compared.
CANDIDATES = """
CREATE TEMP TABLE scan_candidates ON COMMIT DROP AS
WITH block AS (
    SELECT array_agg(customer_id) AS ids FROM customers_phone
    GROUP BY number HAVING count(*) BETWEEN 2 AND %(most)s
    UNION ALL
    SELECT array_agg(DISTINCT customer_id) FROM customers_email
    GROUP BY lower(address) HAVING count(*) BETWEEN 2 AND %(most)s
    UNION ALL
    SELECT array_agg(id) FROM customers_customer WHERE citizen_id <> ''
    GROUP BY citizen_id HAVING count(*) BETWEEN 2 AND %(most)s
    UNION ALL
    SELECT array_agg(id) FROM customers_customer
    WHERE birth_year IS NOT NULL AND birth_month IS NOT NULL AND birth_day IS NOT NULL AND name_search > ' '
    GROUP BY name_search COLLATE "C", birth_year, birth_month, birth_day
    HAVING count(*) BETWEEN 2 AND %(most)s
)
SELECT DISTINCT one AS customer_id, other AS other_id
FROM block, unnest(ids) AS one, unnest(ids) AS other
WHERE one < other
"""

# What speaks for and against `one` and `other` being one person. A date with one part mistaken speaks neither
# way; nor does a name that one record has more of.
EVIDENCE = {
    "EVIDENCE_OF_THE_CARD": """
            CASE WHEN one.citizen_id = '' OR other.citizen_id = '' THEN NULL
                WHEN one.citizen_id = other.citizen_id THEN 'citizen_id' ELSE 'other_id' END
    """,
    "EVIDENCE_OF_THE_PERSON": """
            CASE WHEN one.name_search <= ' ' OR other.name_search <= ' ' THEN NULL
                WHEN one.name_search = other.name_search THEN 'name'
                WHEN one.given_search <> other.given_search
                    OR vn_fold(one.family_name) <> vn_fold(other.family_name) THEN 'other_name' END,
            CASE WHEN (one.birth_year, one.birth_month, one.birth_day)
                    = (other.birth_year, other.birth_month, other.birth_day) THEN 'birth_date'
                WHEN one.birth_year = other.birth_year
                    AND coalesce(one.birth_month = other.birth_month, true)
                    AND coalesce(one.birth_day = other.birth_day, true) THEN 'birth_year'
                WHEN one.birth_year <> other.birth_year
                    AND coalesce(
                        (one.birth_month, one.birth_day) <> (other.birth_month, other.birth_day), true
                    ) THEN 'other_birth'
                WHEN one.birth_month <> other.birth_month AND one.birth_day <> other.birth_day
                    THEN 'other_birth' END
    """,
}


def comparing(statement: str) -> str:
    """A statement that compares `one` and `other`, with what is asked of both in place of its name."""
    for name, asked in EVIDENCE.items():
        statement = statement.replace(name, asked)
    return statement


WEIGHED = comparing("""
CREATE TEMP TABLE scan_pairs ON COMMIT DROP AS
WITH compared AS MATERIALIZED (
    SELECT
        pair.customer_id, pair.other_id,
        array_remove(ARRAY[
            EVIDENCE_OF_THE_CARD,
            CASE WHEN EXISTS (
                SELECT FROM customers_email mine JOIN customers_email theirs
                    ON lower(theirs.address) = lower(mine.address)
                WHERE mine.customer_id = one.id AND theirs.customer_id = other.id
            ) THEN 'email' END,
            CASE WHEN EXISTS (
                SELECT FROM customers_phone mine JOIN customers_phone theirs ON theirs.number = mine.number
                WHERE mine.customer_id = one.id AND theirs.customer_id = other.id
            ) THEN 'phone' END,
            EVIDENCE_OF_THE_PERSON
        ], NULL) AS evidence
    FROM scan_candidates pair
    JOIN customers_customer one ON one.id = pair.customer_id AND one.trashed_at IS NULL
    JOIN customers_customer other ON other.id = pair.other_id AND other.trashed_at IS NULL
), weighed AS MATERIALIZED (
    SELECT compared.*,
        (SELECT sum((%(weights)s::jsonb ->> sign)::integer) FROM unnest(evidence) AS sign) AS score
    FROM compared
)
SELECT customer_id, other_id, evidence, score::smallint FROM weighed WHERE score >= %(likely)s
""")

# The rows of customers are held until the end, so that nobody merges one of them away meanwhile.
STORE = """
INSERT INTO customers_duplicatepair AS kept (customer_id, other_id, score, evidence, verdict)
SELECT pair.customer_id, pair.other_id, pair.score, pair.evidence, 'open'
FROM scan_pairs pair
JOIN customers_customer one ON one.id = pair.customer_id
JOIN customers_customer other ON other.id = pair.other_id
ORDER BY pair.score, pair.customer_id
FOR KEY SHARE OF one, other
ON CONFLICT (LEAST(customer_id, other_id), GREATEST(customer_id, other_id)) DO UPDATE
SET score = excluded.score, evidence = excluded.evidence
WHERE kept.verdict = 'open'
    AND (kept.score, kept.evidence) IS DISTINCT FROM (excluded.score, excluded.evidence)
RETURNING xmax = 0
"""

FORGET = """
DELETE FROM customers_duplicatepair kept
WHERE verdict = 'open' AND NOT EXISTS (
    SELECT FROM scan_pairs pair
    WHERE pair.customer_id = LEAST(kept.customer_id, kept.other_id)
        AND pair.other_id = GREATEST(kept.customer_id, kept.other_id)
)
"""

TIDY = "DROP TABLE scan_candidates, scan_pairs"


@dataclass(frozen=True)
class Scan:
    """What a scan did: pairs compared, pairs likely to be one person, and how the stored pairs changed."""

    compared: int
    found: int
    new: int
    gone: int


def weights() -> str:
    """The weights as the statements above take them."""
    return json.dumps({sign.value: weight for sign, weight in WEIGHTS.items()})


@transaction.atomic
def find_duplicates() -> Scan:
    """Compare all customers; pairs that somebody said are two people stay so, whatever the evidence."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [SCAN_LOCK])
        cursor.execute("SET LOCAL work_mem = '256MB'")
        cursor.execute("SET LOCAL jit = off")
        cursor.execute(CANDIDATES, {"most": MOST_IN_A_BLOCK})
        compared = cursor.rowcount
        cursor.execute("ANALYZE scan_candidates")
        cursor.execute(WEIGHED, {"weights": weights(), "likely": LIKELY})
        found = cursor.rowcount
        cursor.execute("ANALYZE scan_pairs")
        cursor.execute(STORE)
        new = sum(is_new for (is_new,) in cursor.fetchall())
        cursor.execute(FORGET)
        gone = cursor.rowcount
        cursor.execute(TIDY)
    return Scan(compared, found, new, gone)


def set_apart(*, one: Customer, other: Customer, by: User) -> None:
    """Remember that two records are two people: no scan and no warning brings them up again."""
    decided = {
        "verdict": DuplicatePair.Verdict.NOT_DUPLICATES,
        "decided_by": by,
        "decided_at": timezone.now(),
    }
    if not DuplicatePair.objects.between(one.pk, other.pk).update(**decided):
        first, second = sorted((one.pk, other.pk))
        DuplicatePair.objects.create(customer_id=first, other_id=second, score=0, evidence=[], **decided)
