"""To which household a customer belongs: found by a member whom the person at work may see, or a new one."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from customers.models import Customer, Household
from customers.people import by_phone_or_name

NEW = "new"
NONE = ""
OFFERED = 8


def households_found(text: str, *, viewer: User) -> list[Household]:
    """Households with a member of this name or phone among the customers whom the viewer sees."""
    members = Customer.objects.visible_to(viewer).filter(household__isnull=False)
    ids = by_phone_or_name(members, text).order_by().values_list("household", flat=True)[: OFFERED * 4]
    return list(_with_members(viewer).filter(pk__in=set(ids)).order_by("name", "pk")[:OFFERED])


def allowed_household(pk: str, *, viewer: User, current: Household | None) -> Household | None:
    """The household of this number, where the viewer sees somebody in it or the customer is in it already."""
    if not pk.isdecimal() or len(pk) > 18:
        return None
    if current is not None and current.pk == int(pk):
        return current
    seen = Customer.objects.visible_to(viewer).filter(household=int(pk))
    return _with_members(viewer).filter(pk=int(pk)).first() if seen.exists() else None


def offered(*, chosen: str, search: str, current: Household | None, viewer: User) -> list[Household]:
    """The household that stands in the form, the one that the customer is in, then what the search found."""
    found = households_found(search, viewer=viewer)
    for pk in (str(current.pk) if current else "", chosen):
        kept = allowed_household(pk, viewer=viewer, current=current)
        if kept is not None and kept not in found:
            found.insert(0, kept)
    return found


def chosen(households: Iterable[Household], value: str) -> Household | None:
    return next((household for household in households if str(household.pk) == value), None)


def choices(households: Iterable[Household], name: str) -> list[tuple[str, str]]:
    """What the form offers: none, each household with the members whom the viewer sees, a new one."""
    new = _("New household: Household of %(name)s") % {"name": name} if name else _("New household")
    return [
        (NONE, _("No household")),
        *((str(household.pk), _described(household)) for household in households),
        (NEW, new),
    ]


def _with_members(viewer: User) -> QuerySet[Household]:
    visible = Customer.objects.visible_to(viewer).order_by("name_sort", "pk")
    return Household.objects.prefetch_related(Prefetch("members", visible, to_attr="known_members"))


def _described(household: Household) -> str:
    members = ", ".join(map(str, getattr(household, "known_members", ())))
    return f"{household.name}: {members}" if members else household.name
