"""Whether a customer who is being saved is already in the book, as far as the person who saves may know."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, TextChoices, Value
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from customers.models import Customer, DuplicatePair, Email, Phone
from customers.vietnamese.dates import PartialDate
from customers.vietnamese.names import fold

# For each thing in common; a shop's number that half a town has given stays a short look-up.
LIMIT = 20


class Sign(TextChoices):
    """What two records have in common."""

    PHONE = "phone", _("the same phone number")
    EMAIL = "email", _("the same email")
    CITIZEN_ID = "citizen_id", _("the same citizen ID number")
    NAME_AND_BIRTH = "name_and_birth", _("the same name and date of birth")


@dataclass(frozen=True)
class Identity:
    """What a customer can be recognised by."""

    full_name: str
    birth: PartialDate | None = None
    citizen_id: str = ""
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()

    @classmethod
    def of(cls, customer: Customer) -> Identity:
        born = customer.birth_date
        return cls(
            full_name=customer.full_name,
            birth=PartialDate(born.year, born.month, born.day) if born else None,
            citizen_id=customer.citizen_id,
            phones=tuple(str(phone) for phone in customer.phones.all()),
            emails=tuple(str(email).lower() for email in customer.emails.all()),
        )

    @property
    def name_key(self) -> str:
        """As in `Customer.name_search`."""
        return fold(f" {self.full_name}")


@dataclass(frozen=True)
class Match:
    """A customer with the same phone, email, citizen ID, or name and birth date.

    `customer` is None for one whom the viewer may not see: then nothing but the signs may be told.
    """

    customer: Customer | None
    pk: int
    signs: tuple[Sign, ...]
    is_hint: bool

    @property
    def reason(self) -> str:
        return ", ".join(str(sign.label) for sign in self.signs)


def find(identity: Identity, *, viewer: User, exclude: int | None = None) -> list[Match]:
    """Possible duplicates, in two queries. A phone shared under another name is only a hint."""
    signs: dict[int, set[Sign]] = defaultdict(set)
    lookups = _lookups(identity)
    for pk, sign in lookups[0].union(*lookups[1:]) if lookups else ():
        if pk != exclude:
            signs[pk].add(Sign(sign))
    if not signs:
        return []
    visible = Customer.objects.visible_to(viewer).filter(pk=OuterRef("pk"))
    found = (
        Customer.objects.filter(pk__in=signs).annotate(visible=Exists(visible)).order_by("name_sort", "pk")
    )
    if exclude is not None:
        found = found.exclude(_set_apart(exclude))
    return [_match(customer, signs[customer.pk], identity) for customer in found]


def _set_apart(pk: int) -> Exists:
    """Whether somebody has said that a customer is another person than this one."""
    either = Q(customer=OuterRef("pk"), other=pk) | Q(other=OuterRef("pk"), customer=pk)
    return Exists(DuplicatePair.objects.set_apart().filter(either))


def _match(customer: Any, signs: set[Sign], identity: Identity) -> Match:
    shares_name = customer.name_search == identity.name_key
    return Match(
        customer=customer if customer.visible else None,
        pk=customer.pk,
        signs=tuple(sorted(signs)),
        is_hint=signs == {Sign.PHONE} and not shares_name,
    )


def _lookups(identity: Identity) -> list[QuerySet[Any, Any]]:
    """One look-up by index for each thing that is known."""
    lookups: list[QuerySet[Any, Any]] = []
    if identity.phones:
        lookups.append(_pairs(Phone.objects.filter(number__in=identity.phones), "customer_id", Sign.PHONE))
    if identity.emails:
        emails = Email.objects.alias(lower=Lower("address")).filter(lower__in=identity.emails)
        lookups.append(_pairs(emails, "customer_id", Sign.EMAIL))
    if identity.citizen_id:
        cards = Customer.objects.filter(citizen_id=identity.citizen_id)
        lookups.append(_pairs(cards, "pk", Sign.CITIZEN_ID))
    if identity.birth and identity.birth.full:
        born = identity.birth
        namesakes = Customer.objects.filter(
            name_search=identity.name_key, birth_year=born.year, birth_month=born.month, birth_day=born.day
        )
        lookups.append(_pairs(namesakes, "pk", Sign.NAME_AND_BIRTH))
    return lookups


def _pairs(rows: QuerySet[Any, Any], customer: str, sign: Sign) -> QuerySet[Any, Any]:
    return rows.order_by().values_list(customer, Value(sign.value))[:LIMIT]


def confirmation(matches: Sequence[Match]) -> str:
    """What a person sends along who saves in spite of these matches; empty where nothing needs it.

    Other matches need another confirmation. It tells nothing about whom it stands for.
    """
    pks = " ".join(str(match.pk) for match in matches if not match.is_hint)
    return salted_hmac("customers.duplicates", pks).hexdigest() if pks else ""
