"""What a refresh must find, worked out one customer at a time in plain Python from the definitions."""

from __future__ import annotations

import datetime
import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from decimal import Decimal
from zoneinfo import ZoneInfo

from customers.choices import ONLINE_CHANNELS
from customers.models import Customer
from customers.vietnamese.dates import PartialDate, age_on
from purchases.models import Purchase, PurchaseLine, Return

HERE = ZoneInfo("Asia/Ho_Chi_Minh")
AGES = [(60, "elderly"), (40, "middle_aged"), (30, "adult"), (20, "young"), (13, "teenager"), (0, "child")]
HOUSEHOLDS = [(5, "large"), (3, "small"), (2, "two"), (1, "one")]
QUANTITIES = [(150, "most"), (50, "very_many"), (20, "many"), (5, "some"), (-math.inf, "few")]
FREQUENCIES = [(24, "very_often"), (12, "often"), (4, "regular"), (2, "sometimes"), (1, "once"), (0, "none")]
VALUES = [
    (50_000_000, "very_high"),
    (20_000_000, "high"),
    (5_000_000, "fair"),
    (1_000_000, "medium"),
    (0, "low"),
]
BASKETS = [
    (3_000_000, "very_large"),
    (1_000_000, "large"),
    (500_000, "fair"),
    (200_000, "medium"),
    (0, "small"),
]

# The groups as people read them: recency scores, frequency scores. Lost is taken out of hibernating.
RFM_GROUPS = {
    "champions": ({5}, {4, 5}),
    "loyal": ({3, 4}, {4, 5}),
    "potential_loyalist": ({4, 5}, {2, 3}),
    "new": ({5}, {1}),
    "promising": ({4}, {1}),
    "need_attention": ({3}, {3}),
    "about_to_sleep": ({3}, {1, 2}),
    "at_risk": ({1, 2}, {3, 4}),
    "cannot_lose": ({1, 2}, {5}),
    "lost": ({1}, {1}),
    "hibernating": ({1, 2}, {1, 2}),
}


def first_band(number, bands):
    return next(key for bound, key in bands if number >= bound)


def day_of(moment: datetime.datetime) -> datetime.date:
    return moment.astimezone(HERE).date()


def year_before(day: datetime.date) -> datetime.date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day.replace(year=day.year - 1, day=28)


