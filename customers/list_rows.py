"""What the list says of each customer, written in Python: a template takes five times as long."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from customers.icons import icon
from customers.list_columns import ListColumn, Words
from customers.listing import CustomerList
from customers.markup import write_html
from customers.models.customer import name_of

# Where the list with one more condition is, by field and value; empty where the list has it already.
FilterUrl = Callable[[str, str], str]
# Beyond so many columns that stay on every screen, the others need a wide one.
FIRST_COLUMNS = 5
ROW = (
    '<tr{{row_class}}>{tick}<th scope="row" class="at-name"><a class="row-link" href="{{row_url}}"'
    ' title="{{row_name}}">{{row_name}}</a>{{row_badge}}</th>{cells}</tr>'
)
# Of a form that stands beneath the table.
TICK = (
    '<td class="tick"><input type="checkbox" name="customers" value="{row_pk}" form="selection"'
    ' aria-label="{row_choice}"></td>'
)
OFF = write_html(' class="row--off"')
INACTIVE = ' <span class="badge">{icon} {text}</span>'
LINK = '<a class="cell-filter" href="{url}" hx-boost="true">{text}</a>'


def rows_of(
    listing: CustomerList, columns: Sequence[ListColumn], filter_url: FilterUrl, *, with_ticks: bool = False
) -> SafeString:
    """The rows of the page as they stand in its table, `with_ticks` for whoever may change many at once."""
    words = Words(listing.legend.groups, timezone.localdate(), get_language() or settings.LANGUAGE_CODE)
    cells = (_cell(column, width_of(column, place)) for place, column in enumerate(columns))
    pattern = ROW.format(tick=TICK if with_ticks else "", cells="".join(cells))
    # One address looked up, fifty made from it.
    address = reverse("customers:detail", args=[0])
    inactive = write_html(INACTIVE, icon=icon("circle-pause", size=12), text=_("inactive"))
    link, choice = _Links(filter_url), _("Choose %(name)s")

    def row_of(shown: Any) -> SafeString:
        name = name_of(shown)
        return write_html(
            pattern,
            row_class="" if shown.is_active else OFF,
            row_url=address.replace("/0/", f"/{shown.pk}/"),
            row_name=name,
            row_pk=str(shown.pk),
            row_choice=choice % {"name": name} if with_ticks else "",
            row_badge="" if shown.is_active else inactive,
            **_values(shown, columns, words, link),
        )

    return SafeString("".join(map(row_of, listing.rows)))


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
