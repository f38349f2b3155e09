import datetime
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import DateField, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from accounts.models import Branch, User
from customers.choices import Channel
from customers.models.customer import Customer
from customers.models.scope import ScopedQuerySet

LONG_AGO = datetime.date(1, 1, 1)
WHO_IS_LISTED = ("owner", "branch", "is_active", "is_trashed", "segment_ids")


class CustomerBehaviourQuerySet(ScopedQuerySet["CustomerBehaviour"]):
    pass


AllBehaviour = models.Manager.from_queryset(CustomerBehaviourQuerySet)


class PresentBehaviourManager(AllBehaviour):
    """The figures of everybody but those in the trash."""

    def get_queryset(self) -> Any:
        return super().get_queryset().filter(is_trashed=False)


class CustomerBehaviour(models.Model):
    """How one customer buys: dates, counts and sums as of the last refresh, written only by `segments`.

    Every customer has a row from the moment it exists (a trigger makes it). Money is whole đồng. Only
    completed purchases count; what came back is in `returned`. `_12m` is the twelve months before the as-of
    date, `registry.figures_legend().as_of`: in the rows it would rewrite every one of them every night.
    """

    customer = models.OneToOneField(
        Customer, on_delete=models.CASCADE, primary_key=True, related_name="behaviour"
    )
    # What narrows and orders lists together with the figures, copied from the customer by triggers.
    owner = models.ForeignKey(
        User, on_delete=models.DO_NOTHING, null=True, related_name="+", db_index=False, db_constraint=False
    )
    branch = models.ForeignKey(
        Branch, on_delete=models.DO_NOTHING, null=True, related_name="+", db_index=False, db_constraint=False
    )
    is_active = models.BooleanField(db_default=True)
    is_trashed = models.BooleanField(db_default=False)
    name_sort = models.TextField(db_default="", db_collation="C")
    first_purchase_on = models.DateField(_("first purchase"), null=True)
    last_purchase_on = models.DateField(_("last purchase"), null=True)
    orders = models.PositiveIntegerField(_("purchases"), db_default=0)
    units = models.DecimalField(_("units bought"), max_digits=14, decimal_places=3, db_default=0)
    gross = models.DecimalField(_("before discount"), max_digits=16, decimal_places=0, db_default=0)
    discount = models.DecimalField(_("discount"), max_digits=16, decimal_places=0, db_default=0)
    spend = models.DecimalField(_("total spend"), max_digits=16, decimal_places=0, db_default=0)
    returned = models.DecimalField(_("returned"), max_digits=16, decimal_places=0, db_default=0)
    orders_12m = models.PositiveIntegerField(_("purchases in 12 months"), db_default=0)
    units_12m = models.DecimalField(_("units in 12 months"), max_digits=14, decimal_places=3, db_default=0)
    spend_12m = models.DecimalField(_("spend in 12 months"), max_digits=16, decimal_places=0, db_default=0)
    main_channel = models.CharField(
        _("main channel"), max_length=12, choices=Channel.choices, blank=True, db_default=""
    )
    channels_12m = ArrayField(
        models.CharField(max_length=12), verbose_name=_("channels in 12 months"), db_default=Value("{}")
    )
    recency_score = models.PositiveSmallIntegerField(_("recency score"), null=True)
    frequency_score = models.PositiveSmallIntegerField(_("frequency score"), null=True)
    monetary_score = models.PositiveSmallIntegerField(_("monetary score"), null=True)
    segment_ids = ArrayField(models.IntegerField(), verbose_name=_("segments"), db_default=Value("{}"))

    objects = PresentBehaviourManager()

    class Meta:
        verbose_name = _("behaviour")
        verbose_name_plural = _("behaviour")
        indexes = [
            # Each order with all that says who is listed and what lists are narrowed by most: a page is read
            # from the index alone. PostgreSQL wants the column of an expression too.
            models.Index(
                Coalesce("last_purchase_on", Value(LONG_AGO), output_field=DateField()).desc(),
                models.F("customer_id").desc(),
                include=[*WHO_IS_LISTED, "last_purchase_on", "spend", "spend_12m"],
                name="behaviour_last_purchase",
            ),
            models.Index(
                fields=["-spend", "-customer"],
                include=[*WHO_IS_LISTED, "last_purchase_on", "spend_12m"],
                name="behaviour_spend",
            ),
            models.Index(
                fields=["name_sort", "customer"],
                include=[*WHO_IS_LISTED, "last_purchase_on", "spend", "spend_12m"],
                name="behaviour_name",
            ),
            GinIndex(fields=["segment_ids"], name="behaviour_segments"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}"
