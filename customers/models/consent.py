from __future__ import annotations

from contextlib import AbstractContextManager

import pgtrigger
from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.db.models import OuterRef, Q
from django.db.models.functions import JSONObject, TruncDate
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from customers.models.customer import Customer


class ConsentPurpose(models.TextChoices):
    """What data of a customer may be used for; each is asked for by itself."""

    SERVICE = "service", _("Contract and service")
    CALL = "call", _("Marketing by call")
    MESSAGE = "message", _("Marketing by SMS or Zalo")
    EMAIL = "email", _("Marketing by email")
    ANALYSIS = "analysis", _("Analysis and profiling")
    THIRD_PARTY = "third_party", _("Disclosure to third parties")
    CONTACT = "contact", _("Any contact by us")


# What somebody who wants no contact at all withdraws along with it.
NEEDS_CONTACT = (ConsentPurpose.CALL, ConsentPurpose.MESSAGE, ConsentPurpose.EMAIL)
KEEP = "keep_the_ledger"

_UNLESS_MOVED = """
    IF NOT EXISTS (SELECT id, customer_id FROM new_rows EXCEPT SELECT id, customer_id FROM old_rows) THEN
        RETURN NULL;
    END IF;
"""
# Rows of one customer that are written at once wait for each other: each must see which is the newest.
_FIND_NEWEST = """
    PERFORM 1 FROM customers_customer
    WHERE id IN (SELECT customer_id FROM {rows}) ORDER BY id FOR NO KEY UPDATE;
    UPDATE customers_consent kept SET is_current = ranked.is_first
    FROM (
        SELECT id, 1 = row_number() OVER (
            PARTITION BY customer_id, purpose ORDER BY from_on DESC, id DESC
        ) AS is_first
        FROM customers_consent WHERE customer_id IN (SELECT customer_id FROM {rows})
    ) ranked
    WHERE ranked.id = kept.id AND ranked.is_first <> kept.is_current;
    RETURN NULL;
"""


class ConsentQuerySet(models.QuerySet["Consent"]):
    def current(self) -> ConsentQuerySet:
        """The newest word on each purpose: what holds now."""
        return self.filter(is_current=True)


class Consent(models.Model):
    """One line of the ledger: a customer has given their consent to a purpose, or withdrawn it.

    It is never rewritten. Of each purpose, the line that holds from the latest day tells what holds now;
    silence is no consent, so no line means that nobody has asked yet.
    """

    class Source(models.TextChoices):
        PAPER = "paper", _("signed form")
        SPOKEN = "spoken", _("said in person")
        CALL = "call", _("said on the phone")
        MESSAGE = "message", _("message (SMS, Zalo)")
        EMAIL = "email", _("message by email")
        ONLINE = "online", _("form on the website or app")
        # Never chosen by a person.
        MERGE = "merge", _("two records merged")

    customer = models.ForeignKey(
        Customer,
        verbose_name=_("customer"),
        on_delete=models.PROTECT,
        related_name="consents",
        db_index=False,
    )
    purpose = models.CharField(_("purpose of processing"), max_length=12, choices=ConsentPurpose.choices)
    is_given = models.BooleanField(_("consent given"))
    from_on = models.DateField(_("holds from"))
    source = models.CharField(_("how it was obtained"), max_length=8, choices=Source.choices)
    evidence = models.CharField(_("evidence"), max_length=300, blank=True)
    recorded_by = models.ForeignKey(
        User, verbose_name=_("recorded by"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    recorded_at = models.DateTimeField(_("recorded"), default=timezone.now)
    is_current = models.BooleanField(_("holds now"), default=False, editable=False)

    objects = ConsentQuerySet.as_manager()

    class Meta:
        verbose_name = _("entry in the consent ledger")
        verbose_name_plural = _("entries in the consent ledger")
        ordering = ["-from_on", "-pk"]
        default_permissions = ("add",)
        indexes = [
            models.Index(fields=["customer", "purpose", "-from_on", "-id"], name="consent_of_customer"),
            # Whom a filter finds by a purpose.
            models.Index(
                fields=["purpose", "is_given", "customer"],
                condition=Q(is_current=True),
                name="consent_in_force",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(is_given=False) | Q(evidence__regex=r"\S"),
                name="consent_given_has_evidence",
                violation_error_message=_("Say by what this consent can be proved."),
            ),
            models.CheckConstraint(
                condition=Q(from_on__lte=TruncDate("recorded_at")),
                name="consent_holds_already",
                violation_error_message=_("This date lies in the future. Enter today or an earlier day."),
            ),
        ]
        triggers = [
            # A merge hands a line over; what it says stays as it was said.
            pgtrigger.ReadOnly(name="say_once", exclude=["customer", "is_current"]),
            pgtrigger.Protect(name=KEEP, operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="find_newest",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                level=pgtrigger.Statement,
                referencing=pgtrigger.Referencing(new="new_rows"),
                func=_FIND_NEWEST.format(rows="new_rows"),
            ),
            pgtrigger.Trigger(
                name="find_newest_left",
                when=pgtrigger.After,
                operation=pgtrigger.Delete,
                level=pgtrigger.Statement,
                referencing=pgtrigger.Referencing(old="old_rows"),
                func=_FIND_NEWEST.format(rows="old_rows"),
            ),
            pgtrigger.Trigger(
                name="find_newest_of_both",
                when=pgtrigger.After,
                operation=pgtrigger.Update,
                level=pgtrigger.Statement,
                referencing=pgtrigger.Referencing(old="old_rows", new="new_rows"),
                func=_UNLESS_MOVED
                + _FIND_NEWEST.format(rows="(TABLE old_rows UNION ALL TABLE new_rows) moved"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}: {self.purpose}"


def ledger_opened() -> AbstractContextManager[None]:
    """Lets lines of the ledger be deleted: by an erasure, or where a merge takes back what it wrote."""
    opened: AbstractContextManager[None] = pgtrigger.ignore(f"customers.Consent:{KEEP}")
    return opened


def held_by(customer: OuterRef) -> ArraySubquery:
    """What holds now for a customer, each entry with `purpose` and `is_given`."""
    held = Consent.objects.filter(customer=customer).current().order_by()
    return ArraySubquery(held.values(entry=JSONObject(purpose="purpose", is_given="is_given")))
