"""Rules as conditions of the database: the only place where a rule becomes SQL.

What is not known meets no condition but "is not known" and the denials: "is not Gold" is everybody but those
who are known to be Gold. So every condition is true or false of every customer, and `none` finds exactly
those whom `any` leaves.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_
from typing import Any

from django.apps import apps
from django.core.exceptions import EmptyResultSet
from django.db.models import (
    BooleanField,
    Case,
    CharField,
    DateField,
    DecimalField,
    Exists,
    Expression,
    F,
    Func,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Coalesce, NullIf
from django.db.models.lookups import (
    Exact,
    GreaterThan,
    GreaterThanOrEqual,
    IContains,
    In,
    IsNull,
    IStartsWith,
    LessThan,
    LessThanOrEqual,
    StartsWith,
)
from django.utils import timezone

from accounts.models import User
from customers.models.behaviour import LONG_AGO
from customers.rules.tree import Condition, Match, Node, conditions
from customers.rules.vocabulary import (
    Column,
    Computed,
    Earliest,
    Either,
    Elements,
    Field,
    Kind,
    Latest,
    Ledger,
    Related,
    Source,
    vocabulary,
)
from customers.vietnamese.names import fold

ME = "me"
FIGURES = "behaviour__"
COUNTRY = "+84"
ALWAYS = Q(Exact(Value(1), Value(1)))
NEVER = Q(Exact(Value(1), Value(0)))


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom and for which day a rule is read: "me" and "60 days ago" depend on it."""

    user: User
    today: datetime.date


def compile_rule(node: Node, reader: Reader, *, of_figures: bool = False) -> Q:
    """The condition for customers or, with `of_figures`, for the figures beside them.

    The rule must have been checked (`customers.rules.checks`); for the figures, it must speak of them alone.
    """
    return _Compiler(reader, of_figures=of_figures).compile(node)


def is_told_by_figures(node: Node) -> bool:
    """Whether the figures beside customers tell who meets a rule, with what they carry of the customers."""
    fields = [vocabulary.fields[condition.field] for condition in conditions(node)]
    return all(field.is_of_figures or field.is_carried for field in fields)


def names_figures(node: Node) -> bool:
    return any(vocabulary.fields[condition.field].is_of_figures for condition in conditions(node))


class _IsNotTrue(Func):
    """The exact complement of a condition: false and unknown alike."""

    template = "((%(expressions)s) IS NOT TRUE)"
    output_field = BooleanField()

    def as_sql(self, *args: Any, **kwargs: Any) -> tuple[str, Any]:
        try:
            return super().as_sql(*args, **kwargs)
        except EmptyResultSet:
            # Django found out by itself that nobody meets the condition.
            return "(1 = 1)", ()


class _AnyElement(Func):
    """`5 <= ANY(array)`: whether any element is at least 5."""

    output_field = BooleanField()

    def __init__(self, value: Any, operator: str, path: str) -> None:
        super().__init__(
            Value(value, IntegerField()),
            F(path),
            template="(%(expressions)s))",
            arg_joiner=f" {operator} ANY(",
        )


Lookup = Callable[[Any, Any], Any]
COMPARISONS: Mapping[str, Lookup] = {
    "gte": GreaterThanOrEqual,
    "since": GreaterThanOrEqual,
    "lte": LessThanOrEqual,
    "until": LessThanOrEqual,
    "gt": GreaterThan,
    "lt": LessThan,
    "eq": Exact,
    "on": Exact,
}
# What an element must be to the value, seen from the value.
FROM_VALUE = {"gte": "<=", "lte": ">=", "gt": "<", "lt": ">", "eq": "="}
NUMBERS = frozenset({Kind.NUMBER, Kind.YEAR, Kind.MONEY})
DENIALS = {"is_not": "is", "lacks": "contains", "unknown": "known"}


def _denied(condition: Q) -> Q:
    match condition.children:
        case [Exists() as rows] if not condition.negated:
            # Whether rows exist is always known: so PostgreSQL looks for those of one customer at a time.
            return Q(~rows)
    return Q(_IsNotTrue(condition))


