"""Addresses of the list of customers: all that it shows can be read in them, shared and kept."""

from __future__ import annotations

from collections.abc import Container

from django.http import QueryDict
from django.urls import reverse

from customers.filters import ACTIVE, STATUS
from customers.listing import CURSOR
from customers.sorting import DEFAULT

# What people may read in an address as it is.
LEGIBLE = "(),!"


class Addresses:
    """Addresses of the list as it is now, less or more one thing; what is empty is left out."""

    def __init__(self, asked: QueryDict) -> None:
        self._asked = {
            name: str(value) for name, value in asked.items() if not _says_nothing(name, str(value))
        }
        self.are_tidy = len(self._asked) == len(asked)

    def list_with(self, **changes: str) -> str:
        """The list with some things changed, from its first page unless a cursor is among them."""
        return self._at(reverse("customers:list"), {CURSOR: "", **changes})

    def filters(self) -> str:
        return self._at(reverse("customers:filter"), {CURSOR: ""})

    def builder(self, **changes: str) -> str:
        """Where the conditions of the list are put together, in groups."""
        return self._at(reverse("customers:filter-builder"), {CURSOR: "", **changes})

    def kept_by_form(self, fields: Container[str]) -> dict[str, str]:
        """What a form that asks for the fields has to send along, so that the rest stays as it is."""
        return {name: value for name, value in self._asked.items() if name not in fields and name != CURSOR}

    def _at(self, path: str, changes: dict[str, str]) -> str:
        query = QueryDict(mutable=True)
        query.update({name: value for name, value in (self._asked | changes).items() if value})
        return f"{path}?{query.urlencode(safe=LEGIBLE)}" if query else path


def _says_nothing(name: str, value: str) -> bool:
    return not value.strip() or (name, value) in {(STATUS, ACTIVE), ("sort", DEFAULT.name)}
