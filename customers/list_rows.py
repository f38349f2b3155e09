"""What the list says of each customer, worked out in Python: a template would take several times as long."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers.choices import Channel
from customers.listing import CustomerList
from customers.models import Customer
from customers.registry import registry
from customers.templatetags.vietnamese import ago_days
from customers.vietnamese.money import format_count, format_money
from customers.vietnamese.names import join
from customers.vietnamese.phones import format_phone


@dataclass(frozen=True, slots=True)
class Row:
    """One customer in the words of the list; empty where nothing is known."""

    url: str
    name: str
    is_active: bool
    phone: str
    phone_shown: str
    group: str
    last_purchase: str
    ago: str
    spend: str
    orders: str
    orders_in_words: str
    channel: str
    owner: str
    created: str


def rows_of(listing: CustomerList) -> list[Row]:
    groups = registry.buying_groups()
    channels = {value: str(label) for value, label in Channel.choices}
    # One address looked up, fifty made from it.
    address = reverse("customers:detail", args=[0])
    return [_row(shown, address.replace("/0/", f"/{shown.pk}/"), groups, channels) for shown in listing.rows]


def _row(shown: Any, url: str, groups: Mapping[int, str], channels: Mapping[str, str]) -> Row:
    last_purchase = shown.behaviour__last_purchase_on
    bought = shown.behaviour__orders
    orders = format_count(bought) if bought else ""
    in_words = ngettext("%(number)s purchase", "%(number)s purchases", bought) % {"number": orders}
    return Row(
        url=url,
        # Where no part of the name is known, the model has words for it.
        name=join(shown.family_name, shown.middle_name, shown.given_name) or str(Customer(pk=shown.pk)),
        is_active=shown.is_active,
        phone=shown.first_phone,
        phone_shown=format_phone(shown.first_phone),
        group=next((groups[pk] for pk in shown.behaviour__segment_ids if pk in groups), ""),
        last_purchase=_day(last_purchase) if last_purchase else "",
        ago=ago_days(last_purchase) if last_purchase else _("never bought"),
        spend=format_money(shown.behaviour__spend) if bought else "",
        orders=orders,
        orders_in_words=in_words if bought else "",
        channel=channels.get(shown.behaviour__main_channel, ""),
        owner=shown.owner__full_name or shown.owner__username or "",
        created=_day(timezone.localdate(shown.created_at)),
    )


def _day(day: datetime.date) -> str:
    """Day, month and year, as in both languages; Django's own formatting takes twenty times as long."""
    return f"{day:%d/%m/%Y}"
