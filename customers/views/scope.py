"""Which customer a request is about: one that the person may see, else 404; one they may change, else 403."""

from __future__ import annotations

from django.contrib.postgres.expressions import ArraySubquery
from django.core.exceptions import PermissionDenied
from django.db.models import BigIntegerField, OuterRef, QuerySet, Subquery
from django.http import Http404

from accounts.compiled_queries import CompiledQuery, Given, compiled
from accounts.models import User
from customers.models import Assignment, Customer, CustomerMerge
from customers.models.tag import tags_of
from customers.views.merged import MergedError, merged_into


def readable(user: User) -> QuerySet[Customer]:
    """The customers that a person sees, with all that a page about one of them shows, and `may_edit`."""
    present = Assignment.objects.filter(customer=OuterRef("pk"), until__isnull=True)
    return (
        Customer.objects.visible_to(user)
        .with_may_edit(user)
        .select_related("owner", "branch", "behaviour", "household", "ward")
        # Two joins more, and PostgreSQL plans for 4 ms which of eight tables to begin with; so the province
        # is read when a page comes to say it.
        .prefetch_related("phones", "emails")
        .annotate(
            in_charge_since=Subquery(present.values("since")[:1]),
            merged_along=_merged_numbers(),
            tags=tags_of(OuterRef("pk")),
        )
    )


def customer_to_read(user: User, pk: int) -> Customer:
    return _only(_TO_READ(user, user.reach), user, pk)


def customer_with_history(user: User, pk: int) -> Customer:
    """A customer with what the words of their history name, and none of the figures of the record."""
    return _only(_WITH_HISTORY(user, user.reach), user, pk)


# By the person and all that decides whom they see.
_TO_READ = compiled(lambda user, _reach: readable(user).filter(pk=Given("customer")))
_WITH_HISTORY = compiled(
    lambda user, _reach: (
        Customer.objects.visible_to(user)
        .with_may_edit(user)
        .select_related("owner", "branch", "household", "ward")
        .annotate(merged_along=_merged_numbers())
        .filter(pk=Given("customer"))
    )
)


def _only(find: CompiledQuery, user: User, pk: int) -> Customer:
    found: list[Customer] = find(customer=pk) if pk <= BigIntegerField.MAX_BIGINT else []
    if found:
        return found[0]
    if kept := merged_into(user, pk):
        raise MergedError(pk, kept)
    raise Http404


def _merged_numbers() -> ArraySubquery:
    merges = CustomerMerge.objects.in_force().filter(customer=OuterRef("pk"))
    return ArraySubquery(merges.values("duplicate"))


def customer_to_change(user: User, pk: int) -> Customer:
    """A customer to change; refused to somebody who may only read the customer."""
    customer = customer_to_read(user, pk)
    if not may_edit(customer):
        raise PermissionDenied
    return customer


def may_edit(customer: Customer) -> bool:
    """Whether the person for whom the customer was read may change them."""
    return bool(getattr(customer, "may_edit", False))
