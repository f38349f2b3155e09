"""The arithmetic of the demo that needs no database."""

import datetime
from collections import Counter

import pytest

from crm.demo import calendar, catalogue, firm, lists


def test_seasons():
    days = {day.date: day for day in calendar.history(first=datetime.date(2025, 1, 1), days=600)}
    assert days[datetime.date(2026, 2, 16)].direct == pytest.approx(0.85 * 1.8)
    assert days[datetime.date(2026, 2, 17)].direct == days[datetime.date(2026, 2, 22)].online == 0
    assert days[datetime.date(2026, 2, 23)].direct == pytest.approx(0.85)
    assert days[datetime.date(2025, 11, 11)].online == pytest.approx(
        2 * days[datetime.date(2025, 11, 11)].direct
    )
    assert days[datetime.date(2025, 11, 12)].online == days[datetime.date(2025, 11, 12)].direct


def test_branches_stand_where_people_are():
    assert firm.branches_by_province(3) == {"01": 1, "38": 1, "79": 1}
    seats = firm.branches_by_province(60)
    assert sum(seats.values()) == 60
    assert max(seats, key=seats.get) == "79"


def test_slots_follow_weights():
    assert Counter(lists.cut({"a": 1, "b": 3}, 8)) == {"a": 2, "b": 6}
    assert Counter(lists.cut({"a": 0, "b": 1}, 8)) == {"b": 8}


def test_a_shelf_offers_what_comes_near_the_value():
    items = tuple(
        catalogue.Item(product=n, category=1, category_id=1, price=price, launch_day=None)
        for n, price in enumerate((20_000, 100_000, 900_000), start=1)
    )
    best = {
        tier: (product, quantity)
        for tier, slot, product, _category, quantity, _price in catalogue._shelf(items)
        if slot == 0
    }
    for tier, (product, quantity) in best.items():
        middle = catalogue.LOWEST_VALUE * catalogue.STEP ** (tier + 0.5)
        assert quantity * items[product - 1].price == pytest.approx(middle, rel=0.5) or tier in {0, 20}
