"""What rules can say of the contacts with a customer."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from customers.rules.vocabulary import PRESENCE, Earliest, Field, Kind, Latest, Option, Related, Section
from interactions.models import Interaction

MODEL = "interactions.Interaction"


def _of(choices: type[models.TextChoices]) -> Callable[[User], Iterable[Option]]:
    return lambda _user: [Option(value, str(label)) for value, label in choices.choices]


# A note is written about a customer, not to them.
_LAST = Latest(MODEL, "happened_at", without=(("channel", Interaction.Channel.NOTE.value),))
_NEXT = Earliest(
    "interactions.FollowUp", "due_on", only=(("done_at__isnull", True), ("cancelled_at__isnull", True))
)
_CHOSEN = ("is", "is_not")

FIELDS = (
    Field("last_contact", _("Last contact"), Kind.DAY, _LAST, Section.CARE),
    Field(
        "next_contact",
        _("Next contact"),
        Kind.DAY,
        _NEXT,
        Section.CARE,
        only=("in_within", "overdue", "since", "until", "on", *PRESENCE),
    ),
    Field(
        "contact_channel",
        _("Contacted by"),
        Kind.CHOICE,
        Related(MODEL, "channel"),
        Section.CARE,
        _of(Interaction.Channel),
        only=_CHOSEN,
    ),
    Field(
        "contact_mood",
        _("Mood in a contact"),
        Kind.CHOICE,
        Related(MODEL, "mood"),
        Section.CARE,
        _of(Interaction.Mood),
        only=_CHOSEN,
    ),
)
