"""What a merge would move, before anybody merges."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Count, Model, QuerySet, Value
from django.utils.translation import gettext as _

from customers.choices import Gender
from customers.evidence import EVIDENCE_OF_RECORDS
from customers.merging import rows
from customers.models import Assignment, Customer, CustomerIdentifier, CustomerMerge, DuplicatePair, Evidence

# What people never see by itself.
BEHIND_THE_SCENES: tuple[type[Model], ...] = (Assignment, CustomerIdentifier, CustomerMerge, DuplicatePair)
ICONS = {
    "purchases.purchase": "shopping-bag",
    "interactions.interaction": "message-square",
    "interactions.followup": "calendar-clock",
    "customers.phone": "phone",
    "customers.email": "mail",
    "customers.attachment": "paperclip",
    "customers.observation": "lightbulb",
    "customers.consent": "shield-check",
}


@dataclass(frozen=True)
class Moving:
    """So many rows of one kind that would follow."""

    label: str
    icon: str
    count: int


@dataclass(frozen=True)
class Total:
    """What both have bought together, as of the last refresh. Money is whole đồng."""

    orders: int
    spend: Decimal


def moving(duplicate: Customer) -> list[Moving]:
    """What belongs to a customer, table by table, in one query; not what is part of another row."""
    keys = [key for key in rows.owned() if key.model not in BEHIND_THE_SCENES and not rows.parents(key.model)]
    counts = [_count(key, number, duplicate) for number, key in enumerate(keys)]
    found: dict[int, int] = dict(counts[0].union(*counts[1:], all=True))
    return [
        Moving(_name(key.model, count), ICONS.get(key.model._meta.label_lower, "file-text"), count)
        for number, key in enumerate(keys)
        if (count := found.get(number, 0))
    ]


def _name(model: type[Model], count: int) -> str:
    meta = model._meta
    return str(meta.verbose_name if count == 1 else meta.verbose_name_plural)


def _count(key: rows.CustomerKey, number: int, customer: Customer) -> QuerySet[Any, Any]:
    mine = key.model._base_manager.filter(**{key.name: customer.pk}).order_by()
    return (
        mine.annotate(table=Value(number))
        .values("table")
        .annotate(rows=Count("pk"))
        .values_list("table", "rows")
    )


def against(keep: Customer, duplicate: Customer) -> list[str]:
    """What speaks against the two being one person, in words."""
    # Put together from our own texts alone.
    query = (
        f"SELECT {EVIDENCE_OF_RECORDS} FROM customers_customer one, customers_customer other "  # noqa: S608
        "WHERE one.id = %s AND other.id = %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(query, [keep.pk, duplicate.pk])
        [signs] = cursor.fetchone() or [[]]
    found = [str(Evidence(sign).label) for sign in signs if Evidence(sign).is_against]
    genders = {keep.gender, duplicate.gender} - {"", Gender.UNKNOWN}
    return [*found, _("different genders")] if len(genders) > 1 else found


def total(keep: Customer, duplicate: Customer) -> Total:
    ours, theirs = keep.behaviour, duplicate.behaviour
    return Total(ours.orders + theirs.orders, ours.spend + theirs.spend)
