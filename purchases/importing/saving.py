"""Saving a batch of gathered purchases: one transaction, a fixed number of statements at any size.

Plain SQL, because the batch is in temporary tables and stays in the database: an ORM would carry every
line to Python and back. Parameters are bound; no statement is put together from text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from django.db import connection, transaction
from django.db.models import Q

from accounts.models import User
from customers.importing.customer_rows import CustomerRow
from customers.importing.customer_saving import create_customers, identifier_kind
from customers.models import Customer
from purchases.importing.lines import code_of
from purchases.models import Category

# One look-up in a unique index a row, here and below: the planner thinks of this batch as it was when it was
# gathered, before the statements filled its columns, and would choose joins for next to no rows.
FIND_CUSTOMERS = """
UPDATE import_purchase p SET customer_id = (
    SELECT i.customer_id FROM customers_customeridentifier i
    WHERE i.kind = %(kind)s AND i.value = p.customer_no AND NOT i.is_trashed
)
WHERE p.batch = %(batch)s AND p.flaw IS NULL AND p.customer_id IS NULL
"""

# Nobody may merge or erase these customers before the purchases are theirs.
HOLD_CUSTOMERS = """
SELECT count(*) FROM (
    SELECT c.id FROM customers_customer c
    WHERE c.id IN (SELECT customer_id FROM import_purchase WHERE batch = %(batch)s)
    ORDER BY c.id FOR KEY SHARE
) held
"""

UNKNOWN_CUSTOMERS = """
SELECT customer_no, min(seq) FROM import_purchase
WHERE batch = %(batch)s AND flaw IS NULL AND customer_id IS NULL
GROUP BY customer_no ORDER BY min(seq)
"""

LEAVE_OUT_UNKNOWN = """
UPDATE import_purchase SET flaw = 'customer'
WHERE batch = %(batch)s AND flaw IS NULL AND customer_id IS NULL
"""

NEW_CATEGORIES = """
SELECT DISTINCT l.category FROM import_line l JOIN import_purchase p USING (batch, seq)
WHERE l.batch = %(batch)s AND p.flaw IS NULL AND l.category IS NOT NULL
    AND NOT EXISTS (SELECT FROM import_category c WHERE c.name = l.category)
ORDER BY 1
"""

# Another import may add the same products at the same time: the order keeps the two from blocking each other.
ADD_PRODUCTS = """
INSERT INTO purchases_product (code, name, category_id, is_active)
SELECT DISTINCT ON (l.product_code COLLATE "C")
    l.product_code, coalesce(l.product_name, l.product_code), c.id, true
FROM import_line l
JOIN import_purchase p USING (batch, seq)
LEFT JOIN import_category c ON c.name = l.category
WHERE l.batch = %(batch)s AND p.flaw IS NULL AND l.product_code IS NOT NULL
    AND NOT EXISTS (SELECT FROM purchases_product known WHERE known.code = l.product_code)
ORDER BY l.product_code COLLATE "C", l.product_name IS NULL, c.id IS NULL, l.line
ON CONFLICT (code) DO NOTHING
"""

# What people have corrected in the catalogue stays; only what nobody knew is filled in.
COMPLETE_PRODUCTS = """
UPDATE purchases_product known
SET name = CASE WHEN known.name = known.code THEN coalesce(found.name, known.name) ELSE known.name END,
    category_id = coalesce(known.category_id, found.category_id)
FROM (
    SELECT DISTINCT ON (l.product_code) l.product_code AS code, l.product_name AS name, c.id AS category_id
    FROM import_line l
    JOIN import_purchase p USING (batch, seq)
    LEFT JOIN import_category c ON c.name = l.category
    WHERE l.batch = %(batch)s AND p.flaw IS NULL AND l.product_code IS NOT NULL
    ORDER BY l.product_code, l.product_name IS NULL, c.id IS NULL, l.line
) found
WHERE known.code = found.code
    AND ((known.name = known.code AND found.name <> known.code)
        OR (known.category_id IS NULL AND found.category_id IS NOT NULL))
