"""Who looks after whom: giving customers to colleagues, one, some or all of them, and cover during leave."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import pghistory
from django.contrib.postgres.expressions import ArraySubquery
from django.db import transaction
from django.db.models import F, Func, IntegerField, OuterRef, QuerySet
from django.utils import timezone

from accounts.models import Cover, User
from customers.listing import MOST_COUNTED
from customers.models import Customer, CustomerQuerySet


@dataclass(frozen=True)
class Moved:
    """How many customers went to a colleague."""

    to: User
    number: int


def officers_of(user: User) -> QuerySet[User]:
    """The people among whom somebody may distribute customers: all, or those of the own branches."""
    if user.has_perm("customers.view_all_customer"):
        return User.objects.all()
    return User.objects.filter(branch__in=user.branch_ids)


def receivers_of(user: User, *, without: User | None = None) -> QuerySet[User]:
    """Who can be given customers: officers who have not left."""
    active = officers_of(user).filter(is_active=True).select_related("branch")
    return active if without is None else active.exclude(pk=without.pk)


def portfolio_of(officer: User | None, *, seen_by: User) -> CustomerQuerySet:
    """The customers of an officer, or those without one, whom a manager may reassign."""
    return Customer.objects.editable_by(seen_by).filter(owner=officer)


def with_sizes(officers: QuerySet[User], *, seen_by: User) -> QuerySet[User]:
    """Officers with `size`: how many customers they have, counted up to just above `MOST_COUNTED`."""
    theirs = Customer.objects.visible_to(seen_by).filter(owner=OuterRef("pk")).order_by().values("pk")
    counted = Func(
        ArraySubquery(theirs[: MOST_COUNTED + 1]), function="cardinality", output_field=IntegerField()
    )
    return officers.annotate(size=counted)


def size_of(customers: CustomerQuerySet) -> int:
    """How many customers there are, counted up to just above `MOST_COUNTED`."""
    return customers.order_by()[: MOST_COUNTED + 1].count()


def size_in_care_of(officer: User) -> int:
    """How many customers somebody is in charge of, whoever sees them."""
    return Customer.everyone.filter(owner=officer).count()


def reassign(*, customers: CustomerQuerySet, to: User, by: User, reason: str = "") -> int:
    """Put one person in charge of all these customers, who move to that person's branch; how many changed.

    Customers of whom that person is in charge already stay as they are.
    """
    with _said(by, reason), transaction.atomic():
        return _give(customers.exclude(owner=to), to)


def split(*, customers: CustomerQuerySet, among: Sequence[User], by: User, reason: str = "") -> list[Moved]:
    """Deal customers out in parts that differ by one at most, and are worth about the same.

    They are dealt by what they spent, the highest first, back and forth: 1 2 3, 3 2 1, 1 2 3.
    """
    with _said(by, reason), transaction.atomic():
        ranked = list(
            customers.select_for_update(of=("self",), no_key=True)
            .order_by(F("behaviour__spend").desc(nulls_last=True), "pk")
            .values_list("pk", flat=True)
        )
        parts = dealt(ranked, len(among))
        return [
            Moved(colleague, _give(Customer.everyone.filter(pk__in=part), colleague))
            for colleague, part in zip(among, parts, strict=True)
        ]


def dealt(ranked: Sequence[int], number: int) -> list[list[int]]:
    """Rows dealt back and forth into so many parts."""
    parts: list[list[int]] = [[] for _part in range(number)]
    for place, pk in enumerate(ranked):
        turn, seat = divmod(place, number)
        parts[seat if turn % 2 == 0 else number - 1 - seat].append(pk)
    return parts


@transaction.atomic
def hand_over(*, officer: User, to: Sequence[User], by: User, reason: str = "") -> list[Moved]:
    """Give everything that somebody is in charge of to colleagues, in equal parts, whoever sees it."""
    everything = Customer.everyone.filter(owner=officer)
    return split(customers=everything, among=to, by=by, reason=reason)


def arrange_cover(
    *, away: User, stand_in: User, from_on: datetime.date, until_on: datetime.date, reason: str, by: User
) -> Cover:
    """Let a colleague see and edit the customers of somebody on leave, from the first to the last day."""
    return Cover.objects.create(
        away=away, stand_in=stand_in, from_on=from_on, until_on=until_on, reason=reason, created_by=by
    )


def end_cover(*, cover: Cover) -> bool:
    """End a cover at once; False where somebody has already done so."""
    running = Cover.objects.filter(pk=cover.pk, ended_at__isnull=True)
    return running.update(ended_at=timezone.now()) > 0


def covers_of(officers: Collection[User]) -> dict[int, list[Cover]]:
    """Covers of today and later, by the person on leave."""
    found: dict[int, list[Cover]] = {officer.pk: [] for officer in officers}
    for cover in Cover.objects.open().filter(away__in=officers).select_related("stand_in"):
        found[cover.away_id].append(cover)
    return found


def _give(customers: QuerySet[Customer], to: User) -> int:
    if to.branch_id is None:
        return customers.update(owner=to)
    return customers.update(owner=to, branch=to.branch_id)


def _said(by: User, reason: str) -> pghistory.context:
    return pghistory.context(user=by.pk, **({"reason": reason} if reason else {}))
