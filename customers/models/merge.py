from __future__ import annotations

import datetime

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from customers.models.customer import Customer, code_of

UNDO_FOR = datetime.timedelta(days=30)


class CustomerMergeQuerySet(models.QuerySet["CustomerMerge"]):
    def in_force(self) -> CustomerMergeQuerySet:
        return self.filter(undone_at__isnull=True)

    def undoable(self) -> CustomerMergeQuerySet:
        return self.in_force().filter(merged_at__gt=timezone.now() - UNDO_FOR)

    def expired(self) -> CustomerMergeQuerySet:
        """Merges that nobody can undo any more, of which something is still kept for that."""
        return self.filter(merged_at__lte=timezone.now() - UNDO_FOR).exclude(former_row={})

    def visible_to(self, user: User) -> CustomerMergeQuerySet:
        return self.filter(customer__in=Customer.objects.visible_to(user))

    def kept_for(self, number: int) -> int | None:
        """The customer in whom the one of this number was merged; None where it was not."""
        return self.in_force().filter(duplicate=number).values_list("customer_id", flat=True).first()


class CustomerMerge(models.Model):
    """Two records of one person made into one, with all that it takes to part them again.

    `former_row`, `former_behaviour`, `changed_values` and `journal` hold rows of tables as JSON, written and
    read by `customers.merging` only; they are emptied when the time for undoing is over.
    """

    customer = models.ForeignKey(
        Customer, verbose_name=_("customer"), on_delete=models.CASCADE, related_name="merges"
    )
    duplicate = models.BigIntegerField(_("number of the merged record"))
    duplicate_name = models.CharField(_("name of the merged record"), max_length=210)
    by = models.ForeignKey(
        User, verbose_name=_("merged by"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    merged_at = models.DateTimeField(_("merged"), default=timezone.now)
    undone_by = models.ForeignKey(
        User,
        verbose_name=_("undone by"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
    )
    undone_at = models.DateTimeField(_("undone"), null=True)
    former_row = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    former_behaviour = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    changed_values = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    journal = models.JSONField(default=list, encoder=DjangoJSONEncoder)

    objects = CustomerMergeQuerySet.as_manager()

    class Meta:
        verbose_name = _("merge")
        verbose_name_plural = _("merges")
        default_permissions = ()
        indexes = [
            models.Index(fields=["-merged_at", "-id"], name="merge_newest"),
            models.Index(
                fields=["duplicate"], condition=Q(undone_at__isnull=True), name="merge_of_duplicate"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(duplicate=models.F("customer_id")),
                name="merge_joins_two_records",
                violation_error_message=_("A record cannot be merged with itself. Choose another one."),
            ),
            models.CheckConstraint(
                condition=Q(undone_at__isnull=True, undone_by__isnull=True)
                | Q(undone_at__isnull=False, undone_by__isnull=False),
                name="merge_undone_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.duplicate_code} → {code_of(self.customer_id)}"

    @property
    def duplicate_code(self) -> str:
        return code_of(self.duplicate)

    @property
    def undo_until(self) -> datetime.datetime:
        return self.merged_at + UNDO_FOR

    @property
    def is_undoable(self) -> bool:
        return self.undone_at is None and timezone.now() < self.undo_until
