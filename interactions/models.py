from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from customers.models import Attachment, Customer


class Interaction(models.Model):
    """One contact with a customer: what was said, how it ended and how the customer felt."""

    class Channel(models.TextChoices):
        CALL = "call", _("Call")
        VISIT = "visit", _("Visit")
        MEETING = "meeting", _("Meeting")
        SMS = "sms", _("SMS")
        ZALO = "zalo", _("Zalo")
        EMAIL = "email", _("Email")
        NOTE = "note", _("Note")

    class Direction(models.TextChoices):
        OUTGOING = "outgoing", _("From us")
        INCOMING = "incoming", _("From the customer")

    class Stage(models.TextChoices):
        BEFORE = "before", _("Before the sale")
        DURING = "during", _("During the sale")
        AFTER = "after", _("After the sale")

    class Outcome(models.TextChoices):
        REACHED = "reached", _("Reached")
        NO_ANSWER = "no_answer", _("No answer")
        INTERESTED = "interested", _("Interested")
        CALL_BACK = "call_back", _("Asked to be contacted later")
        BOUGHT = "bought", _("Bought")
        REFUSED = "refused", _("Refused")
        SOLVED = "solved", _("Solved")

    class Mood(models.TextChoices):
        HAPPY = "happy", _("Happy")
        NEUTRAL = "neutral", pgettext_lazy("mood", "Calm")
        UPSET = "upset", _("Upset")

    customer = models.ForeignKey(
        Customer,
        verbose_name=_("customer"),
        on_delete=models.PROTECT,
        related_name="interactions",
        db_index=False,
    )
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices, default=Channel.CALL)
    direction = models.CharField(
        _("direction"), max_length=10, choices=Direction.choices, default=Direction.OUTGOING
    )
    stage = models.CharField(_("stage"), max_length=10, choices=Stage.choices, default=Stage.AFTER)
    subject = models.CharField(_("subject"), max_length=160)
    notes = models.TextField(_("notes"), blank=True)
    outcome = models.CharField(_("outcome"), max_length=12, choices=Outcome.choices, blank=True)
    mood = models.CharField(_("mood"), max_length=10, choices=Mood.choices, blank=True)
    by = models.ForeignKey(
        User, verbose_name=_("by"), on_delete=models.PROTECT, related_name="interactions", db_index=False
    )
    happened_at = models.DateTimeField(_("when"), default=timezone.now)
    submission = models.UUIDField(default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(_("logged"), db_default=models.functions.Now(), editable=False)

    class Meta:
        verbose_name = _("interaction")
        verbose_name_plural = _("interactions")
        indexes = [
            models.Index(fields=["customer", "-happened_at", "-id"], name="interaction_of_customer"),
            models.Index(fields=["by", "-happened_at"], name="interaction_by_person"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["customer", "submission"], name="interaction_logged_once"),
        ]

    def __str__(self) -> str:
        return self.subject


class InteractionAttachment(models.Model):
    """A file of the customer that came with one contact."""

    attachment = models.OneToOneField(
        Attachment, on_delete=models.CASCADE, primary_key=True, related_name="of_interaction"
    )
    interaction = models.ForeignKey(Interaction, on_delete=models.CASCADE, related_name="attachments")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")

    class Meta:
        verbose_name = _("file of an interaction")
        verbose_name_plural = _("files of interactions")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.attachment_id)
