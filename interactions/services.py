"""What records interactions, with the files that came with them and what is to be done next."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from accounts.models import User
from customers.attachments import NewFile, attach
from customers.models import Attachment, Customer
from interactions.follow_ups import NextStep, plan
from interactions.models import Interaction, InteractionAttachment


@transaction.atomic
def log_interaction(
    *,
    customer: Customer,
    values: Mapping[str, Any],
    submission: uuid.UUID,
    by: User,
    files: Sequence[NewFile] = (),
    next_step: NextStep | None = None,
) -> tuple[Interaction, bool]:
    """The interaction, and whether it is new: the same submission sent again gives the one it made."""
    interaction, is_new = Interaction.objects.get_or_create(
        customer=customer, submission=submission, defaults={**values, "by": by}
    )
    if is_new and files:
        attach_to_interaction(interaction=interaction, files=files, by=by)
    if is_new and next_step is not None:
        plan(customer=customer, step=next_step, owner=by, by=by)
    return interaction, is_new


@transaction.atomic
def attach_to_interaction(
    *, interaction: Interaction, files: Sequence[NewFile], by: User
) -> list[Attachment]:
    """Keep files with the customer, as what came with this contact."""
    added = attach(customer=interaction.customer, files=files, by=by)
    InteractionAttachment.objects.bulk_create(
        InteractionAttachment(attachment=file, interaction=interaction, customer_id=interaction.customer_id)
        for file in added
    )
    return added
