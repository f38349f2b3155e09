"""Merging two records of one person, seeing what was merged, and undoing it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import F
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.requests import UserRequest
from customers.forms.merging import MergeForm, MergeWithForm, refusal_of_record
from customers.merging import consents, preview
from customers.merging.comparison import compare
from customers.merging.services import (
    LaterMergeError,
    NotUndoableError,
    UndoBlockedError,
    merge_customers,
    unmerge_customers,
)
from customers.models import Customer, CustomerMerge, DuplicatePair
from customers.models.merge import UNDO_FOR
from customers.paging import Key, Order, page_of
from customers.services import StaleCustomerError
from customers.views.scope import customer_to_change
from customers.views.ticked import ticked_numbers

PAGE_SIZE = 25
NEWEST = Order(
    "newest",
    (Key(F("merged_at"), models.DateTimeField()), Key(F("id"), models.BigIntegerField())),
    descending=True,
)

may_merge = permission_required("customers.merge_customer", raise_exception=True)


@require_http_methods(["GET", "POST"])
@may_merge
def merge(request: UserRequest, pk: int, other: int) -> HttpResponse:
    """Lay two records side by side, choose what the merged one takes, and merge."""
    try:
        keep, duplicate = customer_to_change(request.user, pk), customer_to_change(request.user, other)
    except Http404:
        return _refused(request, pk, other)
    if keep == duplicate:
        messages.error(request, _("A record cannot be merged with itself. Choose two different ones."))
        return redirect("customers:merge-with", pk)
    rows = compare(keep, duplicate)
    form = MergeForm(request.POST or None, rows=rows, keep=keep, duplicate=duplicate)
    if not form.is_valid():
        status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
        return _page(request, keep, duplicate, form, status=status)
    if not form.is_of_now:
        return _stale(request, keep, duplicate)
    try:
        merge_customers(
            keep=keep,
            duplicate=duplicate,
            by=request.user,
            taken=form.chosen("duplicate"),
            joined=form.chosen("both"),
        )
    except StaleCustomerError:
        return _stale(request, customer_to_change(request.user, pk), customer_to_change(request.user, other))
    text = _("%(code)s is part of %(name)s now. You can undo this for 30 days under “Merged records”.")
    messages.success(request, text % {"code": duplicate.code, "name": keep})
    return redirect(keep)


@require_http_methods(["GET", "POST"])
@may_merge
def merge_with(request: UserRequest, pk: int) -> HttpResponse:
    """Choose the record that is the same person as this one, by name, phone or code."""
    customer = customer_to_change(request.user, pk)
    data = request.POST if request.method == "POST" else None
    form = MergeWithForm(data, customer=customer, viewer=request.user)
    if form.is_valid():
        return redirect("customers:merge", pk, form.cleaned_data["person"].pk)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    context = {"customer": customer, "form": form}
    return render(request, "customers/merging/merge_with.html", context, status=status)


@require_POST
@may_merge
def merge_ticked(request: UserRequest) -> HttpResponse:
    """Lay the two customers side by side who are ticked in a list."""
    numbers = sorted(set(ticked_numbers(request.POST, most=PAGE_SIZE)))
    if len(numbers) != 2:
        messages.error(request, _("Tick exactly two customers to merge them."))
        return redirect(f"{reverse('customers:list')}?{request.GET.urlencode()}")
    return redirect("customers:merge", *numbers)


def _refused(request: UserRequest, *numbers: int) -> HttpResponse:
    """Say why a record that was there before can no longer be merged; 404 where nobody may know of it."""
    refusals = [refusal_of_record(number, viewer=request.user) for number in numbers]
    if not any(refusals):
        raise Http404
    messages.error(request, " ".join(filter(None, refusals)))
    return redirect("customers:duplicates")


def _stale(request: UserRequest, keep: Customer, duplicate: Customer) -> HttpResponse:
    """The page as the records are now: whoever chose among former values chooses again."""
    form = MergeForm(rows=compare(keep, duplicate), keep=keep, duplicate=duplicate)
    return _page(request, keep, duplicate, form, status=HTTPStatus.CONFLICT)


def _page(
    request: UserRequest, keep: Customer, duplicate: Customer, form: MergeForm, *, status: HTTPStatus
) -> HttpResponse:
    rows = compare(keep, duplicate)
    same = [row for row in rows if not row.differs and row.keep]
    context: dict[str, Any] = {
        "keep": keep,
        "duplicate": duplicate,
        "form": form,
        "same": same,
        "pair": DuplicatePair.objects.between(keep.pk, duplicate.pk).first(),
        "against": preview.against(keep, duplicate),
        "moving": preview.moving(duplicate),
        "disagreements": consents.disagreements(keep, duplicate),
        "total": preview.total(keep, duplicate),
        "undo_until": timezone.now() + UNDO_FOR,
        "is_stale": status == HTTPStatus.CONFLICT,
    }
    return render(request, "customers/merging/merge.html", context, status=status)


@require_safe
@may_merge
def merges(request: UserRequest) -> HttpResponse:
    """What was merged lately, each with its way back."""
    shown = CustomerMerge.objects.visible_to(request.user)
    page = page_of(shown, NEWEST, cursor=request.GET.get("cursor", ""), size=PAGE_SIZE)
    found = CustomerMerge.objects.select_related("customer", "by", "undone_by").in_bulk(page.ids)
    merged = [found[pk] for pk in page.ids if pk in found]
    context = {"page": page, "merges": merged, "tab": "merged"}
    return render(request, "customers/merging/merges.html", context)


@require_POST
@may_merge
def unmerge(request: UserRequest, pk: int) -> HttpResponse:
    """Part two records again, for whoever may change the one that was kept."""
    found = get_object_or_404(CustomerMerge.objects.visible_to(request.user), pk=pk)
    if not Customer.objects.editable_by(request.user).filter(pk=found.customer_id).exists():
        raise PermissionDenied
    try:
        parted = unmerge_customers(merge=found, by=request.user)
    except NotUndoableError:
        messages.error(
            request, _("This merge was undone already, or its 30 days are over. Nothing has changed.")
        )
    except LaterMergeError as error:
        text = _("Undo the later merge of %(code)s first. Nothing has changed.")
        messages.error(request, text % {"code": error.later.duplicate_code})
    except UndoBlockedError:
        text = _("Something that %(code)s belonged to, such as a household, is gone. Nothing has changed.")
        messages.error(request, text % {"code": found.duplicate_code})
    else:
        text = _("%(code)s is a record of its own again, with all that it had.")
        messages.success(request, text % {"code": found.duplicate_code})
        if Customer.objects.visible_to(request.user).filter(pk=parted.pk).exists():
            return redirect(parted)
    return redirect(reverse("customers:merges"))
