"""What the list says of each customer, written in Python: a template takes five times as long."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers.choices import Channel
from customers.listing import CustomerList
from customers.models import Customer
from customers.registry import registry
from customers.sorting import CREATED
from customers.templatetags.vietnamese import ago_days
from customers.vietnamese.money import format_count, format_money
from customers.vietnamese.names import join
from customers.vietnamese.phones import format_phone


@dataclass(frozen=True, slots=True)
class Columns:
    """Which of the last columns there is room for: beside the owner, the creation replaces the channel."""

    owner: bool
    created: bool

    @property
    def channel(self) -> bool:
        return not (self.owner and self.created)


@dataclass(frozen=True, slots=True)
class Row:
    """One customer of the list; the cells after the name are written already."""

    url: str
    name: str
    is_active: bool
    cells: SafeString


def columns_of(listing: CustomerList) -> Columns:
    owner = listing.shows_owner
    return Columns(owner, created=not owner or listing.sorting.column == CREATED)


def rows_of(listing: CustomerList, columns: Columns) -> list[Row]:
    words = _Words(registry.buying_groups(), {value: str(label) for value, label in Channel.choices})
    pattern = _pattern(columns)
    # One address looked up, fifty made from it.
    address = reverse("customers:detail", args=[0])
    return [
        Row(
            url=address.replace("/0/", f"/{shown.pk}/"),
            # Where no part of the name is known, the model has words for it.
            name=join(shown.family_name, shown.middle_name, shown.given_name) or str(Customer(pk=shown.pk)),
            is_active=shown.is_active,
            cells=format_html(pattern, **_values(shown, words)),
        )
        for shown in listing.rows
    ]


@dataclass(frozen=True, slots=True)
class _Words:
    """The names of groups and channels, in the language of the reader."""

    groups: Mapping[int, str]
    channels: Mapping[str, str]


CUT = '<td class="from-{width} cell-cut" title="{{{name}}}">{{{name}}}</td>'


def _pattern(columns: Columns) -> str:
    """The cells after the name; fifty rows are fifty times this one text."""
    return "\n".join(
        [
            '<td class="at-left-1 nowrap">{phone}</td>',
            CUT.format(width=1024, name="group"),
            '<td class="number dated at-left-2 nowrap">{last_purchase}</td>',
            '<td class="number at-right-1 nowrap">{spend}</td>',
            '<td class="number at-right-2 nowrap">{orders}</td>',
            CUT.format(width=1280, name="channel") if columns.channel else "",
            CUT.format(width=1280, name="owner") if columns.owner else "",
            '<td class="number from-1280">{created}</td>' if columns.created else "",
        ]
    )


def _values(shown: Any, words: _Words) -> dict[str, str]:
    """What stands in the cells; nothing where nothing is known."""
    groups, bought = words.groups, shown.behaviour__orders
    return {
        "phone": _phone(shown.first_phone),
        "group": next((groups[pk] for pk in shown.behaviour__segment_ids if pk in groups), ""),
        "last_purchase": _last_purchase(shown.behaviour__last_purchase_on),
        "spend": format_money(shown.behaviour__spend) if bought else "",
        "orders": _orders(bought) if bought else "",
        "channel": words.channels.get(shown.behaviour__main_channel, ""),
        "owner": shown.owner__full_name or shown.owner__username or "",
        "created": _day(timezone.localdate(shown.created_at)),
    }


def _phone(number: str) -> str:
    return format_html('<a href="tel:{}">{}</a>', number, format_phone(number)) if number else ""


def _last_purchase(day: datetime.date | None) -> str:
    if day is None:
        return format_html('<span class="muted">{}</span>', _("never bought"))
    return format_html('{} <span class="cell-note cell-note--days">{}</span>', _day(day), ago_days(day))


def _orders(number: int) -> str:
    """A number under its heading; on phones, where there are no headings, in words."""
    orders = format_count(number)
    in_words = ngettext("%(number)s purchase", "%(number)s purchases", number) % {"number": orders}
    return format_html('<span class="from-768">{}</span><span class="only-phone">{}</span>', orders, in_words)


def _day(day: datetime.date) -> str:
    """Day, month and year, as in both languages; Django's own formatting takes twenty times as long."""
    return f"{day:%d/%m/%Y}"
