"""Whether very many customers match, told from a sample where finding ten thousand one by one takes long.

The sample are numbers at random places, one in each of so many equal stretches between the first and the
last customer. If at most `most` of all numbers match, those among `n` of them have a mean of at most
`m = n · most / all`, and by Bernstein's inequality `m + t` of them are found with a probability of at most
`exp(-t² / 2(m + t/3))`. Where more are found, more than `most` match.
"""

from __future__ import annotations

import math
import random
import time
from functools import lru_cache

from django.db.models import Max, Min

from customers.counting import Countable, Found
from customers.models import Customer

# Each only where the one before leaves it open.
SIZES = (300, 1_500, 6_000)
CHANCE_OF_ERROR = 1e-6
# So many times what could be expected, and a larger sample may settle it.
PROMISING = 1.5
# Where so few times as many numbers are in use, counting is quick.
WORTH_IT = 20
SECONDS_KEPT = 600


def is_surely_more(rows: Countable, most: int) -> bool:
    """Whether more than `most` rows are found by customer number, but for a chance of one in a million."""
    first, last = _extent(time.monotonic() // SECONDS_KEPT)
    numbers = last - first + 1
    if numbers < WORTH_IT * most:
        return False
    for size in SIZES:
        found = rows.count_among(_sample(first, last, size))
        expected = size * most / numbers
        if found > least_certain(expected):
            return True
        if found < PROMISING * expected:
            return False
    return False


def least_certain(expected: float) -> float:
    """So many found where `expected` would be the most to expect are no chance: Bernstein's `m + t`."""
    nats = -math.log(CHANCE_OF_ERROR)
    return expected + nats / 3 + math.sqrt((nats / 3) ** 2 + 2 * nats * expected)


@lru_cache(maxsize=1)
def _extent(_when: float) -> tuple[int, int]:
    """The first and the last number of a customer; customers since then are not in the sample."""
    found = Customer.everyone.aggregate(first=Min("pk"), last=Max("pk"))
    return found["first"] or 0, found["last"] or 0


@lru_cache(maxsize=len(SIZES))
def _sample(first: int, last: int, size: int) -> Found:
    chance = random.Random(size)  # noqa: S311  a sample that repeats itself, not a secret
    stretch = (last - first + 1) / size
    return Found.of([first + int((place + chance.random()) * stretch) for place in range(size)])
