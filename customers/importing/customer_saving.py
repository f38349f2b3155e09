"""Saving customers from a list: one batch, one transaction, and nothing written where nothing differs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pghistory
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from customers.choices import Source
from customers.importing.copying import copy_in, reserve_keys
from customers.importing.customer_rows import Contacts, CustomerRow
from customers.models import Customer, CustomerIdentifier, Email, Phone


@dataclass(slots=True)
class Saved:
    """What became of the rows of a batch."""

    created: list[CustomerRow] = field(default_factory=list)
    updated: list[CustomerRow] = field(default_factory=list)
    unchanged: list[CustomerRow] = field(default_factory=list)
    refused: list[CustomerRow] = field(default_factory=list)


def identifier_kind(source: str) -> str:
    """Under which kind the numbers of a source are kept."""
    return f"import:{source}"


def save_customers(
    *, source: str, rows: Sequence[CustomerRow], repeated: frozenset[str] = frozenset()
) -> Saved:
    """Create or update the customers of one batch, whose numbers differ from each other.

    A row for a number in `repeated`, which stood in the file before, may not change anything: it is refused.
    """
    with transaction.atomic(), pghistory.context(command="import_customers", source=source):
        known = _known(source, rows)
        saved = Saved()
        changed: list[tuple[Customer, CustomerRow]] = []
        for row in rows:
            customer = known.get(row.external_id)
            if customer is None:
                saved.created.append(row)
            elif not _differs(customer, row):
                saved.unchanged.append(row)
            elif row.external_id in repeated:
                saved.refused.append(row)
            else:
                saved.updated.append(row)
                changed.append((customer, row))
        create_customers(source=source, rows=saved.created)
        _update(changed)
    return saved


def create_customers(*, source: str, rows: Sequence[CustomerRow]) -> list[Customer]:
    """New customers under the numbers of a source, within the caller's transaction."""
    if not rows:
        return []
    branches = _branches_of_owners(rows)
    now = timezone.now()
    customers = [
        Customer(
            **{
                "pk": pk,
                "source": Source.IMPORT.value,
                "branch_id": branches.get(row.fields.get("owner_id")),
                "created_at": now,
                "updated_at": now,
                **row.fields,
            }
        )
        for pk, row in zip(reserve_keys(Customer, len(rows)), rows, strict=True)
    ]
    copy_in(Customer, customers)
    # This INSERT also tells the history of the transaction where the rows below come from; COPY would not.
    CustomerIdentifier.objects.bulk_create(
        CustomerIdentifier(kind=identifier_kind(source), value=row.external_id, customer=customer)
        for customer, row in zip(customers, rows, strict=True)
    )
    pairs = list(zip(customers, rows, strict=True))
    copy_in(Phone, [phone for customer, row in pairs for phone in _phones(customer, row.phones, 0)])
    copy_in(Email, [email for customer, row in pairs for email in _emails(customer, row.emails, 0)])
    return customers


def _known(source: str, rows: Sequence[CustomerRow]) -> dict[str, Customer]:
    """The stored customers of a batch by external number, locked, with their contact points."""
    numbers = dict(
        CustomerIdentifier.objects.filter(
            kind=identifier_kind(source), value__in=[row.external_id for row in rows]
        ).values_list("value", "customer_id")
    )
    customers = (
        Customer.objects.filter(pk__in=set(numbers.values()))
        .order_by("pk")
        .select_for_update(of=("self",), no_key=True)
        .prefetch_related("phones", "emails")
        .in_bulk()
    )
    return {number: customers[pk] for number, pk in numbers.items() if pk in customers}


def _branches_of_owners(rows: Iterable[CustomerRow]) -> dict[int | None, int | None]:
    owners = {row.fields["owner_id"] for row in rows if "owner_id" in row.fields}
    return dict(User.objects.filter(pk__in=owners).values_list("pk", "branch_id"))


def _changes(customer: Customer, row: CustomerRow) -> dict[str, Any]:
    """The fields that the row gives another value than the stored one."""
    fields = row.fields
    if "ward_id" not in fields and fields.get("province_id", customer.province_id) != customer.province_id:
        # A ward does not move to another province with its customer.
        fields = {**fields, "ward_id": None}
    return {name: value for name, value in fields.items() if getattr(customer, name) != value}


def _differs(customer: Customer, row: CustomerRow) -> bool:
    return bool(_changes(customer, row) or _new_phones(customer, row) or _new_emails(customer, row))


def _new_phones(customer: Customer, row: CustomerRow) -> Contacts:
    stored = {phone.number for phone in customer.phones.all()}
    return tuple(contact for contact in row.phones if contact[0] not in stored)


def _new_emails(customer: Customer, row: CustomerRow) -> Contacts:
    stored = {email.address.lower() for email in customer.emails.all()}
    return tuple(contact for contact in row.emails if contact[0].lower() not in stored)


def _update(changed: Sequence[tuple[Customer, CustomerRow]]) -> None:
    touched = []
    names: set[str] = set()
    for customer, row in changed:
        if changes := _changes(customer, row):
            touched.append(customer)
            names.update(changes)
            for name, value in changes.items():
                setattr(customer, name, value)
    if touched:
        fields = [name.removesuffix("_id") if name in _KEYS else name for name in sorted(names)]
        Customer.objects.bulk_update(touched, fields, batch_size=500)
    Phone.objects.bulk_create(
        phone
        for customer, row in changed
        for phone in _phones(customer, _new_phones(customer, row), _next_position(customer.phones.all()))
    )
    Email.objects.bulk_create(
        email
        for customer, row in changed
        for email in _emails(customer, _new_emails(customer, row), _next_position(customer.emails.all()))
    )


_KEYS = frozenset({"province_id", "ward_id", "owner_id", "branch_id"})


def _next_position(contacts: Iterable[Phone] | Iterable[Email]) -> int:
    return max((contact.position for contact in contacts), default=-1) + 1


def _phones(customer: Customer, contacts: Contacts, first: int) -> list[Phone]:
    return [
        Phone(customer=customer, number=number, label=label, position=position)
        for position, (number, label) in enumerate(contacts, first)
    ]


def _emails(customer: Customer, contacts: Contacts, first: int) -> list[Email]:
    return [
        Email(customer=customer, address=address, label=label, position=position)
        for position, (address, label) in enumerate(contacts, first)
    ]
