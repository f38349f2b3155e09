from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Greatest, Least, Now
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from customers.models.customer import Customer


class Evidence(models.TextChoices):
    """What speaks for two records being one person, or against it."""

    CITIZEN_ID = "citizen_id", _("the same citizen ID number")
    EMAIL = "email", _("the same email")
    PHONE = "phone", _("the same phone number")
    NAME = "name", _("the same name, marks aside")
    BIRTH_DATE = "birth_date", _("the same date of birth")
    BIRTH_YEAR = "birth_year", _("the same year of birth")
    OTHER_NAME = "other_name", _("different names")
    OTHER_BIRTH = "other_birth", _("different dates of birth")
    OTHER_CITIZEN_ID = "other_id", _("different citizen ID numbers")

    @property
    def is_against(self) -> bool:
        return self in {Evidence.OTHER_NAME, Evidence.OTHER_BIRTH, Evidence.OTHER_CITIZEN_ID}


class DuplicatePairQuerySet(models.QuerySet["DuplicatePair"]):
    def visible_to(self, user: User) -> DuplicatePairQuerySet:
        """The pairs of which a user may see both records."""
        visible = Customer.objects.visible_to(user)
        return self.filter(customer__in=visible, other__in=visible)

    def open(self) -> DuplicatePairQuerySet:
        return self.filter(verdict=DuplicatePair.Verdict.OPEN)

    def set_apart(self) -> DuplicatePairQuerySet:
        return self.filter(verdict=DuplicatePair.Verdict.NOT_DUPLICATES)

    def of(self, customer: int) -> DuplicatePairQuerySet:
        return self.filter(Q(customer=customer) | Q(other=customer))

    def between(self, one: int, other: int) -> DuplicatePairQuerySet:
        return self.filter(Q(customer=one, other=other) | Q(customer=other, other=one))


class DuplicatePair(models.Model):
    """Two records that may be one person, by the weight of the evidence, until somebody says they are not."""

    class Verdict(models.TextChoices):
        OPEN = "open", _("to be looked at")
        NOT_DUPLICATES = "apart", _("not duplicates")

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    other = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    score = models.SmallIntegerField(_("weight of the evidence"))
    evidence = ArrayField(
        models.CharField(max_length=12, choices=Evidence.choices), verbose_name=_("evidence")
    )
    found_at = models.DateTimeField(_("found"), db_default=Now())
    verdict = models.CharField(_("verdict"), max_length=5, choices=Verdict.choices, default=Verdict.OPEN)
    decided_by = models.ForeignKey(
        User,
        verbose_name=_("decided by"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
    )
    decided_at = models.DateTimeField(_("decided"), null=True)

    objects = DuplicatePairQuerySet.as_manager()

    class Meta:
        verbose_name = _("possible duplicate")
        verbose_name_plural = _("possible duplicates")
        default_permissions = ()
        indexes = [
            models.Index(fields=["-score", "-id"], name="pair_strongest", condition=Q(verdict="open")),
        ]
        constraints = [
            # A merge hands pairs over, so the lower number does not always stand first.
            models.UniqueConstraint(
                Least("customer", "other"), Greatest("customer", "other"), name="pair_once"
            ),
            models.CheckConstraint(condition=~Q(customer=F("other")), name="pair_of_two_records"),
            models.CheckConstraint(
                condition=Q(verdict="open", decided_by__isnull=True, decided_at__isnull=True)
                | Q(verdict="apart", decided_by__isnull=False, decided_at__isnull=False),
                name="pair_decided_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} ~ {self.other_id}"

    @property
    def signs(self) -> list[Evidence]:
        return [Evidence(code) for code in self.evidence]
