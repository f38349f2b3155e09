from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from customers.models.customer import Customer


class Assignment(models.Model):
    """Who was in charge of a customer, from when to when.

    Triggers of the customers' table write it, so that no way of changing the person in charge is missed;
    `by` and `reason` are those that `pghistory.context` names.
    """

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="assignments")
    owner = models.ForeignKey(
        User,
        verbose_name=_("person in charge"),
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    since = models.DateTimeField(_("from"))
    until = models.DateTimeField(_("until"), null=True)
    by = models.ForeignKey(
        User,
        verbose_name=_("changed by"),
        on_delete=models.DO_NOTHING,
        null=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    reason = models.CharField(_("reason"), max_length=255, blank=True, db_default="")

    class Meta:
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")
        ordering = ["-since", "-pk"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["customer"], condition=Q(until__isnull=True), name="assignment_one_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")),
                name="assignment_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}: {self.owner}"
