"""The list of customers that a person asked for: who is on it, how many they are, and one page of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db import connection, models, transaction
from django.db.models import BooleanField, Expression, F, Func, QuerySet, TextField, Value
from django.db.models.functions import Cast
from django.forms import Form
from django.http import QueryDict

from accounts.models import User
from customers import paging
from customers.figures_walk import find_by_figures
from customers.filters import ALL, INACTIVE, STATUS, CustomerFilter, FiguresFilter, colleagues_of
from customers.models import Customer, CustomerBehaviour, CustomerQuerySet
from customers.paging import BrokenCursorError, Cursor, Page
from customers.registry import registry
from customers.search import read_search
from customers.sorting import DEFAULT, NAME, SORTINGS

PAGE_SIZE = 50
MOST_COUNTED = 10_000
# More than are counted by as many as are inactive, and some.
FIGURES_LOT = 12_000
SEARCH = "q"
CURSOR = "cursor"
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

    def holds(self, name: str) -> Expression:
        """Whether a number is among the ids."""
        return _IsAnyOf(F(name), Value(self.ids))


class _IsAnyOf(Func):
    template = "%(expressions)s::bigint[])"
    arg_joiner = " = ANY("
    output_field = BooleanField()


def _find(rows: QuerySet[Any], most: int) -> Found:
    """Rows in any order, up to so many."""
    ids = Cast(ArrayAgg("pk", default=Value([])), TextField())
    found = rows.order_by()[:most].aggregate(number=models.Count("*"), ids=ids)
    return Found(found["number"], found["ids"])


@contextmanager
def _read_by_index() -> Iterator[None]:
    """Keep PostgreSQL from reading a table through until it has seen enough.

    It takes the rows of a segment for evenly spread, but a refresh writes them beside one another: the first
    of them may come after all others.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        yield
        cursor.execute("SET LOCAL enable_seqscan = on")


