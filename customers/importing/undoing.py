"""Taking an import back: what nobody has touched since becomes as it was; what people edited is kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pghistory
from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from pghistory.models import Event

from customers.importing.runs import as_stored, at_work, report, start, stop
from customers.keys import customer_keys
from customers.models import Customer, Email, ImportRow, ImportRun, Phone

BATCH = 500
# What an import itself makes around a new customer, and what is made beside each one without anybody's doing.
MADE_WITH_A_CUSTOMER = {
    "customers.assignment",
    "customers.customerbehaviour",
    "customers.customeridentifier",
    "customers.duplicatepair",
    "customers.email",
    "customers.phone",
}

NOTE = """
UPDATE customers_importrow kept SET undo = new.undo, kept_because = new.because
FROM unnest(%s::int[], %s::text[], %s::text[]) AS new (line, undo, because)
WHERE kept.run_id = %s AND kept.line = new.line
"""

Undo, Outcome = ImportRow.Undo, ImportRow.Outcome


def undo_by(
    run: ImportRun, undo: Callable[[list[ImportRow]], None], *, written: QuerySet[ImportRow], batch: int
) -> None:
    """Take back the written rows of an import by `undo`, the last first, in batches of one transaction."""
    with at_work(run, ImportRun.State.UNDOING) as is_due:
        if not is_due:
            return
        start(run, total=written.count())
        waiting = written.filter(undo=Undo.NONE).order_by("-line")
        while rows := list(waiting[:batch]):
            with transaction.atomic(), pghistory.context(**{"import": run.pk, "user": run.asked_by_id}):
                undo(rows)
                _note_undo(run, rows)
            report(run, written.exclude(undo=Undo.NONE).count())
        run.restored = written.filter(undo=Undo.RESTORED).count()
        run.kept = written.filter(undo=Undo.KEPT).count()
        run.save(update_fields=["restored", "kept"])
        stop(run, ImportRun.State.UNDONE)


def undo_run(run: ImportRun) -> None:
    """Take back all that an import of customers wrote."""
    written = run.rows.filter(outcome__in=[Outcome.CREATED, Outcome.UPDATED])
    undo_by(run, _undo_batch, written=written, batch=BATCH)


def _note_undo(run: ImportRun, rows: list[ImportRow]) -> None:
    """Store what the undoing of some rows came to."""
    about: list[Any] = [
        [row.line for row in rows],
        [row.undo for row in rows],
        [row.kept_because for row in rows],
    ]
    with connection.cursor() as cursor:
        cursor.execute(NOTE, [*about, run.pk])


def _undo_batch(rows: list[ImportRow]) -> None:
    customers = {
        customer.pk: customer
        for customer in Customer.objects.filter(pk__in=[row.customer_pk for row in rows])
        .order_by("pk")
        .select_for_update(of=("self",))
    }
    created = [row for row in rows if row.outcome == Outcome.CREATED]
    _remove(created, customers)
    for row in rows:
        if row.outcome != Outcome.UPDATED:
            continue
        customer = customers.get(row.customer_pk or 0)
        if customer is None:
            _keep(row, _("The customer has been merged or erased since."))
        else:
            _restore(row, customer)


def _remove(rows: list[ImportRow], customers: Mapping[int, Customer]) -> None:
    """Delete new customers of whom nothing else is known; keep those whom people have worked with."""
    untouched = {}
    for row in rows:
        customer = customers.get(row.customer_pk or 0)
        if customer is None:
            _keep(row, _("The customer has been merged or erased since."))
        elif customer.version > 1:
            _keep(row, _("Somebody has edited the customer since."))
        else:
            untouched[customer.pk] = row
    for pk in in_use(list(untouched)):
        _keep(untouched.pop(pk), _("Purchases, notes or other records belong to the customer by now."))
    Customer.objects.filter(pk__in=untouched).delete()
    for row in untouched.values():
        row.undo = Undo.RESTORED


def in_use(pks: list[int]) -> set[int]:
    """Which customers have rows in any table but those that an import fills; also in tables yet to come."""
    used: set[int] = set()
    for key in customer_keys():
        if key.model._meta.label_lower in MADE_WITH_A_CUSTOMER or issubclass(key.model, Event):
            continue
        rows = key.model._base_manager.filter(**{f"{key.name}__in": pks})
        used.update(rows.values_list(key.attname, flat=True))
    return used


def _restore(row: ImportRow, customer: Customer) -> None:
    """Give back each value that still is what the import wrote."""
    written: dict[str, Any] = row.written or {}
    labels = {field.attname: field.verbose_name for field in Customer._meta.concrete_fields}
    kept, values = [], {}
    for name, after in written.get("after", {}).items():
        if as_stored(getattr(customer, name)) == after:
            values[name] = written["before"][name]
        else:
            kept.append(capfirst(str(labels[name])))
    if written.get("phones"):
        Phone.objects.filter(customer=customer, number__in=written["phones"]).delete()
    if written.get("emails"):
        Email.objects.filter(customer=customer, address__in=written["emails"]).delete()
    Customer.objects.filter(pk=customer.pk).update(**(values or {"version": F("version")}))
    if kept:
        _keep(row, _("Edited since, so kept: %(names)s.") % {"names": ", ".join(kept)})
    else:
        row.undo = Undo.RESTORED


def _keep(row: ImportRow, because: str) -> None:
    row.undo, row.kept_because = Undo.KEPT, because
