"""What the page about a customer says of them: the facts in words, the household, the segments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from customers.choices import (
    Education,
    Gender,
    IncomeBand,
    MaritalStatus,
    Occupation,
    PhoneLabel,
)
from customers.models import Customer
from customers.registry import SegmentChoice, registry
from customers.vietnamese.addresses import format_address
from customers.vietnamese.citizen_id import mask_citizen_id
from customers.vietnamese.dates import LunarDate, PartialDate, age_on
from customers.vietnamese.money import format_money
from customers.vietnamese.phones import format_phone

SHOWN_MEMBERS = 20


@dataclass(frozen=True)
class Value:
    """One value of a fact, with a quieter note and a link where it can be used at once."""

    text: str
    note: str = ""
    href: str = ""


@dataclass(frozen=True)
class Line:
    """A fact with its values; no values where nothing is known."""

    label: str
    values: tuple[Value, ...]
    # The fact that opens in its place (`customers.forms.facts`).
    fact: str = ""


def profile_of(customer: Customer, *, reveal: bool) -> list[Line]:
    """The facts about a customer in reading order; `reveal` shows the citizen ID to whoever may edit it."""
    return [
        _line("full_name", _("Full name"), customer.full_name),
        _line("honorific", _("Honorific"), customer.get_honorific_display().split(" (")[0]),
        *_contacts(customer),
        _birth(customer),
        _lunar_birth(customer),
        _line("gender", _("Gender"), _known(customer, "gender", Gender.UNKNOWN)),
        _citizen_id(customer, reveal=reveal),
        _line(
            "occupation",
            _("Occupation"),
            customer.occupation_text or _known(customer, "occupation", Occupation.UNKNOWN),
            _known(customer, "occupation", Occupation.UNKNOWN) if customer.occupation_text else "",
        ),
        _line("education", _("Education"), _known(customer, "education", Education.UNKNOWN)),
        _income(customer),
        _line(
            "marital_status", _("Marital status"), _known(customer, "marital_status", MaritalStatus.UNKNOWN)
        ),
        _family(customer),
        _children(customer),
        _line("address", _("Address"), _address(customer)),
        _line("old_address", _label("old_address"), customer.old_address),
        # While there are any, they stand above all others.
        *([] if customer.special_requests else [special_requests_of(customer)]),
        _line("needs", _("Needs"), customer.needs),
        _line("preferences", _("Preferences"), customer.preferences),
        _line("notes", _("Notes"), customer.notes),
        _line("source", _("Source"), customer.get_source_display()),
    ]


def special_requests_of(customer: Customer) -> Line:
    return _line("special_requests", _label("special_requests"), customer.special_requests)


def _contacts(customer: Customer) -> list[Line]:
    phones = tuple(_phone(phone) for phone in customer.phones.all())
    emails = tuple(Value(email.address, href=f"mailto:{email.address}") for email in customer.emails.all())
    return [Line(_("Phone"), phones, "phones"), Line(_("Email"), emails, "emails")]


def _citizen_id(customer: Customer, *, reveal: bool) -> Line:
    text = customer.citizen_id if reveal else mask_citizen_id(customer.citizen_id)
    return _line("citizen_id", _label("citizen_id"), text)


def _label(name: str) -> str:
    field: Any = Customer._meta.get_field(name)
    return capfirst(str(field.verbose_name))


def _line(fact: str, label: str, text: str, note: str = "") -> Line:
    return Line(label, (Value(text, note),) if text else (), fact)


def _known(customer: Customer, name: str, unknown: str) -> str:
    """The label of a choice; nothing where it is not known."""
    return "" if getattr(customer, name) == unknown else str(getattr(customer, f"get_{name}_display")())


def _phone(phone: Any) -> Value:
    note = "" if phone.label == PhoneLabel.MOBILE else str(phone.get_label_display())
    return Value(format_phone(phone.number), note, f"tel:{phone.number}")


def _birth(customer: Customer) -> Line:
    if not customer.birth_year and not customer.birth_day:
        return Line(_("Date of birth"), (), "birth")
    born = PartialDate(customer.birth_year, customer.birth_month, customer.birth_day)
    age = age_on(born, timezone.localdate())
    years = ngettext("%(age)d year old", "%(age)d years old", age) % {"age": age} if age is not None else ""
    return _line("birth", _("Date of birth"), str(born), years)


def _lunar_birth(customer: Customer) -> Line:
    label = _("Lunar birthday")
    if not customer.lunar_birth_day or not customer.lunar_birth_month:
        return Line(label, (), "lunar_birth")
    lunar = LunarDate(customer.lunar_birth_day, customer.lunar_birth_month, leap=customer.lunar_birth_leap)
    return _line("lunar_birth", label, str(lunar))


def _income(customer: Customer) -> Line:
    """The amount a month where it is known, else its band; how it is known, and since when."""
    text = ""
    if customer.monthly_income is not None:
        text = _("%(amount)s a month") % {"amount": format_money(customer.monthly_income)}
    elif customer.income_band != IncomeBand.UNKNOWN:
        text = _("%(amount)s a month") % {"amount": customer.get_income_band_display()}
    noted_on = customer.income_noted_on
    notes = [customer.get_income_basis_display(), f"{noted_on:%d/%m/%Y}" if noted_on else ""]
    return _line("income", _("Income"), text, ", ".join(note for note in notes if note))


def _family(customer: Customer) -> Line:
    size = customer.household_size
    text = ngettext("%(count)d person", "%(count)d people", size) % {"count": size} if size else ""
    return _line("family", _("Family"), text)


def _children(customer: Customer) -> Line:
    number, born = children_words(customer.children_count, customer.child_birth_years)
    return _line("children", _("Children"), number or born, born if number else "")


def children_words(count: int | None, born_in: Sequence[int]) -> tuple[str, str]:
    """How many children there are, and the years in which they were born."""
    if count == 0:
        return _("none"), ""
    number = ngettext("%(count)d child", "%(count)d children", count) % {"count": count} if count else ""
    years = ", ".join(map(str, born_in))
    return number, _("born %(years)s") % {"years": years} if years else ""


def _address(customer: Customer) -> str:
    ward = customer.ward.name if customer.ward else ""
    province = customer.province.name if customer.province else ""
    return format_address(customer.address, ward, province)


@dataclass(frozen=True)
class HouseholdPart:
    """The household of a customer as far as the viewer may see it: members with what each spent."""

    name: str
    role: str
    members: Sequence[Customer]
    hidden: int
    spend: Decimal | None


def household_of(customer: Customer, *, viewer: User) -> HouseholdPart | None:
    """The others in the household; whom the viewer may not see is only counted, without a total then."""
    if customer.household is None:
        return None
    visible = Customer.objects.visible_to(viewer).filter(pk=OuterRef("pk"))
    others: QuerySet[Any] = (
        Customer.objects.filter(household=customer.household)
        .exclude(pk=customer.pk)
        .select_related("behaviour")
        .annotate(visible=Exists(visible))
        .order_by("name_sort", "pk")[:SHOWN_MEMBERS]
    )
    seen = [other for other in others if other.visible]
    hidden = len(others) - len(seen)
    total = sum((member.behaviour.spend for member in seen), customer.behaviour.spend)
    return HouseholdPart(
        customer.household.name,
        customer.get_household_role_display(),
        seen,
        hidden,
        None if hidden else total,
    )


def segments_of(customer: Customer) -> list[SegmentChoice]:
    """The segments that the customer is in, less those that only say what is not known."""
    current = customer.behaviour.segment_ids
    return [segment for segment in registry.segments_among(current) if segment.is_telling] if current else []
