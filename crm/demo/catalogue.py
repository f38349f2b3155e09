"""The demo shop: categories, products, what was launched when, and which product fits a sum of money."""

from __future__ import annotations

import datetime
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from crm.demo.texts import shelves
from purchases.models import Category, Product

BUCKET_DAYS = 30
LAUNCHES_A_BUCKET = 2
LAUNCHES_A_CATEGORY = 11
# Steps of value of a line, each so many times the one below; chosen by the hash of the line.
LOWEST_VALUE = 15_000
STEP = 1.35
TIERS = 21
SHELF_SLOTS = 6
MOST_OF_ONE = 10
NOVELTIES = 0
# Few products are as cheap as the cheapest wishes: purchases cost so much more than asked, measured over all.
COSTS_MORE = 1.08


@dataclass(frozen=True, slots=True)
class Item:
    """A product of the demo shop; `launch_day` counts from the first day of the history."""

    product: int
    category: int
    category_id: int
    price: int
    launch_day: int | None


def category_numbers() -> dict[str, float]:
    return {str(number): shelf["weight"] for number, shelf in enumerate(shelves(), start=1)}


def number_of(code: str) -> int:
    return next(number for number, shelf in enumerate(shelves(), start=1) if shelf["code"] == code)


def fill_shelves(*, seed: int, start: datetime.date, buckets: int) -> list[Item]:
    """Make categories and products; two products a month are new, and fit into most purses."""
    categories = Category.objects.bulk_create(
        Category(code=shelf["code"], name=shelf["name"]) for shelf in shelves()
    )
    priced = [
        (number, nth, *_name_and_price(line))
        for number, shelf in enumerate(shelves(), start=1)
        for nth, line in enumerate(shelf["products"].strip().splitlines(), start=1)
    ]
    launches = _launches(
        [(number, nth) for number, nth, _name, price in priced if 30_000 <= price <= 260_000], seed, buckets
    )
    products = Product.objects.bulk_create(
        Product(
            code=f"SP{number:02d}{nth:02d}",
            name=name,
            category=categories[number - 1],
            price=price,
            launched_on=start + datetime.timedelta(days=launches[number, nth])
            if (number, nth) in launches
            else None,
        )
        for number, nth, name, price in priced
    )
    return [
        Item(product.pk, number, categories[number - 1].pk, price, launches.get((number, nth)))
        for product, (number, nth, _name, price) in zip(products, priced, strict=True)
    ]


def _name_and_price(line: str) -> tuple[str, int]:
    name, _bar, thousands = line.rpartition("|")
    return name.strip(), int(thousands) * 1000


def _launches(candidates: list[tuple[int, int]], seed: int, buckets: int) -> dict[tuple[int, int], int]:
    """The launch days of products that are new in the history: some in the month before each bucket."""
    chance = random.Random(f"{seed} launches")
    chance.shuffle(candidates)
    taken: dict[int, int] = {}
    chosen = []
    for number, nth in candidates:
        taken[number] = taken.get(number, 0) + 1
        if taken[number] <= LAUNCHES_A_CATEGORY:
            chosen.append((number, nth))
    days = [
        (bucket - 1) * BUCKET_DAYS + chance.randrange(BUCKET_DAYS)
        for bucket in reversed(range(buckets))
        for _nth in range(LAUNCHES_A_BUCKET)
    ]
    return dict(zip(chosen, days, strict=False))


def shelf_rows(items: list[Item], *, buckets: int) -> Iterator[tuple[int, ...]]:
    """(bucket, category, tier, slot, product, category id, quantity, price) for all that may be looked up."""
    for bucket in range(buckets):
        first_day = bucket * BUCKET_DAYS
        known = [item for item in items if item.launch_day is None or item.launch_day <= first_day]
        by_category: dict[int, list[Item]] = {}
        for item in known:
            by_category.setdefault(item.category, []).append(item)
        # Known in this month and not in the one before.
        new = [
            item
            for item in known
            if item.launch_day is not None and item.launch_day > first_day - BUCKET_DAYS
        ]
        by_category[NOVELTIES] = new or known
        for category, choice in by_category.items():
            yield from ((bucket, category, *place) for place in _shelf(tuple(choice)))


@cache
def _shelf(items: tuple[Item, ...]) -> list[tuple[int, ...]]:
    """(tier, slot, product, category id, quantity, price): for each step of value what fits best."""
    places: list[tuple[int, ...]] = []
    for tier in range(TIERS):
        middle = LOWEST_VALUE * STEP ** (tier + 0.5)
        fits = sorted(items, key=lambda item: (_misfit(item.price, middle), item.product))
        for slot in range(SHELF_SLOTS):
            item = fits[slot % len(fits)]
            quantity = _quantity(item.price, middle)
            places.append((tier, slot, item.product, item.category_id, quantity, item.price))
    return places


def _quantity(price: int, value: float) -> int:
    return min(MOST_OF_ONE, max(1, round(value / price)))


def _misfit(price: int, value: float) -> float:
    """How far the best quantity of a product stays from the value, with a malus for buying many of one."""
    quantity = _quantity(price, value)
    return abs(math.log(price * quantity / value)) + 0.02 * quantity
