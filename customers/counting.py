"""How many customers a list finds, without counting more than a reader wants to know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Expression, F, QuerySet, Value
from psycopg import sql

from accounts.compiled_queries import IsAnyOf
from customers.models import Customer

# With the numbers, unless as many were found as were looked for.
FIND_ANY = sql.SQL(
    "SELECT count(*), CASE WHEN count(*) >= %s THEN '' ELSE coalesce(array_agg(id), '{{}}')::text END "
    "FROM ({rows} LIMIT %s) AS found (id)"
)
COUNT_AMONG = sql.SQL("SELECT count(*) FROM ({rows}) AS found (id) WHERE id = ANY(%s::bigint[])")
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


class Countable:
    """Rows to be counted in one way or another: their conditions are put into SQL once."""

    def __init__(self, rows: QuerySet[Any]) -> None:
        try:
            self._sql, self._params = rows.order_by().values_list("pk").query.sql_with_params()
        except EmptyResultSet:
            self._sql, self._params = "SELECT NULL::bigint WHERE false", ()

    def find_any(self, most: int) -> Found:
        """Rows in any order, up to so many; as many are not named."""
        return Found(*self._ask(FIND_ANY, [most, *self._params, most]))

    def count_among(self, numbers: Found) -> int:
        """How many of the numbers are those of rows."""
        number: int = self._ask(COUNT_AMONG, [*self._params, numbers.ids])[0]
        return number

    def _ask(self, statement: sql.SQL, params: Sequence[Any]) -> tuple[Any, ...]:
        with connection.cursor() as cursor:
            cursor.execute(statement.format(rows=sql.SQL(self._sql)).as_string(None), params)
            answer: tuple[Any, ...] = cursor.fetchone()
        return answer


def find_any(rows: QuerySet[Any], most: int) -> Found:
    """Rows in any order, up to so many; as many are not named."""
    return Countable(rows).find_any(most)


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
