"""Purchases and returns as the timeline of a customer shows them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, QuerySet
from django.db.models.functions import Coalesce, JSONObject
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.compiled_queries import Given, compiled
from customers.choices import Channel
from customers.models import Customer
from customers.registry import Badge, Cursor, Entry, TimelineItem, TimelinePage, TimelineSource
from customers.timeline import older_than, total, total_of
from customers.vietnamese.money import format_decimal, format_money
from purchases.models import Purchase, PurchaseLine, Return

PURCHASE = "purchase"
RETURN = "return"
# The dearest lines of a purchase; more than fit on a till receipt are not read on a timeline.
SHOWN_LINES = 60
# Plain values of purchases are read in two thirds of the time of objects; a page has thirty.
SHOWN = (
    *("pk", "purchased_at", "number", "net", "discount", "channel", "status", "beneficiary"),
    *("branch__name", "shown_lines"),
)
SHOWN_OF_RETURN = (
    *("pk", "returned_at", "number", "amount", "reason"),
    *("purchase__number", "purchase__purchased_at"),
)


def _lines() -> ArraySubquery:
    """The lines of each purchase within its row: a page of purchases stays one query."""
    lines = PurchaseLine.objects.filter(customer=OuterRef("customer_id"), purchase=OuterRef("pk"))
    line = JSONObject(name=Coalesce(F("product__name"), F("category__name")), quantity="quantity", net="net")
    return ArraySubquery(lines.order_by("-net", "pk").values_list(line)[:SHOWN_LINES])


def describe_purchase(purchase: Any) -> Entry:
    """The purchase in words, with whatever sets it apart from a usual one, and its lines."""
    channel = str(Channel(purchase.channel).label)
    badges = []
    if purchase.status != Purchase.Status.COMPLETED:
        icon = "circle-x" if purchase.status == Purchase.Status.CANCELLED else "undo-2"
        badges.append(Badge(str(Purchase.Status(purchase.status).label), icon))
    if purchase.beneficiary != Purchase.Beneficiary.SELF:
        beneficiary = Purchase.Beneficiary(purchase.beneficiary).label
        badges.append(Badge(_("for: %(beneficiary)s") % {"beneficiary": beneficiary}))
    if purchase.discount:
        # Not a line: the lines are what was paid, and a reader would subtract it again.
        badges.append(
            Badge(_("after a discount of %(amount)s") % {"amount": format_money(purchase.discount)})
        )
    return Entry(
        icon="circle-x" if purchase.status == Purchase.Status.CANCELLED else "shopping-bag",
        title=f"{_('Purchase')} {format_money(purchase.net)}",
        detail=f"{channel}, {purchase.branch__name}" if purchase.branch__name else channel,
        number=purchase.number,
        badges=badges,
        lines=[(_line_name(line), format_money(line["net"])) for line in purchase.shown_lines],
    )


def describe_return(returned: Any) -> Entry:
    """The return in words, with the purchase that it belongs to."""
    bought_on = timezone.localdate(returned.purchase__purchased_at)
    told = {"number": returned.purchase__number, "date": f"{bought_on:%d/%m/%Y}"}
    return Entry(
        icon="undo-2",
        title=f"{_('Return')} {format_money(returned.amount)}",
        detail=_("from purchase %(number)s of %(date)s") % told,
        text=returned.reason,
        number=returned.number,
    )


def _line_name(line: Mapping[str, Any]) -> str:
    name: str = line["name"] or _("Unnamed product")
    quantity = Decimal(str(line["quantity"])).normalize()
    if quantity == 1:
        return name
    places = max(-int(quantity.as_tuple().exponent), 0)
    return f"{name} × {format_decimal(quantity, places)}"


def _purchases(customer: Customer, before: Cursor | None, limit: int) -> TimelinePage:
    rows = _NEWEST(limit)(customer=customer.pk) if before is None else list(_older(customer, before, limit))
    items = [TimelineItem(row.purchased_at, PURCHASE, row.pk, describe_purchase, row) for row in rows]
    return TimelinePage(items, total_of(rows, before))


def _older(customer: Any, before: Cursor | None, limit: int) -> QuerySet[Purchase, Any]:
    return (
        Purchase.objects.filter(older_than(before, PURCHASE, "purchased_at"), customer=customer)
        .annotate(shown_lines=_lines(), **total(before))
        .order_by("-purchased_at", "-pk")
        .values_list(*SHOWN, *total(before), named=True)[:limit]
    )


_NEWEST = compiled(lambda limit: _older(Given("customer"), None, limit))


def _returns(customer: Customer, before: Cursor | None, limit: int) -> TimelinePage:
    if before is None:
        rows = _NEWEST_RETURNS(limit)(customer=customer.pk)
    else:
        rows = list(_older_returns(customer, before, limit))
    items = [TimelineItem(row.returned_at, RETURN, row.pk, describe_return, row) for row in rows]
    return TimelinePage(items, total_of(rows, before))


def _older_returns(customer: Any, before: Cursor | None, limit: int) -> QuerySet[Return, Any]:
    return (
        Return.objects.filter(older_than(before, RETURN, "returned_at"), customer=customer)
        .annotate(**total(before))
        .order_by("-returned_at", "-pk")
        .values_list(*SHOWN_OF_RETURN, *total(before), named=True)[:limit]
    )


_NEWEST_RETURNS = compiled(lambda limit: _older_returns(Given("customer"), None, limit))


PURCHASES = TimelineSource(
    PURCHASE,
    gettext_lazy("Purchases"),
    _purchases,
    lambda customer: Purchase.objects.filter(customer=customer).count(),
    gettext_lazy("Cancelled and returned purchases are counted too"),
)
RETURNS = TimelineSource(
    RETURN,
    gettext_lazy("Returns"),
    _returns,
    lambda customer: Return.objects.filter(customer=customer).count(),
)
