"""What the list says of each customer, written in Python: a template takes five times as long."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from customers.list_columns import ListColumn, Words
from customers.listing import CustomerList
from customers.markup import write_html
from customers.models import Customer
from customers.vietnamese.names import join

# Where the list with one more condition is, by field and value; empty where the list has it already.
FilterUrl = Callable[[str, str], str]
# Beyond so many columns that stay on every screen, the others need a wide one.
FIRST_COLUMNS = 5
LINK = '<a class="cell-filter" href="{url}" hx-boost="true">{text}</a>'


@dataclass(frozen=True, slots=True)
class Row:
    """One customer of the list; the cells after the name are written already."""

    url: str
    name: str
    is_active: bool
    cells: SafeString


def rows_of(listing: CustomerList, columns: Sequence[ListColumn], filter_url: FilterUrl) -> list[Row]:
    words = Words(listing.legend.groups, timezone.localdate())
    pattern = "\n".join(_cell(column, width_of(column, place)) for place, column in enumerate(columns))
    # One address looked up, fifty made from it.
    address = reverse("customers:detail", args=[0])
    link = _Links(filter_url)
    return [
        Row(
            url=address.replace("/0/", f"/{shown.pk}/"),
            # Where no part of the name is known, the model has words for it.
            name=join(shown.family_name, shown.middle_name, shown.given_name) or str(Customer(pk=shown.pk)),
            is_active=shown.is_active,
            cells=write_html(pattern, **_values(shown, columns, words, link)),
        )
        for shown in listing.rows
    ]


def width_of(column: ListColumn, place: int) -> str:
    """From which width there is room for a column; on phones its place in the row decides."""
    if column.place:
        return ""
    return "from-1024" if place < FIRST_COLUMNS else "from-1280"


def _cell(column: ListColumn, width: str) -> str:
    """The cells of one column; fifty rows are fifty times this one text."""
    css = " ".join(filter(None, (column.css, column.place, width)))
    title = f' title="{{{column.name}_text}}"' if column.is_cut else ""
    return f'<td class="{css}"{title}>{{{column.name}}}</td>'


def _values(shown: Any, columns: Sequence[ListColumn], words: Words, link: _Links) -> dict[str, str]:
    """What stands in the cells; nothing where nothing is known."""
    values = {}
    for column in columns:
        text = column.write(shown, words)
        if column.is_cut:
            values[f"{column.name}_text"] = text
        value = column.value(shown, words) if column.value is not None and text else ""
        values[column.name] = link.around(text, column.field, value) if value else text
    return values


class _Links:
    """Links that filter the list by a cell, each address made once."""

    def __init__(self, filter_url: FilterUrl) -> None:
        self._filter_url = filter_url
        self._made: dict[tuple[str, str, str], str] = {}

    def around(self, text: str, field: str, value: str) -> str:
        key = (text, field, value)
        if key not in self._made:
            url = self._filter_url(field, value)
            self._made[key] = write_html(LINK, url=url, text=text) if url else text
        return self._made[key]
