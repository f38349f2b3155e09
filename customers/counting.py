"""How many customers a list finds, without counting more than a reader wants to know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db import connection, models
from django.db.models import Case, Expression, F, QuerySet, TextField, Value, When
from django.db.models.functions import Cast
from django.db.models.lookups import GreaterThanOrEqual

from accounts.compiled_queries import IsAnyOf
from customers.models import Customer

# A partial index, whose size PostgreSQL estimates whenever it analyses the table.
INACTIVE_INDEX = "customer_inactive"


@dataclass(frozen=True)
class Count:
    """How many customers there are now: exactly `number`, or more than it, or about it.

    `is_stored`: how many there were when the segments were calculated.
    """

    number: int
    is_more: bool = False
    is_about: bool = False
    is_stored: bool = False


@dataclass(frozen=True)
class Found:
    """Rows by their ids, written as PostgreSQL writes an array: ten thousand go to and fro as one text."""

    number: int
    ids: str

    @classmethod
    def of(cls, ids: Sequence[int]) -> Found:
        return cls(len(ids), f"{{{','.join(map(str, ids))}}}")

    def holds(self, name: str) -> Expression:
        """Whether a number is among the ids."""
        return IsAnyOf(F(name), Value(self.ids))


def find_any(rows: QuerySet[Any], most: int) -> Found:
    """Rows in any order, up to so many; as many are not named."""
    number = models.Count("*")
    ids = Cast(ArrayAgg("pk", default=Value([])), TextField())
    named = Case(When(GreaterThanOrEqual(number, most), then=Value("", TextField())), default=ids)
    found = rows.order_by()[:most].aggregate(number=number, ids=named)
    return Found(found["number"], found["ids"])


def estimated_customers(*, active_only: bool) -> int:
    """About how many customers there are, from the statistics of the table; 0 where it has none yet."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT greatest(customer.reltuples, 0), greatest(inactive.reltuples, 0)
            FROM pg_class customer, pg_class inactive
            WHERE customer.oid = %s::regclass AND inactive.oid = %s::regclass
            """,
            [Customer._meta.db_table, INACTIVE_INDEX],
        )
        rows, inactive = cursor.fetchone()
    return int(rows - inactive if active_only else rows)


def rounded(number: int) -> int:
    """Two digits and zeros: an estimate does not know more."""
    step = 10 ** max(len(str(number)) - 2, 0)
    return number // step * step
