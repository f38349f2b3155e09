"""What customers agreed to: written into the ledger, and read as it holds now."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from accounts.compiled_queries import CompiledQuery, Given
from accounts.models import User
from customers.models import NEEDS_CONTACT, Consent, ConsentPurpose, Customer


class NoContactError(Exception):
    """The customer wants no contact, so nothing that needs contact can be agreed to; nothing was written."""

    def __init__(self, entry: Consent) -> None:
        super().__init__(entry)
        self.entry = entry


class LaterConsentError(Exception):
    """The customer has agreed to be contacted later than that; nothing was written."""

    def __init__(self, entry: Consent) -> None:
        super().__init__(entry)
        self.entry = entry


@dataclass(frozen=True)
class Standing:
    """How things stand with one purpose: the entry that holds now, None where nobody has asked yet."""

    purpose: ConsentPurpose
    entry: Consent | None

    @property
    def is_given(self) -> bool:
        return self.entry is not None and self.entry.is_given

    @property
    def is_withdrawn(self) -> bool:
        return self.entry is not None and not self.entry.is_given


@dataclass(frozen=True)
class Standings:
    """How things stand with every purpose that can be agreed to; `no_contact` goes before them all."""

    purposes: Sequence[Standing]
    no_contact: Consent | None


def standings_of(customer: Customer) -> Standings:
    """What a customer agrees to now, in one query."""
    held = entries_of(customer)
    contact = held.get(ConsentPurpose.CONTACT)
    return Standings(
        [Standing(each, held.get(each)) for each in ConsentPurpose if each != ConsentPurpose.CONTACT],
        contact if contact is not None and not contact.is_given else None,
    )


def entries_of(customer: Customer) -> dict[str, Consent]:
    """The entries that hold now, by their purposes."""
    return {entry.purpose: entry for entry in _HELD(customer=customer.pk)}


_HELD = CompiledQuery(
    lambda: Consent.objects.filter(customer=Given("customer")).current().select_related("recorded_by")
)


def record_consent(
    *,
    customer: Customer,
    purpose: ConsentPurpose,
    is_given: bool,
    from_on: datetime.date,
    source: str,
    evidence: str,
    by: User,
) -> Consent:
    """Write down that consent was given or withdrawn.

    Whoever wants no contact withdraws every purpose that needs it, and has to be asked for each anew. Raises
    NoContactError and LaterConsentError.
    """
    about: dict[str, Any] = {
        "customer": customer,
        "is_given": is_given,
        "from_on": from_on,
        "source": source,
        "evidence": evidence,
        "recorded_by": by,
    }
    with transaction.atomic():
        Customer.objects.select_for_update(of=("self",), no_key=True).get(pk=customer.pk)
        if is_given and purpose in NEEDS_CONTACT:
            _refuse_without_contact(customer, from_on)
        purposes = [purpose]
        if purpose == ConsentPurpose.CONTACT and not is_given:
            _refuse_before_later(customer, from_on)
            purposes = [*NEEDS_CONTACT, purpose]
        *_others, written = Consent.objects.bulk_create(Consent(purpose=each, **about) for each in purposes)
    written.refresh_from_db()
    return written


def _refuse_without_contact(customer: Customer, day: datetime.date) -> None:
    no_contact = Consent.objects.filter(customer=customer, purpose=ConsentPurpose.CONTACT, is_given=False)
    if (found := no_contact.current().filter(from_on__lte=day).first()) is not None:
        raise NoContactError(found)


def _refuse_before_later(customer: Customer, day: datetime.date) -> None:
    given = Consent.objects.filter(customer=customer, purpose__in=NEEDS_CONTACT, is_given=True)
    if (found := given.current().filter(from_on__gt=day).first()) is not None:
        raise LaterConsentError(found)
