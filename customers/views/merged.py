"""Where a record went that was merged, and where in a list somebody is."""

from __future__ import annotations

from accounts.models import User
from accounts.requests import UserRequest
from customers.models import Customer, CustomerMerge
from customers.paging import BrokenCursorError, Cursor, Order


def merged_into(user: User, pk: int) -> Customer | None:
    """The customer in whom a record that is no longer there was merged, if the person may see them."""
    kept = CustomerMerge.objects.kept_for(pk)
    return Customer.objects.visible_to(user).filter(pk=kept).first() if kept else None


def place_in(request: UserRequest, order: Order) -> Cursor | None:
    """The place in a list that the address names; one that was cut or changed shows the first page."""
    text = request.GET.get("cursor", "")
    try:
        return Cursor.decode(text, order) if text else None
    except BrokenCursorError:
        return None
