from __future__ import annotations

import datetime

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from customers.models.customer import Customer


class ObservationKind(models.TextChoices):
    """What an observation is about; what influences people to buy comes in four families."""

    REQUEST = "request", _("Special request")
    NEED = "need", _("Need")
    PREFERENCE = "preference", _("Preference")
    BUDGET = "budget", _("Budget")
    GOAL = "goal", _("Goal")
    PSYCHOLOGY = "psychology", _("Influence: psychology")
    CULTURE = "culture", _("Influence: culture")
    SOCIETY = "society", _("Influence: society")
    SURROUNDINGS = "surroundings", _("Influence: surroundings")


INFLUENCES = (
    ObservationKind.PSYCHOLOGY,
    ObservationKind.CULTURE,
    ObservationKind.SOCIETY,
    ObservationKind.SURROUNDINGS,
)


class ObservationQuerySet(models.QuerySet["Observation"]):
    def running(self) -> ObservationQuerySet:
        """What holds until somebody says otherwise."""
        return self.filter(until_on__isnull=True)

    def on(self, day: datetime.date) -> ObservationQuerySet:
        """What held on a day: an observation that was replaced on it had ended, the next one begun."""
        ended = Q(until_on__isnull=False, until_on__lte=day)
        return self.filter(from_on__lte=day).exclude(ended)


class Observation(models.Model):
    """Something known of a customer from a day on: said by them, or noticed, with its source.

    It is never rewritten. What changes ends, and the next observation begins on that day.
    """

    class Source(models.TextChoices):
        SAID = "said", _("said by the customer")
        NOTICED = "noticed", _("noticed by us")
        FORM = "form", _("form or survey")
        OTHERS = "others", _("told by others")

    customer = models.ForeignKey(
        Customer, verbose_name=_("customer"), on_delete=models.CASCADE, related_name="observations"
    )
    kind = models.CharField(_("kind"), max_length=12, choices=ObservationKind.choices)
    text = models.CharField(_("in words"), max_length=500, blank=True)
    budget_min = models.DecimalField(_("budget from"), max_digits=14, decimal_places=0, null=True, blank=True)
    budget_max = models.DecimalField(
        pgettext_lazy("budget", "up to"), max_digits=14, decimal_places=0, null=True, blank=True
    )
    source = models.CharField(_("how it is known"), max_length=8, choices=Source.choices, default=Source.SAID)
    from_on = models.DateField(_("since"))
    until_on = models.DateField(_("until"), null=True, blank=True)
    is_pinned = models.BooleanField(_("pinned at the top"), default=False)
    is_sensitive = models.BooleanField(_("sensitive"), default=False)
    recorded_by = models.ForeignKey(
        User, verbose_name=_("recorded by"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    recorded_at = models.DateTimeField(_("recorded"), default=timezone.now)
    ended_by = models.ForeignKey(
        User,
        verbose_name=_("ended by"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
    )

    objects = ObservationQuerySet.as_manager()

    class Meta:
        verbose_name = _("observation")
        verbose_name_plural = _("observations")
        ordering = ["-from_on", "-pk"]
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind=ObservationKind.BUDGET, text="", budget_min=None, budget_max=None)
                & (Q(kind=ObservationKind.BUDGET) | ~Q(text="")),
                name="observation_says_something",
                violation_error_message=_("Write in a few words what you know."),
            ),
            models.CheckConstraint(
                condition=Q(kind=ObservationKind.BUDGET) | Q(budget_min=None, budget_max=None),
                name="observation_amounts_of_budgets_only",
                violation_error_message=_("Amounts belong to a budget: choose that kind, or leave them out."),
            ),
            models.CheckConstraint(
                condition=Q(budget_min__isnull=True)
                | Q(budget_max__isnull=True)
                | Q(budget_max__gte=F("budget_min")),
                name="observation_budget_in_order",
                violation_error_message=_("The budget ends below where it begins. Check both amounts."),
            ),
            models.CheckConstraint(
                condition=Q(until_on__isnull=True, ended_by__isnull=True) | Q(until_on__gte=F("from_on")),
                name="observation_ends_after_it_begins",
            ),
        ]
        triggers = [
            # A merge hands it over, and it may end; what was said stays as it was said.
            pgtrigger.ReadOnly(name="say_once", exclude=["customer", "until_on", "ended_by", "is_pinned"]),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}: {self.kind}"
