"""What is to be done next for a customer: planned, done or cancelled."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.utils import timezone

from accounts.compiled_queries import CompiledQuery, Given
from accounts.models import User
from customers.models import Customer
from interactions.models import FollowUp

# The card is for what comes next, not for everything that was ever promised.
SHOWN = 20


class ClosedError(Exception):
    """Somebody has done or cancelled it already; nothing was written."""


@dataclass(frozen=True)
class Due:
    """By which day, and at which time where one was agreed on."""

    day: datetime.date
    time: datetime.time | None = None


@dataclass(frozen=True)
class NextStep:
    """What is to be done, and by when."""

    subject: str
    due: Due
    note: str = ""


def open_of(customer: Customer) -> list[FollowUp]:
    """What is to be done for a customer, the next contact first, in one query."""
    return _OPEN(customer=customer.pk)


_OPEN = CompiledQuery(
    lambda: FollowUp.objects.filter(customer=Given("customer")).open().select_related("owner")[:SHOWN]
)


def people_for(customer: Customer, person: User) -> list[User]:
    """Who may be chosen to do something for a customer: the person at work, and the one in charge."""
    owner = customer.owner
    return [person] if owner is None or owner == person or not owner.is_active else [person, owner]


def plan(*, customer: Customer, step: NextStep, owner: User, by: User) -> FollowUp:
    """Promise that somebody does something for a customer."""
    return FollowUp.objects.create(
        customer=customer,
        owner=owner,
        due_on=step.due.day,
        due_time=step.due.time,
        subject=step.subject,
        note=step.note,
        created_by=by,
    )


def finish(*, follow_up: FollowUp, by: User) -> None:
    """Note that it is done. Raises ClosedError."""
    _close(follow_up, done_at=timezone.now(), done_by=by)


def cancel(*, follow_up: FollowUp, reason: str, by: User) -> None:
    """Note that it is not going to be done, and why. Raises ClosedError."""
    _close(follow_up, cancelled_at=timezone.now(), cancelled_by=by, cancel_reason=reason)


def _close(follow_up: FollowUp, **values: object) -> None:
    if not FollowUp.objects.open().filter(pk=follow_up.pk).update(**values):
        raise ClosedError