class CustomerList:
    """What the address of the list asks for, as one person sees it."""

    def __init__(self, user: User, asked: QueryDict) -> None:
        self.user = user
        self.asked = asked
        self.search = read_search(asked.get(SEARCH, ""))
        self.filter = CustomerFilter(asked, user=user, only=frozenset(asked))
        self.sorting = SORTINGS.get(asked.get("sort", ""), DEFAULT)

    @cached_property
    def filter_form(self) -> Form:
        """Every condition that could narrow the list, with those that do filled in."""
        form: Form = CustomerFilter(self.asked, user=self.user).form
        return form

    @property
    def shows_owner(self) -> bool:
        """Whether the list may show customers of several people."""
        return colleagues_of(self.user)[0] is not None

    @cached_property
    def order(self) -> paging.Order:
        return self.sorting.order(self.search)

    @property
    def condition_names(self) -> list[str]:
        """What narrows the list, by its name in the address."""
        return [SEARCH, *self.filter.values] if self.search else list(self.filter.values)

    def customers(
        self, names: list[str] | None = None, *, all_found: bool = False, any_status: bool = False
    ) -> CustomerQuerySet:
        """Who meets the named conditions, or all of them; `all_found`: to be found all, in no order."""
        names = self.condition_names if names is None else names
        customers = Customer.objects.visible_to(self.user)
        if self.search.error:
            return customers.none()
        if SEARCH in names:
            customers = customers.filter(self.search.where_rare if all_found else self.search.where)
        if not any_status and STATUS not in names:
            customers = customers.active()
        return self.filter.apply(customers, [name for name in names if name != SEARCH])

    def is_empty_without(self, name: str) -> bool:
        """Whether dropping one condition would still find nobody."""
        others = [other for other in self.condition_names if other != name]
        is_status = name == STATUS
        return not self.customers(others, all_found=True, any_status=is_status).exists()

    @cached_property
    def few(self) -> Found | None:
        """Who is on the list, unless they are more than are counted, or counted already."""
        if self._is_everybody and self._estimate > MOST_COUNTED:
            return None
        if self._stored_size > MOST_COUNTED:
            return None
        found = self._found_by_figures() if self._figures_alone_narrow else None
        if found is None:
            found = _find(self.customers(all_found=True), MOST_COUNTED + 1)
        return found if found.number <= MOST_COUNTED else None

    @property
    def _figures_alone_narrow(self) -> bool:
        figures = self._conditions_on_figures
        names = set(self.condition_names)
        return bool(figures) and names <= {*figures, STATUS} and self._sees_all

    def _found_by_figures(self) -> Found | None:
        """Who is found, from the figures; None where too many of a first lot are not on the list to tell.

        Joined to customers, the planner reads all of both in the order of their numbers.
        """
        names = self._conditions_on_figures
        with _read_by_index():
            lot = _find(self._figures(names), FIGURES_LOT)
        others = self.customers([name for name in self.condition_names if name not in names])
        found = _find(others.filter(lot.holds("pk")), MOST_COUNTED + 1)
        return found if lot.number < FIGURES_LOT or found.number > MOST_COUNTED else None

    @cached_property
    def count(self) -> Count:
        if self.search.error:
            return Count(0)
        if self.few is not None:
            return Count(self.few.number)
        if self._stored_size > MOST_COUNTED:
            return Count(self._stored_size, is_stored=True)
        if self._is_everybody:
            return Count(_rounded(self._estimate), is_about=True)
        return Count(MOST_COUNTED, is_more=True)

    @cached_property
    def page(self) -> Page:
        return paging.fetch(self._find(), self.order, cursor=self._cursor, size=PAGE_SIZE)

    @property
    def has_broken_cursor(self) -> bool:
        return bool(self.asked.get(CURSOR)) and self._cursor is None

    @cached_property
    def rows(self) -> list[Any]:
        """The customers of the page, in its order, as `for_list` reads them."""
        shown = Customer.objects.visible_to(self.user).filter(pk__in=self.page.ids).for_list()
        found = {row.pk: row for row in shown}
        return [found[pk] for pk in self.page.ids if pk in found]

    @cached_property
    def _cursor(self) -> Cursor | None:
        try:
            return Cursor.decode(self.asked.get(CURSOR, ""), self.order)
        except BrokenCursorError:
            return None

    def _find(self) -> paging.Find:
        if self.few is not None:
            return self._sort(self.few)
        if not self.sorting.is_by_figures:
            # In the order of names, the runs say whom the search finds.
            said = {SEARCH} if self.sorting.column == NAME else set()
            return paging.walk(
                self.customers([name for name in self.condition_names if name not in said]), self.order
            )
        conditions = self._conditions_on_figures
        if all(self._is_own(condition) for condition in conditions):
            return paging.walk(self.customers().filter(behaviour__isnull=False), self.order)
        others = [name for name in self.condition_names if name not in conditions]
        return find_by_figures(
            figures=self._figures(conditions),
            walked=self._figures([name for name in conditions if self._is_own(name)]),
            customers=self.customers(others),
            order=self.sorting.order_of_figures(),
        )

    def _sort(self, few: Found) -> paging.Find:
        """Figures are sorted by themselves: the customers that they belong to are known already."""
        if self.sorting.is_by_figures:
            figures = CustomerBehaviour.objects.filter(few.holds("pk"))
            return paging.sort(figures, self.sorting.order_of_figures())
        return paging.sort(Customer.objects.filter(few.holds("pk")), self.order)

    def _is_own(self, name: str) -> bool:
        """Whether the index of the order applies a condition by itself."""
        return self.filter.filters[name].column == self.sorting.column

    def _figures(self, names: list[str]) -> QuerySet[CustomerBehaviour]:
        figures = CustomerBehaviour.objects.all()
        for name in names:
            figures = figures.filter(
                self.filter.filters[name].condition(self.filter.values[name], figures="")
            )
        return figures

    @property
    def _conditions_on_figures(self) -> list[str]:
        return [name for name in self.filter.values if isinstance(self.filter.filters[name], FiguresFilter)]

    @property
    def _is_everybody(self) -> bool:
        """Whether nothing but the status narrows the list of somebody who sees all."""
        return (
            set(self.condition_names) <= {STATUS}
            and self.filter.values.get(STATUS) != INACTIVE
            and self._sees_all
        )

    @property
    def _sees_all(self) -> bool:
        return self.user.has_perm("customers.view_all_customer")

    @cached_property
    def _estimate(self) -> int:
        return estimated_customers(active_only=self.filter.values.get(STATUS) != ALL)

    @cached_property
    def _stored_size(self) -> int:
        """The size of a segment as it was calculated, where the list shows all of one; else 0."""
        values = self.filter.values
        if set(self.condition_names) != {"segment", STATUS} or values[STATUS] != ALL:
            return 0
        return registry.segment_size(self.user, int(values["segment"])) or 0


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


def _rounded(number: int) -> int:
    """Two digits and zeros: an estimate does not know more."""
    step = 10 ** max(len(str(number)) - 2, 0)
    return number // step * step
