from __future__ import annotations

import pghistory
from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.db.models import OuterRef, Q
from django.db.models.functions import JSONObject, Lower
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from customers.models.customer import Customer
from customers.models.tracking import WHO_BESIDE_EACH_CHANGE


class TagQuerySet(models.QuerySet["Tag"]):
    def offered(self, *, to: Customer | None = None) -> TagQuerySet:
        """The tags that may be given now, with those that a customer has from earlier."""
        if to is None:
            return self.filter(is_active=True)
        return self.filter(Q(is_active=True) | Q(pk__in=to.customer_tags.values("tag")))


class Tag(models.Model):
    """A word of the firm's own for customers, such as "Khách quen"; administrators decide which there are."""

    class Tone(models.TextChoices):
        PLAIN = "plain", pgettext_lazy("tone", "Plain")
        ACCENT = "accent", pgettext_lazy("tone", "Highlighted")
        OK = "ok", pgettext_lazy("tone", "Good")
        WARN = "warn", pgettext_lazy("tone", "Careful")
        DANGER = "danger", pgettext_lazy("tone", "Urgent")

    name = models.CharField(_("name"), max_length=40)
    tone = models.CharField(_("tone"), max_length=8, choices=Tone.choices, default=Tone.PLAIN)
    is_active = models.BooleanField(
        _("active"),
        default=True,
        help_text=_("Customers keep a tag that is no longer active; nobody else is given it."),
    )

    objects = TagQuerySet.as_manager()

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                Lower("name"),
                name="tag_name_any_case",
                violation_error_message=_("There is a tag of this name already. Choose another name."),
            ),
            models.CheckConstraint(
                condition=Q(name__regex=r"\S"),
                name="tag_has_a_name",
                violation_error_message=_("Give the tag a name."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


@pghistory.track(
    pghistory.InsertEvent(),
    pghistory.UpdateEvent(row=pghistory.Old),
    pghistory.DeleteEvent(),
    **WHO_BESIDE_EACH_CHANGE,
)
class CustomerTag(models.Model):
    """A tag that a customer has, since when and by whom."""

    customer = models.ForeignKey(
        Customer, on_delete=models.CASCADE, related_name="customer_tags", db_index=False
    )
    tag = models.ForeignKey(
        Tag, verbose_name=_("tag"), on_delete=models.PROTECT, related_name="customer_tags", db_index=False
    )
    since = models.DateTimeField(_("since"), db_default=models.functions.Now(), editable=False)
    by = models.ForeignKey(
        User,
        verbose_name=_("given by"),
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        db_index=False,
    )

    class Meta:
        verbose_name = _("tag of a customer")
        verbose_name_plural = _("tags of customers")
        default_permissions = ()
        # Whose tags are read by customer; whom a filter by tag finds, by tag.
        indexes = [models.Index(fields=["tag", "customer"], name="customer_tag_customers")]
        constraints = [models.UniqueConstraint(fields=["customer", "tag"], name="customer_tag_once")]

    def __str__(self) -> str:
        return f"{self.customer_id}: {self.tag_id}"


def tags_of(customer: OuterRef) -> ArraySubquery:
    """The tags of a customer in the order of their names, each with `pk`, `name` and `tone`."""
    given = CustomerTag.objects.filter(customer=customer).order_by("tag__name")
    return ArraySubquery(given.values(tag_row=JSONObject(pk="tag_id", name="tag__name", tone="tag__tone")))
