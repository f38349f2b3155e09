"""Purchases and returns as the timeline of a customer shows them."""

from __future__ import annotations

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef
from django.db.models.functions import Coalesce, JSONObject
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from customers.registry import Cursor, TimelineItem, TimelinePage, TimelineSource
from customers.timeline import older_than, total, total_of
from purchases.models import Purchase, PurchaseLine, Return

PURCHASE = "purchase"
RETURN = "return"
# The dearest lines of a purchase; more than fit on a till receipt are not read on a timeline.
SHOWN_LINES = 60


def _lines() -> ArraySubquery:
    """The lines of each purchase within its row: a page of purchases stays one query."""
    lines = PurchaseLine.objects.filter(customer=OuterRef("customer_id"), purchase=OuterRef("pk"))
    line = JSONObject(name=Coalesce(F("product__name"), F("category__name")), quantity="quantity", net="net")
    return ArraySubquery(lines.order_by("-net", "pk").values_list(line)[:SHOWN_LINES])


def _purchases(customer: Customer, before: Cursor | None, limit: int) -> TimelinePage:
    rows = list(
        Purchase.objects.filter(older_than(before, PURCHASE, "purchased_at"), customer=customer)
        .select_related("branch")
        .annotate(shown_lines=_lines(), **total(before))
        .order_by("-purchased_at", "-pk")[:limit]
    )
    items = [
        TimelineItem(row.purchased_at, PURCHASE, row.pk, "purchases/timeline/purchase.html", row)
        for row in rows
    ]
    return TimelinePage(items, total_of(rows, before))


def _returns(customer: Customer, before: Cursor | None, limit: int) -> TimelinePage:
    rows = list(
        Return.objects.filter(older_than(before, RETURN, "returned_at"), customer=customer)
        .select_related("purchase")
        .annotate(**total(before))
        .order_by("-returned_at", "-pk")[:limit]
    )
    items = [
        TimelineItem(row.returned_at, RETURN, row.pk, "purchases/timeline/return.html", row) for row in rows
    ]
    return TimelinePage(items, total_of(rows, before))


PURCHASES = TimelineSource(
    PURCHASE, _("Purchases"), _purchases, lambda customer: Purchase.objects.filter(customer=customer).count()
)
RETURNS = TimelineSource(
    RETURN, _("Returns"), _returns, lambda customer: Return.objects.filter(customer=customer).count()
)
