"""Entering and editing a customer. Whatever goes wrong, what was typed stays in the form."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from functools import partial
from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.kept_forms import kept_over_login, typed_before
from accounts.requests import UserRequest
from customers import trash
from customers.conflicts import Conflict, bring_up_to_date, data_resolved
from customers.duplicates import Match
from customers.forms import CustomerForm
from customers.forms.customer import HEAD_TAKEN
from customers.forms.look_alikes import identity_typed
from customers.models import Customer
from customers.services import (
    HeadTakenError,
    StaleCustomerError,
    create_customer,
    submitted_customer,
    update_customer,
)
from customers.views.look_alikes import is_confirmed, matches_of, say_hints, warning_of
from customers.views.merged import MergedError
from customers.views.scope import customer_to_change

# Buttons of the form that do not save: more rows, the wards of a province, households to choose from.
MORE_ROWS = {"more_phones": "phones", "more_emails": "emails"}
SHOW_AGAIN = {*MORE_ROWS, "wards", "households"}


@kept_over_login
@require_http_methods(["GET", "POST"])
@permission_required("customers.add_customer", raise_exception=True)
def create(request: UserRequest) -> HttpResponse:
    """A new customer; a form sent twice leads to the one it made."""
    if request.method != "POST":
        form = CustomerForm(
            user=request.user, typed=typed_before(request), name=request.GET.get("full_name", "")
        )
        return _page(request, form)
    if again := _shown_again(request, None):
        return again
    form = CustomerForm(request.POST, user=request.user)
    if not form.is_valid():
        return _page(request, form)
    submission = form.cleaned_data["submission"] or uuid.uuid4()
    if made := submitted_customer(submission):
        return redirect(made)
    matches = matches_of(request, form)
    trashed = () if request.POST.get("confirm") else trash.like(identity_typed(form), viewer=request.user)
    if trashed or not is_confirmed(request, matches):
        return _page(request, form, matches=matches, trashed=trashed)
    try:
        customer = create_customer(entered=form.entered, submission=submission, by=request.user)
    except HeadTakenError:
        form.add_error("household_role", HEAD_TAKEN)
        return _page(request, form)
    messages.success(request, _("%(name)s has been added.") % {"name": customer})
    return _saved(request, customer, form, matches)


@kept_over_login
@require_http_methods(["GET", "POST"])
@permission_required("customers.change_customer", raise_exception=True)
def edit(request: UserRequest, pk: int) -> HttpResponse:
    """Change a customer from the version that the form began with."""
    try:
        customer = customer_to_change(request.user, pk)
    except MergedError:
        raise
    except Http404:
        return _gone(request)
    if request.method != "POST":
        typed = typed_before(request)
        return _page(request, CustomerForm(user=request.user, customer=customer, typed=typed))
    if again := _shown_again(request, customer):
        return again
    form = CustomerForm(data_resolved(customer, request.POST), user=request.user, customer=customer)
    if not form.is_valid():
        return _page(request, form)
    merge = bring_up_to_date(customer, form, partial(CustomerForm, user=request.user, customer=customer))
    if not merge.is_settled:
        return _page(request, merge.form, conflict=merge.conflict)
    form = merge.form
    matches = matches_of(request, form)
    if not is_confirmed(request, matches):
        return _page(request, form, matches=matches)
    try:
        written = update_customer(
            customer=customer, expected_version=customer.version, entered=form.entered, by=request.user
        )
    except HeadTakenError:
        form.add_error("household_role", HEAD_TAKEN)
        return _page(request, form)
    except StaleCustomerError:
        customer = customer_to_change(request.user, pk)
        merge = bring_up_to_date(customer, form, partial(CustomerForm, user=request.user, customer=customer))
        return _page(request, merge.form, conflict=merge.conflict)
    text = _("%(name)s has been saved.") if written else _("Nothing was different, so nothing was saved.")
    messages.success(request, text % {"name": customer} if written else text)
    say_kept(request, merge.kept)
    return _saved(request, customer, form, matches)


def say_kept(request: UserRequest, fields: Sequence[str]) -> None:
    """Name what others changed while this person was typing, and what therefore stands in the customer."""
    if fields:
        text = _("Changed meanwhile in another place, and kept: %(fields)s.")
        messages.info(request, text % {"fields": ", ".join(fields)})


def _page(
    request: UserRequest,
    form: CustomerForm,
    *,
    matches: Sequence[Match] = (),
    trashed: Sequence[Customer] = (),
    conflict: Conflict | None = None,
) -> HttpResponse:
    """The form, with what keeps it from being saved as it is."""
    context = {
        "form": form,
        "customer": form.customer,
        "conflict": conflict,
        "trashed": trashed,
        **warning_of(matches),
    }
    status = HTTPStatus.OK
    if conflict:
        status = HTTPStatus.CONFLICT
    elif form.is_bound:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
    return render(request, "customers/customer_form.html", context, status=status)


def _shown_again(request: UserRequest, customer: Customer | None) -> HttpResponse | None:
    """The form as it was typed, with what one of its buttons asks for; None where it is to be saved."""
    then = request.POST.get("then", "")
    if then not in SHOW_AGAIN:
        return None
    more = MORE_ROWS.get(then, "")
    return _page(request, CustomerForm(user=request.user, customer=customer, typed=request.POST, more=more))


def _gone(request: UserRequest) -> HttpResponse:
    """The customer is not, or no longer, this person's to see; what they typed is theirs to copy.

    It says the same of a customer that never was, so that nobody learns who exists.
    """
    if request.method != "POST":
        raise Http404
    typed = [
        (str(field.label), str(request.POST[name]))
        for name, field in CustomerForm.base_fields.items()
        if request.POST.get(name) and not field.widget.is_hidden
    ]
    typed += [
        (label, str(value))
        for label, prefix in ((_("Phone"), "phones-"), (_("Email"), "emails-"))
        for name, value in request.POST.items()
        if name.startswith(prefix) and name.endswith("-value") and value
    ]
    return render(request, "customers/customer_gone.html", {"typed": typed}, status=HTTPStatus.NOT_FOUND)


def _saved(
    request: UserRequest, customer: Customer, form: CustomerForm, matches: Sequence[Match]
) -> HttpResponse:
    """Go to the customer, with what is worth a second look."""
    for warning in form.warnings:
        messages.warning(request, warning)
    say_hints(request, matches)
    return redirect(customer)