@dataclass(frozen=True, slots=True)
class _Compiler:
    reader: Reader
    of_figures: bool

    def compile(self, node: Node) -> Q:
        if isinstance(node, Condition):
            return self._condition(node)
        members = [self.compile(member) for member in node.members]
        if node.match == Match.ALL:
            return reduce(and_, members) if members else ALWAYS
        either = reduce(or_, members) if members else NEVER
        return _denied(either) if node.match == Match.NONE else either

    def _condition(self, condition: Condition) -> Q:
        if asserted := DENIALS.get(condition.operator):
            return _denied(self._condition(Condition(condition.field, asserted, condition.values)))
        field = vocabulary.fields[condition.field]
        return self._asserted(field, field.source, condition)

    def _asserted(self, field: Field, source: Source, condition: Condition) -> Q:
        if isinstance(source, Either):
            places = (source.one, source.other)
            return reduce(or_, (self._asserted(field, place, condition) for place in places))
        if isinstance(source, Related):
            rows = self._rows(source.model).filter(**dict(source.only))
            if condition.operator != "known":
                rows = rows.filter(_compare(F(source.path), field, condition, self.reader))
            return Q(Exists(rows))
        if isinstance(source, Latest):
            return self._latest(source, condition)
        if isinstance(source, Earliest):
            return self._earliest(source, condition)
        if isinstance(source, Ledger):
            return self._ledger(source, condition)
        if isinstance(source, Elements):
            return self._elements(source, field, condition)
        expression = self._expression(source)
        if condition.operator == "known":
            return _is_known(expression, source)
        if isinstance(source, Column) and source.path == LAST_PURCHASE:
            return _last_purchase(expression, field, condition, self.reader)
        return _compare(expression, field, condition, self.reader)

    def _prefix(self, *, of_figures: bool) -> str:
        return FIGURES if of_figures and not self.of_figures else ""

    def _expression(self, source: Column | Computed) -> F | Expression:
        prefix = self._prefix(of_figures=source.of_figures)
        if isinstance(source, Computed):
            return COMPUTED[source.name](prefix, self.reader.today)
        if source.path == LAST_PURCHASE:
            # As its index has it.
            return Coalesce(F(prefix + source.path), Value(LONG_AGO), output_field=DateField())
        return F(prefix + source.path)

    def _rows(self, model: str) -> QuerySet[Any]:
        return apps.get_model(model)._default_manager.filter(customer=OuterRef("pk")).order_by()

    def _elements(self, source: Elements, field: Field, condition: Condition) -> Q:
        path = self._prefix(of_figures=source.of_figures) + source.path
        if condition.operator == "known":
            return Q(**{f"{path}__len__gt": 0})
        if field.kind == Kind.CHOICE:
            return Q(**{f"{path}__overlap": _choices(field, condition, self.reader)})
        number = int(condition.values[0])
        return Q(_AnyElement(number, FROM_VALUE[condition.operator], path))

    def _latest(self, source: Latest, condition: Condition) -> Q:
        """The newest row lies before a day where there are rows, but none since; nothing is sorted for it."""
        rows = self._rows(source.model)
        for path, value in source.without:
            rows = rows.exclude(**{path: value})
        if condition.operator == "known":
            return Q(Exists(rows))
        first, last = _days(condition, self.reader.today)
        found = Q()
        if first is not None:
            found &= Q(Exists(rows.filter(**{f"{source.path}__gte": _midnight(first)})))
        if last is not None and last < datetime.date.max:
            later = rows.filter(**{f"{source.path}__gte": _midnight(last + datetime.timedelta(days=1))})
            found &= ~Q(Exists(later))
        return found if first is not None else found & Q(Exists(rows))

    def _earliest(self, source: Earliest, condition: Condition) -> Q:
        """Some row lies before a day, and none before the first."""
        rows = self._rows(source.model).filter(**dict(source.only))
        if condition.operator == "known":
            return Q(Exists(rows))
        first, last = _days(condition, self.reader.today)
        found = Q(Exists(rows if last is None else rows.filter(**{f"{source.path}__lte": last})))
        if first is not None:
            found &= ~Q(Exists(rows.filter(**{f"{source.path}__lt": first})))
        return found

    def _ledger(self, source: Ledger, condition: Condition) -> Q:
        """Any of the values: given, withdrawn, or without a row."""
        rows = self._rows(source.model).filter(**dict(source.only))
        if condition.operator == "unasked":
            each = (rows.filter(**{source.path: value}) for value in condition.values)
            return reduce(or_, (Q(~Exists(asked)) for asked in each))
        is_given = condition.operator == "given"
        held = {source.given: is_given, f"{source.path}__in": condition.values}
        return Q(Exists(rows.filter(**held)))


LAST_PURCHASE = "last_purchase_on"


def _is_known(expression: F | Expression, source: Column | Computed) -> Q:
    if isinstance(source, Column) and source.path == LAST_PURCHASE:
        return Q(GreaterThan(expression, Value(LONG_AGO, DateField())))
    known = Q(IsNull(expression, False))
    if isinstance(source, Column) and source.missing is not None:
        known &= _denied(Q(Exact(expression, Value(source.missing))))
    return known


def _last_purchase(expression: F | Expression, field: Field, condition: Condition, reader: Reader) -> Q:
    """Whoever never bought, who stands there with a day long ago, did not buy until any day either."""
    bought = Q(GreaterThan(expression, Value(LONG_AGO, DateField())))
    first, _last = _days(condition, reader.today)
    compared = _compare(expression, field, condition, reader)
    return compared if first is not None else bought & compared


