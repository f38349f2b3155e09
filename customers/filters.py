"""The conditions that narrow the list of customers, all of them readable in the address of the page."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import django_filters
from django import forms
from django.db.models import DateField, Model, Q, QuerySet, Value
from django.db.models.lookups import GreaterThan, GreaterThanOrEqual, LessThanOrEqual
from django.http import QueryDict
from django.utils import formats, timezone
from django.utils.choices import flatten_choices
from django.utils.translation import gettext_lazy as _
from django_filters.fields import ModelChoiceField, ModelChoiceIterator

from accounts.models import Branch, User
from customers.choices import Education, Gender, IncomeBand, MaritalStatus, Occupation, Source
from customers.forms.offers import named
from customers.forms.widgets import PlainSelect
from customers.models import Customer, CustomerQuerySet, Province, Ward
from customers.models.behaviour import LONG_AGO
from customers.registry import SegmentChoice, registry
from customers.sorting import FIGURES, LAST_PURCHASE, SPEND, last_purchase_day
from customers.vietnamese.dates import DateError, parse_date
from customers.vietnamese.money import MoneyError, format_money, parse_money

ME = "me"
STATUS = "status"
ACTIVE, INACTIVE, ALL = "active", "inactive", "all"
STATUSES = ((ACTIVE, _("Active")), (INACTIVE, _("Inactive")), (ALL, _("Active and inactive")))
YES, NO = "yes", "no"
# Numbers of segments have four bytes.
LONGEST_KEY = 10
# More is no amount and no day; an address has to hold what all the fields of the form hold.
LONGEST_AMOUNT = 40
LONGEST_DAY = 20


class MoneyField(forms.CharField):
    """An amount as people type it: 1tr2, 500k, 1.200.000."""

    widget = forms.TextInput(attrs={"placeholder": "1tr2", "inputmode": "text"})

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=LONGEST_AMOUNT, **options)

    def clean(self, value: Any) -> int | None:
        text = super().clean(value)
        if not text:
            return None
        try:
            return parse_money(text)
        except MoneyError as error:
            raise forms.ValidationError(error.message) from error


class DayField(forms.CharField):
    """A day as people type it: 14/05/1992."""

    widget = forms.TextInput(attrs={"placeholder": _("dd/mm/yyyy"), "inputmode": "numeric"})

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=LONGEST_DAY, **options)

    def clean(self, value: Any) -> datetime.date | None:
        text = super().clean(value)
        if not text:
            return None
        try:
            return parse_date(text)
        except DateError as error:
            raise forms.ValidationError(error.message) from error


class DayFilter(django_filters.Filter):
    field_class = DayField


class FiguresFilter(django_filters.Filter):
    """A condition on the figures beside a customer: `column` is what the order by these figures is called."""

    column = ""

    def condition(self, value: Any, figures: str = FIGURES) -> Q:
        """The condition, for customers or, with `figures` empty, for rows of figures themselves."""
        raise NotImplementedError

    def filter(self, queryset: CustomerQuerySet, value: Any) -> CustomerQuerySet:
        return queryset if value in (None, "") else queryset.filter(self.condition(value))


class SegmentFilter(FiguresFilter, django_filters.ChoiceFilter):
    def condition(self, value: str, figures: str = FIGURES) -> Q:
        return Q(**{f"{figures}segment_ids__contains": [int(value)]})


class SpendFilter(FiguresFilter):
    field_class = MoneyField
    column = SPEND

    def condition(self, value: int, figures: str = FIGURES) -> Q:
        return Q(**{f"{figures}spend__{self.lookup_expr}": value})


class LastPurchaseFilter(FiguresFilter):
    """By the expression that the index holds; whoever never bought did not buy until any day either."""

    field_class = DayField
    column = LAST_PURCHASE

    def condition(self, value: datetime.date, figures: str = FIGURES) -> Q:
        day, bound = last_purchase_day(figures), Value(value, DateField())
        if self.lookup_expr == "gte":
            return Q(GreaterThanOrEqual(day, bound))
        return Q(GreaterThan(day, Value(LONG_AGO, DateField())), LessThanOrEqual(day, bound))


class _OwnerIterator(ModelChoiceIterator):
    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        yield "", self.field.empty_label
        yield self.field.null_value, self.field.null_label
        yield from named(self.queryset)


class OwnerField(ModelChoiceField):
    """Whoever asks, or a colleague."""

    iterator = _OwnerIterator
    widget = PlainSelect


class OwnerFilter(django_filters.ModelChoiceFilter):
    """The person in charge; "me" is whoever asks, so that an address can be shared."""

    field_class = OwnerField

    def __init__(self, **options: Any) -> None:
        super().__init__(null_label=_("me"), null_value=ME, **options)

    def filter(self, queryset: CustomerQuerySet, value: User | str | None) -> CustomerQuerySet:
        if not value:
            return queryset
        return queryset.filter(owner=self.parent.user if isinstance(value, str) else value)


def _choice_filter(name: str, label: Any, choices: Any) -> django_filters.ChoiceFilter:
    return django_filters.ChoiceFilter(
        field_name=name, label=label, choices=choices, empty_label=_("All"), widget=PlainSelect
    )


class CustomerFilter(django_filters.FilterSet):
    """What the address asks for. Conditions that cannot be read are left out, and told at their field."""

    segment = SegmentFilter(label=_("Segment"), empty_label=_("All"), widget=PlainSelect)
    status = django_filters.ChoiceFilter(
        label=_("Status"), choices=STATUSES, method="with_status", empty_label=None, widget=PlainSelect
    )
    owner = OwnerFilter(label=_("Person in charge"), queryset=User.objects.none(), empty_label=_("All"))
    branch = django_filters.ModelChoiceFilter(
        label=_("Branch"), queryset=Branch.objects.none(), empty_label=_("All"), widget=PlainSelect
    )
    province = django_filters.ModelChoiceFilter(
        label=_("Province or city"), queryset=Province.objects.all(), empty_label=_("All"), widget=PlainSelect
    )
    ward = django_filters.ModelChoiceFilter(
        label=_("Ward or commune"), queryset=Ward.objects.none(), empty_label=_("All"), widget=PlainSelect
    )
    gender = _choice_filter("gender", _("Gender"), Gender.choices)
    education = _choice_filter("education", _("Education level"), Education.choices)
    occupation = _choice_filter("occupation", _("Occupation"), Occupation.choices)
    income_band = _choice_filter("income_band", _("Income band"), IncomeBand.choices)
    marital_status = _choice_filter("marital_status", _("Marital status"), MaritalStatus.choices)
    children = django_filters.ChoiceFilter(
        label=_("Has children"),
        choices=((YES, _("Yes")), (NO, _("No"))),
        method="has_children",
        empty_label=_("All"),
    )
    source = _choice_filter("source", _("Source"), Source.choices)
    last_purchase_from = LastPurchaseFilter(label=_("Last purchase from"), lookup_expr="gte")
    last_purchase_to = LastPurchaseFilter(label=_("Last purchase until"), lookup_expr="lte")
    spend_min = SpendFilter(label=_("Total spend from"), lookup_expr="gte")
    spend_max = SpendFilter(label=_("Total spend up to"), lookup_expr="lte")
    created_from = DayFilter(label=_("Created from"), method="created_since")
    created_to = DayFilter(label=_("Created until"), method="created_by")

    class Meta:
        model = Customer
        fields: list[str] = []

    # Made by the metaclass.
    base_filters: dict[str, django_filters.Filter]

    def __init__(self, data: QueryDict, *, user: User, only: Collection[str] | None = None) -> None:
        """`only` names the conditions to make, where not all are wanted: each is copied for every request."""
        if only is not None:
            self.base_filters = {name: made for name, made in self.base_filters.items() if name in only}
        super().__init__(data, Customer.objects.none())
        self.user = user
        owners, branches = colleagues_of(user)
        wards = _wards(data.get("province", ""), data.get("ward", ""))
        if "segment" in self.filters:
            self.filters["segment"].extra["choices"] = grouped(_segments(data, offered=only is None))
        for name, offered in {"owner": owners, "branch": branches, "ward": wards}.items():
            if name in self.filters and offered is None:
                del self.filters[name]
            elif name in self.filters:
                self.filters[name].queryset = offered

    @property
    def values(self) -> dict[str, Any]:
        """The conditions that were understood, by name."""
        self.form.is_valid()
        return {name: value for name, value in self.form.cleaned_data.items() if value not in (None, "")}

    def apply(self, customers: CustomerQuerySet, names: Collection[str]) -> CustomerQuerySet:
        """The customers that meet the named conditions; a missing status means the active ones."""
        for name in names:
            customers = self.filters[name].filter(customers, self.values[name])
        return customers

    def with_status(self, customers: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return customers if value == ALL else customers.filter(is_active=value == ACTIVE)

    def has_children(self, customers: CustomerQuerySet, name: str, value: str) -> CustomerQuerySet:
        some = Q(children_count__gt=0) | Q(child_birth_years__len__gt=0)
        return customers.filter(some) if value == YES else customers.filter(children_count=0).exclude(some)

    def created_since(self, customers: CustomerQuerySet, name: str, day: datetime.date) -> CustomerQuerySet:
        return customers.filter(created_at__gte=_midnight(day))

    def created_by(self, customers: CustomerQuerySet, name: str, day: datetime.date) -> CustomerQuerySet:
        return customers.filter(created_at__lt=_midnight(day + datetime.timedelta(days=1)))


def _segments(data: QueryDict, *, offered: bool) -> Sequence[SegmentChoice]:
    """All segments where they are offered to choose from, else the one that is chosen."""
    chosen = data.get("segment", "")
    if offered:
        return registry.segment_choices()
    return registry.segments_among([int(chosen)]) if _is_code(chosen) and len(chosen) < LONGEST_KEY else ()


def _midnight(day: datetime.date) -> datetime.datetime:
    return timezone.make_aware(datetime.datetime.combine(day, datetime.time()))


def _wards(province: str, ward: str) -> QuerySet[Ward] | None:
    """The wards of the chosen province: all 3,321 in one list help nobody."""
    if _is_code(province):
        return Ward.objects.filter(province=province)
    return Ward.objects.filter(pk=ward) if _is_code(ward) else None


def _is_code(text: str) -> bool:
    return text.isascii() and text.isdecimal()


def grouped(segments: Sequence[SegmentChoice]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Segments for a list of choices, under the names of their families."""
    return [
        (family, [(str(segment.pk), segment.name) for segment in members])
        for family, members in groupby(segments, key=lambda segment: segment.family_name)
    ]


