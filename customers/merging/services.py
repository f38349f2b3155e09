"""Merging two customers and parting them again: each in one transaction, or not at all."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import pghistory
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from customers import raw
from customers.choices import HouseholdRole
from customers.households import has_other_head
from customers.merging import consents, rows
from customers.merging.comparison import chosen_values
from customers.models import Customer, CustomerBehaviour, CustomerMerge
from customers.registry import registry
from customers.services import StaleCustomerError

# Counted and set by the database itself whenever a row is written.
BY_TRIGGER = frozenset({"version", "updated_at"})


class SameCustomerError(Exception):
    """A record cannot be merged with itself."""


class NotUndoableError(Exception):
    """The merge was undone already, or its time is over."""


class LaterMergeError(Exception):
    """The record took part in a later merge, which has to be undone first."""

    def __init__(self, later: CustomerMerge) -> None:
        super().__init__(later)
        self.later = later


class UndoBlockedError(Exception):
    """Something that the merged record referred to is no longer there."""


def merge_customers(
    *,
    keep: Customer,
    duplicate: Customer,
    by: User,
    taken: Collection[str] = (),
    joined: Collection[str] = (),
) -> CustomerMerge:
    """Hand all rows of `duplicate` to `keep` and close it; its code leads to `keep` from then on.

    `taken` names the choices (`comparison.CHOICES`) whose values come from the duplicate, `joined` the texts
    that both contribute to. Raises StaleCustomerError where either changed since it was read.
    """
    if keep.pk == duplicate.pk:
        raise SameCustomerError
    with pghistory.context(user=by.pk, merged=duplicate.pk, into=keep.pk), transaction.atomic():
        _lock(keep, duplicate)
        _check_constraints("IMMEDIATE")
        doubtful = consents.overruled(keep, duplicate)
        journal = rows.hand_over(source=duplicate.pk, target=keep.pk)
        journal += consents.withdraw(doubtful, keep=keep, duplicate=duplicate, by=by)
        [behaviour] = raw.take_out(CustomerBehaviour, [duplicate.pk])
        [former_row] = raw.take_out(Customer, [duplicate.pk])
        # After the duplicate has gone: there may be only one of what is taken, as with a household's head.
        changed = _write_chosen(keep, chosen_values(keep, duplicate, taken=taken, joined=joined))
        _check_constraints("DEFERRED")
        merge = CustomerMerge.objects.create(
            customer=keep,
            duplicate=duplicate.pk,
            duplicate_name=duplicate.full_name,
            by=by,
            former_row=former_row,
            former_behaviour=behaviour,
            changed_values=changed,
            journal=[handed.as_json() for handed in journal],
        )
        registry.recalculate([keep.pk])
    return merge


def unmerge_customers(*, merge: CustomerMerge, by: User) -> Customer:
    """Part what a merge joined: the record that was closed, with all that it had.

    What was added since stays with the kept record, and so does a value that somebody has changed since.
    Raises NotUndoableError, LaterMergeError or UndoBlockedError; then nothing has changed.
    """
    try:
        with (
            pghistory.context(user=by.pk, unmerged=merge.duplicate, into=merge.customer_id),
            transaction.atomic(),
        ):
            return _part(merge.pk, by)
    except IntegrityError as error:
        raise UndoBlockedError from error


def _part(pk: int, by: User) -> Customer:
    merge = CustomerMerge.objects.select_for_update(of=("self",)).get(pk=pk)
    if not merge.is_undoable:
        raise NotUndoableError
    if not Customer.objects.select_for_update(of=("self",)).filter(pk=merge.customer_id):
        raise NotUndoableError
    later = CustomerMerge.objects.in_force().filter(customer=merge.customer_id, pk__gt=pk).last()
    if later is not None:
        raise LaterMergeError(later)
    _check_constraints("IMMEDIATE")
    _restore_values(merge)
    _put_back(merge)
    rows.give_back(merge.journal, source=merge.customer_id, target=merge.duplicate)
    _check_constraints("DEFERRED")
    merge.undone_at, merge.undone_by = timezone.now(), by
    merge.save(update_fields=["undone_at", "undone_by"])
    registry.recalculate([merge.customer_id, merge.duplicate])
    return Customer.objects.get(pk=merge.duplicate)


def forget_expired_merges() -> int:
    """Empty what was kept for undoing merges that are too old for it; their codes lead on forever."""
    return CustomerMerge.objects.expired().update(
        former_row={}, former_behaviour={}, changed_values={}, journal=[]
    )


def _lock(keep: Customer, duplicate: Customer) -> None:
    """Nobody else writes either customer, or a row of theirs, until this has ended."""
    both = Customer.objects.select_for_update(of=("self",)).filter(pk__in=[keep.pk, duplicate.pk])
    versions = dict(both.order_by("pk").values_list("pk", "version"))
    if versions != {keep.pk: keep.version, duplicate.pk: duplicate.version}:
        raise StaleCustomerError


def _check_constraints(when: str) -> None:
    """At once, a row that was forgotten stops the merge where it happens and not at its end."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET CONSTRAINTS ALL {when}")


def _write_chosen(keep: Customer, values: dict[str, Any]) -> dict[str, Sequence[Any]]:
    """Write the chosen values; for each column that they changed, what it was and what it is now."""
    before = raw.read(Customer, keep.pk)
    # Also where no value is chosen, a form that somebody has open must not overwrite what comes.
    Customer.objects.filter(pk=keep.pk).update(**(values or {"version": F("version")}))
    after = raw.read(Customer, keep.pk)
    return {
        column: (before[column], after[column])
        for column in before
        if before[column] != after[column] and column not in BY_TRIGGER
    }


def _restore_values(merge: CustomerMerge) -> None:
    now = raw.read(Customer, merge.customer_id)
    former = {
        column: before for column, (before, after) in merge.changed_values.items() if now[column] == after
    }
    raw.overwrite(Customer, merge.customer_id, _less_taken_head(now | former, former, merge.customer_id))
    if not former:
        Customer.objects.filter(pk=merge.customer_id).update(version=F("version"))


def _less_taken_head(row: raw.RowJSON, values: raw.RowJSON, pk: int) -> raw.RowJSON:
    """Values to restore, where somebody else heads the household by now without the role in it."""
    is_head = row["household_role"] == HouseholdRole.HEAD and row["trashed_at"] is None
    taken = is_head and has_other_head(row["household_id"], pk)
    return values | {"household_role": ""} if taken else values


def _put_back(merge: CustomerMerge) -> None:
    former = merge.former_row
    raw.put_in(Customer, [former | _less_taken_head(former, former, merge.duplicate)])
    rows.forget_made_by_triggers(merge.duplicate)
    raw.take_out(CustomerBehaviour, [merge.duplicate])
    raw.put_in(CustomerBehaviour, [merge.former_behaviour])
    # Counts the version up: a form of the record from before the merge is out of date.
    Customer.objects.filter(pk=merge.duplicate).update(version=F("version"))
