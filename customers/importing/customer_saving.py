"""Saving customers from a list: one batch, one transaction, and nothing written where nothing differs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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
    """What became of the rows of a batch; by line, which customer each is and what was written about them."""

    created: list[CustomerRow] = field(default_factory=list)
    updated: list[CustomerRow] = field(default_factory=list)
    unchanged: list[CustomerRow] = field(default_factory=list)
    refused: list[CustomerRow] = field(default_factory=list)
    customers: dict[int, int] = field(default_factory=dict)
    changes: dict[int, Change] = field(default_factory=dict)


@dataclass(slots=True)
class Stored:
    """A customer as stored, in the fields that matter; positions of contact points by number and address."""

    pk: int
    fields: dict[str, Any]
    phones: dict[str, int] = field(default_factory=dict)
    emails: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Change:
    """What a row changes about a stored customer."""

    stored: Stored
    fields: dict[str, Any]
    phones: Contacts
    emails: Contacts

    @property
    def before(self) -> dict[str, Any]:
        """The values that `fields` take the place of."""
        return {name: self.stored.fields[name] for name in self.fields}


def identifier_kind(source: str) -> str:
    """Under which kind the numbers of a source are kept."""
    return f"import:{source}"


def save_customers(
    *,
    source: str,
    rows: Sequence[CustomerRow],
    repeated: frozenset[str] = frozenset(),
    matches: Mapping[int, int] | None = None,
    context: Mapping[str, Any] | None = None,
) -> Saved:
    """Create or update the customers of one batch, no two rows of which are about the same one.

    Rows are known by their numbers or, where somebody has looked them up, by `matches`: the customer by line.
    A row for a number in `repeated`, which stood in the file before, may not change anything: it is refused.
    History keeps `context` beside each change.
    """
    about = context or {"command": "import_customers"}
    with transaction.atomic(), pghistory.context(**about, source=source):
        found = _by_number(source, rows) if matches is None else matches
        known = stored_customers(found, rows, lock=True)
        saved = Saved()
        for row in rows:
            stored = known.get(row.line)
            if stored is None:
                saved.created.append(row)
                continue
            saved.customers[row.line] = stored.pk
            if not (change := change_of(stored, row)):
                saved.unchanged.append(row)
            elif row.external_id in repeated:
                saved.refused.append(row)
            else:
                saved.updated.append(row)
                saved.changes[row.line] = change
        made = create_customers(source=source, rows=saved.created)
        saved.customers.update((row.line, pk) for row, pk in zip(saved.created, made, strict=True))
        _apply(list(saved.changes.values()))
        if matches:
            _remember_numbers(source, saved)
    return saved


def _remember_numbers(source: str, saved: Saved) -> None:
    """Numbers of customers who were known by something else: next time they are known by these."""
    CustomerIdentifier.objects.bulk_create(
        [
            CustomerIdentifier(
                kind=identifier_kind(source), value=row.external_id, customer_id=saved.customers[row.line]
            )
            for row in (*saved.updated, *saved.unchanged)
            if row.external_id
        ],
        ignore_conflicts=True,
    )


def create_customers(*, source: str, rows: Sequence[CustomerRow]) -> list[int]:
    """New customers under the numbers of a source, within the caller's transaction; gives their keys."""
    if not rows:
        return []
    # Tells the history of the transaction where the rows below come from; COPY would not.
    Customer.objects.filter(pk=0).update(version=0)
    branches = _branches_of_owners(rows)
    now = timezone.now()
    keys = reserve_keys(Customer, len(rows))
    copy_in(
        Customer,
        [
            {
                "id": pk,
                "source": Source.IMPORT.value,
                "branch_id": branches.get(row.fields.get("owner_id")),
                "created_at": now,
                "updated_at": now,
                **row.fields,
            }
            for pk, row in zip(keys, rows, strict=True)
        ],
    )
    pairs = list(zip(keys, rows, strict=True))
    kind = identifier_kind(source)
    copy_in(
        CustomerIdentifier,
        [{"kind": kind, "value": row.external_id, "customer_id": pk} for pk, row in pairs if row.external_id],
    )
    copy_in(Phone, [phone for pk, row in pairs for phone in _phones(pk, row.phones, 0)])
    copy_in(Email, [email for pk, row in pairs for email in _emails(pk, row.emails, 0)])
    return keys


