"""Saving lists of customers under a name, and what each person makes of them."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from customers.models import SavedView, ViewChoice

COPIES = 99


@transaction.atomic
def save_view(*, by: User, view: SavedView, is_shared: bool, is_pinned: bool, is_default: bool) -> SavedView:
    """Keep a new or changed view of a person, shared with their branch or not, and their choices about it."""
    view.owner = by
    view.shared_with = by.branch if is_shared else None
    view.save()
    choose_view(by=by, view=view, is_pinned=is_pinned, is_default=is_default)
    return view


@transaction.atomic
def choose_view(*, by: User, view: SavedView, is_pinned: bool, is_default: bool) -> None:
    """Pin a view, or open it first in place of the one before, for this person alone."""
    if is_default:
        ViewChoice.objects.filter(user=by, is_default=True).exclude(view=view).update(is_default=False)
    ViewChoice.objects.update_or_create(
        user=by, view=view, defaults={"is_pinned": is_pinned, "is_default": is_default}
    )


def change_state(*, view: SavedView, state: str) -> None:
    """Let a view be what its list has become."""
    view.state = state
    view.save(update_fields=["state"])


def duplicate_view(*, by: User, view: SavedView) -> SavedView:
    """A copy of anybody's view for this person, under a name that they have not used yet."""
    names = {name.lower() for name in SavedView.objects.filter(owner=by).values_list("name", flat=True)}
    longest = SavedView._meta.get_field("name").max_length or 0
    for number in range(1, COPIES):
        ending = _(" (copy)") if number == 1 else _(" (copy %(number)d)") % {"number": number}
        name = f"{view.name[: longest - len(ending)]}{ending}"
        if name.lower() not in names:
            break
    return SavedView.objects.create(owner=by, name=name, state=view.state)
