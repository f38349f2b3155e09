from __future__ import annotations

import calendar
import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Branch, User
from segments.models.segment import Segment


class RefreshRunQuerySet(models.QuerySet["RefreshRun"]):
    def finished(self) -> RefreshRunQuerySet:
        """The runs that finished, the last of them first."""
        return self.filter(state=RefreshRun.State.DONE).order_by("-finished_at", "-pk")

    def current(self) -> RefreshRun | None:
        """The run that the stored figures come from: the last that finished."""
        return self.finished().first()

    def open(self) -> RefreshRunQuerySet:
        return self.filter(state__in=[RefreshRun.State.QUEUED, RefreshRun.State.RUNNING])


class RefreshRun(models.Model):
    """One calculation of behaviour, RFM and segments of all customers, as of the end of a day."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Finished")
        FAILED = "failed", _("Failed")

    class Step(models.TextChoices):
        PURCHASES = "purchases", _("Adding up purchases")
        UNITS = "units", _("Adding up units bought")
        BEHAVIOUR = "behaviour", _("Putting the figures of each customer together")
        SCORES = "scores", _("Finding the cut points of the RFM scores")
        SEGMENTS = "segments", _("Placing customers in segments")
        FIGURES = "figures", _("Adding up the segments by branch")

    as_of = models.DateField(_("as of"))
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.QUEUED)
    step = models.CharField(_("step"), max_length=10, choices=Step.choices, blank=True)
    progress = models.PositiveSmallIntegerField(_("progress"), default=0)
    error = models.TextField(_("error"), blank=True)
    asked_by = models.ForeignKey(
        User, verbose_name=_("asked by"), on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(_("asked at"), auto_now_add=True)
    started_at = models.DateTimeField(_("started at"), null=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)

    fixed_thresholds = models.BooleanField(_("fixed thresholds"), default=False)
    recency_cuts = ArrayField(models.DateField(), verbose_name=_("cut points of recency"), default=list)
    frequency_cuts = ArrayField(
        models.IntegerField(), verbose_name=_("cut points of frequency"), default=list
    )
    monetary_cuts = ArrayField(
        models.DecimalField(max_digits=16, decimal_places=0),
        verbose_name=_("cut points of spend"),
        default=list,
    )
    customers = models.PositiveIntegerField(_("customers"), default=0)
    buyers = models.PositiveIntegerField(_("buyers"), default=0)
    orders = models.PositiveBigIntegerField(_("purchases"), default=0)
    revenue = models.DecimalField(_("revenue"), max_digits=20, decimal_places=0, default=0)
    rows_changed = models.PositiveIntegerField(_("customers changed"), default=0)

    objects = RefreshRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("calculation of segments")
        verbose_name_plural = _("calculations of segments")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["state"], condition=Q(state__in=["queued", "running"]), name="run_once_at_a_time"
            ),
            models.CheckConstraint(condition=Q(progress__lte=100), name="run_progress_at_most_100"),
        ]

    def __str__(self) -> str:
        return f"{self.as_of:%d/%m/%Y}"

    @property
    def is_open(self) -> bool:
        return self.state in {self.State.QUEUED, self.State.RUNNING}

    @property
    def window_start(self) -> datetime.date:
        """The first day of the twelve months that end on `as_of`."""
        return months_before(self.as_of, 12) + datetime.timedelta(days=1)


def months_before(day: datetime.date, months: int) -> datetime.date:
    """The same day some months earlier, or the last day of a shorter month."""
    year, month0 = divmod(day.year * 12 + day.month - 1 - months, 12)
    last = calendar.monthrange(year, month0 + 1)[1]
    return datetime.date(year, month0 + 1, min(day.day, last))


class SegmentFigureQuerySet(models.QuerySet["SegmentFigure"]):
    def visible_to(self, user: User) -> SegmentFigureQuerySet:
        """Figures of branches whose customers a user sees all of; customers elsewhere are added up live."""
        if user.has_perm("customers.view_all_customer"):
            return self
        if user.has_perm("customers.view_branch_customer"):
            return self.filter(branch__in=user.branch_ids)
        return self.none()


class SegmentFigure(models.Model):
    """Size and revenue of a segment within a branch, stored by a run. Money is whole đồng.

    Who never bought counts as having bought last on `LONG_AGO`, as in the order by last purchase.
    """

    run = models.ForeignKey(RefreshRun, on_delete=models.CASCADE, related_name="figures", db_index=False)
    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="figures")
    branch = models.ForeignKey(Branch, on_delete=models.CASCADE, null=True, related_name="+")
    customers = models.PositiveIntegerField()
    active = models.PositiveIntegerField(db_default=0)
    buyers = models.PositiveIntegerField()
    orders = models.PositiveBigIntegerField()
    revenue = models.DecimalField(max_digits=20, decimal_places=0)
    orders_12m = models.PositiveBigIntegerField()
    revenue_12m = models.DecimalField(max_digits=20, decimal_places=0)
    # Between which values the members stand in the orders of the list, so that it walks through few others.
    earliest_last_purchase = models.DateField(null=True)
    latest_last_purchase = models.DateField(null=True)
    lowest_spend = models.DecimalField(max_digits=16, decimal_places=0, null=True)
    highest_spend = models.DecimalField(max_digits=16, decimal_places=0, null=True)

    objects = SegmentFigureQuerySet.as_manager()

    class Meta:
        verbose_name = _("segment figure")
        verbose_name_plural = _("segment figures")
        constraints = [
            models.UniqueConstraint(
                fields=["run", "segment", "branch"],
                nulls_distinct=False,
                name="figure_once_a_run_segment_branch",
            ),
            models.CheckConstraint(
                condition=Q(buyers__lte=F("customers")), name="figure_buyers_among_customers"
            ),
            models.CheckConstraint(
                condition=Q(active__lte=F("customers")), name="figure_active_among_customers"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.segment_id} × {self.branch_id}"
