"""When people buy: the days of the history, and how much busier one is than another."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from crm.demo.recipe import seasonality

# First day of the lunar year.
TET = tuple(
    datetime.date.fromisoformat(day)
    for day in (
        "2020-01-25",
        "2021-02-12",
        "2022-02-01",
        "2023-01-22",
        "2024-02-10",
        "2025-01-29",
        "2026-02-17",
        "2027-02-06",
        "2028-01-26",
        "2029-02-13",
        "2030-02-03",
        "2031-01-23",
    )
)
DAYS_BEFORE_TET = 21
TET_FACTOR = 1.8
CLOSED_DAYS = 5
DOUBLE_DAYS = frozenset({(6, 6), (8, 8), (9, 9), (11, 11), (12, 12)})
DOUBLE_DAY_FACTOR = 2.0


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the history: its number from 0, and its weight for purchases in person and online."""

    number: int
    date: datetime.date
    direct: float
    online: float


def history(*, first: datetime.date, days: int) -> list[Day]:
    """The days one after another, with the seasons of the recipe."""
    by_month = seasonality()
    found = []
    for number in range(days):
        date = first + datetime.timedelta(days=number)
        weight = by_month[date.month - 1] * _around_tet(date)
        double = DOUBLE_DAY_FACTOR if (date.month, date.day) in DOUBLE_DAYS else 1.0
        found.append(Day(number, date, weight, weight * double))
    return found


def _around_tet(date: datetime.date) -> float:
    """Busier in the three weeks before the lunar new year, closed on the day and the five after it."""
    for tet in TET:
        days_left = (tet - date).days
        if 0 < days_left <= DAYS_BEFORE_TET:
            return TET_FACTOR
        if -CLOSED_DAYS <= days_left <= 0:
            return 0.0
    return 1.0
