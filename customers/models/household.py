import pghistory
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from customers.models.tracking import WHO_BESIDE_EACH_CHANGE


@pghistory.track(pghistory.UpdateEvent(row=pghistory.Old), pghistory.DeleteEvent(), **WHO_BESIDE_EACH_CHANGE)
class Household(models.Model):
    """People who live and spend together, with the address and the phone that they share."""

    name = models.CharField(_("name"), max_length=120)
    address = models.CharField(_("shared address"), max_length=255, blank=True, db_default="")
    phone = models.CharField(_("shared phone"), max_length=16, blank=True, db_default="")
    notes = models.TextField(_("notes"), blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("household")
        verbose_name_plural = _("households")
        constraints = [
            models.CheckConstraint(
                condition=Q(phone="") | Q(phone__regex=r"^\+[1-9][0-9]{6,14}$"),
                name="household_phone_canonical",
                violation_error_message=_("Write the phone number with its digits. Example: 0912 345 678"),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("customers:household", args=[self.pk])
