"""One row of every table that belongs to a customer, and what all these tables hold."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.db.models import Model
from django.utils import timezone

from customers.merging import rows
from customers.models import Customer, CustomerBehaviour, CustomerMerge, DuplicatePair
from tests.factories import (
    ConsentFactory,
    CustomerFactory,
    CustomerTagFactory,
    EmailFactory,
    FollowUpFactory,
    IdentifierFactory,
    InteractionFactory,
    PhoneFactory,
    PurchaseFactory,
    PurchaseLineFactory,
    ReturnFactory,
    UserFactory,
)


def former_assignment(customer: Customer) -> Model:
    since = timezone.now() - datetime.timedelta(days=90)
    until = since + datetime.timedelta(days=30)
    return apps.get_model("customers", "Assignment").objects.create(
        customer=customer, owner=UserFactory(), since=since, until=until
    )


def pair(column: str) -> Callable[[Customer], Model]:
    def make(customer: Customer) -> Model:
        both = {"customer": CustomerFactory(), "other": CustomerFactory()} | {column: customer}
        return DuplicatePair.objects.create(score=80, evidence=["name", "phone"], **both)

    return make


def relation(column: str) -> Callable[[Customer], Model]:
    def make(customer: Customer) -> Model:
        both = {"customer": CustomerFactory(), "other": CustomerFactory()} | {column: customer}
        return apps.get_model("customers", "Relation").objects.create(kind="friend", **both)

    return make


def earlier_merge(customer: Customer) -> Model:
    return CustomerMerge.objects.create(customer=customer, duplicate=10**9, by=UserFactory())


def attachment(customer: Customer) -> Model:
    values = {"name": "a.pdf", "kind": "pdf", "size": 5, "stored_as": "0" * 32, "added_by": UserFactory()}
    return apps.get_model("customers", "Attachment").objects.create(customer=customer, **values)


def interaction_attachment(customer: Customer) -> Model:
    return apps.get_model("interactions", "InteractionAttachment").objects.create(
        attachment=attachment(customer),
        interaction=InteractionFactory(customer=customer),
        customer=customer,
    )


def observation(customer: Customer) -> Model:
    values = {"kind": "need", "text": "Máy lọc nước", "from_on": timezone.localdate()}
    return apps.get_model("customers", "Observation").objects.create(
        customer=customer, recorded_by=UserFactory(), **values
    )


# A new foreign key to a customer needs a line here: how does a row of it come to be?
SAMPLES: dict[str, Callable[[Customer], Model]] = {
    "customers.assignment.customer": former_assignment,
    "customers.attachment.customer": attachment,
    "customers.consent.customer": lambda customer: ConsentFactory(customer=customer),
    "customers.customeridentifier.customer": lambda customer: IdentifierFactory(customer=customer),
    "customers.customermerge.customer": earlier_merge,
    "customers.customertag.customer": lambda customer: CustomerTagFactory(customer=customer),
    "customers.duplicatepair.customer": pair("customer"),
    "customers.duplicatepair.other": pair("other"),
    "customers.email.customer": lambda customer: EmailFactory(customer=customer),
    "customers.observation.customer": observation,
    "customers.relation.customer": relation("customer"),
    "customers.relation.other": relation("other"),
    "customers.phone.customer": lambda customer: PhoneFactory(customer=customer),
    "interactions.followup.customer": lambda customer: FollowUpFactory(customer=customer),
    "interactions.interaction.customer": lambda customer: InteractionFactory(customer=customer),
    "interactions.interactionattachment.customer": interaction_attachment,
    "purchases.purchase.customer": lambda customer: PurchaseFactory(customer=customer),
    "purchases.purchaseline.customer": lambda customer: PurchaseLineFactory(purchase__customer=customer),
    "purchases.return.customer": lambda customer: ReturnFactory(purchase__customer=customer),
}
# Written by triggers or calculated, so that no row goes from one customer to another.
STAYING = {
    "customers.customerbehaviour.customer",
    "customers.customerevent.pgh_obj",
    "customers.customertagevent.customer",
    "customers.emailevent.customer",
    "customers.phoneevent.customer",
}
COUNTED_BY_TRIGGER = {"version", "updated_at"}


def name_of(key: rows.CustomerKey) -> str:
    return f"{key.model._meta.label_lower}.{key.name}"


def content(model: type[Model]) -> dict[Any, dict[str, Any]]:
    """All rows of a table by key, less what the database counts up itself."""
    names = [field.attname for field in model._meta.concrete_fields if field.name not in COUNTED_BY_TRIGGER]
    return {row["pk"]: row for row in model._base_manager.values("pk", *names)}


def everything() -> dict[str, dict[Any, dict[str, Any]]]:
    """All customers with all that belongs to them, but for the book of merges itself."""
    models = {key.model for key in rows.owned()} - {CustomerMerge}
    return {model._meta.label: content(model) for model in {Customer, CustomerBehaviour, *models}}
