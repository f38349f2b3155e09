"""What the page about a customer says of their purchases: totals, and spend by month."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Max, Sum
from django.db.models.functions import TruncMonth
from django.utils import timezone

from accounts.compiled_queries import CompiledQuery, Given
from accounts.models import User
from customers.models import Customer
from customers.registry import RecordPanel
from purchases.models import Purchase

MONTHS = 12
LOWEST_BAR = 1.5


@dataclass(frozen=True)
class Month:
    """Completed purchases of one calendar month, and the height of its bar as a share of the highest.

    `tick` is what the chart says beneath the bar; most months have none.
    """

    first_day: datetime.date
    spend: Decimal
    orders: int
    percent: float
    is_highest: bool
    tick: str

    @property
    def name(self) -> str:
        return f"{self.first_day:%m/%Y}"

    @property
    def height(self) -> str:
        """Percent of the chart's height, written for SVG; an empty month leaves a hairline."""
        return f"{max(self.percent, LOWEST_BAR):.2f}"

    @property
    def top(self) -> str:
        return f"{100 - max(self.percent, LOWEST_BAR):.2f}"


@dataclass(frozen=True)
class Spend:
    """What a customer has bought in all, and in each of the last twelve months. Money is whole đồng."""

    spend: Decimal
    orders: int
    average: Decimal
    last_purchase_on: datetime.date | None
    recent: Decimal
    months: Sequence[Month]


_MONTHS = CompiledQuery(
    lambda: (
        Purchase.objects.filter(customer=Given("customer"), status=Purchase.Status.COMPLETED)
        .order_by()
        .annotate(month=TruncMonth("purchased_at"))
        .values("month")
        .annotate(spend=Sum("net"), orders=Count("*"), last=Max("purchased_at"))
    )
)


def spend_of(customer: Customer, today: datetime.date) -> Spend:
    """Totals of the completed purchases, from one query over the index of the customer's purchases."""
    by_month = {row["month"].date(): row for row in _MONTHS(customer=customer.pk)}
    spend = sum((row["spend"] for row in by_month.values()), Decimal(0))
    orders = sum(row["orders"] for row in by_month.values())
    last = max((row["last"] for row in by_month.values()), default=None)
    months = _months(by_month, today)
    return Spend(
        spend=spend,
        orders=orders,
        average=spend / orders if orders else Decimal(0),
        last_purchase_on=timezone.localdate(last) if last else None,
        recent=sum((month.spend for month in months), Decimal(0)),
        months=months,
    )


def _months(by_month: Mapping[datetime.date, Mapping[str, Any]], today: datetime.date) -> list[Month]:
    """The last twelve calendar months, this one included, oldest first."""
    number = today.year * 12 + today.month - 1
    days = [datetime.date(past // 12, past % 12 + 1, 1) for past in range(number - MONTHS + 1, number + 1)]
    spends = [by_month.get(day, {}).get("spend", Decimal(0)) for day in days]
    highest = max(spends)
    return [
        Month(
            first_day=day,
            spend=spend,
            orders=by_month.get(day, {}).get("orders", 0),
            percent=float(spend / highest * 100) if highest else 0.0,
            is_highest=bool(highest) and spend == highest and spend not in spends[place + 1 :],
            tick=_tick(day, place),
        )
        for place, (day, spend) in enumerate(zip(days, spends, strict=True))
    ]


def _tick(day: datetime.date, place: int) -> str:
    """The first month and January with their year, quarters and the last month by number; none too close."""
    is_clear = place > 2
    if place == 0 or (is_clear and day.month == 1):
        return f"{day.month}/{day:%y}"
    return str(day.month) if place == MONTHS - 1 or (is_clear and day.month % 3 == 1) else ""


def _read(customer: Customer, _viewer: User) -> Mapping[str, Any]:
    return {"spend": spend_of(customer, timezone.localdate())}


SPEND = RecordPanel("aside", "purchases/record/spend.html", _read)
