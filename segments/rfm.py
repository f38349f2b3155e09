"""RFM: how recently, how often and for how much a buyer has bought, in scores of 1 to 5, and the 11 groups.

The score is 1 + the number of cut points strictly below the value, so that equal buyers always share one.
The cut points are the 20th, 40th, 60th and 80th percentile (percentile_disc) of all buyers.
"""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Sequence
from enum import StrEnum
from typing import Any, Protocol, TypeVar

SCORES = (1, 2, 3, 4, 5)


class Ordered(Protocol):
    def __lt__(self, other: Any, /) -> bool: ...


Value = TypeVar("Value", bound=Ordered)

# With fewer buyers a fifth of them is too few people for percentiles to mean anything.
FEWEST_BUYERS_FOR_PERCENTILES = 500
# Days since the last purchase where a buyer no longer has score 5, 4, 3 and 2.
FIXED_RECENCY_DAYS = (366, 181, 91, 31)
# 1 purchase, 2, 3 or 4, 5 to 8, 9 and more.
FIXED_FREQUENCY = (1, 2, 4, 8)
# Up to 500 thousand đồng, 2, 5, 15 million, and more.
FIXED_MONETARY = (500_000, 2_000_000, 5_000_000, 15_000_000)


class Group(StrEnum):
    """The keys of the RFM segments. Whoever has not bought yet is a prospect."""

    CHAMPIONS = "champions"
    LOYAL = "loyal"
    POTENTIAL_LOYALIST = "potential_loyalist"
    NEW = "new"
    PROMISING = "promising"
    NEED_ATTENTION = "need_attention"
    ABOUT_TO_SLEEP = "about_to_sleep"
    AT_RISK = "at_risk"
    CANNOT_LOSE = "cannot_lose"
    HIBERNATING = "hibernating"
    LOST = "lost"
    PROSPECT = "prospect"


# A row per recency score, from 5 (bought lately) down to 1; in it a group per frequency score from 1 to 5.
MAP: dict[int, tuple[Group, Group, Group, Group, Group]] = {
    5: (Group.NEW, Group.POTENTIAL_LOYALIST, Group.POTENTIAL_LOYALIST, Group.CHAMPIONS, Group.CHAMPIONS),
    4: (Group.PROMISING, Group.POTENTIAL_LOYALIST, Group.POTENTIAL_LOYALIST, Group.LOYAL, Group.LOYAL),
    3: (Group.ABOUT_TO_SLEEP, Group.ABOUT_TO_SLEEP, Group.NEED_ATTENTION, Group.LOYAL, Group.LOYAL),
    2: (Group.HIBERNATING, Group.HIBERNATING, Group.AT_RISK, Group.AT_RISK, Group.CANNOT_LOSE),
    1: (Group.LOST, Group.HIBERNATING, Group.AT_RISK, Group.AT_RISK, Group.CANNOT_LOSE),
}


def group_of(recency: int, frequency: int) -> Group:
    return MAP[recency][frequency - 1]


def cell_key(recency: int, frequency: int) -> str:
    return f"r{recency}f{frequency}"


def score(value: Value, cuts: Sequence[Value]) -> int:
    """1 + the number of cut points strictly below the value."""
    return 1 + sum(cut < value for cut in cuts)


def fixed_recency_cuts(as_of: datetime.date) -> list[datetime.date]:
    return [as_of - datetime.timedelta(days=days) for days in FIXED_RECENCY_DAYS]


def bounds_of_scores(cuts: Sequence[Value]) -> list[tuple[Value | None, Value | None] | None]:
    """Above which cut point, and up to which, a score lies, from score 1 to 5.

    Two equal cut points leave the score between them empty: None.
    """
    edges: list[Value | None] = [None, *cuts, None]
    pairs = itertools.pairwise(edges)
    return [None if low is not None and low == high else (low, high) for low, high in pairs]
