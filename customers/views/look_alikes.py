"""Who in the book may be the customer of a form: told while somebody types, and before it is saved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.requests import UserRequest
from customers import duplicates
from customers.duplicates import Match
from customers.forms import CustomerForm
from customers.forms.look_alikes import LookAlikeForm, identity_typed
from customers.models import Customer
from customers.views.merged import meant_for_the_person
from customers.views.scope import customer_to_change


@require_POST
@permission_required("customers.add_customer", raise_exception=True)
def look_alikes(request: UserRequest) -> HttpResponse:
    """Whom a new customer may be, by what is typed so far."""
    return _part(request, None)


@meant_for_the_person
@require_POST
@permission_required("customers.change_customer", raise_exception=True)
def look_alikes_of(request: UserRequest, pk: int) -> HttpResponse:
    """Whom a customer may be the same person as, by what is typed so far."""
    return _part(request, customer_to_change(request.user, pk))


def _part(request: UserRequest, customer: Customer | None) -> HttpResponse:
    form = LookAlikeForm(request.POST, user=request.user, customer=customer)
    form.is_valid()
    return render(request, "customers/form/look_alikes.html", warning_of(matches_of(request, form)))


def matches_of(request: UserRequest, form: CustomerForm) -> list[Match]:
    """Whom the customer may be, by what a judged form says and did not stand there before."""
    return duplicates.find(identity_typed(form), viewer=request.user, edited=form.customer)


def is_confirmed(request: UserRequest, matches: Sequence[Match]) -> bool:
    """Whether the person has seen these matches and saves in spite of them."""
    confirmation = duplicates.confirmation(matches)
    return not confirmation or request.POST.get("confirm") == confirmation


def warning_of(matches: Sequence[Match]) -> dict[str, Any]:
    """The matches as pages tell them: of those whom the viewer may not see only that there are any."""
    return {
        "matches": [match for match in matches if match.customer],
        "has_hidden_matches": any(match.customer is None for match in matches),
        "confirmation": duplicates.confirmation(matches),
    }


def say_hints(request: UserRequest, matches: Sequence[Match]) -> None:
    """Name, after saving, who has too little in common with the customer for a duplicate."""
    hints = [match for match in matches if match.is_hint]
    for match in hints:
        if match.customer:
            values = {"name": match.customer, "reason": match.reason, "hint": match.hint}
            messages.info(request, _("%(name)s: %(reason)s; %(hint)s.") % values)
    if any(match.customer is None for match in hints):
        messages.info(request, _("There is a customer outside your portfolio, perhaps of one household."))
