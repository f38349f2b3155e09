from __future__ import annotations

import datetime
from functools import cached_property
from typing import Any

import pghistory
import pgtrigger
from django.apps import apps
from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Expression, ExpressionWrapper, F, Func, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce, Mod
from django.db.models.lookups import Exact
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Branch, User
from customers.choices import (
    Education,
    Gender,
    Honorific,
    HouseholdRole,
    IncomeBand,
    IncomeBasis,
    MaritalStatus,
    Occupation,
    Source,
)
from customers.models.customer_triggers import ASSIGNMENT_TRIGGERS, TRASH_TRIGGER
from customers.models.household import Household
from customers.models.places import Province, Ward
from customers.models.scope import ScopedQuerySet
from customers.models.tracking import WHO_BESIDE_EACH_CHANGE
from customers.vietnamese.names import address_as, join

# Names of tags, read for a list only where a column asks for them.
TAGS = "tag_names"


def code_of(number: int) -> str:
    """The code of the record of this number, also of one that is merged and gone."""
    return f"KH-{number:06d}"


def name_of(row: Any) -> str:
    """What a customer is called, or a row of plain values about one: by name, or else by code."""
    name = join(row.family_name, row.middle_name, row.given_name)
    return name or str(_("Customer %(code)s") % {"code": code_of(row.pk)})


def _changes_all_seen(user: User) -> bool:
    """Whether a user may change everybody whom they see."""
    if not user.has_perm("customers.change_customer"):
        return False
    return user.has_perm("customers.view_branch_customer") or user.has_perm("customers.view_all_customer")


class CustomerQuerySet(ScopedQuerySet["Customer"]):
    def editable_by(self, user: User) -> CustomerQuerySet:
        """Whom a user may change: as `visible_to`, less the customers that a shop counter only reads."""
        if not user.has_perm("customers.change_customer"):
            return self.none()
        return self.visible_to(user) if _changes_all_seen(user) else self.filter(self.in_care_of(user))

    def with_may_edit(self, user: User) -> CustomerQuerySet:
        """Of customers whom a user sees, `may_edit` beside each: whether `editable_by` has them too."""
        may_edit: Expression = Value(_changes_all_seen(user))
        if user.has_perm("customers.change_customer") and not _changes_all_seen(user):
            may_edit = ExpressionWrapper(self.in_care_of(user), models.BooleanField())
        return self.annotate(may_edit=may_edit)

    def for_list(self, *more: str, **worked_out: Any) -> models.QuerySet[Customer, Any]:
        """What a list shows of each customer, as plain values, which cost less than objects, and `more`.

        `worked_out` are annotations that `more` names.
        """
        phones = apps.get_model("customers", "Phone").objects.filter(customer=OuterRef("pk"))
        first = Subquery(phones.order_by("position", "pk").values("number")[:1])
        figures = ("last_purchase_on", "orders", "spend", "main_channel", "segment_ids")
        annotations: dict[str, Any] = {"first_phone": Coalesce(first, Value("")), **worked_out}
        if TAGS in more:
            given = apps.get_model("customers", "CustomerTag").objects.filter(customer=OuterRef("pk"))
            annotations[TAGS] = ArraySubquery(given.order_by("tag__name").values("tag__name"))
        return self.annotate(**annotations).values_list(
            *("pk", "family_name", "middle_name", "given_name", "is_active", "created_at", "first_phone"),
            *("owner__full_name", "owner__username"),
            *(f"behaviour__{name}" for name in figures),
            *more,
            named=True,
        )


AllCustomers = models.Manager.from_queryset(CustomerQuerySet)


class PresentManager(AllCustomers):
    """Everybody but those in the trash: what every page, search, count and export starts from."""

    def get_queryset(self) -> Any:
        return super().get_queryset().filter(trashed_at__isnull=True)


class TrashManager(AllCustomers):
    """Only those in the trash."""

    def get_queryset(self) -> Any:
        return super().get_queryset().filter(trashed_at__isnull=False)


NAME_PARTS = (F("family_name"), F("middle_name"), F("given_name"))
DAYS_IN_MONTH = 31
MONTHS = 12
LUNAR_DAYS = 30
LEAP_YEAR = Q(Exact(Mod(F("birth_year"), 4), 0)) & (
    ~Q(Exact(Mod(F("birth_year"), 100), 0)) | Q(Exact(Mod(F("birth_year"), 400), 0))
)


