"""What a bulk change can do: a closed list of changes that are safe without looking at each customer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from customers.choices import IncomeBand
from customers.models import Customer, CustomerTag, Province, Tag, Ward
from customers.portfolio import receivers_of
from customers.snapshot import FACTS, Snapshot

# Closed lists of the customer of which a value can be set or cleared.
CHOICE_FIELDS = ("source", "education", "occupation", "marital_status", "gender", "honorific")
NOBODY = Q(pk__in=[])
REASSIGN = "customers.reassign_customer"
_FACTS = {fact.name: fact for fact in FACTS}

Writes = Mapping[str, Any]


class Takes(Enum):
    """What has to be chosen for an action."""

    NOTHING = "nothing"
    CHOICE = "choice"
    PLACE = "place"
    TAG = "tag"
    GIVEN_TAG = "given tag"
    PERSON = "person"


class Heading(Enum):
    SET = "set"
    CLEAR = "clear"
    TAGS = "tags"
    CARE = "care"

    @property
    def label(self) -> str | Promise:
        return HEADINGS[self]


HEADINGS: Mapping[Heading, str | Promise] = {
    Heading.TAGS: _("Tags"),
    Heading.SET: _("Set a field"),
    Heading.CLEAR: _("Clear a field"),
    Heading.CARE: _("Person in charge"),
}


@dataclass(frozen=True)
class Action:
    """One kind of change: `writes` gives its columns from what was chosen, `facts` say the former values.

    A customer whose `column` has the value already stays untouched; `barred` are those who cannot have it.
    """

    name: str
    heading: Heading
    label: str | Promise
    column: str
    facts: tuple[str, ...]
    takes: Takes
    writes: Callable[[Any], Writes]
    barred: Q = NOBODY
    barred_words: str | Promise = ""
    permission: str = ""

    def already(self, writes: Writes) -> Q:
        return _is(self.column, writes[self.column])

    def former(self, row: Snapshot) -> str:
        """What the customer has now, in words."""
        return ", ".join(filter(None, (_FACTS[name].words(row) for name in self.facts)))

    def words(self, writes: Writes, noted: str) -> str:
        """The new value in the language of whoever reads; names, which have none, as they were noted."""
        if self.takes != Takes.CHOICE:
            return noted
        return str(dict(_field(self.column).flatchoices)[writes[self.column]])

    def is_possible(self, writes: Writes, user: User) -> bool:
        """Whether what was chosen can still be given by this person."""
        return True

    def is_open_to(self, user: User) -> bool:
        return not self.permission or user.has_perm(self.permission)


class PlaceAction(Action):
    def already(self, writes: Writes) -> Q:
        """Without a ward, whoever lives in the province keeps theirs."""
        column = "ward_id" if writes["ward_id"] else "province_id"
        return _is(column, writes[column])


class TagAction(Action):
    @property
    def gives(self) -> bool:
        return self.takes == Takes.TAG

    def already(self, writes: Writes) -> Q:
        has_it = Exists(CustomerTag.objects.filter(customer=OuterRef("pk"), tag=writes["tag_id"]))
        return Q(has_it) if self.gives else ~Q(has_it)

    def is_possible(self, writes: Writes, user: User) -> bool:
        return not self.gives or Tag.objects.offered().filter(pk=writes["tag_id"]).exists()


class ReassignAction(Action):
    def is_possible(self, writes: Writes, user: User) -> bool:
        return receivers_of(user).filter(pk=writes["owner_id"]).exists()


def _is(column: str, value: Any) -> Q:
    return Q(**{f"{column}__isnull": True}) if value is None else Q(**{column: value})


def still(writes: Writes) -> Q:
    """Customers of whom every column is still what a batch wrote."""
    found = Q()
    for column, value in writes.items():
        found &= _is(column, value)
    return found


def _field(name: str) -> Any:
    return Customer._meta.get_field(name)


def _to(name: str) -> Callable[[Any], Writes]:
    return lambda value: {name: value}


def _constant(**writes: Any) -> Callable[[Any], Writes]:
    return lambda _chosen: writes


def _place(chosen: tuple[Province, Ward | None]) -> Writes:
    """Without a ward, whoever lived in another province loses theirs, which is of that province."""
    province, ward = chosen
    return {"province_id": province.pk, "ward_id": ward.pk if ward else None}


def _owner(to: User) -> Writes:
    """As `portfolio.reassign` does it: customers move to the branch of whoever takes over."""
    return {"owner_id": to.pk} | ({"branch_id": to.branch_id} if to.branch_id else {})


def _tag(tag: Tag) -> Writes:
    return {"tag_id": tag.pk}


def _income_band(band: str) -> Writes:
    """Like an income typed into the form, it is noted as of today."""
    return {"income_band": band, "income_noted_on": timezone.localdate().isoformat()}


def _all() -> Iterator[Action]:
    tags, none = Heading.TAGS, ()
    yield TagAction("give-tag", tags, _("Add a tag"), "tag_id", none, Takes.TAG, _tag)
    yield TagAction("take-tag", tags, _("Remove a tag"), "tag_id", none, Takes.GIVEN_TAG, _tag)
    for name in CHOICE_FIELDS:
        label = _field(name).verbose_name
        yield Action(f"set-{name}", Heading.SET, label, name, (name,), Takes.CHOICE, _to(name))
    set_band, clear_band = _of_income()
    yield set_band
    place, facts = _("province or city, ward"), ("ward", "province")
    yield PlaceAction("set-place", Heading.SET, place, "province_id", facts, Takes.PLACE, _place)
    for name in CHOICE_FIELDS:
        label, nothing = _field(name).verbose_name, _constant(**{name: _field(name).get_default()})
        yield Action(f"clear-{name}", Heading.CLEAR, label, name, (name,), Takes.NOTHING, nothing)
    yield clear_band
    nowhere = _constant(province_id=None, ward_id=None)
    yield PlaceAction("clear-place", Heading.CLEAR, place, "province_id", facts, Takes.NOTHING, nowhere)
    to, owner = _("Reassign to a colleague"), ("owner_id", ("owner",))
    yield ReassignAction("reassign", Heading.CARE, to, *owner, Takes.PERSON, _owner, permission=REASSIGN)


def _of_income() -> Iterator[Action]:
    """Where the amount is known, the band follows from it and cannot be another."""
    label = _field("income_band").verbose_name
    exact: dict[str, Any] = {
        "barred": Q(monthly_income__isnull=False),
        "barred_words": _("their exact income is known"),
    }
    unknown = _constant(income_band=IncomeBand.UNKNOWN, income_basis="", income_noted_on=None)
    both = ("income_band", ("income_band",))
    yield Action("set-income_band", Heading.SET, label, *both, Takes.CHOICE, _income_band, **exact)
    yield Action("clear-income_band", Heading.CLEAR, label, *both, Takes.NOTHING, unknown, **exact)


ACTIONS: Mapping[str, Action] = {action.name: action for action in _all()}


def actions_of(user: User) -> list[tuple[str, list[Action]]]:
    """What a person can do, under headings."""
    found = [
        (str(label), [one for one in ACTIONS.values() if one.heading == heading and one.is_open_to(user)])
        for heading, label in HEADINGS.items()
    ]
    return [(label, actions) for label, actions in found if actions]
