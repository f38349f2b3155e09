"""Interactions as the timeline of a customer shows them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from customers.registry import Cursor, TimelineItem, TimelinePage, TimelineSource
from customers.timeline import older_than, total, total_of
from interactions.models import Interaction

INTERACTION = "interaction"


def _interactions(customer: Customer, before: Cursor | None, limit: int) -> TimelinePage:
    rows = list(
        Interaction.objects.filter(older_than(before, INTERACTION, "happened_at"), customer=customer)
        .select_related("by")
        .annotate(**total(before))
        .order_by("-happened_at", "-pk")[:limit]
    )
    items = [
        TimelineItem(row.happened_at, INTERACTION, row.pk, "interactions/timeline/interaction.html", row)
        for row in rows
    ]
    return TimelinePage(items, total_of(rows, before))


INTERACTIONS = TimelineSource(
    INTERACTION,
    _("Interactions"),
    _interactions,
    lambda customer: Interaction.objects.filter(customer=customer).count(),
)
