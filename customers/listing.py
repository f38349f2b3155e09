"""The list of customers that a person asked for: who is on it, how many they are, and one page of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from functools import cached_property
from hashlib import blake2s
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet, TextField, Value
from django.db.models.lookups import GreaterThanOrEqual, LessThanOrEqual
from django.forms import Form
from django.http import QueryDict
from django.utils import timezone

from accounts.compiled_queries import Given, IsAnyOf, compiled
from accounts.models import User
from customers import paging
from customers.counting import Count, Countable, Found, estimated_customers, find_any, rounded
from customers.figures_walk import find_by_figures
from customers.filters import ALL, INACTIVE, STATUS, CustomerFilter, FiguresFilter, colleagues_of
from customers.list_columns import (
    COLUMNS,
    LIST_COLUMNS,
    ListColumn,
    annotations_of,
    chosen_columns,
    reads_of,
    usual_columns,
)
from customers.models import Customer, CustomerBehaviour, CustomerBehaviourQuerySet, CustomerQuerySet
from customers.paging import BrokenCursorError, Cursor, Page
from customers.registry import FiguresLegend, SegmentSize, registry
from customers.rules.checks import Choices, RuleError, read_rule
from customers.rules.compiler import Reader, compile_rule, is_told_by_figures, names_figures
from customers.rules.tree import EVERYBODY, Condition, Group, Match, Node
from customers.rules.vocabulary import vocabulary
from customers.sampling import is_surely_more
from customers.search import Kind, read_search
from customers.sorting import CREATED, DEFAULT, LAST_PURCHASE, NAME, SORTINGS, SPEND

PAGE_SIZE = 50
MOST_COUNTED = 10_000
# A segment with so many active members has more than are counted, whoever left since the last calculation.
SURELY_MORE = MOST_COUNTED * 6 // 5
# Among so many, what narrows a list narrows it better than the branches of a manager do.
MANY = 3 * MOST_COUNTED
# So few whom figures tell are sorted; more are met soon enough on the way through all names.
FEW_TO_SORT = 1_000
SEARCH = "q"
CURSOR = "cursor"
RULE = "rule"
# What the indexes of the orders by name, spend and last purchase carry of the figures.
IN_EVERY_INDEX = frozenset({"segment", SPEND, LAST_PURCHASE, "spend_12m"})
# Conditions on what the figures beside a customer carry too.
CARRIED = frozenset({STATUS, "branch"})
# Most branches have their customers in few of them.
PLACES = frozenset({"province", "ward"})


def _shown(*names: str) -> QuerySet[Customer, Any]:
    """What a list with these columns shows of customers whom it has found."""
    columns = [LIST_COLUMNS[name] for name in names]
    found = Customer.objects.filter(IsAnyOf(F("pk"), Given("ids", TextField())))
    return found.for_list(*reads_of(columns), **annotations_of(columns))


_SHOWN = compiled(_shown)


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
        self.choices = Choices(user)
        self.rule, self.rule_error = self._read_rule()
        self._reader = Reader(user, timezone.localdate())

    def _read_rule(self) -> tuple[Group, str]:
        """The nested conditions; where they cannot be read, why not: nobody is shown rather than too many."""
        try:
            return read_rule(self.asked.get(RULE, ""), self.choices), ""
        except RuleError as error:
            return EVERYBODY, error.message

    @property
    def error(self) -> str:
        """Why nobody can be found, whoever there is."""
        return self.search.error or self.rule_error

    @cached_property
    def parts(self) -> dict[str, Node]:
        """What a customer has to meet of the rule, each part to be shown and dropped on its own."""
        if self.rule.match == Match.ALL:
            return {f"{RULE} {number}": member for number, member in enumerate(self.rule.members)}
        return {RULE: self.rule}

    @cached_property
    def filter_form(self) -> Form:
        """Every condition that could narrow the list, with those that do filled in."""
        form: Form = CustomerFilter(self.asked, user=self.user).form
        return form

    @cached_property
    def legend(self) -> FiguresLegend:
        return registry.figures_legend(self.user)

    @cached_property
    def shows_owner(self) -> bool:
        """Whether the list may show customers of several people."""
        return colleagues_of(self.user)[0] is not None

    @cached_property
    def columns(self) -> list[ListColumn]:
        """The columns that the address names, or those that there is room for."""
        chosen = chosen_columns(self.asked.get(COLUMNS, ""))
        is_by_creation = self.sorting.column == CREATED
        with_created = not self.shows_owner or is_by_creation
        return chosen or usual_columns(with_owner=self.shows_owner, with_created=with_created)

    @cached_property
    def order(self) -> paging.Order:
        """The order; its name tells this list from others, so that a place in one is none in another."""
        asked = sorted((name, value) for name, value in self.asked.items() if name != CURSOR)
        digest = blake2s(repr(asked).encode(), digest_size=6).hexdigest()
        return replace(self.sorting.order(self.search), name=f"{self.sorting.name}.{digest}")

    @property
    def condition_names(self) -> list[str]:
        """What narrows the list, by its name in the address."""
        return [*([SEARCH] if self.search else []), *self.filter.values, *self.parts]

    def customers(
        self, names: list[str] | None = None, *, all_found: bool = False, any_status: bool = False
    ) -> CustomerQuerySet:
        """Who meets the named conditions, or all of them; `all_found`: to be found all, in no order."""
        names = self.condition_names if names is None else names
        if self.error:
            return Customer.objects.none()
        if all_found and names and self._is_among_many and not self._is_in_places(names):
            customers = Customer.objects.visible_row_by_row(self.user)
        elif SEARCH in names:
            customers = self.search.among(self.user)
        else:
            customers = Customer.objects.visible_to(self.user)
        if SEARCH in names:
            customers = customers.filter(self.search.where_rare if all_found else self.search.where)
        if not any_status and STATUS not in names:
            customers = customers.active()
        for name in names:
            if name in self.parts:
                customers = customers.filter(compile_rule(self.parts[name], self._reader))
        return self.filter.apply(customers, [name for name in names if name in self.filter.values])

    def is_empty_without(self, name: str) -> bool:
        """Whether dropping one condition would still find nobody."""
        others = [other for other in self.condition_names if other != name]
        is_status = name == STATUS
        found = self.customers(others, all_found=True, any_status=is_status)
        if self._is_in_places(others):
            # Asked for one, PostgreSQL walks through the whole place, where all may be of other branches.
            return not find_any(found, MOST_COUNTED + 1).number
        return not found.exists()

    @cached_property
    def few(self) -> Found | None:
        """Who is on the list, unless they are more than are counted, or counted already."""
        if self.error:
            return Found(0, "{}")
        if self._is_everybody and self._estimate > MOST_COUNTED:
            return None
        if self._is_narrowed_by_nothing and self._is_among_many:
            return None
        if self._is_in_large_segment:
            return None
        names = self.condition_names
        rows = Countable(self._figures(names) if self._is_told_by_figures else self.customers(all_found=True))
        if self._may_be_very_many and is_surely_more(rows, MOST_COUNTED):
            return None
        with _read_by_index() if self._is_told_by_figures else nullcontext():
            found = rows.find_any(MOST_COUNTED + 1)
        return found if found.number <= MOST_COUNTED else None

    @property
    def _may_be_very_many(self) -> bool:
        """Whether to ask a sample: not where rare words or a segment of known size narrow the list."""
        is_rare = self.search.kind != Kind.NAME or self._stored.customers > 0
        return not is_rare and (self._sees_all or self._is_among_many)

    @property
    def _is_told_by_figures(self) -> bool:
        """Whether the figures alone say who is found, for somebody who sees more than their own."""
        figures = self._conditions_on_figures
        is_told = bool(figures) and set(self.condition_names) <= {*figures, *self._carried}
        return is_told and (self._sees_all or self.user.has_perm("customers.view_branch_customer"))

    @cached_property
    def count(self) -> Count:
        if self.error:
            return Count(0)
        if self.few is not None:
            return Count(self.few.number)
        if self._shows_all_of_segment and self._is_in_large_segment:
            return Count(self._stored.customers, is_stored=True)
        if self._is_everybody:
            return Count(rounded(self._estimate), is_about=True)
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
        shown = _SHOWN(*(column.name for column in self.columns))(ids=Found.of(self.page.ids).ids)
        found = {row.pk: row for row in shown}
        return [found[pk] for pk in self.page.ids if pk in found]

    @cached_property
    def _cursor(self) -> Cursor | None:
        try:
            return Cursor.decode(self.asked.get(CURSOR, ""), self.order)
        except BrokenCursorError:
            return None

    def _find(self) -> paging.Find:
        if self._is_all_of_one_person and not self.sorting.is_by_figures:
            # One index finds them, and by name it holds them in their order.
            find = paging.walk if self.sorting.column == NAME else paging.sort
            return find(self.customers(), self.order)
        if self._is_told_by_one_index and (self.few is None or self.few.number > FEW_TO_SORT):
            order = self.sorting.order_of_figures()
            figures = self._figures(self.condition_names).filter(self._within_segment(order))
            return paging.walk(figures, order)
        if self.few is not None:
            return self._sort(self.few)
        if not self.sorting.is_by_figures:
            # In the order of names, the runs say whom the search finds.
            said = {SEARCH} if self.sorting.column == NAME else set()
            return paging.walk(
                self.customers([name for name in self.condition_names if name not in said]), self.order
            )
        return self._find_by_figures()

    def _find_by_figures(self) -> paging.Find:
        order = self.sorting.order_of_figures()
        names = self._conditions_on_figures
        carried = [name for name in self.condition_names if name in self._carried]
        others = [name for name in self.condition_names if name not in {*names, *carried}]
        customers = self.customers(others, any_status=True) if others else None
        own = [name for name in names if self._is_own(name)]
        if own == names and customers is None:
            return paging.walk(self._figures([*names, *carried]), order)
        if own == names:
            return paging.walk(self.customers().filter(behaviour__isnull=False), self.order)
        return find_by_figures(
            figures=self._figures([*names, *carried]),
            walked=self._figures([*own, *carried]).filter(self._within_segment(order)),
            customers=customers,
            order=order,
        )

    def _sort(self, few: Found) -> paging.Find:
        """Figures are sorted by themselves: the customers that they belong to are known already."""
        if self.sorting.is_by_figures:
            figures = CustomerBehaviour.objects.filter(few.holds("pk"))
            return paging.sort(figures, self.sorting.order_of_figures())
        return paging.sort(Customer.objects.filter(few.holds("pk")), self.order)

    def _is_in_indexes(self, name: str) -> bool:
        """Whether the index of every order says of each of its rows if they meet a condition on figures."""
        part = self.parts.get(name)
        return part is None or (isinstance(part, Condition) and part.field in IN_EVERY_INDEX)

    def _is_own(self, name: str) -> bool:
        """Whether the index of the order applies a condition by itself."""
        part = self.parts.get(name)
        if part is None:
            return self.filter.filters[name].column == self.sorting.column
        return isinstance(part, Condition) and vocabulary.fields[part.field].column == self.sorting.column

    def _figures(self, names: list[str]) -> CustomerBehaviourQuerySet:
        """The figures of customers whom the person sees and who meet the named conditions."""
        figures = CustomerBehaviour.objects.visible_to(self.user)
        if STATUS not in names:
            figures = figures.active()
        for name in names:
            if part := self.parts.get(name):
                figures = figures.filter(compile_rule(part, self._reader, of_figures=True))
                continue
            condition, value = self.filter.filters[name], self.filter.values[name]
            if isinstance(condition, FiguresFilter):
                figures = figures.filter(condition.condition(value, figures=""))
            else:
                figures = condition.filter(figures, value)
        return figures

    def _within_segment(self, order: paging.Order) -> Q:
        """Where in the order the members of the chosen segment stand, as far as it is known."""
        segment = None if self.sorting.column == NAME else next(iter(self._segments.values()), None)
        extent = registry.segment_extent(segment) if segment else None
        if extent is None:
            return Q()
        first, last = extent.spend if self.sorting.column == SPEND else extent.last_purchase
        key = order.keys[0]
        return Q(
            GreaterThanOrEqual(key.expression, Value(first, key.type)),
            LessThanOrEqual(key.expression, Value(last, key.type)),
        )

    @property
    def _conditions_on_figures(self) -> list[str]:
        simple = [name for name, one in self.filter.filters.items() if isinstance(one, FiguresFilter)]
        parts = [
            name for name, part in self.parts.items() if is_told_by_figures(part) and names_figures(part)
        ]
        return [*(name for name in self.filter.values if name in simple), *parts]

    @cached_property
    def _carried(self) -> set[str]:
        """The conditions on what the figures carry of their customers."""
        parts = (
            name for name, part in self.parts.items() if is_told_by_figures(part) and not names_figures(part)
        )
        return {*CARRIED, *parts}

    @cached_property
    def _segments(self) -> dict[str, int]:
        """The conditions that ask for one segment, with its number."""
        found = {"segment": int(self.filter.values["segment"])} if "segment" in self.filter.values else {}
        for name, part in self.parts.items():
            if isinstance(part, Condition) and (part.field, part.operator) == ("segment", "is"):
                found |= {name: int(part.values[0])} if len(part.values) == 1 else {}
        return found

    @property
    def _is_narrowed_by_nothing(self) -> bool:
        """Whether nothing but the status narrows what the person sees."""
        return set(self.condition_names) <= {STATUS} and self.filter.values.get(STATUS) != INACTIVE

    @property
    def _is_told_by_one_index(self) -> bool:
        """Whether the index of the order says alone who is on the list."""
        if self.sorting.column == CREATED or not self._is_told_by_figures:
            return False
        return all(self._is_in_indexes(name) for name in self._conditions_on_figures)

    def _is_in_places(self, names: list[str]) -> bool:
        """Whether a place narrows the list, which an index tells together with the branch."""
        parts = (self.parts.get(name, name) for name in names)
        return any((part.field if isinstance(part, Condition) else part) in PLACES for part in parts)

    @property
    def _is_all_of_one_person(self) -> bool:
        """Whether the list is the whole portfolio of somebody who sees no branch."""
        sees_own = not self._sees_all and not self.user.has_perm("customers.view_branch_customer")
        return sees_own and self._is_narrowed_by_nothing

    @property
    def _is_everybody(self) -> bool:
        return self._is_narrowed_by_nothing and self._sees_all

    @property
    def _is_among_many(self) -> bool:
        """Whether a manager answers for so many that their branches hardly narrow a list."""
        return self.legend.seen > MANY

    @property
    def _sees_all(self) -> bool:
        return self.user.has_perm("customers.view_all_customer")

    @cached_property
    def _estimate(self) -> int:
        return estimated_customers(active_only=self.filter.values.get(STATUS) != ALL)

    @property
    def _is_in_large_segment(self) -> bool:
        """Whether the list is a segment of which nobody counts the members one by one."""
        if self._shows_all_of_segment:
            return self._stored.customers > MOST_COUNTED
        return self._stored.active > SURELY_MORE

    @cached_property
    def _stored(self) -> SegmentSize:
        """The size of a segment as it was calculated, where nothing but the status narrows it; else 0."""
        narrowing = [name for name in self.condition_names if name != STATUS]
        is_one = len(narrowing) == 1 and narrowing[0] in self._segments
        if not is_one or self.filter.values.get(STATUS) == INACTIVE:
            return SegmentSize()
        return registry.segment_size(self.user, self._segments[narrowing[0]]) or SegmentSize()

    @property
    def _shows_all_of_segment(self) -> bool:
        return self.filter.values.get(STATUS) == ALL