class Oracle:
    def __init__(self, as_of: datetime.date, *, fixed: bool) -> None:
        self.as_of = as_of
        self.year_ago = year_before(as_of)
        self.customers = list(Customer.objects.all())
        self.lines = self._grouped(PurchaseLine.objects.all(), "purchase_id")
        self.returns = self._grouped(
            [back for back in Return.objects.all() if day_of(back.returned_at) <= as_of], "purchase_id"
        )
        past = [one for one in Purchase.objects.all() if day_of(one.purchased_at) <= as_of]
        self.purchases = self._grouped(past, "customer_id")
        self.behaviour = {customer.pk: self._behave(customer) for customer in self.customers}
        self._score(fixed=fixed)

    @staticmethod
    def _grouped(rows: Iterable, key: str) -> dict[int, list]:
        groups = defaultdict(list)
        for row in rows:
            groups[getattr(row, key)].append(row)
        return groups

    def _behave(self, customer: Customer) -> dict:
        everything = self.purchases[customer.pk]
        done = [one for one in everything if one.status == "completed"]
        recent = [one for one in done if day_of(one.purchased_at) > self.year_ago]
        sent_back = [one.net for one in everything if one.status == "returned"]
        backs = [back for one in done for back in self.returns[one.pk]]
        return {
            "first_purchase_on": min((day_of(one.purchased_at) for one in done), default=None),
            "last_purchase_on": max((day_of(one.purchased_at) for one in done), default=None),
            "orders": len(done),
            "units": self._units(done),
            "gross": sum((one.gross for one in done), Decimal(0)),
            "discount": sum((one.discount for one in done), Decimal(0)),
            "spend": sum((one.net for one in done), Decimal(0)),
            "returned": sum(sent_back, Decimal(0)) + sum((back.amount for back in backs), Decimal(0)),
            "orders_12m": len(recent),
            "units_12m": self._units(recent),
            "spend_12m": sum((one.net for one in recent), Decimal(0)),
            "main_channel": self._main_channel(done),
            "channels_12m": sorted({one.channel for one in recent}),
        }

    def _units(self, purchases: list[Purchase]) -> Decimal:
        bought = sum((line.quantity for one in purchases for line in self.lines[one.pk]), Decimal(0))
        back = sum((back.units for one in purchases for back in self.returns[one.pk]), Decimal(0))
        return bought - back

    @staticmethod
    def _main_channel(purchases: list[Purchase]) -> str:
        orders, spend = Counter(), Counter()
        for one in purchases:
            orders[one.channel] += 1
            spend[one.channel] += one.net
        return min(orders, key=lambda channel: (-orders[channel], -spend[channel], channel), default="")

    def _score(self, *, fixed: bool) -> None:
        buyers = [row for row in self.behaviour.values() if row["orders"]]
        for name, fixed_cuts, measure in (
            (
                "recency_score",
                (-366, -181, -91, -31),
                lambda row: -(self.as_of - row["last_purchase_on"]).days,
            ),
            ("frequency_score", (1, 2, 4, 8), lambda row: row["orders"]),
            ("monetary_score", (500_000, 2_000_000, 5_000_000, 15_000_000), lambda row: row["spend"]),
        ):
            ordered = sorted(measure(row) for row in buyers)
            cuts = fixed_cuts
            if not fixed:
                cuts = [ordered[math.ceil(part * len(ordered)) - 1] for part in (0.2, 0.4, 0.6, 0.8)]
            for row in self.behaviour.values():
                row[name] = 1 + sum(cut < measure(row) for cut in cuts) if row["orders"] else None

    def places(self, customer: Customer) -> dict[str, str]:
        """The key of the one segment of each family."""
        row = self.behaviour[customer.pk]
        r, f = row["recency_score"], row["frequency_score"]
        bought = row["orders_12m"] > 0
        return {
            "age": self._age(customer),
            "gender": customer.gender,
            "income": customer.income_band,
            "education": customer.education,
            "occupation": customer.occupation,
            "marital": customer.marital_status,
            "children": self._children(customer),
            "household": first_band(customer.household_size, HOUSEHOLDS)
            if customer.household_size
            else "unknown",
            "quantity": first_band(row["units_12m"], QUANTITIES) if bought else "none",
            "frequency": first_band(row["orders_12m"], FREQUENCIES),
            "value": first_band(row["spend_12m"], VALUES) if bought else "none",
            "basket": first_band(row["spend_12m"] / row["orders_12m"], BASKETS) if bought else "none",
            "channel": row["main_channel"] or "none",
            "reach": self._reach(row["channels_12m"]),
            "rfm": "prospect"
            if r is None
            else next(key for key, (rs, fs) in RFM_GROUPS.items() if r in rs and f in fs),
            "rfm_cell": "prospect" if r is None else f"r{r}f{f}",
        }

    def _age(self, customer: Customer) -> str:
        if customer.birth_year is None:
            return "unknown"
        born = PartialDate(customer.birth_year, customer.birth_month, customer.birth_day)
        age = age_on(born, self.as_of)
        return "unknown" if age is None else first_band(age, AGES)

    def _children(self, customer: Customer) -> str:
        born = [year for year in customer.child_birth_years if year <= self.as_of.year]
        later = len(customer.child_birth_years) - len(born)
        if born:
            youngest = self.as_of.year - max(born)
            return "under_6" if youngest < 6 else "from_6" if youngest < 18 else "grown"
        if customer.children_count is None:
            return "none" if later else "unknown"
        return "age_unknown" if customer.children_count > later else "none"

    @staticmethod
    def _reach(channels: list[str]) -> str:
        online = [channel in ONLINE_CHANNELS for channel in channels]
        if not online:
            return "none"
        return "online" if all(online) else "both" if any(online) else "direct"
