"""From a selection to a change that can be undone: what a person does to a batch, step by step."""

from __future__ import annotations

from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone
from procrastinate.contrib.django import app
from psycopg import sql

from accounts.models import User
from customers.bulk.actions import Action, Writes
from customers.bulk.judging import RowState, State, judge, locked_batch
from customers.bulk.running import run_batch, undo_batch
from customers.models import ChangeBatch, ChangeRow, Customer, CustomerQuerySet

RUN_TASK, UNDO_TASK = "customers.bulk_run", "customers.bulk_undo"
# So many are changed while the person waits; more by the worker.
CHANGED_AT_ONCE = 200

FREEZE = sql.SQL("""
INSERT INTO customers_changerow (batch_id, customer_pk, state)
SELECT %s, picked.number, %s FROM ({picked}) AS picked (number)
""")


def open_batch(*, customers: CustomerQuerySet, by: User, query: str, conditions: str) -> ChangeBatch:
    """Freeze who is chosen: those of `customers` whom the person may change."""
    chosen = customers.filter(pk__in=Customer.objects.editable_by(by).values("pk"))
    with transaction.atomic():
        batch = ChangeBatch.objects.create(asked_by=by, query=query, conditions=conditions)
        batch.total = _freeze(batch, chosen)
        batch.save(update_fields=["total"])
    return batch


def _freeze(batch: ChangeBatch, customers: QuerySet[Customer]) -> int:
    try:
        picked, values = customers.order_by().values("pk").query.sql_with_params()
    except EmptyResultSet:
        return 0
    statement = FREEZE.format(picked=sql.SQL(picked)).as_string(None)
    with connection.cursor() as cursor:
        cursor.execute(statement, [batch.pk, RowState.CHOSEN, *values])
        return cursor.rowcount


def choose_change(
    *, batch: ChangeBatch, action: Action, writes: Writes, words: str, reason: str
) -> ChangeBatch | None:
    """Say what changes and why; judges every row. None where the batch runs already."""
    with transaction.atomic():
        locked = locked_batch(batch.pk, *ChangeBatch.DRAFTS)
        if locked is None or locked.changed:
            return None
        locked.action, locked.writes = action.name, dict(writes)
        locked.value_words, locked.reason = words, reason
        locked.state = State.PREVIEWED
        judge(locked, locked.asked_by)
        locked.save()
    return locked


def confirm(*, batch: ChangeBatch, number: int) -> bool:
    """Carry out the change where it is still one of so many customers; else note the new number, and wait.

    The worker does it; few are changed at once as well, so that nobody waits for the worker.
    """
    with transaction.atomic():
        locked = locked_batch(batch.pk, State.PREVIEWED)
        if locked is None:
            return False
        judge(locked, locked.asked_by)
        is_agreed = locked.to_change == number > 0
        if is_agreed:
            _begin(locked, State.RUNNING)
        locked.save()
        if is_agreed:
            app.configure_task(RUN_TASK).defer(batch_id=locked.pk)
    if is_agreed and number <= CHANGED_AT_ONCE:
        run_batch(batch.pk)
    return is_agreed


def request_undo(*, batch: ChangeBatch, by: User) -> bool:
    """Have the former values given back, as `confirm` has them changed; False where it cannot be undone."""
    with transaction.atomic():
        locked = locked_batch(batch.pk, *ChangeBatch.FINISHED, State.PREVIEWED)
        if locked is None or not locked.may_be_undone:
            return False
        locked.undone_by = by
        _begin(locked, State.UNDOING)
        locked.save()
        app.configure_task(UNDO_TASK).defer(batch_id=locked.pk)
    if locked.changed <= CHANGED_AT_ONCE:
        undo_batch(batch.pk)
    return True


def cancel(*, batch: ChangeBatch) -> bool:
    """Stop after the customers it is at; False where it does not run. What is changed can be undone."""
    running = ChangeBatch.objects.filter(pk=batch.pk, state=State.RUNNING)
    return running.update(state=State.CANCELLED, finished_at=timezone.now()) > 0


def forget_expired_batches() -> int:
    """Delete the former values that are too old to undo, and selections that were left; how many batches."""
    ChangeRow.objects.filter(batch__in=ChangeBatch.objects.expired()).delete()
    abandoned = ChangeBatch.objects.abandoned()
    number = abandoned.count()
    ChangeRow.objects.filter(batch__in=abandoned).delete()
    abandoned.delete()
    return number


def _begin(batch: ChangeBatch, state: ChangeBatch.State) -> None:
    batch.state, batch.fault = state, ChangeBatch.Fault.NONE
    batch.queued_at, batch.started_at, batch.finished_at = timezone.now(), None, None
