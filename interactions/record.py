"""What the page about a customer has of contacts: the form that logs them, and what is to be done next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from accounts.models import User
from customers.models import Customer
from customers.registry import RecordPanel
from interactions.follow_ups import open_of
from interactions.forms import InteractionForm


def _read(customer: Customer, viewer: User) -> Mapping[str, Any] | None:
    """The form, for whoever may log interactions with this customer."""
    may_log = viewer.has_perm("interactions.add_interaction") and getattr(customer, "may_edit", False)
    return {"form": InteractionForm()} if may_log else None


COMPOSER = RecordPanel("composer", "interactions/composer.html", _read)


def card_of(customer: Customer, viewer: User) -> Mapping[str, Any] | None:
    """What is to be done for a customer, and whether the viewer may plan and close it."""
    if not viewer.has_perm("interactions.view_followup"):
        return None
    may_edit = getattr(customer, "may_edit", False)
    return {
        "open": open_of(customer),
        "may_plan": may_edit and viewer.has_perm("interactions.add_followup"),
        "may_close": may_edit and viewer.has_perm("interactions.change_followup"),
    }


NEXT_CONTACT = RecordPanel("aside", "interactions/follow_ups.html", card_of)
