from __future__ import annotations

import datetime

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User

# How long the former values are kept, and so how long a batch can be undone.
KEPT_FOR = datetime.timedelta(days=30)
# A selection with which nobody has gone on.
DRAFT_FOR = datetime.timedelta(days=1)


class ChangeBatchQuerySet(models.QuerySet["ChangeBatch"]):
    def visible_to(self, user: User) -> ChangeBatchQuerySet:
        """One's own, and everybody's for whoever sees every customer."""
        if user.has_perm("customers.view_all_customer"):
            return self
        return self.filter(asked_by=user)

    def carried_out(self) -> ChangeBatchQuerySet:
        """Those that have changed anything, or are about to."""
        return self.exclude(state__in=ChangeBatch.DRAFTS, changed=0)

    def abandoned(self) -> ChangeBatchQuerySet:
        """Selections that were made and left."""
        old = self.filter(created_at__lte=timezone.now() - DRAFT_FOR)
        return old.filter(state__in=ChangeBatch.DRAFTS, changed=0)

    def expired(self) -> ChangeBatchQuerySet:
        """Those of whose rows nothing is to be kept any longer."""
        return self.filter(created_at__lte=timezone.now() - KEPT_FOR)


class ChangeBatch(models.Model):
    """One change to many customers: who was chosen, what changes and why, how far it is, what it did."""

    class State(models.TextChoices):
        CHOSEN = "chosen", _("Choosing what to change")
        PREVIEWED = "previewed", _("Waiting for confirmation")
        RUNNING = "running", _("Being carried out")
        DONE = "done", _("Carried out")
        CANCELLED = "cancelled", _("Stopped")
        FAILED = "failed", _("Failed")
        UNDOING = "undoing", _("Being undone")
        UNDONE = "undone", _("Undone")

    class Fault(models.TextChoices):
        NONE = "", ""
        TARGET = "target", _("The chosen tag or person can no longer be given.")
        RIGHTS = "rights", _("Whoever asked for it may no longer change customers in bulk.")
        DATABASE = "database", _("The database refused a change.")

    DRAFTS = (State.CHOSEN, State.PREVIEWED)
    FINISHED = (State.DONE, State.CANCELLED, State.FAILED)

    asked_by = models.ForeignKey(
        User, verbose_name=_("asked by"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.CHOSEN)
    # As people read it: the conditions of the list, one a line, or that the rows were ticked.
    conditions = models.TextField(_("who was chosen"), blank=True)
    # The list from which they were chosen, to which its pages lead back.
    query = models.TextField(blank=True)
    # By name in `customers.bulk.actions`; what it writes by column, which undoing compares with.
    action = models.CharField(_("action"), max_length=30, blank=True)
    writes = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    # The name of a place, a tag or a person, as it was then.
    value_words = models.CharField(_("new value"), max_length=300, blank=True)
    reason = models.CharField(_("reason"), max_length=255, blank=True)
    fault = models.CharField(_("error"), max_length=10, choices=Fault.choices, blank=True)

    total = models.PositiveIntegerField(_("customers chosen"), default=0)
    to_change = models.PositiveIntegerField(_("customers to change"), default=0)
    same = models.PositiveIntegerField(_("customers who have the value already"), default=0)
    barred = models.PositiveIntegerField(_("customers who cannot have the value"), default=0)
    lost = models.PositiveIntegerField(_("customers whom the person may not change"), default=0)
    changed = models.PositiveIntegerField(_("customers changed"), default=0)
    restored = models.PositiveIntegerField(_("customers restored"), default=0)
    kept = models.PositiveIntegerField(_("customers kept as changed since"), default=0)

    created_at = models.DateTimeField(_("chosen at"), default=timezone.now)
    queued_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(_("started at"), null=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)
    undone_by = models.ForeignKey(
        User,
        verbose_name=_("undone by"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
    )

    objects = ChangeBatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("bulk change")
        verbose_name_plural = _("bulk changes")
        default_permissions = ()
        indexes = [models.Index(fields=["asked_by", "-id"], name="batch_asked_by")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=("chosen", "previewed")) | ~Q(reason=""),
                name="batch_says_why",
                violation_error_message=_("Write the reason, so that colleagues understand it later."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk}: {self.action}"

    @property
    def is_draft(self) -> bool:
        """Whether it waits for the person: nothing runs."""
        return self.state in self.DRAFTS

    @property
    def is_working(self) -> bool:
        return self.state in {self.State.RUNNING, self.State.UNDOING}

    @property
    def may_be_undone(self) -> bool:
        """Whether it changed anything, and the former values are still kept."""
        is_at_rest = self.state in {*self.FINISHED, self.State.PREVIEWED}
        return is_at_rest and self.changed > 0 and timezone.now() < self.undo_until

    @property
    def undo_until(self) -> datetime.datetime:
        return self.created_at + KEPT_FOR

    @property
    def progress(self) -> int:
        return self.restored + self.kept if self.state == self.State.UNDOING else self.changed

    @property
    def progress_total(self) -> int:
        return self.changed if self.state == self.State.UNDOING else self.changed + self.to_change

    @property
    def percent(self) -> int:
        return min(100, self.progress * 100 // self.progress_total) if self.progress_total else 0


class ChangeRow(models.Model):
    """A customer of a batch, and what became of them.

    It names the customer without a foreign key, as a log does: merging or erasing one never waits for it.
    """

    class State(models.TextChoices):
        CHOSEN = "chosen", pgettext_lazy("row", "chosen")
        TO_CHANGE = "to_change", pgettext_lazy("row", "to be changed")
        SAME = "same", pgettext_lazy("row", "so already")
        BARRED = "barred", pgettext_lazy("row", "cannot have the value")
        LOST = "lost", pgettext_lazy("row", "may not be changed")
        CHANGED = "changed", pgettext_lazy("row", "changed")
        RESTORED = "restored", pgettext_lazy("row", "restored")
        KEPT = "kept", pgettext_lazy("row", "kept")

    class KeptBecause(models.TextChoices):
        NONE = "", ""
        CHANGED = "changed", _("Somebody has changed it since.")
        GONE = "gone", _("The customer has been deleted or merged since.")
        NOT_YOURS = "not_yours", _("The customer is in somebody else's care now.")
        OWNER_LEFT = "owner_left", _("The person who was in charge has left.")

    # Judged anew until they are changed.
    OPEN = (State.CHOSEN, State.TO_CHANGE, State.SAME, State.BARRED, State.LOST)

    batch = models.ForeignKey(ChangeBatch, on_delete=models.CASCADE, related_name="rows", db_index=False)
    customer_pk = models.BigIntegerField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.CHOSEN)
    # The columns that were written as they were before, and the version of the customer then.
    before = models.JSONField(null=True)
    version = models.PositiveIntegerField(null=True)
    kept_because = models.CharField(max_length=10, choices=KeptBecause.choices, blank=True, db_default="")

    class Meta:
        verbose_name = _("row of a bulk change")
        verbose_name_plural = _("rows of bulk changes")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["batch", "customer_pk"], name="change_row_once")]

    def __str__(self) -> str:
        return f"{self.batch_id}: {self.customer_pk}"
