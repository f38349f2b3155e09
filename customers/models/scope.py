from __future__ import annotations

from typing import Self, TypeVar

from django.db import models
from django.db.models import Q

from accounts.models import User

Scoped = TypeVar("Scoped", bound=models.Model)


class ScopedQuerySet(models.QuerySet[Scoped]):
    """Customers, or the figures beside them, which carry the same owner, branch and state."""

    def visible_to(self, user: User) -> Self:
        """The one rule of who may read whom; everything that shows customers starts here."""
        if user.has_perm("customers.view_all_customer"):
            return self
        if user.has_perm("customers.view_branch_customer"):
            return self.filter(Q(branch__in=user.branch_ids) | self.in_care_of(user))
        if user.branch is not None and user.branch.staff_read_all:
            return self.filter(self.in_care_of(user) | Q(branch=user.branch))
        return self.filter(self.in_care_of(user))

    @staticmethod
    def in_care_of(user: User) -> Q:
        """The customers of a person, and of the colleagues whom they cover today."""
        # One owner as an equality: so the index by owner and name gives a list in its order.
        return Q(owner__in=sorted({user.pk, *user.covered_ids})) if user.covered_ids else Q(owner=user)

    def active(self) -> Self:
        return self.filter(is_active=True)
