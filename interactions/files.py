"""Which files came with which contact."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.db.models.functions import JSONObject
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils import timezone
from django.utils.text import Truncator

from customers.registry import FileLink
from interactions.models import Interaction, InteractionAttachment

LONGEST_SUBJECT = 60


def files_of_each() -> ArraySubquery:
    """The files of each interaction that a query reads, along with it."""
    kept = InteractionAttachment.objects.filter(
        interaction=OuterRef("pk"), attachment__deleted_at__isnull=True
    )
    file = JSONObject(pk="attachment_id", name="attachment__name", size="attachment__size")
    return ArraySubquery(kept.order_by("attachment").values_list(file, flat=True))


def links(customer: int, files: Sequence[Mapping[str, Any]]) -> list[FileLink]:
    """What `files_of_each` read, as links."""
    return [
        FileLink(
            file["name"], filesizeformat(file["size"]), reverse("customers:file", args=[customer, file["pk"]])
        )
        for file in files
    ]


def added_with(interaction: Interaction) -> str:
    """The contact in a few words: its channel, its day, what it was about."""
    channel = Interaction.Channel(interaction.channel).label
    day = timezone.localdate(interaction.happened_at)
    return f"{channel} {day:%d/%m/%Y}: {Truncator(interaction.subject).chars(LONGEST_SUBJECT)}"


def origins(files: Collection[int]) -> dict[int, str]:
    """The contacts with which some files came, by the numbers of the files."""
    found = InteractionAttachment.objects.filter(attachment__in=files).select_related("interaction")
    return {one.attachment_id: added_with(one.interaction) for one in found}
