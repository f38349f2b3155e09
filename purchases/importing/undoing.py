"""Taking an import of purchases back: what is as the import left it becomes as it was; the rest is kept."""

from __future__ import annotations

from django.utils.translation import gettext as _

from customers.importing.undoing import in_use, undo_by
from customers.models import Customer, ImportRow, ImportRun
from purchases.importing.journal import put_back, whole
from purchases.models import Purchase, PurchaseLine, Return

BATCH = 200
Undo = ImportRow.Undo


def undo_purchases(run: ImportRun) -> None:
    """Take back all purchases of an import."""
    undo_by(run, _undo_batch, written=run.rows.exclude(written=None), batch=BATCH)


def _undo_batch(rows: list[ImportRow]) -> None:
    pks = [row.written["purchase"] for row in rows if row.written]
    list(Purchase.objects.filter(pk__in=pks).order_by("pk").select_for_update().values_list("pk"))
    now = whole(pks)
    new_customers = set()
    for row in rows:
        written = row.written or {}
        if now.get(written["purchase"]) != written["after"]:
            row.undo = Undo.KEPT
            row.kept_because = _("The purchase has been changed since.")
            continue
        if written["before"] is None:
            Return.objects.filter(purchase=written["purchase"]).delete()
            PurchaseLine.objects.filter(purchase=written["purchase"]).delete()
            Purchase.objects.filter(pk=written["purchase"]).delete()
        else:
            put_back(written["before"])
        if written["new_customer"]:
            new_customers.add(row.customer_pk)
        row.undo = Undo.RESTORED
    _remove_customers({pk for pk in new_customers if pk is not None})


def _remove_customers(pks: set[int]) -> None:
    """Delete the nameless customers that were made for purchases, unless somebody has worked with them."""
    untouched = list(Customer.objects.filter(pk__in=pks, version=1).values_list("pk", flat=True))
    Customer.objects.filter(pk__in=set(untouched) - in_use(untouched)).delete()
