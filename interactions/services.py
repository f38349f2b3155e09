"""What records interactions."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from accounts.models import User
from customers.models import Customer
from interactions.models import Interaction


def log_interaction(
    *, customer: Customer, values: Mapping[str, Any], submission: uuid.UUID, by: User
) -> tuple[Interaction, bool]:
    """The interaction, and whether it is new: the same submission sent again gives the one it made."""
    return Interaction.objects.get_or_create(
        customer=customer, submission=submission, defaults={**values, "by": by}
    )
