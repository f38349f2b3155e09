from __future__ import annotations

import pghistory
from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Reverse
from django.utils.translation import gettext_lazy as _

from customers.choices import EmailLabel, PhoneLabel
from customers.models.customer import Customer
from customers.models.tracking import WHO_BESIDE_EACH_CHANGE


@pghistory.track(
    pghistory.InsertEvent(),
    pghistory.UpdateEvent(row=pghistory.Old),
    pghistory.DeleteEvent(),
    **WHO_BESIDE_EACH_CHANGE,
)
class Phone(models.Model):
    """A number under which a customer can be reached. Families share numbers, so none is unique."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="phones")
    number = models.CharField(_("phone"), max_length=16, help_text=_("In the canonical form +84912345678."))
    label = models.CharField(_("label"), max_length=10, choices=PhoneLabel.choices, default=PhoneLabel.MOBILE)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("phone")
        verbose_name_plural = _("phones")
        ordering = ["position", "pk"]
        indexes = [
            models.Index(OpClass("number", name="varchar_pattern_ops"), name="phone_prefix"),
            models.Index(OpClass(Reverse("number"), name="text_pattern_ops"), name="phone_suffix"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "number"],
                name="phone_once_a_customer",
                violation_error_message=_("This customer already has this number."),
            ),
            models.CheckConstraint(
                condition=Q(number__regex=r"^\+[1-9][0-9]{6,14}$"),
                name="phone_canonical",
                violation_error_message=_("Write the phone number with its digits. Example: 0912 345 678"),
            ),
        ]

    def __str__(self) -> str:
        return self.number


@pghistory.track(
    pghistory.InsertEvent(),
    pghistory.UpdateEvent(row=pghistory.Old),
    pghistory.DeleteEvent(),
    **WHO_BESIDE_EACH_CHANGE,
)
class Email(models.Model):
    """A mail address of a customer."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="emails")
    address = models.EmailField(_("email"))
    label = models.CharField(
        _("label"), max_length=10, choices=EmailLabel.choices, default=EmailLabel.PERSONAL
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("email")
        verbose_name_plural = _("emails")
        ordering = ["position", "pk"]
        indexes = [models.Index(OpClass(Lower("address"), name="text_pattern_ops"), name="email_prefix")]
        constraints = [
            models.UniqueConstraint(
                "customer",
                Lower("address"),
                name="email_once_a_customer",
                violation_error_message=_("This customer already has this email."),
            ),
        ]

    def __str__(self) -> str:
        return self.address


class AllIdentifiers(models.Manager["CustomerIdentifier"]):
    """What names a customer, also one in the trash."""


class IdentifierManager(AllIdentifiers):
    """What names a customer who is not in the trash."""

    def get_queryset(self) -> models.QuerySet[CustomerIdentifier]:
        return super().get_queryset().filter(is_trashed=False)


class CustomerIdentifier(models.Model):
    """A number given by another system, a card or a form: the only uniqueness across customers.

    What a customer in the trash holds may be given to another one.
    """

    kind = models.CharField(_("kind"), max_length=60)
    value = models.CharField(_("value"), max_length=120)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="identifiers")
    # Copied from the customer by a trigger: an index knows its own table only.
    is_trashed = models.BooleanField(default=False, db_default=False, editable=False)

    objects = IdentifierManager()
    with_trash = AllIdentifiers()

    class Meta:
        verbose_name = _("identifier")
        verbose_name_plural = _("identifiers")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "value"],
                condition=Q(is_trashed=False),
                name="identifier_names_one_customer",
                violation_error_message=_("Another customer has this number."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.value}"
