"""What an import writes about purchases, so that it can be taken back: how each was, and how it is now."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

from django.db import connection
from psycopg.types.json import Jsonb

from customers import raw
from customers.importing.runs import report
from customers.models import ImportRow, ImportRun
from purchases.models import Purchase, PurchaseLine, Return

# A purchase with all that belongs to it. Keys of its lines and returns change when they are written anew.
WHOLE = """
SELECT known.id, jsonb_build_object(
    'purchase', to_jsonb(known),
    'lines', (SELECT coalesce(jsonb_agg(to_jsonb(line) - 'id' ORDER BY line.id), '[]'::jsonb)
        FROM purchases_purchaseline line WHERE line.purchase_id = known.id),
    'returns', (SELECT coalesce(jsonb_agg(to_jsonb(back) - 'id' ORDER BY back.number), '[]'::jsonb)
        FROM purchases_return back WHERE back.purchase_id = known.id)
)
FROM purchases_purchase known WHERE known.id = ANY(%s)
"""
OF_BATCH = """
SELECT p.purchase_id, p.outcome, p.customer_id, array_agg(s.line ORDER BY s.line)
FROM import_purchase p JOIN import_staged s USING (customer_no, purchase_no)
WHERE p.batch = %s AND p.outcome IS NOT NULL GROUP BY p.purchase_id, p.outcome, p.customer_id
"""
WRITE = """
UPDATE customers_importrow kept
SET outcome = new.outcome, customer_pk = new.customer_pk, written = coalesce(new.written, kept.written)
FROM unnest(%s::int[], %s::text[], %s::bigint[], %s::jsonb[]) AS new (line, outcome, customer_pk, written)
WHERE kept.run_id = %s AND kept.line = new.line AND kept.outcome = ''
"""


def whole(purchases: list[int]) -> dict[int, dict[str, Any]]:
    """Purchases with their lines and returns, by key."""
    with connection.cursor() as cursor:
        cursor.execute(WHOLE, [purchases])
        # Decimals as texts, so that not the last of their digits changes on the way.
        return {pk: json.loads(found, parse_float=str) for pk, found in cursor.fetchall()}


class Journal:
    """Written within the transaction of each batch, so that it never tells more or less than was saved."""

    def __init__(self, run: ImportRun) -> None:
        self._run = run
        self._before: dict[int, dict[str, Any]] = {}
        self._new_customers: set[int] = set()

    def before(self, batch: int, new_customers: set[int]) -> None:
        """Remember the purchases that are about to be corrected."""
        self._new_customers = new_customers
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT purchase_id FROM import_purchase WHERE batch = %s AND outcome = 'updated'", [batch]
            )
            self._before = whole([pk for (pk,) in cursor.fetchall()])

    def after(self, batch: int) -> None:
        """Note what became of the lines, and at the first line of each purchase how to take it back.

        A batch that a killed worker had saved comes again as unchanged; its rows have their outcome already.
        """
        with connection.cursor() as cursor:
            cursor.execute(OF_BATCH, [batch])
            found = cursor.fetchall()
            now = whole([pk for pk, outcome, _customer, _lines in found if outcome != "unchanged"])
            columns: dict[str, list[Any]] = defaultdict(list)
            for pk, outcome, customer_pk, lines in found:
                for place, line in enumerate(lines):
                    is_noted = place == 0 and outcome != "unchanged"
                    columns["lines"].append(line)
                    columns["outcomes"].append(outcome)
                    columns["customers"].append(customer_pk)
                    columns["written"].append(Jsonb(self._note(pk, customer_pk, now)) if is_noted else None)
            if found:
                cursor.execute(WRITE, [*columns.values(), self._run.pk])
        report(self._run, self._run.rows.exclude(outcome=ImportRow.Outcome.WAITING).count())

    def _note(self, pk: int, customer_pk: int, now: dict[int, dict[str, Any]]) -> dict[str, Any]:
        return {
            "purchase": pk,
            "before": self._before.get(pk),
            "after": now[pk],
            "new_customer": customer_pk in self._new_customers,
        }


def put_back(before: dict[str, Any]) -> None:
    """Make a purchase what it was, with its lines and returns."""
    purchase = before["purchase"]["id"]
    Return.objects.filter(purchase=purchase).delete()
    PurchaseLine.objects.filter(purchase=purchase).delete()
    raw.overwrite(Purchase, purchase, before["purchase"])
    raw.put_in(PurchaseLine, before["lines"])
    raw.put_in(Return, before["returns"])
