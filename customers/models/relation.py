from __future__ import annotations

from django.db import models
from django.db.models import Expression, F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from customers.models.customer import Customer


class RelationKind(models.TextChoices):
    """What the other person is to the customer."""

    PARENT = "parent", pgettext_lazy("relation", "Parent")
    CHILD = "child", pgettext_lazy("relation", "Child")
    SPOUSE = "spouse", pgettext_lazy("relation", "Wife or husband")
    SIBLING = "sibling", pgettext_lazy("relation", "Brother or sister")
    RELATIVE = "relative", pgettext_lazy("relation", "Other relative")
    REFERRER = "referrer", pgettext_lazy("relation", "Referred this customer")
    REFERRED = "referred", pgettext_lazy("relation", "Referred by this customer")
    FRIEND = "friend", pgettext_lazy("relation", "Friend")
    COLLEAGUE = "colleague", pgettext_lazy("relation", "Colleague at work")
    OTHER = "other", pgettext_lazy("relation", "Other relation")

    @property
    def inverse(self) -> RelationKind:
        """What the customer is to the other person."""
        return INVERSES.get(self, self)


INVERSES = {
    RelationKind.PARENT: RelationKind.CHILD,
    RelationKind.CHILD: RelationKind.PARENT,
    RelationKind.REFERRER: RelationKind.REFERRED,
    RelationKind.REFERRED: RelationKind.REFERRER,
}


class RelationQuerySet(models.QuerySet["Relation"]):
    def of(self, customer: Customer | Expression) -> RelationQuerySet:
        """Relations read from either side, those of people in the trash left out."""
        present = Q(customer__trashed_at__isnull=True, other__trashed_at__isnull=True)
        return self.filter(Q(customer=customer) | Q(other=customer), present)

    def running(self) -> RelationQuerySet:
        return self.filter(until_on__isnull=True)

    def between(self, customer: Customer, other: Customer, kind: RelationKind) -> RelationQuerySet:
        """The same relation, whichever of the two it was entered for."""
        return self.filter(
            Q(customer=customer, other=other, kind=kind)
            | Q(customer=other, other=customer, kind=kind.inverse)
        )


class Relation(models.Model):
    """How two customers know each other, outside a household; kept once and read from both sides."""

    customer = models.ForeignKey(
        Customer, verbose_name=_("customer"), on_delete=models.CASCADE, related_name="relations"
    )
    other = models.ForeignKey(
        Customer, verbose_name=_("other person"), on_delete=models.CASCADE, related_name="+"
    )
    kind = models.CharField(_("relation"), max_length=10, choices=RelationKind.choices)
    from_on = models.DateField(_("from"), null=True, blank=True)
    until_on = models.DateField(_("until"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=255, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    created_by = models.ForeignKey(
        User,
        verbose_name=_("created by"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
    )

    objects = RelationQuerySet.as_manager()

    class Meta:
        verbose_name = _("relation")
        verbose_name_plural = _("relations")
        ordering = ["pk"]
        default_permissions = ()
        constraints = [
            models.CheckConstraint(condition=~Q(customer=F("other")), name="relation_to_somebody_else"),
            models.CheckConstraint(
                condition=Q(from_on__isnull=True) | Q(until_on__isnull=True) | Q(until_on__gte=F("from_on")),
                name="relation_ends_after_it_begins",
            ),
            models.UniqueConstraint(
                fields=["customer", "other", "kind"],
                condition=Q(until_on__isnull=True),
                name="relation_once_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} – {self.other_id}: {self.kind}"