def _by_number(source: str, rows: Sequence[CustomerRow]) -> dict[int, int]:
    """The customers behind the external numbers, by line."""
    numbers = dict(
        CustomerIdentifier.objects.filter(
            kind=identifier_kind(source), value__in=[row.external_id for row in rows]
        ).values_list("value", "customer_id")
    )
    return {row.line: numbers[row.external_id] for row in rows if row.external_id in numbers}


def stored_customers(
    found: Mapping[int, int], rows: Sequence[CustomerRow], *, lock: bool = False
) -> dict[int, Stored]:
    """The customers of rows, by line, in the fields that the rows speak of."""
    names = {"province_id", "ward_id"}.union(*(row.fields for row in rows))
    customers = Customer.objects.filter(pk__in=set(found.values())).order_by("pk")
    if lock:
        customers = customers.select_for_update(of=("self",), no_key=True)
    stored = {fields["pk"]: Stored(fields["pk"], fields) for fields in customers.values("pk", *names)}
    for pk, number, position in Phone.objects.filter(customer__in=stored).values_list(
        "customer_id", "number", "position"
    ):
        stored[pk].phones[number] = position
    for pk, address, position in Email.objects.filter(customer__in=stored).values_list(
        "customer_id", "address", "position"
    ):
        stored[pk].emails[address.lower()] = position
    return {line: stored[pk] for line, pk in found.items() if pk in stored}


def _branches_of_owners(rows: Iterable[CustomerRow]) -> dict[int | None, int | None]:
    owners = {row.fields["owner_id"] for row in rows if "owner_id" in row.fields}
    return dict(User.objects.filter(pk__in=owners).values_list("pk", "branch_id"))


def change_of(stored: Stored, row: CustomerRow) -> Change | None:
    """What the row says otherwise than the stored customer; None where it says nothing new."""
    fields = row.fields
    province = stored.fields["province_id"]
    if "ward_id" not in fields and fields.get("province_id", province) != province:
        # A ward does not move to another province with its customer.
        fields = {**fields, "ward_id": None}
    change = Change(
        stored,
        {name: value for name, value in fields.items() if stored.fields[name] != value},
        tuple(contact for contact in row.phones if contact[0] not in stored.phones),
        tuple(contact for contact in row.emails if contact[0].lower() not in stored.emails),
    )
    return change if change.fields or change.phones or change.emails else None


def _apply(changes: Sequence[Change]) -> None:
    names = sorted({name for change in changes for name in change.fields})
    touched = [
        Customer(pk=change.stored.pk, **{name: change.stored.fields[name] for name in names} | change.fields)
        for change in changes
        if change.fields
    ]
    if touched:
        fields = [Customer._meta.get_field(name).name for name in names]
        Customer.objects.bulk_update(touched, fields, batch_size=500)
    Phone.objects.bulk_create(
        Phone(**phone)
        for change in changes
        for phone in _phones(change.stored.pk, change.phones, _next_position(change.stored.phones))
    )
    Email.objects.bulk_create(
        Email(**email)
        for change in changes
        for email in _emails(change.stored.pk, change.emails, _next_position(change.stored.emails))
    )


def _next_position(positions: Mapping[str, int]) -> int:
    return max(positions.values(), default=-1) + 1


def _phones(customer_id: int, contacts: Contacts, first: int) -> list[dict[str, Any]]:
    return [
        {"customer_id": customer_id, "number": number, "label": label, "position": position}
        for position, (number, label) in enumerate(contacts, first)
    ]


def _emails(customer_id: int, contacts: Contacts, first: int) -> list[dict[str, Any]]:
    return [
        {"customer_id": customer_id, "address": address, "label": label, "position": position}
        for position, (address, label) in enumerate(contacts, first)
    ]
