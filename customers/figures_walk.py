"""Pages of customers by their figures where figures narrow the list too.

A segment made of what people spend stands together in the order of what they spend: walking that order from
its beginning may pass most customers before the first that counts, and the planner, which takes the two for
independent, walks. So look a little way ahead, and where that finds too few, sort the figures alone before
asking which of them belong to customers of the list.
"""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from customers.models import Customer, CustomerBehaviour
from customers.paging import Cursor, Find, Order, Position, in_run, sort, sorted_rows

Figures = QuerySet[CustomerBehaviour]

# How far: first for a page of one in eight, at last for one in four hundred.
LOOK_AHEAD = (400, 2_000, 6_000, 20_000)
# Enough for a page when one in ten of them is on the list.
BEST = 500


def find_by_figures(
    *, figures: Figures, walked: Figures, customers: QuerySet[Customer] | None, order: Order
) -> Find:
    """How to find positions among `figures` whose customers are among `customers`, or anybody's.

    `walked` are the figures with the conditions that the index of the order can apply by itself.
    """
    found_by_all = figures if customers is None else figures.filter(customer__in=customers)

    def find(cursor: Cursor | None, limit: int) -> list[Position]:
        run = 0 if cursor is None else cursor.run
        for steps in LOOK_AHEAD:
            ahead = in_run(walked, order, run, cursor, steps)
            found = _among(ahead, found_by_all, order)(cursor, limit)
            if len(found) == limit:
                return found
        if customers is not None:
            best = sorted_rows(figures, order, cursor)[:BEST]
            found = _among(best, found_by_all, order)(cursor, limit)
            if len(found) == limit:
                return found
        return sort(found_by_all, order)(cursor, limit)

    return find


def _among(window: QuerySet[Any, Any], figures: Figures, order: Order) -> Find:
    return sort(figures.filter(pk__in=window.values("pk")), order)
