"""Pages of long lists by key: every page, however deep, costs what the first one does.

A page begins beyond the keys of the last row before it, never after a number of rows to skip. An order may
fall into runs, one after another ("those who have bought", then "those who never have"), and the cursor says
in which run it stands.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.core import signing
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import BooleanField, Case, Expression, F, Func, Q, QuerySet, Value, When
from django.db.models.functions import Greatest

SALT = "customers.paging"


class BrokenCursorError(ValueError):
    """A cursor that was cut, changed, or made for another order."""


@dataclass(frozen=True)
class Key:
    """What rows are ordered by, and the type of its values."""

    expression: F | Expression
    type: models.Field[Any, Any]


@dataclass(frozen=True)
class Run:
    """Rows that stand together in an order.

    `ranges`, where given, say the same as `where` by disjoint stretches of the index, ascending: without them
    PostgreSQL would read the index from its beginning. Where `is_beginning`, `where` only says from where on
    the rows stand in it: PostgreSQL would go there too, past all that come before a cursor inside.
    """

    where: Q = field(default_factory=Q)
    ranges: tuple[Q, ...] = ()
    is_beginning: bool = False


@dataclass(frozen=True)
class Order:
    """An order of rows: runs, and inside each the keys, all in one direction; the last of them is unique."""

    name: str
    keys: tuple[Key, ...]
    descending: bool = False
    runs: tuple[Run, ...] = (Run(),)


@dataclass(frozen=True)
class Cursor:
    """A place between two rows: beyond `values`, forwards or backwards. `first` counts rows from 1."""

    order: str
    backwards: bool
    first: int
    run: int
    values: tuple[Any, ...]

    def encode(self) -> str:
        values = [_plain(value) for value in self.values]
        return signing.dumps([self.order, self.backwards, self.first, self.run, values], salt=SALT)

    @classmethod
    def decode(cls, text: str, order: Order) -> Cursor:
        """The cursor that `encode` wrote. Raises BrokenCursorError."""
        try:
            name, backwards, first, run, values = signing.loads(text, salt=SALT)
            read = tuple(key.type.to_python(value) for key, value in zip(order.keys, values, strict=True))
        except (signing.BadSignature, ValidationError, ValueError, TypeError) as error:
            raise BrokenCursorError from error
        if name != order.name or run >= len(order.runs):
            raise BrokenCursorError
        return cls(name, backwards, first, run, read)


@dataclass(frozen=True)
class Page:
    """The ids of one page, in order; `first` is the place of the first of them, counted from 1."""

    ids: list[int]
    first: int = 1
    previous: str = ""
    next: str = ""

    @property
    def last(self) -> int:
        return self.first + len(self.ids) - 1


@dataclass(frozen=True)
class Position:
    """Where a row stands in an order."""

    run: int
    values: tuple[Any, ...]


Find = Callable[[Cursor | None, int], list[Position]]


def fetch(find: Find, order: Order, *, cursor: Cursor | None, size: int) -> Page:
    """One page; `find` gives so many positions beyond a cursor, in the direction in which it looks."""
    backwards = cursor is not None and cursor.backwards
    found = find(cursor, size + 1)
    has_more, found = len(found) > size, found[:size]
    if cursor is not None and (not found or (backwards and not has_more)):
        # The beginning is reached, or all beyond is gone: a full first page is what people expect.
        return fetch(find, order, cursor=None, size=size)
    if backwards:
        found.reverse()
    return _page(order, found, cursor, has_more=has_more)


def page_of(rows: QuerySet[Any], order: Order, *, cursor: str, size: int) -> Page:
    """One page along the index of an order; the first one where the cursor cannot be read."""
    try:
        decoded = Cursor.decode(cursor, order)
    except BrokenCursorError:
        decoded = None
    return fetch(walk(rows, order), order, cursor=decoded, size=size)


def _page(order: Order, found: list[Position], cursor: Cursor | None, *, has_more: bool) -> Page:
    if not found:
        return Page([])
    backwards = cursor is not None and cursor.backwards
    first = 1 if cursor is None else max(cursor.first - len(found), 1) if backwards else cursor.first
    after = first + len(found)

    def at(row: Position, *, is_back: bool) -> str:
        return Cursor(order.name, is_back, first if is_back else after, row.run, row.values).encode()

    return Page(
        ids=[row.values[-1] for row in found],
        first=first,
        previous=at(found[0], is_back=True) if (has_more if backwards else cursor is not None) else "",
        next=at(found[-1], is_back=False) if backwards or has_more else "",
    )


def walk(rows: QuerySet[Any], order: Order) -> Find:
    """Find rows run after run along the index of their order: quick where many match, at any depth."""

    def find(cursor: Cursor | None, limit: int) -> list[Position]:
        found: list[Position] = []
        for number in _run_numbers(order, cursor):
            if len(found) == limit:
                break
            matching = in_run(rows, order, number, cursor, limit - len(found))
            found += [Position(number, values) for values in matching]
        return found

    return find


def sort(rows: QuerySet[Any], order: Order) -> Find:
    """Find all rows by their conditions, then sort: where few match, they may all stand at the far end."""

    def find(cursor: Cursor | None, limit: int) -> list[Position]:
        found = sorted_rows(rows, order, cursor)[:limit]
        return [Position(number, tuple(values)) for number, *values in found]

    return find


class _Row(Func):
    template = "(%(expressions)s)"
    output_field = BooleanField()


class _Greater(Func):
    """`(a, b) > (x, y)`: one condition on one index, also where half of the rows share the first value."""

    template = "%(expressions)s"
    arg_joiner = " > "
    output_field = BooleanField()


class _Less(_Greater):
    arg_joiner = " < "


def _beyond(order: Order, values: tuple[Any, ...], *, descending: bool) -> _Greater:
    compare = _Less if descending else _Greater
    given = (Value(value, output_field=key.type) for key, value in zip(order.keys, values, strict=True))
    return compare(_Row(*(key.expression for key in order.keys)), _Row(*given))


def _key_names(order: Order) -> list[str]:
    return [f"key_{number}" for number in range(len(order.keys))]


def _directed(names: list[str], *, descending: bool) -> list[str]:
    return [f"-{name}" if descending else name for name in names]


def _run_numbers(order: Order, cursor: Cursor | None) -> range:
    if cursor is None:
        return range(len(order.runs))
    return range(cursor.run, -1, -1) if cursor.backwards else range(cursor.run, len(order.runs))


def _is_descending(order: Order, cursor: Cursor | None) -> bool:
    return order.descending != (cursor is not None and cursor.backwards)


def in_run(
    rows: QuerySet[Any], order: Order, number: int, cursor: Cursor | None, limit: int
) -> QuerySet[Any]:
    """The keys of so many rows of one run, beyond a cursor."""
    run, descending = order.runs[number], _is_descending(order, cursor)
    is_inside = cursor is not None and cursor.run == number
    is_said = run.ranges or (run.is_beginning and is_inside and not descending)
    matching = rows if is_said else rows.filter(run.where)
    if cursor is not None and cursor.run == number:
        matching = matching.filter(_beyond(order, cursor.values, descending=descending))
    names = _key_names(order)
    sorting = _directed(names, descending=descending)
    keys = dict(zip(names, (key.expression for key in order.keys), strict=True))
    matching = matching.annotate(**keys).order_by(*sorting).values_list(*names)
    if not run.ranges:
        return matching[:limit]
    first, *others = (matching.filter(stretch)[:limit] for stretch in run.ranges)
    return first.union(*others, all=True).order_by(*sorting)[:limit] if others else first


def sorted_rows(rows: QuerySet[Any], order: Order, cursor: Cursor | None) -> QuerySet[Any]:
    """The runs and keys of all rows beyond a cursor, sorted without an index.

    The greatest of a value and itself is the value, but stands in no index.
    """
    descending = _is_descending(order, cursor)
    names = _key_names(order)
    keys = [Greatest(key.expression, key.expression) for key in order.keys]
    matching = rows.annotate(run=_run_number(order), **dict(zip(names, keys, strict=True)))
    if cursor is not None:
        matching = matching.filter(_later_or_beyond(order, cursor, descending=descending))
    backwards = cursor is not None and cursor.backwards
    sorting = [*_directed(["run"], descending=backwards), *_directed(names, descending=descending)]
    return matching.order_by(*sorting).values_list("run", *names)


def in_order(rows: QuerySet[Any], order: Order) -> QuerySet[Any]:
    """All rows as their pages show them one after the other, to be read at once."""
    names = _key_names(order)
    keys: dict[str, Any] = dict(zip(names, (key.expression for key in order.keys), strict=True))
    if len(order.runs) > 1:
        # A sole run would be a constant, which SQL takes for the number of a column.
        keys["run_of_row"] = _run_number(order)
    by = [name for name in keys if name not in names]
    return rows.alias(**keys).order_by(*by, *_directed(names, descending=order.descending))


def _run_number(order: Order) -> Expression:
    *early, _last = order.runs
    if not early:
        return Value(0)
    cases = (When(run.where, then=Value(number)) for number, run in enumerate(early))
    return Case(*cases, default=Value(len(early)))


def _later_or_beyond(order: Order, cursor: Cursor, *, descending: bool) -> Q:
    beyond = Q(_beyond(order, cursor.values, descending=descending))
    if len(order.runs) == 1:
        return beyond
    later = Q(run__lt=cursor.run) if cursor.backwards else Q(run__gt=cursor.run)
    return later | Q(run=cursor.run) & beyond


def _plain(value: Any) -> str | int:
    if isinstance(value, datetime.datetime | datetime.date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
