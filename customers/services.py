"""What changes a customer: each verb writes all its rows in one transaction, or none."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pghistory
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from accounts.models import User
from customers.models import Customer, CustomerIdentifier, Email, Household, Phone
from customers.vietnamese.names import join

# The kind of identifier by which a form that is sent twice finds the customer it made the first time.
FORM = "form"
IDENTIFIER_CONSTRAINT = "identifier_names_one_customer"
HEAD_CONSTRAINT = "household_has_one_head"


class HeadTakenError(Exception):
    """Somebody else heads the household by now; nothing was written."""


class StaleCustomerError(Exception):
    """Somebody changed the customer after the version that this edit began from; nothing was written."""


@dataclass(frozen=True)
class Contact:
    """A canonical phone number or a mail address, with its label."""

    value: str
    label: str


@dataclass(frozen=True)
class CustomerInput:
    """What a form says of a customer: values by model field, and all phones and emails in their order."""

    values: Mapping[str, Any]
    phones: Sequence[Contact] = ()
    emails: Sequence[Contact] = ()
    begins_household: bool = False


def submitted_customer(submission: uuid.UUID) -> Customer | None:
    """The customer that a form made when it was sent before."""
    made = (
        CustomerIdentifier.objects.filter(kind=FORM, value=str(submission)).select_related("customer").first()
    )
    return made.customer if made else None


def create_customer(*, entered: CustomerInput, submission: uuid.UUID, by: User) -> Customer:
    """A new customer; the same submission sent again, even at the same moment, gives the one it made.

    Raises HeadTakenError.
    """
    try:
        with pghistory.context(user=by.pk), transaction.atomic():
            customer = Customer.objects.create(**_values(entered), created_by=by)
            CustomerIdentifier.objects.create(kind=FORM, value=str(submission), customer=customer)
            _phone_changes(customer, (), entered.phones).write()
            _email_changes(customer, (), entered.emails).write()
    except IntegrityError as error:
        if HEAD_CONSTRAINT in str(error):
            raise HeadTakenError from error
        made = submitted_customer(submission) if IDENTIFIER_CONSTRAINT in str(error) else None
        if made is None:
            raise
        return made
    return customer


def update_customer(*, customer: Customer, expected_version: int, entered: CustomerInput, by: User) -> bool:
    """Write what differs from `customer`; False where nothing does.

    Raises StaleCustomerError where the customer is no longer at the expected version, or HeadTakenError.
    """
    try:
        with transaction.atomic():
            return _update(customer, expected_version, entered, by)
    except IntegrityError as error:
        if HEAD_CONSTRAINT in str(error):
            raise HeadTakenError from error
        raise


def _update(customer: Customer, expected_version: int, entered: CustomerInput, by: User) -> bool:
    values = _values(entered)
    changed = {name: value for name, value in values.items() if getattr(customer, name) != value}
    phones = _phone_changes(customer, customer.phones.all(), entered.phones)
    emails = _email_changes(customer, customer.emails.all(), entered.emails)
    if not changed and not phones and not emails:
        return False
    with pghistory.context(user=by.pk):
        # Every UPDATE counts the version up, also one that sets a column to itself: it is how phones,
        # emails and the household make a concurrent edit of the same customer stale.
        expected = Customer.objects.filter(pk=customer.pk, version=expected_version)
        if not expected.update(**(changed or {"version": F("version")})):
            raise StaleCustomerError
        phones.write()
        emails.write()
    return True


def deactivate_customer(*, customer: Customer, reason: str, by: User) -> bool:
    """Take a customer out of daily work, with the reason; False where somebody has already done so."""
    with pghistory.context(user=by.pk):
        active = Customer.objects.filter(pk=customer.pk, is_active=True)
        return active.update(is_active=False, inactive_reason=reason) > 0


def reactivate_customer(*, customer: Customer, by: User) -> bool:
    """Bring a customer back into daily work; False where somebody has already done so."""
    with pghistory.context(user=by.pk):
        inactive = Customer.objects.filter(pk=customer.pk, is_active=False)
        return inactive.update(is_active=True, inactive_reason="") > 0


def _values(entered: CustomerInput) -> dict[str, Any]:
    """The values to write, with the household that this customer begins."""
    values = dict(entered.values)
    if entered.begins_household:
        full_name = join(values["family_name"], values["middle_name"], values["given_name"])
        values["household"] = Household.objects.create(name=_("Household of %(name)s") % {"name": full_name})
    return values


@dataclass
class _ContactChanges:
    """What turns the phones or emails that a customer has into those that are wanted."""

    model: type[Phone] | type[Email]
    value_field: str
    add: list[Any] = field(default_factory=list)
    change: list[Any] = field(default_factory=list)
    drop: list[Any] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.add or self.change or self.drop)

    def plan(self, customer: Customer, rows: Iterable[Any], wanted: Sequence[Contact]) -> _ContactChanges:
        pairs = self._pairs(rows, wanted)
        for position, (row, contact) in zip(_positions(pairs), pairs, strict=True):
            if row is None:
                values = {self.value_field: contact.value, "label": contact.label, "position": position}
                self.add.append(self.model(customer=customer, **values))
            elif (str(row), row.label, row.position) != (contact.value, contact.label, position):
                setattr(row, self.value_field, contact.value)
                row.label, row.position = contact.label, position
                self.change.append(row)
        return self

    def _pairs(self, rows: Iterable[Any], wanted: Sequence[Contact]) -> list[tuple[Any, Contact]]:
        """Each wanted contact with the row that has it, else with a row that is free.

        A corrected number so changes its row, and history shows the old beside the new.
        """
        by_value = {str(row).lower(): row for row in rows}
        found = [by_value.pop(contact.value.lower(), None) for contact in wanted]
        free = list(by_value.values())
        pairs = [
            (row or (free.pop(0) if free else None), contact)
            for row, contact in zip(found, wanted, strict=True)
        ]
        self.drop = free
        return pairs

    def write(self) -> None:
        if self.drop:
            self.model._default_manager.filter(pk__in=[row.pk for row in self.drop]).delete()
        for row in self.change:
            row.save(update_fields=[self.value_field, "label", "position"])
        if self.add:
            self.model._default_manager.bulk_create(self.add)


def _positions(pairs: Sequence[tuple[Any, Contact]]) -> list[int]:
    """The places of the contacts. Rows in the right order keep theirs, whatever the numbers are."""
    kept = [(row.position, row.pk) for row, _contact in pairs if row]
    new_ones_are_last = all(row is None for row, _contact in pairs[len(kept) :])
    if not (kept == sorted(kept) and new_ones_are_last):
        return list(range(len(pairs)))
    after = kept[-1][0] + 1 if kept else 0
    return [position for position, _pk in kept] + list(range(after, after + len(pairs) - len(kept)))


def _phone_changes(customer: Customer, rows: Iterable[Phone], wanted: Sequence[Contact]) -> _ContactChanges:
    return _ContactChanges(Phone, "number").plan(customer, rows, wanted)


def _email_changes(customer: Customer, rows: Iterable[Email], wanted: Sequence[Contact]) -> _ContactChanges:
    return _ContactChanges(Email, "address").plan(customer, rows, wanted)
