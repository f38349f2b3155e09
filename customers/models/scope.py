from __future__ import annotations

from typing import Self, TypeVar

from django.db import models
from django.db.models import F, Q

from accounts.models import User

Scoped = TypeVar("Scoped", bound=models.Model)


class ScopedQuerySet(models.QuerySet[Scoped]):
    """Customers, or the figures beside them, which carry the same owner, branch and state."""

    def visible_to(self, user: User) -> Self:
        """The one rule of who may read whom; everything that shows customers starts here."""
        return self._visible(user, owner="owner", branch="branch")

    def visible_row_by_row(self, user: User) -> Self:
        """The same, kept from the index of branches: for rows that something else narrows far better."""
        read = self.alias(read_owner=F("owner") + 0, read_branch=F("branch") + 0)
        return read._visible(user, owner="read_owner", branch="read_branch")

    def _visible(self, user: User, *, owner: str, branch: str) -> Self:
        if user.has_perm("customers.view_all_customer"):
            return self
        if user.has_perm("customers.view_branch_customer"):
            return self.filter(Q(**{f"{branch}__in": user.branch_ids}) | self.in_care_of(user, owner))
        if user.branch is not None and user.branch.staff_read_all:
            return self.filter(self.in_care_of(user, owner) | Q(**{branch: user.branch_id}))
        return self.filter(self.in_care_of(user, owner))

    @staticmethod
    def in_care_of(user: User, owner: str = "owner") -> Q:
        """The customers of a person, and of the colleagues whom they cover today."""
        if user.covered_ids:
            return Q(**{f"{owner}__in": sorted({user.pk, *user.covered_ids})})
        # One owner as an equality: so the index by owner and name gives a list in its order.
        return Q(**{owner: user.pk})

    def active(self) -> Self:
        return self.filter(is_active=True)
