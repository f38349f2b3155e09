"""The page about a household: its members now and before, what they share and spend."""

from __future__ import annotations

from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from accounts.requests import UserRequest
from customers.forms.household import HouseholdForm, MemberForm
from customers.households import Sheet, change_household, join_household, leave_household, sheet_of
from customers.models import Household
from customers.views.scope import customer_to_change

may_read = permission_required("customers.view_customer", raise_exception=True)
may_change = permission_required("customers.change_customer", raise_exception=True)


@require_safe
@may_read
def household(request: UserRequest, pk: int) -> HttpResponse:
    return render(request, "customers/households/detail.html", {"sheet": _sheet(request.user, pk)})


@require_http_methods(["GET", "POST"])
@may_change
def edit(request: UserRequest, pk: int) -> HttpResponse:
    sheet = _sheet_to_change(request.user, pk)
    data = request.POST if request.method == "POST" else None
    form = HouseholdForm(data, household=sheet.household, members=sheet.members, hidden=sheet.hidden)
    if not form.is_valid():
        return _form(request, sheet, form, "customers/households/edit.html")
    change_household(
        household=sheet.household,
        values=form.values,
        head=form.head_chosen,
        keeps_head=form.keeps_head,
        by=request.user,
    )
    messages.success(request, _("The household has been saved."))
    return redirect(sheet.household)


@require_http_methods(["GET", "POST"])
@may_change
def add_member(request: UserRequest, pk: int) -> HttpResponse:
    sheet = _sheet_to_change(request.user, pk)
    data = request.POST if request.method == "POST" else None
    known = HouseholdForm(household=sheet.household, members=sheet.members, hidden=sheet.hidden)
    form = MemberForm(data, household=sheet.household, may_set_head=not known.keeps_head, viewer=request.user)
    if not form.is_valid():
        return _form(request, sheet, form, "customers/households/member.html")
    person, role = form.cleaned_data["person"], form.cleaned_data["role"]
    join_household(household=sheet.household, person=person, role=role, by=request.user)
    messages.success(request, _("%(name)s is in the household now.") % {"name": person})
    return redirect(sheet.household)


@require_POST
@may_change
def leave(request: UserRequest, pk: int) -> HttpResponse:
    """Take a customer out of their household; when, its page tells from then on."""
    customer = customer_to_change(request.user, pk)
    if leave_household(person=customer, by=request.user):
        messages.success(request, _("%(name)s is no longer in the household.") % {"name": customer})
    else:
        messages.info(request, _("%(name)s is in no household.") % {"name": customer})
    return redirect(customer)


def _sheet(user: User, pk: int) -> Sheet:
    """A household of which the person sees a member; else 404."""
    sheet = sheet_of(get_object_or_404(Household, pk=pk), viewer=user)
    if sheet is None:
        raise Http404
    return sheet


def _sheet_to_change(user: User, pk: int) -> Sheet:
    sheet = _sheet(user, pk)
    if not sheet.may_edit:
        raise PermissionDenied
    return sheet


def _form(
    request: UserRequest, sheet: Sheet, form: HouseholdForm | MemberForm, template: str
) -> HttpResponse:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    return render(request, template, {"sheet": sheet, "form": form}, status=status)
