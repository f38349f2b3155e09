"""What is known of a customer from a day on: recorded, replaced, ended; read as of any day."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.compiled_queries import CompiledQuery, Given
from accounts.models import User
from customers.models import Customer, Observation, ObservationKind
from customers.vietnamese.money import format_money

SHOWN = 40


class ObservationEndedError(Exception):
    """Somebody has ended or replaced the observation already; nothing was written."""


@dataclass(frozen=True)
class Known:
    """An observation in words. `text` is masked where the reader may not see what is sensitive."""

    observation: Observation
    label: str
    text: str
    is_masked: bool = False


@dataclass(frozen=True)
class Observed:
    """What holds now: what is pinned at the top of the record, and everything by its kind."""

    pinned: Sequence[Known]
    known: Sequence[Known]


def running_of(customer: Customer, *, reveal: bool) -> Observed:
    """What is known of a customer now, in one query; `reveal` shows what is sensitive."""
    known = in_words(_RUNNING(customer=customer.pk), reveal=reveal)
    return Observed([each for each in known if each.observation.is_pinned], known)


_RUNNING = CompiledQuery(
    lambda: (
        Observation.objects.filter(customer=Given("customer")).running().select_related("recorded_by")[:SHOWN]
    )
)


def in_words(rows: Iterable[Observation], *, reveal: bool) -> list[Known]:
    """Observations in the order of their kinds, the newest of a kind first."""
    order = {kind: place for place, kind in enumerate(ObservationKind)}
    known = [_known(row, reveal=reveal) for row in rows]
    return sorted(known, key=lambda each: order[ObservationKind(each.observation.kind)])


def _known(row: Observation, *, reveal: bool) -> Known:
    label = str(row.get_kind_display())
    if row.is_sensitive and not reveal:
        return Known(row, label, _("sensitive, hidden"), is_masked=True)
    return Known(row, label, ", ".join(filter(None, (_budget(row), row.text))))


def _budget(row: Observation) -> str:
    low, high = row.budget_min, row.budget_max
    if low is not None and high is not None:
        return f"{format_money(low)} – {format_money(high)}"
    if low is not None:
        return _("from %(amount)s") % {"amount": format_money(low)}
    return _("up to %(amount)s") % {"amount": format_money(high)} if high is not None else ""


def record(*, customer: Customer, values: Mapping[str, Any], by: User) -> Observation:
    """Note something that is known of a customer."""
    return Observation.objects.create(customer=customer, recorded_by=by, **values)


def replace(*, observation: Observation, values: Mapping[str, Any], by: User) -> Observation:
    """End an observation on the day on which the next one begins. Raises ObservationEndedError."""
    with transaction.atomic():
        _end(observation, values["from_on"], by)
        return record(customer=observation.customer, values=values, by=by)


def end(*, observation: Observation, by: User) -> None:
    """End an observation today. Raises ObservationEndedError."""
    with transaction.atomic():
        _end(observation, timezone.localdate(), by)


def _end(observation: Observation, day: datetime.date, by: User) -> None:
    running = Observation.objects.running().filter(pk=observation.pk)
    if not running.update(until_on=max(day, observation.from_on), ended_by=by):
        raise ObservationEndedError
