from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User


class CustomerExportQuerySet(models.QuerySet["CustomerExport"]):
    def visible_to(self, user: User) -> CustomerExportQuerySet:
        """One's own exports; all of them for whoever looks after the use of personal data."""
        return self if user.has_perm("customers.view_customerexport") else self.filter(asked_by=user)

    def open(self) -> CustomerExportQuerySet:
        return self.filter(state__in=[CustomerExport.State.QUEUED, CustomerExport.State.RUNNING])


class CustomerExport(models.Model):
    """One file of customers: who had it made, of whom, with which columns, and what for.

    The file is deleted after some days; what stands here stays.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Being written")
        DONE = "done", _("Finished")
        CANCELLED = "cancelled", _("Cancelled")
        FAILED = "failed", _("Failed")

    class Format(models.TextChoices):
        XLSX = "xlsx", _("Excel (.xlsx)")
        CSV = "csv", _("CSV (.csv, UTF-8)")

    asked_by = models.ForeignKey(
        User, verbose_name=_("asked by"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    reason = models.CharField(_("what for"), max_length=255)
    # The address of the list, by which the file is made, and the same in words, as they were then.
    query = models.TextField()
    conditions = models.TextField(_("conditions"), blank=True)
    columns = ArrayField(models.CharField(max_length=60), verbose_name=pgettext_lazy("table", "columns"))
    file_format = models.CharField(_("format"), max_length=4, choices=Format.choices)
    language = models.CharField(max_length=8)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.QUEUED)
    progress = models.PositiveSmallIntegerField(_("progress"), default=0)
    rows = models.PositiveIntegerField(_("customers"), default=0)
    error = models.TextField(_("error"), blank=True)
    stored_as = models.CharField(max_length=60, blank=True)
    created_at = models.DateTimeField(_("asked at"), default=timezone.now)
    finished_at = models.DateTimeField(_("finished at"), null=True)
    expires_at = models.DateTimeField(_("kept until"), null=True)

    objects = CustomerExportQuerySet.as_manager()

    class Meta:
        verbose_name = _("export of customers")
        verbose_name_plural = _("exports of customers")
        indexes = [models.Index(fields=["asked_by", "-id"], name="export_asked_by")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="export_says_what_for",
                violation_error_message=_("Say what the file is for."),
            ),
            models.CheckConstraint(condition=Q(progress__lte=100), name="export_progress_at_most_100"),
            models.CheckConstraint(
                condition=Q(stored_as="") | Q(state="done", expires_at__isnull=False),
                name="export_file_only_when_done",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.created_at:%d/%m/%Y} {self.reason}"

    @property
    def is_open(self) -> bool:
        return self.state in {self.State.QUEUED, self.State.RUNNING}

    @property
    def has_file(self) -> bool:
        """Whether the file can still be fetched."""
        return bool(self.stored_as and self.expires_at and self.expires_at > timezone.now())
