"""Carrying a bulk change out, and taking it back: some customers at a time, each step one transaction.

Whoever edits one of these customers waits for a step at most. A step locks its customers in the order of
their numbers and judges them again. Where one of them is no longer as it was when the number was confirmed,
nothing of the step is written: the batch stops and asks for the new number.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any

import pghistory
from django.db import DatabaseError, connection, transaction
from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    Exists,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, JSONObject
from django.utils import timezone

from accounts.models import User
from customers.bulk.actions import ACTIONS, TagAction, still
from customers.bulk.judging import RowState, State, count, judge, locked_batch
from customers.models import ChangeBatch, ChangeRow, Customer, CustomerTag

logger = logging.getLogger(__name__)

BULK_EDIT = "customers.bulk_edit_customer"
STEP = 1000
Because, Fault = ChangeRow.KeptBecause, ChangeBatch.Fault

GIVE_TAG = """
INSERT INTO customers_customertag (customer_id, tag_id, by_id) SELECT unnest(%s::bigint[]), %s, %s
"""
GIVE_TAG_BACK = """
INSERT INTO customers_customertag (customer_id, tag_id, since, by_id)
SELECT customer_pk, %s, (before ->> 'since')::timestamptz, (before ->> 'by_id')::bigint
FROM customers_changerow WHERE batch_id = %s AND customer_pk = ANY(%s)
"""

Step = Callable[[ChangeBatch, User, Sequence[int]], bool]


def run_batch(pk: int) -> None:
    """Change every customer who is to be changed. A second worker, or a second try, goes on where it is."""
    _walk(pk, State.RUNNING, RowState.TO_CHANGE, _change)


def undo_batch(pk: int) -> None:
    """Give back every value that still is what the batch wrote; keep what somebody has changed since."""
    _walk(pk, State.UNDOING, RowState.CHANGED, _restore)


def _walk(pk: int, state: str, of_state: str, step: Step) -> None:
    last: int | None = 0
    try:
        while last is not None:
            with transaction.atomic():
                last = _step(pk, state, of_state, step, last)
    except DatabaseError:
        logger.exception("bulk change %s failed", pk)
        failed = ChangeBatch.objects.filter(pk=pk, state=state)
        failed.update(state=State.FAILED, fault=Fault.DATABASE, finished_at=timezone.now())


def _step(pk: int, state: str, of_state: str, step: Step, last: int) -> int | None:
    """The next customers; the number of the last of them, or None where there is nothing more to do."""
    batch = locked_batch(pk, state)
    if batch is None:
        return None
    batch.started_at = batch.started_at or timezone.now()
    rows = ChangeRow.objects.filter(batch=batch, state=of_state, customer_pk__gt=last).order_by("customer_pk")
    pks = list(rows.values_list("customer_pk", flat=True)[:STEP])
    user = _acting(batch)
    goes_on = bool(pks) and user is not None and step(batch, user, pks)
    if not pks:
        _finish(batch)
    elif user is None:
        batch.state, batch.fault, batch.finished_at = State.FAILED, Fault.RIGHTS, timezone.now()
    count(batch)
    batch.save()
    return pks[-1] if goes_on else None


def _acting(batch: ChangeBatch) -> User | None:
    """Whoever asked for it, with what they may do by now; None where they may not any more."""
    pk = batch.undone_by_id if batch.state == State.UNDOING else batch.asked_by_id
    user = User.objects.with_permissions().filter(pk=pk, is_active=True).first()
    return user if user is not None and user.has_perm(BULK_EDIT) else None


def _finish(batch: ChangeBatch) -> None:
    batch.state = State.UNDONE if batch.state == State.UNDOING else State.DONE
    batch.finished_at = timezone.now()


def _lock(pks: Sequence[int]) -> None:
    customers = Customer.everyone.filter(pk__in=pks).order_by("pk")
    list(customers.select_for_update(of=("self",), no_key=True).values_list("pk"))


def _said(batch: ChangeBatch, user: User) -> pghistory.context:
    return pghistory.context(user=user.pk, batch=batch.pk, reason=batch.reason)


# Changing


def _change(batch: ChangeBatch, user: User, pks: Sequence[int]) -> bool:
    action, writes = ACTIONS[batch.action], batch.writes
    if not action.is_open_to(user) or not action.is_possible(writes, user):
        batch.state, batch.fault, batch.finished_at = State.CANCELLED, Fault.TARGET, timezone.now()
        return False
    _lock(pks)
    # A statement of its own: it sees what whoever held the locks has written.
    mine = Customer.objects.editable_by(user).filter(pk__in=pks)
    if mine.exclude(action.already(writes)).exclude(action.barred).count() != len(pks):
        judge(batch, user)
        batch.state = State.PREVIEWED
        return False
    _keep_former(batch, pks)
    with _said(batch, user):
        if isinstance(action, TagAction):
            _change_tags(action, writes["tag_id"], user, pks)
        else:
            Customer.objects.filter(pk__in=pks).update(**writes)
    _rows(batch, pks).update(state=RowState.CHANGED)
    return True


def _rows(batch: ChangeBatch, pks: Sequence[int]) -> QuerySet[ChangeRow]:
    return ChangeRow.objects.filter(batch=batch, customer_pk__in=pks)


def _keep_former(batch: ChangeBatch, pks: Sequence[int]) -> None:
    """Note the values that are about to change, and the version of the customer that they are of."""
    former: QuerySet[Any]
    if "tag_id" in batch.writes:
        given = CustomerTag.objects.filter(customer=OuterRef("customer_pk"), tag=batch.writes["tag_id"])
        former = given.values(former=JSONObject(since="since", by_id="by_id"))
    else:
        values = JSONObject(**{column: column for column in batch.writes})
        former = Customer.objects.filter(pk=OuterRef("customer_pk")).values(former=values)
    version = Customer.objects.filter(pk=OuterRef("customer_pk")).values("version")
    _rows(batch, pks).update(before=Subquery(former[:1]), version=Subquery(version[:1]))


def _change_tags(action: TagAction, tag: int, user: User, pks: Sequence[int]) -> None:
    if action.gives:
        with connection.cursor() as cursor:
            cursor.execute(GIVE_TAG, [list(pks), tag, user.pk])
    else:
        CustomerTag.objects.filter(customer__in=pks, tag=tag).delete()


# Undoing


def _restore(batch: ChangeBatch, user: User, pks: Sequence[int]) -> bool:
    _lock(pks)
    rows = _rows(batch, pks)
    found = list(rows.filter(_is_restorable(batch, user)).values_list("customer_pk", flat=True))
    rows.exclude(customer_pk__in=found).update(state=RowState.KEPT, kept_because=_why_kept(user))
    with _said(batch, user):
        _give_back(batch, found)
    _rows(batch, found).update(state=RowState.RESTORED)
    return True


def _is_restorable(batch: ChangeBatch, user: User) -> Q:
    action = ACTIONS[batch.action]
    is_as_written = action.already if isinstance(action, TagAction) else still
    mine = Customer.objects.editable_by(user).filter(pk=OuterRef("customer_pk"))
    return Q(Exists(mine.filter(is_as_written(batch.writes)))) & ~Q(_owner_left())


def _why_kept(user: User) -> Case:
    present = Customer.objects.filter(pk=OuterRef("customer_pk"))
    mine = Customer.objects.editable_by(user).filter(pk=OuterRef("customer_pk"))
    return Case(
        When(~Exists(present), then=Value(Because.GONE)),
        When(~Exists(mine), then=Value(Because.NOT_YOURS)),
        When(_owner_left(), then=Value(Because.OWNER_LEFT)),
        default=Value(Because.CHANGED),
        output_field=CharField(),
    )


def _owner_left() -> Exists:
    """Nobody who has left is put in charge again."""
    former = Cast(KT("before__owner_id"), BigIntegerField())
    kept = ChangeRow.objects.filter(pk=OuterRef("pk")).annotate(former=former)
    return Exists(kept.filter(former__in=User.objects.filter(is_active=False).values("pk")))


def _give_back(batch: ChangeBatch, pks: Sequence[int]) -> None:
    action = ACTIONS[batch.action]
    if not isinstance(action, TagAction):
        row = ChangeRow.objects.filter(batch=batch, customer_pk=OuterRef("pk"))
        former = {column: Subquery(row.values(was=_kept(column))[:1]) for column in batch.writes}
        Customer.objects.filter(pk__in=pks).update(**former)
    elif action.gives:
        CustomerTag.objects.filter(customer__in=pks, tag=batch.writes["tag_id"]).delete()
    else:
        with connection.cursor() as cursor:
            cursor.execute(GIVE_TAG_BACK, [batch.writes["tag_id"], batch.pk, list(pks)])


def _kept(column: str) -> Cast:
    """A former value as its column has it."""
    one: Any = Customer._meta.get_field(column)
    return Cast(KT(f"before__{column}"), one.target_field if one.is_relation else one)
