"""Where a record went that was merged, and what becomes of a page of it that somebody still had open."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, TypeVar, cast

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from accounts.kept_forms import hand_on
from accounts.models import User
from accounts.requests import UserRequest
from customers.conflicts import carried_over
from customers.models import Customer, CustomerMerge
from customers.models.customer import code_of

View = TypeVar("View", bound=Callable[..., HttpResponse])


class MergedError(Http404):
    """The record is part of another one now, which the person may see."""

    def __init__(self, number: int, kept: Customer) -> None:
        super().__init__()
        self.number, self.kept = number, kept


def merged_into(user: User, pk: int) -> Customer | None:
    """The customer in whom a record that is no longer there was merged, if the person may see them."""
    kept = CustomerMerge.objects.kept_for(pk)
    return Customer.objects.visible_to(user).filter(pk=kept).first() if kept else None


def meant_for_the_person(view: View) -> View:
    """Marks a view whose post says the same of a customer, whichever of their records it was sent to."""
    cast(Any, view).is_meant_for_the_person = True
    return view


def lead_on(request: UserRequest, merged: MergedError) -> HttpResponse:
    """To the same page of the kept record, with what was typed; what means the person is done there."""
    match: Any = request.resolver_match
    kwargs = {
        name: merged.kept.pk if name in {"pk", "customer_pk"} and value == merged.number else value
        for name, value in match.kwargs.items()
    }
    path = reverse(match.view_name, kwargs=kwargs)
    if request.method in {"GET", "HEAD"}:
        query = request.META.get("QUERY_STRING", "")
        return redirect(f"{path}?{query}" if query else path)
    if getattr(match.func, "is_meant_for_the_person", False):
        return HttpResponseRedirect(path, status=HTTPStatus.TEMPORARY_REDIRECT)
    names = {"code": code_of(merged.number), "name": merged.kept, "kept": merged.kept.code}
    # Of the forms that wait for a login, only that of the customer itself has a version.
    typed = (
        carried_over(merged.kept, merged.number, request.POST) if "version" in request.POST else request.POST
    )
    if getattr(match.func, "is_kept_over_login", False) and hand_on(request, path, typed):
        text = _("%(code)s is part of %(name)s (%(kept)s) now. What you typed is here, but not saved yet.")
    else:
        path = merged.kept.get_absolute_url()
        text = _("%(code)s is part of %(name)s (%(kept)s) now. Nothing was saved.")
    messages.warning(request, text % names)
    return HttpResponseClientRedirect(path) if request.htmx else redirect(path)
