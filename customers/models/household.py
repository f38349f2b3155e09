from django.db import models
from django.utils.translation import gettext_lazy as _


class Household(models.Model):
    """People who live and spend together."""

    name = models.CharField(_("name"), max_length=120)
    notes = models.TextField(_("notes"), blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("household")
        verbose_name_plural = _("households")

    def __str__(self) -> str:
        return self.name