@pghistory.track(
    pghistory.UpdateEvent(row=pghistory.Old),
    pghistory.DeleteEvent(),
    exclude=["name_search", "name_exact", "given_search", "name_sort", "updated_at"],
    obj_field=pghistory.ObjForeignKey(related_name="events", related_query_name="events"),
    **WHO_BESIDE_EACH_CHANGE,
)
class Customer(models.Model):
    """A private person who buys, or may buy, for themselves, their family or their friends."""

    family_name = models.CharField(_("family name"), max_length=60, blank=True)
    middle_name = models.CharField(_("middle name"), max_length=80, blank=True)
    given_name = models.CharField(_("given name"), max_length=60, blank=True)
    name_search = models.GeneratedField(
        expression=Func(*NAME_PARTS, function="vn_name_search"),
        output_field=models.TextField(),
        db_persist=True,
    )
    name_exact = models.GeneratedField(
        expression=Func(*NAME_PARTS, function="vn_name_exact"),
        output_field=models.TextField(),
        db_persist=True,
    )
    given_search = models.GeneratedField(
        expression=Func(F("given_name"), function="vn_fold"),
        output_field=models.TextField(),
        db_persist=True,
    )
    name_sort = models.GeneratedField(
        expression=Func(*NAME_PARTS, function="vn_sort_key"),
        output_field=models.TextField(db_collation="C"),
        db_persist=True,
    )
    honorific = models.CharField(_("honorific"), max_length=10, choices=Honorific.choices, blank=True)
    gender = models.CharField(_("gender"), max_length=10, choices=Gender.choices, default=Gender.UNKNOWN)

    birth_year = models.PositiveSmallIntegerField(_("birth year"), null=True, blank=True)
    birth_month = models.PositiveSmallIntegerField(_("birth month"), null=True, blank=True)
    birth_day = models.PositiveSmallIntegerField(_("birth day"), null=True, blank=True)
    lunar_birth_day = models.PositiveSmallIntegerField(_("lunar birth day"), null=True, blank=True)
    lunar_birth_month = models.PositiveSmallIntegerField(_("lunar birth month"), null=True, blank=True)
    lunar_birth_leap = models.BooleanField(_("leap lunar month"), default=False)

    monthly_income = models.DecimalField(
        _("monthly income"), max_digits=14, decimal_places=0, null=True, blank=True
    )
    income_band = models.CharField(
        _("income band"), max_length=10, choices=IncomeBand.choices, default=IncomeBand.UNKNOWN
    )
    income_basis = models.CharField(
        _("how the income is known"), max_length=10, choices=IncomeBasis.choices, blank=True
    )
    income_noted_on = models.DateField(_("income noted on"), null=True, blank=True)
    education = models.CharField(
        _("education"), max_length=20, choices=Education.choices, default=Education.UNKNOWN
    )
    occupation = models.CharField(
        _("occupation"), max_length=12, choices=Occupation.choices, default=Occupation.UNKNOWN
    )
    occupation_text = models.CharField(_("current work"), max_length=120, blank=True)

    marital_status = models.CharField(
        _("marital status"), max_length=10, choices=MaritalStatus.choices, default=MaritalStatus.UNKNOWN
    )
    household_size = models.PositiveSmallIntegerField(_("household size"), null=True, blank=True)
    children_count = models.PositiveSmallIntegerField(_("number of children"), null=True, blank=True)
    child_birth_years = ArrayField(
        models.PositiveSmallIntegerField(),
        verbose_name=_("children's birth years"),
        default=list,
        blank=True,
        help_text=_("Years only, never names. Example: 2018, 2022"),
    )
    household = models.ForeignKey(
        Household,
        verbose_name=_("household"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="members",
    )
    household_role = models.CharField(
        _("role in the household"), max_length=10, choices=HouseholdRole.choices, blank=True
    )

    province = models.ForeignKey(
        Province,
        verbose_name=_("province or city"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
    )
    ward = models.ForeignKey(
        Ward,
        verbose_name=_("ward or commune"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
    )
    address = models.CharField(_("house number, street"), max_length=255, blank=True)
    old_address = models.CharField(_("old address (before merger)"), max_length=255, blank=True)
    citizen_id = models.CharField(_("citizen ID number"), max_length=12, blank=True)

    source = models.CharField(_("source"), max_length=12, choices=Source.choices, blank=True)
    owner = models.ForeignKey(
        User,
        verbose_name=_("person in charge"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="customers",
        db_index=False,
    )
    branch = models.ForeignKey(
        Branch,
        verbose_name=_("branch"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="customers",
        db_index=False,
    )
    needs = models.TextField(_("needs"), blank=True)
    preferences = models.TextField(_("preferences"), blank=True)
    special_requests = models.TextField(_("special requests"), blank=True)
    notes = models.TextField(_("notes"), blank=True)

    is_active = models.BooleanField(_("active"), default=True)
    inactive_reason = models.CharField(_("reason for deactivating"), max_length=255, blank=True)

    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(_("created"), db_default=models.functions.Now(), editable=False)
    updated_at = models.DateTimeField(_("changed"), db_default=models.functions.Now(), editable=False)
    created_by = models.ForeignKey(
        User,
        verbose_name=_("created by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        db_index=False,
    )

    trashed_at = models.DateTimeField(_("in the trash since"), null=True, blank=True, editable=False)
    trashed_by = models.ForeignKey(
        User,
        verbose_name=_("deleted by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        db_index=False,
    )
    trash_reason = models.CharField(
        _("reason for deleting"), max_length=255, blank=True, editable=False, db_default=""
    )

    objects = PresentManager()
    trash = TrashManager()
    # With those in the trash: for what has to hold for every row, such as that nobody leaves with customers.
    everyone = AllCustomers()

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        permissions = [
            ("view_branch_customer", _("Can view the customers of their branch and those beneath it")),
            ("view_all_customer", _("Can view all customers")),
            ("deactivate_customer", _("Can deactivate and reactivate customers")),
            ("merge_customer", _("Can merge duplicate customers and undo a merge")),
            ("reassign_customer", _("Can reassign customers and arrange cover")),
            ("bulk_edit_customer", _("Can change many customers at once")),
        ]
        indexes = [
            models.Index(fields=["name_sort", "id"], name="customer_by_name"),
            models.Index(fields=["-created_at", "-id"], name="customer_newest"),
            models.Index(fields=["owner", "name_sort", "id"], name="customer_owner_name"),
            models.Index(fields=["branch", "name_sort", "id"], name="customer_branch_name"),
            models.Index(fields=["branch", "province", "gender"], name="customer_branch_province"),
            models.Index(fields=["province", "gender", "name_sort", "id"], name="customer_province_name"),
            GinIndex(OpClass("name_search", name="gin_trgm_ops"), name="customer_name_trigrams"),
            GinIndex(OpClass("name_exact", name="gin_trgm_ops"), name="customer_exact_trigrams"),
            models.Index(OpClass("name_search", name="text_pattern_ops"), name="customer_name_prefix"),
            models.Index(OpClass("given_search", name="text_pattern_ops"), name="customer_given_prefix"),
            GinIndex(
                fields=["gender", "income_band", "education", "occupation", "marital_status", "source"],
                name="customer_facets",
            ),
            models.Index(fields=["name_sort", "id"], name="customer_inactive", condition=Q(is_active=False)),
            models.Index(
                fields=["-trashed_at", "-id"], name="customer_trash", condition=Q(trashed_at__isnull=False)
            ),
            models.Index(fields=["citizen_id"], name="customer_citizen_id", condition=~Q(citizen_id="")),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(birth_month__isnull=True) | Q(birth_month__range=(1, MONTHS)),
                name="customer_birth_month_valid",
                violation_error_message=_("The birth month must be between 1 and 12."),
            ),
            models.CheckConstraint(
                condition=Q(birth_day__isnull=True)
                | Q(birth_month__isnull=False, birth_day__range=(1, DAYS_IN_MONTH)),
                name="customer_birth_day_valid",
                violation_error_message=_("The birth day needs its month and must exist in it."),
            ),
            models.CheckConstraint(
                condition=~Q(birth_month__in=(4, 6, 9, 11), birth_day=31)
                & ~Q(birth_month=2, birth_day__gt=29)
                & (~Q(birth_month=2, birth_day=29) | Q(birth_year__isnull=True) | LEAP_YEAR),
                name="customer_birth_date_exists",
                violation_error_message=_("This date does not exist. Check the day and the month."),
            ),
            models.CheckConstraint(
                condition=Q(birth_year__isnull=True) | Q(birth_year__range=(1850, 2200)),
                name="customer_birth_year_valid",
                violation_error_message=_("The birth year must have four digits, such as 1990."),
            ),
            models.CheckConstraint(
                condition=Q(lunar_birth_day__isnull=True, lunar_birth_month__isnull=True)
                | Q(lunar_birth_day__range=(1, LUNAR_DAYS), lunar_birth_month__range=(1, MONTHS)),
                name="customer_lunar_birth_valid",
                violation_error_message=_(
                    "A lunar birthday needs a day from 1 to 30 and a month from 1 to 12."
                ),
            ),
            models.CheckConstraint(
                condition=Q(citizen_id="") | Q(citizen_id__regex=r"^[0-9]{12}$"),
                name="customer_citizen_id_12_digits",
                violation_error_message=_("A citizen ID number has 12 digits."),
            ),
            models.CheckConstraint(
                condition=Q(monthly_income__isnull=True) | Q(monthly_income__gte=0),
                name="customer_income_not_negative",
                violation_error_message=_("The income cannot be negative."),
            ),
            models.CheckConstraint(
                condition=Q(ward__isnull=True) | Q(province__isnull=False),
                name="customer_ward_has_province",
                violation_error_message=_("Choose the province or city of this ward."),
            ),
            models.CheckConstraint(
                condition=Q(trashed_at__isnull=False) | Q(trashed_by__isnull=True, trash_reason=""),
                name="customer_trash_has_a_moment",
            ),
            models.CheckConstraint(
                condition=Q(household_role="") | Q(household__isnull=False),
                name="customer_role_needs_household",
                violation_error_message=_("Choose the household first, then the role in it."),
            ),
            # Whoever is in the trash heads nothing: another member may.
            models.UniqueConstraint(
                fields=["household"],
                condition=Q(household_role=HouseholdRole.HEAD, trashed_at__isnull=True),
                name="household_has_one_head",
                violation_error_message=_("This household has a head already."),
            ),
        ]
        triggers = [
            *ASSIGNMENT_TRIGGERS,
            TRASH_TRIGGER,
            pgtrigger.Trigger(
                name="count_version",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func="NEW.version = OLD.version + 1; NEW.updated_at = now(); RETURN NEW;",
            ),
            pgtrigger.Trigger(
                name="begin_behaviour",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                level=pgtrigger.Statement,
                referencing=pgtrigger.Referencing(new="new_rows"),
                func="""
                    INSERT INTO customers_customerbehaviour
                        (customer_id, owner_id, branch_id, is_active, is_trashed, name_sort)
                    SELECT id, owner_id, branch_id, is_active, trashed_at IS NOT NULL, name_sort
                    FROM new_rows;
                    RETURN NULL;
                """,
            ),
            pgtrigger.Trigger(
                name="carry_to_behaviour",
                when=pgtrigger.After,
                operation=pgtrigger.Update,
                level=pgtrigger.Statement,
                referencing=pgtrigger.Referencing(new="new_rows"),
                func="""
                    UPDATE customers_customerbehaviour kept
                    SET owner_id = changed.owner_id, branch_id = changed.branch_id,
                        is_active = changed.is_active, is_trashed = changed.trashed_at IS NOT NULL,
                        name_sort = changed.name_sort
                    FROM new_rows changed
                    WHERE kept.customer_id = changed.id AND (
                        (kept.owner_id, kept.branch_id, kept.is_active, kept.name_sort) IS DISTINCT FROM
                            (changed.owner_id, changed.branch_id, changed.is_active, changed.name_sort)
                        OR kept.is_trashed <> (changed.trashed_at IS NOT NULL)
                    );
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return name_of(self)

    def get_absolute_url(self) -> str:
        return reverse("customers:detail", args=[self.pk])

    @property
    def code(self) -> str:
        """The customer code that people read out, made of the number of the row."""
        return code_of(self.pk)

    @cached_property
    def merged_numbers(self) -> list[int]:
        """The numbers of the records merged into this one; pages read them along with the customer."""
        along: list[int] | None = getattr(self, "merged_along", None)
        if along is not None:
            return along
        merges = apps.get_model("customers", "CustomerMerge").objects.in_force().filter(customer=self)
        return list(merges.values_list("duplicate", flat=True))

    @property
    def full_name(self) -> str:
        return join(self.family_name, self.middle_name, self.given_name)

    @property
    def called(self) -> str:
        """How to address the person: honorific and given name, "chị Ánh"."""
        return address_as(self.honorific, self.given_name)

    @property
    def birth_date(self) -> datetime.date | None:
        """The full birth date, where year, month and day are all known."""
        if self.birth_year and self.birth_month and self.birth_day:
            return datetime.date(self.birth_year, self.birth_month, self.birth_day)
        return None

    @cached_property
    def primary_phone(self) -> str:
        """The number to call first, in canonical form; empty where none is known. Reads `phones`."""
        return next((phone.number for phone in self.phones.all()), "")
