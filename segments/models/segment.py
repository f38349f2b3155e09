from __future__ import annotations

from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from customers.vietnamese.money import format_count


class Family(models.TextChoices):
    """The ways of dividing all customers. Each customer is in exactly one segment of every family."""

    AGE = "age", _("Age group")
    GENDER = "gender", _("Gender")
    INCOME = "income", _("Income band")
    EDUCATION = "education", _("Education level")
    OCCUPATION = "occupation", _("Occupation")
    MARITAL = "marital", _("Marital status")
    CHILDREN = "children", _("Children")
    HOUSEHOLD = "household", _("Household size")
    QUANTITY = "quantity", _("Purchase quantity")
    FREQUENCY = "frequency", _("Purchase frequency")
    VALUE = "value", _("Purchase value")
    BASKET = "basket", _("Average order value")
    CHANNEL = "channel", _("Purchase channel")
    REACH = "reach", _("Direct and online")
    RFM = "rfm", _("RFM group")
    RFM_CELL = "rfm_cell", _("Cell of the RFM map")

    @property
    def is_banded(self) -> bool:
        return self in FIRST_BOUND


# Where the first band of a family begins; below it, or where the value is not known, customers have a segment
# without a bound.
FIRST_BOUND: dict[Family, int] = {
    Family.AGE: 0,
    Family.HOUSEHOLD: 1,
    Family.QUANTITY: 0,
    Family.FREQUENCY: 0,
    Family.VALUE: 0,
    Family.BASKET: 0,
}


class SegmentQuerySet(models.QuerySet["Segment"]):
    def of(self, family: Family) -> SegmentQuerySet:
        return self.filter(family=family)

    def bands(self) -> SegmentQuerySet:
        """Bands from the lowest; each reaches up to where the next one begins."""
        return self.filter(lower_bound__isnull=False).order_by("lower_bound")


class Segment(models.Model):
    """A group of customers with a name: one value of a family that divides all of them."""

    # `CustomerBehaviour.segment_ids` holds these keys as integers of four bytes.
    id = models.AutoField(primary_key=True)
    family = models.CharField(_("way of dividing"), max_length=12, choices=Family.choices)
    key = models.CharField(_("key"), max_length=20)
    name_vi = models.CharField(_("Vietnamese name"), max_length=80)
    name_en = models.CharField(_("English name"), max_length=80)
    description_vi = models.CharField(_("Vietnamese description"), max_length=255, blank=True)
    description_en = models.CharField(_("English description"), max_length=255, blank=True)
    position = models.PositiveSmallIntegerField(_("position"))
    lower_bound = models.DecimalField(
        _("from"),
        max_digits=14,
        decimal_places=0,
        null=True,
        blank=True,
        help_text=_("The band begins here and reaches up to where the next one begins."),
    )
    is_system = models.BooleanField(_("part of the product"), default=False, editable=False)
    bound_changed_at = models.DateTimeField(_("bound changed"), null=True, editable=False)

    objects = SegmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("segment")
        verbose_name_plural = _("segments")
        ordering = ["family", "position", "pk"]
        permissions = [("refresh_segment", _("Can recalculate the segments"))]
        constraints = [
            models.UniqueConstraint(fields=["family", "key"], name="segment_key_once_a_family"),
            models.UniqueConstraint(
                fields=["family", "lower_bound"],
                name="segment_bound_once_a_family",
                violation_error_message=_("Another band of this family begins there. Choose another bound."),
            ),
            models.CheckConstraint(
                condition=Q(lower_bound__isnull=True)
                | Q(lower_bound__gte=0, family__in=[family.value for family in FIRST_BOUND]),
                name="segment_bound_only_in_bands",
                violation_error_message=_("Only bands have a bound, and it cannot be negative."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return self.name_en if (get_language() or "vi").startswith("en") else self.name_vi

    @property
    def description(self) -> str:
        return self.description_en if (get_language() or "vi").startswith("en") else self.description_vi

    def clean(self) -> None:
        """Bounds keep the order of the bands, so that the names stay true; the first one is fixed."""
        before, after = self._neighbours()
        if self.lower_bound is None:
            if self._was_band():
                raise ValidationError({"lower_bound": _("Enter where this band begins.")})
            return
        if before is None:
            self._check_first()
        elif self.lower_bound <= before:
            raise ValidationError(
                {
                    "lower_bound": _("Enter more than %(bound)s, where the band before this one begins.")
                    % {"bound": format_count(int(before))}
                }
            )
        if after is not None and self.lower_bound >= after:
            raise ValidationError(
                {
                    "lower_bound": _("Enter less than %(bound)s, where the next band begins.")
                    % {"bound": format_count(int(after))}
                }
            )

    def _was_band(self) -> bool:
        return Segment.objects.filter(pk=self.pk, lower_bound__isnull=False).exists()

    def _neighbours(self) -> tuple[Decimal | None, Decimal | None]:
        bands = Segment.objects.of(Family(self.family)).bands().exclude(pk=self.pk)
        bounds = bands.values_list("position", "lower_bound")
        before = [bound for position, bound in bounds if position < self.position]
        after = [bound for position, bound in bounds if position > self.position]
        return (before[-1] if before else None), (after[0] if after else None)

    def _check_first(self) -> None:
        first = FIRST_BOUND.get(Family(self.family))
        if first is not None and self.lower_bound != first:
            raise ValidationError(
                {
                    "lower_bound": _("The first band must begin at %(bound)s, so that nobody is left out.")
                    % {"bound": first}
                }
            )
