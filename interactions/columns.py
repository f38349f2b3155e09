"""What the list of customers can show of contacts: the last one, and the next."""

from __future__ import annotations

from typing import Any

from django.db.models import OuterRef, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.list_columns import DAY_AGO, ListColumn, Words
from customers.markup import write_html
from customers.templatetags.vietnamese import days_apart
from interactions.models import FollowUp, Interaction

LAST, NEXT = "list_last_contact", "list_next_contact"
OVERDUE = '<span class="danger-text">{day} {overdue}</span>'


def _last() -> Subquery:
    contacts = Interaction.objects.filter(customer=OuterRef("pk")).exclude(channel=Interaction.Channel.NOTE)
    return Subquery(contacts.order_by("-happened_at", "-pk").values("happened_at")[:1])


def _next() -> Subquery:
    return Subquery(FollowUp.objects.filter(customer=OuterRef("pk")).open().values("due_on")[:1])


def _write_last(shown: Any, words: Words) -> str:
    at = getattr(shown, LAST)
    if at is None:
        return ""
    day = timezone.localdate(at)
    return write_html(DAY_AGO, day=f"{day:%d/%m/%Y}", ago=days_apart((words.today - day).days))


def _write_next(shown: Any, words: Words) -> str:
    day = getattr(shown, NEXT)
    if day is None:
        return ""
    if day < words.today:
        return write_html(OVERDUE, day=f"{day:%d/%m/%Y}", overdue=_("overdue"))
    return f"{day:%d/%m/%Y}"


LIST_COLUMNS = (
    ListColumn(
        "last_contact",
        gettext_lazy("Last contact"),
        _write_last,
        (LAST,),
        "number dated nowrap",
        annotation=_last,
    ),
    ListColumn(
        "next_contact",
        gettext_lazy("Next contact"),
        _write_next,
        (NEXT,),
        "number nowrap",
        annotation=_next,
    ),
)
