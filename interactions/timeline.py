"""Interactions as the timeline of a customer shows them."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.compiled_queries import Given, compiled
from customers.models import Customer
from customers.registry import Badge, Cursor, Entry, TimelineItem, TimelinePage, TimelineSource
from customers.timeline import older_than, total, total_of
from interactions import icons
from interactions.files import files_of_each, links
from interactions.models import Interaction

INTERACTION = "interaction"
# Stands in an address for the number of an interaction; no row has it.
PLACE = 0


def _interactions(customer: Customer, before: Cursor | None, limit: int) -> TimelinePage:
    rows = _NEWEST(limit)(customer=customer.pk) if before is None else list(_older(customer, before, limit))
    # Worked out once: thirty look-ups of an address cost more than the rows themselves.
    attach = reverse("interactions:file-add", args=[customer.pk, PLACE])
    describe = partial(_describe, attach=attach if getattr(customer, "may_edit", False) else "")
    items = [TimelineItem(row.happened_at, INTERACTION, row.pk, describe, row) for row in rows]
    return TimelinePage(items, total_of(rows, before))


def _older(customer: Any, before: Cursor | None, limit: int) -> QuerySet[Any]:
    return (
        Interaction.objects.filter(older_than(before, INTERACTION, "happened_at"), customer=customer)
        .select_related("by")
        .annotate(files=files_of_each(), **total(before))
        .order_by("-happened_at", "-pk")[:limit]
    )


_NEWEST = compiled(lambda limit: _older(Given("customer"), None, limit))


def _describe(interaction: Any, *, attach: str) -> Entry:
    """The interaction in words; an outcome or a mood only where one was noted."""
    channel = Interaction.Channel(interaction.channel)
    direction = Interaction.Direction(interaction.direction)
    badges = []
    if interaction.outcome:
        badges.append(Badge(str(Interaction.Outcome(interaction.outcome).label)))
    if interaction.mood:
        mood = Interaction.Mood(interaction.mood)
        badges.append(Badge(str(mood.label), icons.MOODS[mood]))
    badges.append(Badge(str(Interaction.Stage(interaction.stage).label)))
    return Entry(
        icon=icons.CHANNELS[channel],
        title=interaction.subject,
        detail=f"{channel.label}, {str(direction.label).lower()} · {interaction.by}",
        # A short note is its own subject.
        text="" if interaction.notes == interaction.subject else interaction.notes,
        badges=badges,
        files=links(interaction.customer_id, interaction.files),
        attach=attach.replace(f"/{PLACE}/", f"/{interaction.pk}/"),
    )


INTERACTIONS = TimelineSource(
    INTERACTION,
    _("Interactions"),
    _interactions,
    lambda customer: Interaction.objects.filter(customer=customer).count(),
)