"""

FIND_PURCHASES = """
UPDATE import_purchase p SET purchase_id = (
    SELECT known.id FROM purchases_purchase known
    WHERE known.customer_id = p.customer_id AND known.source = %(source)s AND known.number = p.purchase_no
)
WHERE p.batch = %(batch)s AND p.flaw IS NULL
"""

NUMBER_NEW_PURCHASES = """
UPDATE import_purchase
SET purchase_id = nextval(pg_get_serial_sequence('purchases_purchase', 'id')), outcome = 'created'
WHERE batch = %(batch)s AND flaw IS NULL AND purchase_id IS NULL
"""

COMPARE_PURCHASES = """
UPDATE import_purchase p
SET outcome = CASE WHEN
    (known.purchased_at, known.channel, known.status, known.gross, known.discount, known.net)
        = (p.purchased_at, p.channel, p.status, p.gross, p.discount, p.net)
    AND (
        SELECT string_agg(line, ' ' ORDER BY line) FROM (
            SELECT ROW(s.product_id, s.category_id, s.quantity, s.discount, s.net)::text AS line
            FROM purchases_purchaseline s WHERE s.purchase_id = known.id
        ) stored
    ) = (
        SELECT string_agg(line, ' ' ORDER BY line) FROM (
            SELECT ROW(pr.id, coalesce(c.id, pr.category_id), l.quantity, l.discount, l.net)::text AS line
            FROM import_line l
            LEFT JOIN purchases_product pr ON pr.code = l.product_code
            LEFT JOIN import_category c ON c.name = l.category
            WHERE l.batch = p.batch AND l.seq = p.seq
        ) staged
    )
    AND (
        SELECT ROW(back.returned_at, back.amount, back.units)::text FROM purchases_return back
        WHERE back.purchase_id = known.id AND back.number = p.return_no
    ) IS NOT DISTINCT FROM (
        CASE WHEN p.return_amount IS NOT NULL
        THEN ROW(p.returned_at, p.return_amount, p.return_units)::text END
    )
    THEN 'unchanged' ELSE 'updated' END
FROM purchases_purchase known
WHERE p.batch = %(batch)s AND p.flaw IS NULL AND p.outcome IS NULL AND known.id = p.purchase_id
"""

ADD_PURCHASES = """
INSERT INTO purchases_purchase
    (id, customer_id, source, number, purchased_at, channel, status, beneficiary, gross, discount, net)
SELECT purchase_id, customer_id, %(source)s, purchase_no,
    purchased_at, channel, status, 'self', gross, discount, net
FROM import_purchase WHERE batch = %(batch)s AND outcome = 'created' ORDER BY seq
"""

# The array makes sure of the primary key.
CORRECT_PURCHASES = """
UPDATE purchases_purchase known
SET purchased_at = p.purchased_at, channel = p.channel, status = p.status,
    gross = p.gross, discount = p.discount, net = p.net
FROM import_purchase p
WHERE p.batch = %(batch)s AND p.outcome = 'updated' AND known.id = p.purchase_id
    AND known.id = ANY(ARRAY(
        SELECT purchase_id FROM import_purchase WHERE batch = %(batch)s AND outcome = 'updated'
    ))
"""

CLEAR_LINES = """
DELETE FROM purchases_purchaseline
WHERE purchase_id = ANY(ARRAY(
    SELECT purchase_id FROM import_purchase WHERE batch = %(batch)s AND outcome = 'updated'
))
"""

ADD_LINES = """
INSERT INTO purchases_purchaseline
    (customer_id, purchase_id, product_id, category_id, quantity, gross, discount, net)
SELECT p.customer_id, p.purchase_id, pr.id, coalesce(c.id, pr.category_id),
    l.quantity, l.net + l.discount, l.discount, l.net
FROM import_line l
JOIN import_purchase p USING (batch, seq)
LEFT JOIN purchases_product pr ON pr.code = l.product_code
LEFT JOIN import_category c ON c.name = l.category
WHERE l.batch = %(batch)s AND p.outcome IN ('created', 'updated')
ORDER BY l.line
"""

CLEAR_RETURNS = """
DELETE FROM purchases_return back
USING import_purchase p
WHERE p.batch = %(batch)s AND p.outcome = 'updated' AND back.purchase_id = p.purchase_id
    AND back.customer_id = p.customer_id AND back.number = p.return_no
    AND back.purchase_id = ANY(ARRAY(
        SELECT purchase_id FROM import_purchase WHERE batch = %(batch)s AND outcome = 'updated'
    ))
