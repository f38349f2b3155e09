"""What would become of each customer of a batch, told by the database as it is now."""

from __future__ import annotations

from django.db.models import Case, CharField, Count, OuterRef, Subquery, Value, When
from django.db.models.functions import Coalesce

from accounts.models import User
from customers.bulk.actions import ACTIONS
from customers.models import ChangeBatch, ChangeRow, Customer

State, RowState = ChangeBatch.State, ChangeRow.State


def locked_batch(pk: int, *states: str) -> ChangeBatch | None:
    """A batch that nobody else touches until this transaction ends, while it is in one of these states."""
    found = ChangeBatch.objects.select_for_update(of=("self",)).filter(pk=pk, state__in=states)
    return found.select_related("asked_by", "asked_by__branch", "undone_by").first()


def judge(batch: ChangeBatch, user: User) -> None:
    """What would become of every customer who is not changed yet, and how many those are."""
    action, writes = ACTIONS[batch.action], batch.writes
    verdict = Case(
        When(action.already(writes), then=Value(RowState.SAME)),
        When(action.barred, then=Value(RowState.BARRED)),
        default=Value(RowState.TO_CHANGE),
        output_field=CharField(),
    )
    mine = Customer.objects.editable_by(user).filter(pk=OuterRef("customer_pk"))
    judged = Subquery(mine.annotate(verdict=verdict).values("verdict")[:1])
    open_rows = ChangeRow.objects.filter(batch=batch, state__in=ChangeRow.OPEN)
    open_rows.update(state=Coalesce(judged, Value(RowState.LOST), output_field=CharField()))
    count(batch)


def count(batch: ChangeBatch) -> None:
    """How many rows came to what, into the batch, which the caller saves."""
    rows = ChangeRow.objects.filter(batch=batch).order_by()
    numbers = dict(rows.values_list("state").annotate(Count("pk")))
    for state in (RowState.TO_CHANGE, RowState.SAME, RowState.BARRED, RowState.LOST):
        setattr(batch, str(state), numbers.get(state, 0))
    batch.restored, batch.kept = numbers.get(RowState.RESTORED, 0), numbers.get(RowState.KEPT, 0)
    batch.changed = numbers.get(RowState.CHANGED, 0) + batch.restored + batch.kept
