"""What the customer form offers to choose from, to this person and for this customer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.forms.models import ModelChoiceField, ModelChoiceIterator

from accounts.models import Branch, User
from customers.forms.widgets import PlainSelect
from customers.models import Customer
from customers.vietnamese.names import sort_key


class _PlaceIterator(ModelChoiceIterator):
    """Places in the order of the Vietnamese dictionary; a hundred of them are sorted faster here."""

    def __iter__(self) -> Iterator[tuple[str, str]]:
        yield "", str(self.field.empty_label)
        places = self.queryset.order_by().values_list("pk", "name")
        yield from sorted(places, key=lambda place: sort_key("", "", place[1]))


class PlaceField(ModelChoiceField):
    """A province, or a ward of the province that stands beside it."""

    iterator = _PlaceIterator
    widget = PlainSelect


def named(people: QuerySet[User]) -> Iterator[tuple[int, str]]:
    """People by the name that `User` gives itself; 1,500 objects only to name them cost 40 ms."""
    for pk, full_name, username in people.select_related(None).values_list("pk", "full_name", "username"):
        yield pk, full_name or username


class _PersonIterator(ModelChoiceIterator):
    def __iter__(self) -> Iterator[tuple[Any, str]]:
        yield "", str(self.field.empty_label)
        yield from named(self.queryset)


class PersonField(ModelChoiceField):
    """A colleague."""

    iterator = _PersonIterator
    widget = PlainSelect


class _ColleagueIterator(ModelChoiceIterator):
    """People with their branches, since namesakes exist."""

    def __iter__(self) -> Iterator[tuple[Any, str]]:
        yield "", str(self.field.empty_label)
        shown = ("pk", "full_name", "username", "branch__name")
        for pk, full_name, username, branch in self.queryset.select_related(None).values_list(*shown):
            name = full_name or username
            yield pk, f"{name} · {branch}" if branch else name


class ColleagueField(ModelChoiceField):
    """A colleague by name, with the branch."""

    iterator = _ColleagueIterator
    widget = PlainSelect


class _BranchIterator(ModelChoiceIterator):
    """Branches by name, without reading them as objects."""

    def __iter__(self) -> Iterator[tuple[Any, str]]:
        yield "", str(self.field.empty_label)
        yield from self.queryset.values_list("pk", "name")


class BranchField(ModelChoiceField):
    """A unit of the firm."""

    iterator = _BranchIterator
    widget = PlainSelect


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
