"""What the customer form offers to choose from, to this person and for this customer."""

from __future__ import annotations

from django.db.models import F, Func, QuerySet, TextField, Value
from django.db.models.functions import Collate

from accounts.models import Branch, User
from customers.models import Customer, Province, Ward


def _in_vietnamese_order(field: str) -> Collate:
    nothing = Value("")
    key = Func(nothing, nothing, F(field), function="vn_sort_key", output_field=TextField())
    return Collate(key, "C")


def provinces() -> QuerySet[Province]:
    return Province.objects.order_by(_in_vietnamese_order("name"))


def wards(province: str) -> QuerySet[Ward]:
    return Ward.objects.filter(province=province).order_by(_in_vietnamese_order("name"))


def assigns(user: User) -> bool:
    """Whether a person chooses who is in charge of a customer; staff keep their own."""
    return user.has_perm("customers.view_all_customer") or user.has_perm("customers.view_branch_customer")


def people(user: User, customer: Customer | None) -> QuerySet[User]:
    """Managers choose among the people of their branches, admins among all.

    Whoever has left since is still offered for the customer they had, so that saving alone changes nothing.
    """
    offered = User.objects.filter(is_active=True)
    if not user.has_perm("customers.view_all_customer"):
        offered = offered.filter(branch__in=user.branch_ids)
    if customer is not None and customer.owner_id:
        offered |= User.objects.filter(pk=customer.owner_id)
    return offered.select_related("branch").order_by("full_name", "pk")


def branches(user: User, customer: Customer | None) -> QuerySet[Branch]:
    """The branches that a manager answers for, all for admins, and the one that the customer has."""
    offered = Branch.objects.filter(is_active=True)
    if not user.has_perm("customers.view_all_customer"):
        offered = offered.filter(pk__in=user.branch_ids)
    if customer is not None and customer.branch_id:
        offered |= Branch.objects.filter(pk=customer.branch_id)
    return offered.order_by("name", "pk")
