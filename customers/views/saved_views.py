"""Saved lists of customers: saving the list as it is, and naming, sharing, copying and removing it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import User
from accounts.requests import UserRequest
from customers.forms.saved_views import ChoiceForm, ViewForm
from customers.models import SavedView
from customers.models.saved_view import LONGEST_STATE
from customers.saved_views import change_state, choose_view, duplicate_view, save_view
from customers.views.list_addresses import Addresses, read_addresses

may_see_customers = permission_required("customers.view_customer", raise_exception=True)


@require_http_methods(["GET", "POST"])
@may_see_customers
def create(request: UserRequest) -> HttpResponse:
    """Save the list that the address describes as a new view."""
    addresses = read_addresses(request.user, request.GET)
    view = SavedView(state=addresses.state_text)
    form = ViewForm(request.POST or None, user=request.user, view=view)
    if request.method == "POST" and _is_short_enough(request, addresses) and form.is_valid():
        _keep(request.user, view, form)
        messages.success(request, _("The view “%(name)s” is saved.") % {"name": view.name})
        return redirect(view)
    return _page(request, form, action=addresses.at("customers:view-create"), back=addresses.list_with())


@require_http_methods(["GET", "POST"])
@may_see_customers
def edit(request: UserRequest, pk: int) -> HttpResponse:
    """Rename, share, pin or open first; of a colleague's view, only the last two."""
    view = _readable(request.user, pk)
    chosen = {"is_pinned": view.is_pinned, "is_default": view.is_default}
    form: ChoiceForm
    if view.owner_id == request.user.pk:
        known = {"name": view.name, "is_shared": view.shared_with_id is not None, **chosen}
        form = ViewForm(request.POST or None, initial=known, user=request.user, view=view)
    else:
        form = ChoiceForm(request.POST or None, initial=chosen)
    if request.method == "POST" and (form.is_valid() or not form.errors):
        _keep(request.user, view, form)
        messages.success(request, _("The view “%(name)s” is saved.") % {"name": view.name})
        return redirect(view)
    return _page(request, form, action=request.path, back=view.get_absolute_url(), view=view)


@require_POST
@may_see_customers
def save(request: UserRequest, pk: int) -> HttpResponse:
    """Let a view of one's own be what the address describes."""
    view = _own(request.user, pk)
    addresses = read_addresses(request.user, request.GET)
    if _is_short_enough(request, addresses):
        change_state(view=view, state=addresses.state_text)
        messages.success(request, _("The view “%(name)s” is saved.") % {"name": view.name})
    return redirect(view)


@require_POST
@may_see_customers
def duplicate(request: UserRequest, pk: int) -> HttpResponse:
    """A copy of one's own, to be named and changed."""
    copy = duplicate_view(by=request.user, view=_readable(request.user, pk))
    messages.success(request, _("The view is copied. Give the copy its name."))
    return redirect("customers:view-edit", copy.pk)


@require_POST
@may_see_customers
def delete(request: UserRequest, pk: int) -> HttpResponse:
    view = _own(request.user, pk)
    view.delete()
    messages.success(
        request, _("The view “%(name)s” is deleted. No customer was touched.") % {"name": view.name}
    )
    return redirect("customers:list")


def _readable(user: User, pk: int) -> Any:
    """A view with what the person made of it."""
    return get_object_or_404(SavedView.objects.for_menu(user), pk=pk)


def _own(user: User, pk: int) -> Any:
    """A view to change: a colleague's may be opened and copied only."""
    view = _readable(user, pk)
    if view.owner_id != user.pk:
        raise PermissionDenied
    return view


def _keep(user: User, view: SavedView, form: ChoiceForm) -> None:
    given = form.cleaned_data
    choices = {"is_pinned": given["is_pinned"], "is_default": given["is_default"]}
    if isinstance(form, ViewForm):
        view.name = given["name"]
        save_view(by=user, view=view, is_shared=given.get("is_shared", False), **choices)
    else:
        choose_view(by=user, view=view, **choices)


def _is_short_enough(request: UserRequest, addresses: Addresses) -> bool:
    if len(addresses.state_text) <= LONGEST_STATE:
        return True
    messages.error(request, _("The list has too many conditions to be saved. Remove some of them."))
    return False


def _page(
    request: UserRequest, form: ChoiceForm, *, action: str, back: str, view: SavedView | None = None
) -> HttpResponse:
    context = {
        "form": form,
        "action": action,
        "back_url": back,
        "view": view,
        "is_mine": view is None or view.owner_id == request.user.pk,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "customers/view_form.html", context, status=status)
