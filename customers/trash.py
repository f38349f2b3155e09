"""The trash: customers who are deleted vanish from every page, can be restored, and are erased in the end."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pghistory
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Lower
from django.utils import timezone
from pghistory.models import Event
from psycopg import sql

from accounts.models import User
from customers.attachments import forget_after_commit, stored_for
from customers.choices import HouseholdRole
from customers.duplicates import Identity
from customers.households import erase_empty, has_other_head, hold, households_of
from customers.keys import customer_keys
from customers.models import Customer, CustomerIdentifier, CustomerMerge, Email, Phone
from customers.models.consent import ledger_opened

KEPT_FOR = datetime.timedelta(days=30)
# So many at a time: an erasure holds its locks for a moment only.
ERASED_AT_ONCE = 200
OFFERED = 5


@dataclass(frozen=True)
class Restored:
    """Whether somebody was restored, and the numbers that another customer has been given meanwhile."""

    done: bool
    given_away: tuple[str, ...] = ()


def trash_customer(*, customer: Customer, reason: str, by: User) -> bool:
    """Put a customer in the trash with all they have; False where somebody has already done so."""
    with pghistory.context(user=by.pk):
        present = Customer.objects.filter(pk=customer.pk)
        return present.update(trashed_at=timezone.now(), trashed_by=by, trash_reason=reason) > 0


def restore_customer(*, customer: Customer, by: User) -> Restored:
    """Bring a customer back as they were, less the identifiers that another customer holds now.

    Where somebody else heads the household by now, so it stays.
    """
    with pghistory.context(user=by.pk), transaction.atomic():
        trashed = Customer.trash.select_for_update(of=("self",)).filter(pk=customer.pk)
        if not trashed.exists():
            return Restored(done=False)
        given_away = _drop_given_away(customer)
        back: dict[str, Any] = {"trashed_at": None, "trashed_by": None, "trash_reason": ""}
        if customer.household_role == HouseholdRole.HEAD and _head_is_taken(customer):
            back["household_role"] = ""
        trashed.update(**back)
    return Restored(done=True, given_away=given_away)


def _head_is_taken(customer: Customer) -> bool:
    hold(customer.household)
    return has_other_head(customer.household_id, customer.pk)


def _drop_given_away(customer: Customer) -> tuple[str, ...]:
    holders = CustomerIdentifier.objects.filter(kind=OuterRef("kind"), value=OuterRef("value"))
    lost = CustomerIdentifier.with_trash.filter(customer=customer).filter(Exists(holders))
    values = tuple(lost.values_list("value", flat=True))
    lost.delete()
    return values


def like(identity: Identity, *, viewer: User) -> list[Customer]:
    """Customers in the trash whom somebody may be about to enter again, the last deleted first."""
    of_customer = Q(customer=OuterRef("pk"))
    signs = Q()
    if identity.phones and identity.name_key.strip():
        # Families share numbers: with another given name it is somebody else.
        shares_phone = Exists(Phone.objects.filter(of_customer, number__in=identity.phones))
        signs |= Q(shares_phone, given_search=identity.name_key.split()[-1])
    if identity.emails:
        emails = Email.objects.alias(lower=Lower("address"))
        signs |= Q(Exists(emails.filter(of_customer, lower__in=identity.emails)))
    if identity.citizen_id:
        signs |= Q(citizen_id=identity.citizen_id)
    if identity.birth and identity.birth.full:
        born = identity.birth
        signs |= Q(
            name_search=identity.name_key, birth_year=born.year, birth_month=born.month, birth_day=born.day
        )
    if not signs:
        return []
    found = Customer.trash.visible_to(viewer).filter(signs).select_related("trashed_by")
    return list(found.order_by("-trashed_at", "-pk")[:OFFERED])


def erased_at(customer: Customer) -> datetime.datetime:
    """When a customer in the trash will be erased, at the earliest."""
    return (customer.trashed_at or timezone.now()) + KEPT_FOR


def expired() -> QuerySet[Customer]:
    """Customers who have been in the trash for as long as anybody is kept there."""
    return Customer.trash.filter(trashed_at__lte=timezone.now() - KEPT_FOR)


def erase_expired() -> int:
    """Erase for good whoever has been in the trash long enough; how many those were."""
    erased = 0
    while number := _erase_some():
        erased += number
    return erased


@transaction.atomic
def _erase_some() -> int:
    # Locked, so that nobody restores at this moment whom the next lines erase.
    oldest = expired().order_by("trashed_at", "pk").select_for_update(of=("self",), skip_locked=True)
    pks = [customer.pk for customer in oldest.only("pk")[:ERASED_AT_ONCE]]
    if pks:
        _erase(pks)
    return len(pks)


def _erase(pks: Sequence[int]) -> None:
    """Delete every row that names these customers, in whatever table, then what the triggers kept of it.

    PostgreSQL checks foreign keys when the transaction ends, so the order of the tables does not matter; the
    history goes last, because deleting a phone writes the number into it, and with it that of the records
    which were merged into these.
    """
    keys = list(customer_keys())
    merged = CustomerMerge.objects.in_force().filter(customer__in=pks)
    written_under = [*pks, *merged.values_list("duplicate", flat=True)]
    forget_after_commit(stored_for(pks))
    homes = households_of(pks)
    with ledger_opened():
        for key in keys:
            if not issubclass(key.model, Event):
                _delete(key.model._meta.db_table, key.column, pks)
    _delete(Customer._meta.db_table, "id", pks)
    for key in keys:
        if issubclass(key.model, Event):
            _delete(key.model._meta.db_table, key.column, written_under)
    erase_empty(homes)


def _delete(table: str, column: str, pks: Sequence[int]) -> None:
    statement = sql.SQL("DELETE FROM {} WHERE {} = ANY(%s)")
    with connection.cursor() as cursor:
        cursor.execute(statement.format(sql.Identifier(table), sql.Identifier(column)), [list(pks)])
