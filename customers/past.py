"""A customer as of the end of a past day, from the history that the database keeps."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers import observations
from customers.models import Customer, Observation
from customers.observations import Known
from customers.profile import Line, Value
from customers.registry import PastSegments, registry
from customers.snapshot import FACTS, Snapshot, as_json, snapshot_of
from customers.vietnamese.dates import PartialDate, age_on

# By what people are grouped; names, addresses and notes are not shown here.
CLASSIFYING = (
    "gender",
    "income_band",
    "education",
    "occupation",
    "marital_status",
    "household_size",
    "children_count",
    "child_birth_years",
    "household",
    "household_role",
    "province",
    "owner",
    "is_active",
)


@dataclass(frozen=True)
class Past:
    """A customer on one day. `is_unknown`: there was no record of them yet."""

    day: datetime.date
    is_unknown: bool
    lines: Sequence[Line] = ()
    known: Sequence[Known] = ()
    segments: PastSegments | None = None


def as_of(customer: Customer, day: datetime.date, *, reveal: bool) -> Past:
    """What was recorded of a customer when a day ended, in the words of today."""
    midnight = timezone.make_aware(datetime.datetime.combine(day, datetime.time()))
    day_after = midnight + datetime.timedelta(days=1)
    if customer.created_at >= day_after:
        return Past(day, is_unknown=True)
    row = _snapshot(customer, day_after)
    rows = Observation.objects.filter(customer=customer).on(day).select_related("recorded_by")
    return Past(
        day,
        is_unknown=False,
        lines=[_age(row, day), *_lines(row)],
        known=observations.in_words(rows[: observations.SHOWN], reveal=reveal),
        segments=registry.segments_on(customer, day, row),
    )


def _snapshot(customer: Customer, day_after: datetime.datetime) -> Snapshot:
    """What the first change after the day found, or what stands there now."""
    events = apps.get_model("customers", "CustomerEvent").objects.filter(
        pgh_obj=customer.pk, pgh_created_at__gte=day_after
    )
    found: Any = events.order_by("pgh_created_at", "pgh_id").values_list(as_json(), flat=True).first()
    return found if found is not None else snapshot_of(customer)


def _age(row: Snapshot, day: datetime.date) -> Line:
    if not row["birth_year"]:
        return Line(_("Age"), ())
    age = age_on(PartialDate(row["birth_year"], row["birth_month"], row["birth_day"]), day)
    text = ngettext("%(age)d year old", "%(age)d years old", age) % {"age": age} if age is not None else ""
    return Line(_("Age"), (Value(text),) if text else ())


def _lines(row: Snapshot) -> list[Line]:
    by_name = {fact.name: fact for fact in FACTS}
    facts = [by_name[name] for name in CLASSIFYING]
    return [
        Line(capfirst(str(fact.label)), (Value(words),) if (words := fact.words(row)) else ())
        for fact in facts
    ]
