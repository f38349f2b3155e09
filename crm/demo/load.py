"""The load itself: the steps one after another, each set-based and, where it helps, on two connections."""

from __future__ import annotations

import datetime
import itertools
import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from crm.demo import bulk, calendar, catalogue, firm, lists, recipe, texts
from customers.models import (
    Consent,
    Customer,
    CustomerBehaviour,
    CustomerIdentifier,
    Email,
    Household,
    Phone,
)
from customers.vietnamese import letters
from customers.vietnamese.facts import read_rows
from interactions.models import FollowUp, Interaction
from purchases.models import Purchase, PurchaseLine, Return

# The largest first: their indexes take longest and so are begun first.
LOADED = (
    PurchaseLine,
    Purchase,
    Interaction,
    Consent,
    Customer,
    Phone,
    CustomerBehaviour,
    Email,
    CustomerIdentifier,
    FollowUp,
    Return,
    Household,
)
TABLES = tuple(model._meta.db_table for model in LOADED)
# Their history would say of every number that it was typed in; which consent holds, the load says itself.
SILENCED = (Phone._meta.db_table, Email._meta.db_table, Consent._meta.db_table)
DAY_SLOTS = 65_536
CUSTOMERS_A_STEP = 125_000
# Shuffles people over households; prime, so that it has no factor in common with most sizes.
SHUFFLE = (7_368_787, 9_576_890_767)

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be made. The same plan gives the same rows."""

    customers: int
    seed: int
    as_of: datetime.date

    @property
    def days(self) -> int:
        return recipe.history_days()

    @property
    def first_day(self) -> datetime.date:
        """The history ends on the day before `as_of`."""
        return self.as_of - datetime.timedelta(days=self.days)

    @property
    def start(self) -> datetime.datetime:
        """Midnight here, whatever time zone the reader of a page may have chosen."""
        return datetime.datetime.combine(
            self.first_day, datetime.time(), tzinfo=timezone.get_default_timezone()
        )

    @property
    def buckets(self) -> int:
        return math.ceil(self.days / catalogue.BUCKET_DAYS)

    def parameters(self) -> dict[str, Any]:
        """What the SQL files ask for by name."""
        dirt = recipe.recipe()["dirt"]
        words = {key: value for key, value in texts.phrases().items() if key != "works"}
        return {
            "customers": self.customers,
            "seed": self.seed,
            "as_of": self.as_of,
            "start": self.start,
            "days": self.days,
            "years": self.days / recipe.DAYS_A_YEAR,
            "bucket_days": catalogue.BUCKET_DAYS,
            "shuffle": next(prime for prime in SHUFFLE if self.customers % prime),
            "joined": recipe.JOINED_DURING,
            "left": recipe.LEFT,
            "baby_category": catalogue.number_of("me-be"),
            "tiers": catalogue.TIERS,
            "lowest": catalogue.LOWEST_VALUE,
            "step": catalogue.STEP,
            "costs_more": catalogue.COSTS_MORE,
            "shelf_slots": catalogue.SHELF_SLOTS,
            "duplicates": dirt["exact_or_near_duplicates"],
            "dob_missing": dirt["dob_missing"],
            "dob_year_only": dirt["dob_year_only"],
            "phone_missing": dirt["phone_missing"],
            "old_address": dirt["address_old_three_level"],
            "no_marks": dirt["name_no_diacritics"],
            "capitals": dirt["name_upper"],
            "other_tone": dirt["name_other_tone_placement"],
            "income_unknown": recipe.recipe()["income_million_vnd_per_month"]["unknown_share"],
            **_letters(),
            **words,
        }


def _letters() -> dict[str, Any]:
    small = "".join(sorted({char for char in letters.LOWER[1] if len(char.upper()) == 1}))
    first, second = zip(*letters.TONE_PLACEMENTS, strict=True)
    return {"small": small, "large": small.upper(), "tone_first": list(first), "tone_second": list(second)}


class Load:
    """One run of the load; every step says what it did and how long it took."""

    def __init__(self, plan: Plan, *, say: Say) -> None:
        self.plan = plan
        self.parameters = plan.parameters()
        self.say = say

    def run(self) -> None:
        bulk.run(bulk.QUICK_SESSION)
        try:
            self._load()
        finally:
            bulk.run(bulk.USUAL_SESSION)

    def _load(self) -> None:
        with self._step("Branches, officers, products"):
            bulk.run(texts.sql("truth"), self.parameters)
            bulk.run(texts.sql("prepare"), self.parameters)
            self._fill_lists()
        kept = bulk.put_aside(TABLES, silence=SILENCED)
        with self._step("Persons and households"):
            bulk.run(texts.sql("persons"), self.parameters)
            bulk.run(texts.sql("households"), self.parameters)
        with self._step("Customers"):
            self._by_customer("customers")
        with self._step("Phones, emails, identifiers"):
            self._by_customer("contacts")
            bulk.run(texts.sql("habits"), self.parameters)
            self._make_buckets()
        with self._step("Consents and next steps"):
            self._by_customer("consents")
            self._by_customer("follow_ups")
        with self._step("When they buy and talk"):
            self._by_customer("moments")
        with self._step("Purchases, lines and interactions"):
            bulk.side_by_side(
                [*self._by_bucket("purchases", "basket"), *self._by_bucket("interactions", "contact")]
            )
        with self._step("Indexes"):
            bulk.build_indexes(kept)
        with self._step("Returns"):
            bulk.run("ANALYZE purchases_purchase; ANALYZE purchases_purchaseline")
            bulk.run(texts.sql("returns"), self.parameters)
        with self._step("Foreign keys"):
            bulk.restore_foreign_keys(kept)
        with self._step("Statistics"):
            bulk.restore_habits(kept)
            bulk.move_sequences(TABLES)
            bulk.run("DROP SCHEMA demo_work CASCADE")
            bulk.tidy(TABLES)
        bulk.run("UPDATE demo_truth.load SET finished_at = clock_timestamp()")

    @contextmanager
    def _step(self, name: str) -> Iterator[None]:
        begun = time.monotonic()
        self.say(f"{name}: ")
        yield
        self.say(f"{time.monotonic() - begun:.1f} s\n")

    def _fill_lists(self) -> None:
        plan = self.plan
        desks = firm.found_firm(customers=plan.customers, seed=plan.seed)
        items = catalogue.fill_shelves(seed=plan.seed, start=plan.first_day, buckets=plan.buckets)
        categories = lists.cut(catalogue.category_numbers())
        bulk.copy(
            "demo_work.choice",
            itertools.chain(lists.choices(), (("category", *row) for row in enumerate(categories))),
        )
        bulk.copy("demo_work.shelf", catalogue.shelf_rows(items, buckets=plan.buckets))
        bulk.copy("demo_work.archetype", _archetypes())
        bulk.copy("demo_work.talk", ((slot, *talk) for slot, talk in enumerate(lists.cut(texts.talks()))))
        bulk.copy("demo_work.day_slot", self._day_slots())
        bulk.copy("demo_work.desk", _desks(desks))
        bulk.copy("demo_work.ward", _wards())
        bulk.copy("demo_work.province", _provinces(desks))
        for table in ("choice", "shelf", "archetype", "talk", "day_slot", "desk", "ward", "province"):
            bulk.run(f"ANALYZE demo_work.{table}")

    def _day_slots(self) -> Iterator[tuple[bool, int, int]]:
        days = calendar.history(first=self.plan.first_day, days=self.plan.days)
        for online in (False, True):
            weights = {day.number: day.online if online else day.direct for day in days}
            yield from ((online, slot, day) for slot, day in enumerate(lists.cut(weights, DAY_SLOTS)))

    def _by_customer(self, name: str) -> None:
        """Run a step for ranges of customers, two at a time."""
        width = max(1, min(CUSTOMERS_A_STEP, math.ceil(self.plan.customers / bulk.CONNECTIONS)))
        bulk.side_by_side(
            [
                (
                    texts.sql(name),
                    {**self.parameters, "first": first, "last": min(first + width - 1, self.plan.customers)},
                )
                for first in range(1, self.plan.customers + 1, width)
            ]
        )

    def _make_buckets(self) -> None:
        for table, bucket in itertools.product(("basket", "contact"), range(self.plan.buckets)):
            part = f"demo_work.{table}_{bucket} PARTITION OF demo_work.{table}"
            bulk.run(f"CREATE UNLOGGED TABLE {part} FOR VALUES IN ({bucket})")

    def _by_bucket(self, name: str, table: str) -> list[bulk.Statement]:
        """The step for every month, with the number after which its rows begin."""
        counts = dict(bulk.rows(texts.sql(f"count_{table}s")))
        statements: list[bulk.Statement] = []
        offset = 0
        for bucket in sorted(counts):
            statements.append((texts.sql(name), {**self.parameters, "bucket": bucket, "offset": offset}))
            offset += counts[bucket]
        return statements


def _archetypes() -> Iterator[tuple[Any, ...]]:
    for kind, talks in zip(recipe.archetypes(), recipe.talks_by_archetype(), strict=True):
        yield (
            kind.number, kind.code, kind.orders_a_year, kind.k, kind.median, kind.sigma, kind.promo_share,
            kind.new_product_share, kind.top_category_share, talks,
        )  # fmt: skip


def _desks(desks: list[firm.Desk]) -> Iterator[tuple[str, int, int, int]]:
    for province, group in itertools.groupby(desks, key=lambda desk: desk.province):
        yield from ((province, n, desk.officer, desk.branch) for n, desk in enumerate(group, start=1))


def _wards() -> Iterator[tuple[str, int, str, str, bool, list[str]]]:
    """Wards numbered inside their province, each with its addresses of three levels from before July 2025."""
    old: dict[str, list[str]] = {}
    for row in read_rows("ward_changes_2025.csv.gz"):
        if row["old_ward"]:
            text = f"{row['old_ward']}, {row['old_district']}, {row['old_province']}"
            old.setdefault(row["new_ward_code"], []).append(text)
    wards = sorted(read_rows("wards.csv"), key=lambda row: (row["province_code"], row["code"]))
    for province, group in itertools.groupby(wards, key=lambda row: row["province_code"]):
        for n, row in enumerate(group, start=1):
            rural = row["full_name"].startswith("Xã")
            yield province, n, row["code"], row["full_name"], rural, old.get(row["code"], [])


def _provinces(desks: list[firm.Desk]) -> Iterator[tuple[str, str, float, int, int, list[str]]]:
    for place in firm.places():
        prefixes = [
            row["cccd_prefix"]
            for row in read_rows("cccd_province_codes.csv")
            if row["current_nso_code"] == place.code
        ]
        wealth = 1.35 if place.code in {"01", "79"} else 1.15 if place.is_city else 1.0
        wards = sum(row["province_code"] == place.code for row in read_rows("wards.csv"))
        yield (
            place.code,
            place.region,
            wealth,
            wards,
            sum(desk.province == place.code for desk in desks),
            prefixes,
        )
