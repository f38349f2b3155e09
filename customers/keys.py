"""Where customers are named: every table of ours, found by walking the foreign keys to `Customer`.

A new table follows a merge, an erasure or the undoing of an import without being named there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import ForeignKey

from customers.models import Customer

CustomerKey = ForeignKey[Any, Any]


def customer_keys() -> Iterator[CustomerKey]:
    """Every foreign key to a customer, those of hidden tables and of history among them."""
    relations: list[Any] = Customer._meta.get_fields(include_hidden=True)
    for relation in relations:
        if relation.auto_created and not relation.concrete and (relation.one_to_many or relation.one_to_one):
            yield relation.field
