"""Finding records of one person in the whole base, in SQL.

First blocks of records with something in common, then the weight of what speaks for and against each pair
(`customers.evidence`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from customers.evidence import EVIDENCE_OF_RECORDS, LIKELY, MOST_IN_A_BLOCK, WEIGHTS
from customers.models import Customer, DuplicatePair

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

WEIGHED = """
CREATE TEMP TABLE scan_pairs ON COMMIT DROP AS
WITH compared AS MATERIALIZED (
    SELECT pair.customer_id, pair.other_id, EVIDENCE AS evidence
    FROM scan_candidates pair
    JOIN customers_customer one ON one.id = pair.customer_id AND one.trashed_at IS NULL
    JOIN customers_customer other ON other.id = pair.other_id AND other.trashed_at IS NULL
), weighed AS MATERIALIZED (
    SELECT compared.*,
        (SELECT sum((%(weights)s::jsonb ->> sign)::integer) FROM unnest(evidence) AS sign) AS score
    FROM compared
)
SELECT customer_id, other_id, evidence, score::smallint FROM weighed WHERE score >= %(likely)s
""".replace("EVIDENCE", EVIDENCE_OF_RECORDS)

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
        weights = json.dumps({sign.value: weight for sign, weight in WEIGHTS.items()})
        cursor.execute(WEIGHED, {"weights": weights, "likely": LIKELY})
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