def _compare(expression: F | Expression, field: Field, condition: Condition, reader: Reader) -> Q:
    if field.kind == Kind.CHOICE:
        return Q(In(expression, _choices(field, condition, reader)))
    if field.kind == Kind.DAY:
        return _compare_days(expression, field, condition, reader)
    value = condition.values[0]
    if field.kind in NUMBERS:
        return Q(COMPARISONS[condition.operator](expression, Value(int(value))))
    if field.kind == Kind.PHONE:
        return Q(StartsWith(expression, _as_kept(value)))
    if isinstance(field.source, Column) and field.source.folded:
        return Q(**{f"{field.source.path}__contains": fold(value)})
    if condition.operator == "begins":
        return Q(IStartsWith(expression, value))
    return Q(IContains(expression, value))


def _as_kept(digits: str) -> str:
    """The beginning of a number in the form in which numbers are kept: 0912 is +84912."""
    return COUNTRY + digits[1:] if digits.startswith("0") else f"+{digits}"


def _choices(field: Field, condition: Condition, reader: Reader) -> list[Any]:
    if not field.by_number:
        return list(condition.values)
    return [reader.user.pk if value == ME else int(value) for value in condition.values]


def _compare_days(expression: F | Expression, field: Field, condition: Condition, reader: Reader) -> Q:
    first, last = _days(condition, reader.today)
    is_moment = isinstance(field.source, Column) and field.source.moment
    found = Q()
    if first is not None:
        start: Any = _midnight(first) if is_moment else Value(first, DateField())
        found &= Q(GreaterThanOrEqual(expression, start))
    if last is not None:
        if is_moment:
            found &= Q(LessThan(expression, _midnight(last + datetime.timedelta(days=1))))
        else:
            found &= Q(LessThanOrEqual(expression, Value(last, DateField())))
    return found


def _days(condition: Condition, today: datetime.date) -> tuple[datetime.date | None, datetime.date | None]:
    """The first and the last day that meet a condition on a day; None where there is no such bound."""
    if condition.operator == "overdue":
        return None, today - datetime.timedelta(days=1)
    value = condition.values[0]
    if condition.operator == "in_within":
        return today, today + datetime.timedelta(days=int(value))
    if condition.operator in {"ago_over", "ago_within"}:
        day = today - datetime.timedelta(days=int(value))
        return (None, day - datetime.timedelta(days=1)) if condition.operator == "ago_over" else (day, today)
    day = datetime.date.fromisoformat(value)
    return (None if condition.operator == "until" else day, None if condition.operator == "since" else day)


def _midnight(day: datetime.date) -> datetime.datetime:
    return timezone.make_aware(datetime.datetime.combine(day, datetime.time()))


def _age(prefix: str, today: datetime.date) -> Expression:
    """Completed years of age, as `customers.vietnamese.dates.age_on` counts them."""
    month, day = (Coalesce(F(f"{prefix}birth_{part}"), Value(1)) for part in ("month", "day"))
    is_later = GreaterThan(month * 100 + day, Value(today.month * 100 + today.day))
    # A smallint would overflow in the sum.
    age = (
        Value(today.year, IntegerField())
        - F(f"{prefix}birth_year")
        - Case(When(is_later, then=Value(1)), default=Value(0), output_field=IntegerField())
    )
    return Case(When(GreaterThanOrEqual(age, Value(0)), then=age), output_field=IntegerField())


def _has_children(_prefix: str, _today: datetime.date) -> Expression:
    """Yes where a number or years of birth say so, no where the number is 0, else not known."""
    some = Q(children_count__gt=0) | Q(child_birth_years__len__gt=0)
    return Case(
        When(some, then=Value("yes")), When(children_count=0, then=Value("no")), output_field=CharField()
    )


def _average_order(prefix: str, _today: datetime.date) -> Expression:
    return Case(
        When(**{f"{prefix}orders__gt": 0}, then=F(f"{prefix}spend") / F(f"{prefix}orders")),
        output_field=DecimalField(),
    )


def _discount_share(prefix: str, _today: datetime.date) -> Expression:
    """What was taken off, in percent of the price before it."""
    whole = NullIf(F(f"{prefix}gross"), Value(0), output_field=DecimalField())
    return Case(
        When(**{f"{prefix}gross__gt": 0}, then=F(f"{prefix}discount") * 100 / whole),
        output_field=DecimalField(),
    )


COMPUTED: Mapping[str, Callable[[str, datetime.date], Expression]] = {
    "age": _age,
    "has_children": _has_children,
    "average_order": _average_order,
    "discount_share": _discount_share,
}
