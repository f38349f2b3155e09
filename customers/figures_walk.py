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

LOOK_AHEAD = 2000
# Enough for a page when one in ten of them is on the list.
BEST = 500


def find_by_figures(
    *, figures: Figures, walked: Figures, customers: QuerySet[Customer], order: Order
) -> Find:
    """How to find positions among `figures` whose customers are among `customers`.

    `walked` are the figures with the conditions that the index of the order can apply by itself.
    """
    everybody = CustomerBehaviour.objects.filter(customer__in=customers)

    def find(cursor: Cursor | None, limit: int) -> list[Position]:
        run = 0 if cursor is None else cursor.run
        ahead = in_run(walked, order, run, cursor, LOOK_AHEAD)
        found = _among(ahead, figures & everybody, order)(cursor, limit)
        if len(found) < limit:
            best = sorted_rows(figures, order, cursor)[:BEST]
            found = _among(best, everybody, order)(cursor, limit)
        if len(found) < limit:
            found = sort(figures & everybody, order)(cursor, limit)
        return found

    return find


def _among(window: QuerySet[Any, Any], figures: Figures, order: Order) -> Find:
    return sort(figures.filter(pk__in=window.values("pk")), order)
