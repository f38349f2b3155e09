from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from customers.models.customer import Customer


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    def of(self, customer: Customer) -> AttachmentQuerySet:
        return self.filter(customer=customer)

    def kept(self) -> AttachmentQuerySet:
        """Those whose file is still there."""
        return self.filter(deleted_at__isnull=True)


class Attachment(models.Model):
    """A file that somebody keeps with a customer: a contract, a photo, a list of wishes.

    The file lies in a folder that nobody serves, under a random name. Deleting removes the file; what it was
    called, and who deleted it when, stays until the customer is erased.
    """

    class Kind(models.TextChoices):
        JPEG = "jpeg", _("JPEG picture")
        PNG = "png", _("PNG picture")
        WEBP = "webp", _("WebP picture")
        PDF = "pdf", _("PDF document")
        DOCX = "docx", _("Word document")
        XLSX = "xlsx", _("Excel workbook")
        TEXT = "text", _("Plain text")

    customer = models.ForeignKey(
        Customer,
        verbose_name=_("customer"),
        on_delete=models.CASCADE,
        related_name="attachments",
        db_index=False,
    )
    name = models.CharField(_("name of the file"), max_length=200)
    kind = models.CharField(_("kind"), max_length=5, choices=Kind.choices)
    size = models.PositiveBigIntegerField(_("size in bytes"))
    stored_as = models.CharField(max_length=40, blank=True)
    added_by = models.ForeignKey(
        User, verbose_name=_("added by"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    added_at = models.DateTimeField(_("added"), default=timezone.now)
    deleted_by = models.ForeignKey(
        User,
        verbose_name=_("deleted by"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
    )
    deleted_at = models.DateTimeField(_("deleted"), null=True)

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        # To delete what somebody else has added.
        default_permissions = ("delete",)
        indexes = [
            models.Index(fields=["customer", "-id"], name="attachment_of_customer"),
            models.Index(fields=["stored_as"], name="attachment_file", condition=~Q(stored_as="")),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(deleted_at__isnull=True, deleted_by__isnull=True) & ~Q(stored_as="")
                | Q(deleted_at__isnull=False, stored_as=""),
                name="attachment_file_until_deleted",
            ),
            models.CheckConstraint(condition=Q(size__gt=0), name="attachment_not_empty"),
        ]

    def __str__(self) -> str:
        return self.name
