"""The short form on the page about a customer by which an interaction is logged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from accounts.models import User
from customers.models import Customer
from customers.registry import RecordPanel
from interactions.forms import InteractionForm


def _read(customer: Customer, viewer: User) -> Mapping[str, Any] | None:
    """The form, for whoever may log interactions with this customer."""
    may_log = viewer.has_perm("interactions.add_interaction") and getattr(customer, "may_edit", False)
    return {"form": InteractionForm()} if may_log else None


COMPOSER = RecordPanel("composer", "interactions/composer.html", _read)
