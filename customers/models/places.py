from django.db import models
from django.utils.translation import gettext_lazy as _


class Province(models.Model):
    """One of the 34 provinces and cities since July 2025, under its statistics-office code."""

    code = models.CharField(_("code"), max_length=2, primary_key=True)
    name = models.CharField(_("name"), max_length=60)
    full_name = models.CharField(_("full name"), max_length=80)
    region = models.CharField(_("region"), max_length=60)

    class Meta:
        verbose_name = _("province or city")
        verbose_name_plural = _("provinces and cities")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class Ward(models.Model):
    """A ward, commune or special zone; there are no districts any more."""

    code = models.CharField(_("code"), max_length=5, primary_key=True)
    name = models.CharField(_("name"), max_length=80)
    province = models.ForeignKey(
        Province, verbose_name=_("province or city"), on_delete=models.PROTECT, related_name="wards"
    )

    class Meta:
        verbose_name = _("ward or commune")
        verbose_name_plural = _("wards and communes")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name