"""

ADD_RETURNS = """
INSERT INTO purchases_return (customer_id, purchase_id, number, returned_at, amount, units, reason)
SELECT customer_id, purchase_id, return_no, returned_at, return_amount, return_units, ''
FROM import_purchase
WHERE batch = %(batch)s AND outcome IN ('created', 'updated') AND return_amount IS NOT NULL
ORDER BY seq
"""

OUTCOMES = """
SELECT outcome, count(*), coalesce(sum(lines), 0) FROM import_purchase
WHERE batch = %(batch)s AND outcome IS NOT NULL GROUP BY outcome
"""

JUDGE = (ADD_PRODUCTS, COMPLETE_PRODUCTS, FIND_PURCHASES, NUMBER_NEW_PURCHASES, COMPARE_PURCHASES)
CORRECT = (CORRECT_PURCHASES, CLEAR_LINES, CLEAR_RETURNS)
ADD = (ADD_PURCHASES, ADD_LINES, ADD_RETURNS)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many purchases, of how many lines in the file, were created, updated or unchanged."""

    name: str
    purchases: int
    lines: int


@dataclass(frozen=True, slots=True)
class SavedBatch:
    outcomes: tuple[Outcome, ...]
    customers_created: int


class BatchJournal(Protocol):
    """Told what a batch is about to correct, and when it has been written; both within its transaction."""

    def before(self, batch: int, new_customers: set[int]) -> None: ...

    def after(self, batch: int) -> None: ...


def save_batch(
    *,
    batch: int,
    source: str,
    create_missing: bool,
    viewer: User | None = None,
    branch_id: int | None = None,
    journal: BatchJournal | None = None,
) -> SavedBatch:
    """Create or correct the purchases of one batch; write nothing for those that are as they should be.

    With a `viewer`, customers whom that person may not change are as unknown as if they were not; new ones
    belong to `branch_id`.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        about: dict[str, int | str] = {"batch": batch, "source": source, "kind": identifier_kind(source)}
        cursor.execute(FIND_CUSTOMERS, about)
        if viewer is not None:
            _leave_out_others(batch, viewer)
        new_customers = _create_customers(batch, source, branch_id) if create_missing else set()
        customers_created = len(new_customers)
        if customers_created:
            cursor.execute(FIND_CUSTOMERS, about)
        cursor.execute(LEAVE_OUT_UNKNOWN, about)
        cursor.execute(HOLD_CUSTOMERS, about)
        _find_categories(batch)
        for statement in JUDGE:
            cursor.execute(statement, about)
        cursor.execute(OUTCOMES, about)
        outcomes = tuple(Outcome(name, purchases, int(lines)) for name, purchases, lines in cursor.fetchall())
        found = {outcome.name for outcome in outcomes}
        if journal is not None:
            journal.before(batch, new_customers)
        for statement in (
            *(CORRECT if "updated" in found else ()),
            *(ADD if found & {"created", "updated"} else ()),
        ):
            cursor.execute(statement, about)
        if journal is not None:
            journal.after(batch)
    return SavedBatch(outcomes, customers_created)


def _leave_out_others(batch: int, viewer: User) -> None:
    """Leave out purchases of customers whom a person may not change; nobody is told that they exist."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT customer_id FROM import_purchase WHERE batch = %s", [batch])
        found = {pk for (pk,) in cursor.fetchall() if pk is not None}
        editable = Customer.objects.editable_by(viewer).filter(pk__in=found).values_list("pk", flat=True)
        others = list(found.difference(editable))
        cursor.execute(
            "UPDATE import_purchase SET flaw = 'customer', customer_id = NULL "
            "WHERE batch = %s AND customer_id = ANY(%s)",
            [batch, others],
        )


def _create_customers(batch: int, source: str, branch_id: int | None) -> set[int]:
    """Customers of whom nothing is known but their number."""
    with connection.cursor() as cursor:
        cursor.execute(UNKNOWN_CUSTOMERS, {"batch": batch})
        fields = {"branch_id": branch_id} if branch_id else {}
        rows = [CustomerRow(0, number, fields=dict(fields)) for number, _first in cursor.fetchall()]
    return set(create_customers(source=source, rows=rows))


def _find_categories(batch: int) -> None:
    """Note the category behind each name in the batch; make those that do not exist."""
    with connection.cursor() as cursor:
        cursor.execute(NEW_CATEGORIES, {"batch": batch})
        names = [name for (name,) in cursor.fetchall()]
        cursor.executemany(
            "INSERT INTO import_category (name, id) VALUES (%s, %s)",
            [(name, _category(name).pk) for name in names],
        )


def _category(name: str) -> Category:
    """By its code or name as written; else by the code that its name gives, which ignores case and marks."""
    written = Category.objects.filter(Q(code=name) | Q(name=name)).order_by("pk").first()
    return written or Category.objects.get_or_create(code=code_of(name), defaults={"name": name})[0]
