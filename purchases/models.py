from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Branch
from accounts.trees import TreeQuerySet, refuse_cycle
from customers.choices import Channel
from customers.models import Customer
from customers.models.customer import code_of

NUMBER_LENGTH = 60


def number_beside(number: str, customer: int) -> str:
    """Another number for a purchase or return whose number the customer it goes to has already."""
    mark = f" ({code_of(customer)})"
    return number[: NUMBER_LENGTH - len(mark)] + mark


class Category(models.Model):
    """A shelf of the shop: a group of products, in a tree."""

    code = models.CharField(_("code"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=120)
    parent = models.ForeignKey(
        "self",
        verbose_name=_("part of"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
    )

    objects = TreeQuerySet["Category"].as_manager()

    class Meta:
        verbose_name = _("product category")
        verbose_name_plural = _("product categories")
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | ~Q(parent=F("pk")),
                name="category_not_its_own_parent",
                violation_error_message=_("A category cannot be part of itself. Choose another one."),
            ),
        ]
        triggers = [refuse_cycle("purchases_category")]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if self.pk and self.parent_id and self.parent_id in Category.objects.beneath(self.pk):
            raise ValidationError(
                {"parent": _("A category cannot be part of itself or of one beneath it. Choose another one.")}
            )


class Product(models.Model):
    """Something that customers buy."""

    code = models.CharField(_("code"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=200)
    category = models.ForeignKey(
        Category,
        verbose_name=_("product category"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="products",
    )
    price = models.DecimalField(_("price"), max_digits=14, decimal_places=0, null=True, blank=True)
    launched_on = models.DateField(_("launched on"), null=True, blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(price__isnull=True) | Q(price__gte=0),
                name="product_price_not_negative",
                violation_error_message=_("The price cannot be negative."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Purchase(models.Model):
    """One purchase of one customer. Money is whole đồng: gross less discount is net."""

    class Status(models.TextChoices):
        COMPLETED = "completed", _("Completed")
        CANCELLED = "cancelled", _("Cancelled")
        RETURNED = "returned", _("Returned")

    class Beneficiary(models.TextChoices):
        SELF = "self", pgettext_lazy("bought for", "Themselves")
        FAMILY = "family", pgettext_lazy("bought for", "Family")
        FRIEND = "friend", pgettext_lazy("bought for", "Friends")

    customer = models.ForeignKey(
        Customer,
        verbose_name=_("customer"),
        on_delete=models.PROTECT,
        related_name="purchases",
        db_index=False,
    )
    source = models.CharField(_("source"), max_length=40, default="so_khach")
    number = models.CharField(_("purchase number"), max_length=NUMBER_LENGTH)
    purchased_at = models.DateTimeField(_("time"))
    channel = models.CharField(_("channel"), max_length=12, choices=Channel.choices, default=Channel.STORE)
    branch = models.ForeignKey(
        Branch,
        verbose_name=_("branch"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="purchases",
        db_index=False,
    )
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.COMPLETED)
    beneficiary = models.CharField(
        _("bought for"), max_length=8, choices=Beneficiary.choices, default=Beneficiary.SELF
    )
    gross = models.DecimalField(_("before discount"), max_digits=14, decimal_places=0)
    discount = models.DecimalField(_("discount"), max_digits=14, decimal_places=0, default=0)
    net = models.DecimalField(_("amount"), max_digits=14, decimal_places=0)

    class Meta:
        verbose_name = _("purchase")
        verbose_name_plural = _("purchases")
        indexes = [
            models.Index(
                fields=["customer", "purchased_at"],
                include=["net", "gross", "discount", "channel", "status"],
                name="purchase_of_customer",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "source", "number"],
                name="purchase_number_once_a_customer",
                violation_error_message=_("This customer already has a purchase with this number."),
            ),
            models.CheckConstraint(
                condition=Q(gross=F("discount") + F("net")), name="purchase_gross_is_discount_plus_net"
            ),
            models.CheckConstraint(
                condition=Q(net__gte=0, discount__gte=0),
                name="purchase_amounts_not_negative",
                violation_error_message=_("Amounts cannot be negative. Record a return instead."),
            ),
        ]

    def __str__(self) -> str:
        return self.number


class PurchaseLine(models.Model):
    """One product in a purchase."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", db_index=False)
    purchase = models.ForeignKey(Purchase, on_delete=models.CASCADE, related_name="lines")
    product = models.ForeignKey(
        Product, verbose_name=_("product"), on_delete=models.PROTECT, null=True, blank=True, db_index=False
    )
    category = models.ForeignKey(
        Category,
        verbose_name=_("product category"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
    )
    quantity = models.DecimalField(_("quantity"), max_digits=12, decimal_places=3, default=1)
    gross = models.DecimalField(_("before discount"), max_digits=14, decimal_places=0)
    discount = models.DecimalField(_("discount"), max_digits=14, decimal_places=0, default=0)
    net = models.DecimalField(_("amount"), max_digits=14, decimal_places=0)

    class Meta:
        verbose_name = _("purchase line")
        verbose_name_plural = _("purchase lines")
        indexes = [
            models.Index(
                fields=["customer", "category"], include=["quantity", "net"], name="line_of_customer"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(gross=F("discount") + F("net")), name="line_gross_is_discount_plus_net"
            ),
            models.CheckConstraint(
                condition=Q(quantity__gte=0, net__gte=0, discount__gte=0), name="line_amounts_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} × {self.quantity}"


class Return(models.Model):
    """Goods that came back, whole or in part, always with the purchase they came from."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="returns", db_index=False)
    purchase = models.ForeignKey(
        Purchase, verbose_name=_("purchase"), on_delete=models.PROTECT, related_name="returns"
    )
    number = models.CharField(_("return number"), max_length=NUMBER_LENGTH)
    returned_at = models.DateTimeField(_("time"))
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=0)
    units = models.DecimalField(_("units"), max_digits=12, decimal_places=3, default=0)
    reason = models.CharField(_("reason"), max_length=255, blank=True)

    class Meta:
        verbose_name = _("return")
        verbose_name_plural = _("returns")
        indexes = [models.Index(fields=["customer", "returned_at"], name="return_of_customer")]
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "number"],
                name="return_number_once_a_customer",
                violation_error_message=_("This customer already has a return with this number."),
            ),
            models.CheckConstraint(
                condition=Q(amount__gte=0, units__gte=0),
                name="return_amounts_not_negative",
                violation_error_message=_("A return has positive amounts."),
            ),
        ]

    def __str__(self) -> str:
        return self.number
