"""Households: who belongs to one since when and who did, what they spend together, and who heads it."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pghistory
from django.apps import apps
from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from customers.choices import HouseholdRole
from customers.models import Customer, Household

SHOWN = 50
# From which age on a child is in a band; years of birth are known, names never.
BANDS = ((0, _("under 6")), (6, _("6 to 11")), (12, _("12 to 17")), (18, _("18 and more")))


@dataclass(frozen=True)
class Sheet:
    """A household as far as the viewer may see it; whom they may not see is only counted.

    `spend` is what all members spent together, None where somebody is hidden. Money is whole đồng.
    """

    household: Household
    members: Sequence[Any]
    former: Sequence[Any]
    hidden: int
    spend: Decimal | None
    children: Sequence[tuple[str, int]]

    @property
    def may_edit(self) -> bool:
        """Whether the viewer may change the household: they may change somebody in it."""
        return any(member.may_edit for member in self.members)


def sheet_of(household: Household, *, viewer: User) -> Sheet | None:
    """The household with its members and those who left it; None where the viewer sees no member."""
    everybody = _with_reach(Customer.objects.filter(household=household), viewer)
    everybody = everybody.annotate(joined_at=_joined(household)).select_related("behaviour", "owner")
    people = list(everybody.order_by("name_sort", "pk")[:SHOWN])
    members = sorted((one for one in people if one.may_see), key=_head_first)
    if not members:
        return None
    hidden = len(people) - len(members)
    return Sheet(
        household=household,
        members=members,
        former=_former(household, viewer),
        hidden=hidden,
        spend=None if hidden else sum((one.behaviour.spend for one in members), Decimal(0)),
        children=children_by_age(members, timezone.localdate()),
    )


def _head_first(member: Customer) -> bool:
    return member.household_role != HouseholdRole.HEAD


def _with_reach(people: QuerySet[Any], viewer: User) -> QuerySet[Any]:
    """With whether the viewer sees each of them, and whether they may change them."""
    same = Q(pk=OuterRef("pk"))
    return people.annotate(
        may_see=Exists(Customer.objects.visible_to(viewer).filter(same)),
        may_edit=Exists(Customer.objects.editable_by(viewer).filter(same)),
    )


def _changes() -> QuerySet[Any]:
    """What the columns of a customer were until each change."""
    return apps.get_model("customers", "CustomerEvent").objects.filter(pgh_obj=OuterRef("pk")).order_by()


def _latest(rows: QuerySet[Any]) -> Subquery:
    return Subquery(rows.values("pgh_obj").annotate(last=Max("pgh_created_at")).values("last"))


def _joined(household: Household) -> Coalesce:
    """When somebody came to a household: at their last change from elsewhere, else with their record."""
    return Coalesce(_latest(_changes().exclude(household=household)), "created_at")


def _former(household: Household, viewer: User) -> list[Any]:
    """Whom the viewer sees of those who were in the household, the last to leave first."""
    inside = _changes().filter(household=household)
    events = apps.get_model("customers", "CustomerEvent").objects.filter(household=household)
    left = (
        Customer.objects.visible_to(viewer)
        .filter(pk__in=events.order_by().values("pgh_obj"))
        .exclude(household=household)
        .annotate(
            left_at=_latest(inside),
            last_role=Subquery(inside.order_by("-pgh_created_at", "-pgh_id").values("household_role")[:1]),
        )
    )
    before = _changes().exclude(household=household).filter(pgh_created_at__lt=OuterRef("left_at"))
    left = left.annotate(joined_at=Coalesce(_latest(before), "created_at"))
    found: list[Any] = list(left.order_by("-left_at", "pk")[:SHOWN])
    for person in found:
        person.last_role_name = dict(HouseholdRole.choices).get(person.last_role, "")
    return found


def children_by_age(members: Iterable[Customer], today: datetime.date) -> list[tuple[str, int]]:
    """How many children are in each band of age; one whom both parents name counts once."""
    born: Counter[int] = Counter()
    for member in members:
        born |= Counter(member.child_birth_years)
    counted = Counter(_band(today.year - year) for year in born.elements() if year <= today.year)
    return [(str(label), counted[first]) for first, label in BANDS if counted[first]]


def _band(age: int) -> int:
    return max(first for first, _label in BANDS if first <= age)


def change_household(
    *, household: Household, values: Mapping[str, Any], head: Customer | None, keeps_head: bool, by: User
) -> None:
    """Write what the members share, and who heads the household unless that is kept as it is."""
    with pghistory.context(user=by.pk), transaction.atomic():
        hold(household)
        Household.objects.filter(pk=household.pk).update(**values)
        if not keeps_head:
            _set_head(household, head)


def hold(household: Household | None) -> None:
    """Nobody else writes who heads a household until this transaction has ended."""
    if household is not None:
        Household.objects.select_for_update(no_key=True).filter(pk=household.pk).first()


def has_other_head(household: int | None, member: int | None) -> bool:
    """Whether somebody else than this member heads the household."""
    heads = Customer.objects.filter(household=household, household_role=HouseholdRole.HEAD)
    others = heads if member is None else heads.exclude(pk=member)
    return household is not None and others.exists()


def _set_head(household: Household, head: Customer | None) -> None:
    """One head at most: whoever was before has no role until somebody writes one."""
    members = Customer.objects.filter(household=household)
    key = head.pk if head else 0
    members.filter(household_role=HouseholdRole.HEAD).exclude(pk=key).update(household_role="")
    members.filter(pk=key).exclude(household_role=HouseholdRole.HEAD).update(
        household_role=HouseholdRole.HEAD
    )


def join_household(*, household: Household, person: Customer, role: str, by: User) -> None:
    """Take somebody into a household, out of the one that they were in."""
    with pghistory.context(user=by.pk), transaction.atomic():
        if role == HouseholdRole.HEAD:
            hold(household)
            _set_head(household, None)
        Customer.objects.filter(pk=person.pk).update(household=household, household_role=role)


def leave_household(*, person: Customer, by: User) -> bool:
    """Take somebody out of their household; False where they are in none."""
    with pghistory.context(user=by.pk):
        inside = Customer.objects.filter(pk=person.pk, household__isnull=False)
        return inside.update(household=None, household_role="") > 0


def households_of(customers: Iterable[int]) -> list[int]:
    """The households in which some customers are, those in the trash included."""
    rows = Customer.everyone.filter(pk__in=list(customers), household__isnull=False)
    return list(rows.order_by().values_list("household", flat=True).distinct())


def erase_empty(households: Iterable[int]) -> None:
    """Delete households in which nobody is left, with their history: an address is somebody's data too."""
    members = Customer.everyone.filter(household=OuterRef("pk"))
    empty = Household.objects.filter(pk__in=list(households)).filter(~Exists(members))
    numbers = list(empty.values_list("pk", flat=True))
    Household.objects.filter(pk__in=numbers).delete()
    apps.get_model("customers", "HouseholdEvent").objects.filter(pgh_obj__in=numbers).delete()
