"""Where a record went that was merged."""

from __future__ import annotations

from accounts.models import User
from customers.models import Customer, CustomerMerge


def merged_into(user: User, pk: int) -> Customer | None:
    """The customer in whom a record that is no longer there was merged, if the person may see them."""
    kept = CustomerMerge.objects.kept_for(pk)
    return Customer.objects.visible_to(user).filter(pk=kept).first() if kept else None
