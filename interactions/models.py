from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q
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


OPEN = Q(done_at__isnull=True, cancelled_at__isnull=True)


class FollowUpQuerySet(models.QuerySet["FollowUp"]):
    def open(self) -> FollowUpQuerySet:
        """What is still to be done, whether its day has come or not."""
        return self.filter(OPEN)


class FollowUp(models.Model):
    """What somebody has promised to do for a customer. The earliest open one is the next contact."""

    customer = models.ForeignKey(
        Customer,
        verbose_name=_("customer"),
        on_delete=models.PROTECT,
        related_name="follow_ups",
        db_index=False,
    )
    owner = models.ForeignKey(
        User, verbose_name=_("to be done by"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    due_on = models.DateField(_("due date"))
    due_time = models.TimeField(_("time"), null=True, blank=True)
    subject = models.CharField(_("subject"), max_length=160)
    note = models.CharField(_("note"), max_length=500, blank=True)
    created_by = models.ForeignKey(
        User, verbose_name=_("planned by"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(_("planned"), default=timezone.now)
    done_by = models.ForeignKey(
        User,
        verbose_name=_("done by"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
    )
    done_at = models.DateTimeField(_("done"), null=True)
    cancelled_by = models.ForeignKey(
        User,
        verbose_name=_("cancelled by"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
    )
    cancelled_at = models.DateTimeField(_("cancelled"), null=True)
    cancel_reason = models.CharField(_("reason for cancelling"), max_length=255, blank=True)

    objects = FollowUpQuerySet.as_manager()

    class Meta:
        verbose_name = _("next step")
        verbose_name_plural = _("next steps")
        ordering = ["due_on", F("due_time").asc(nulls_last=True), "pk"]
        default_permissions = ("view", "add", "change")
        indexes = [
            models.Index(fields=["customer", "due_on"], name="follow_up_of_customer"),
            models.Index(fields=["due_on", "customer"], condition=OPEN, name="follow_up_due"),
            models.Index(fields=["owner", "due_on"], condition=OPEN, name="follow_up_of_person"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(subject__regex=r"\S"),
                name="follow_up_says_what",
                violation_error_message=_("Write in a few words what is to be done."),
            ),
            models.CheckConstraint(
                condition=Q(done_at__isnull=True, done_by__isnull=True)
                | Q(done_at__isnull=False, done_by__isnull=False, cancelled_at__isnull=True),
                name="follow_up_done_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(cancelled_at__isnull=True, cancelled_by__isnull=True, cancel_reason="")
                | Q(cancelled_at__isnull=False, cancelled_by__isnull=False, cancel_reason__regex=r"\S"),
                name="follow_up_cancelled_for_a_reason",
                violation_error_message=_("Say why it is cancelled."),
            ),
        ]

    def __str__(self) -> str:
        return self.subject

    @property
    def is_overdue(self) -> bool:
        """Whether its day is over, or its time of today."""
        now = timezone.localtime()
        if self.due_on != now.date():
            return self.due_on < now.date()
        return self.due_time is not None and self.due_time < now.time()