def colleagues_of(user: User) -> tuple[QuerySet[User] | None, QuerySet[Branch] | None]:
    """The owners and the branches among whose customers a person can choose; None where there is one only."""
    if user.has_perm("customers.view_all_customer"):
        return User.objects.all(), Branch.objects.all()
    in_care = Q(pk__in={user.pk, *user.covered_ids})
    if user.has_perm("customers.view_branch_customer"):
        branches = Branch.objects.filter(pk__in=user.branch_ids)
        return User.objects.filter(Q(branch__in=user.branch_ids) | in_care), branches
    if user.branch is not None and user.branch.staff_read_all:
        return User.objects.filter(Q(branch=user.branch) | in_care), None
    return (User.objects.filter(in_care), None) if user.covered_ids else (None, None)


@dataclass(frozen=True)
class Condition:
    """One condition of the list, in words: "Gender: female"."""

    name: str
    label: str
    value: str


def conditions(chosen: CustomerFilter) -> list[Condition]:
    """What narrows the list, each to be shown and dropped on its own."""
    return [
        Condition(name, str(chosen.filters[name].label), _in_words(chosen, name, value))
        for name, value in chosen.values.items()
    ]


def _in_words(chosen: CustomerFilter, name: str, value: Any) -> str:
    if value == ME:
        return str(_("me"))
    if isinstance(value, datetime.date):
        return formats.date_format(value, "SHORT_DATE_FORMAT")
    if isinstance(chosen.filters[name], SpendFilter):
        return format_money(value)
    if isinstance(value, Model):
        return str(value)
    offered: Any = chosen.form.fields[name].choices
    labels: dict[str, Any] = dict(flatten_choices(offered))
    return str(labels.get(value, value))
