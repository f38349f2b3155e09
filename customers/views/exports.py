"""Taking customers away as a file: what goes into it, how far it is, and what was taken before."""

from __future__ import annotations

import re
from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.requests import UserRequest
from customers.export_columns import known_columns
from customers.exports import (
    cancel_export,
    conditions_in_words,
    has_whole_list,
    list_of,
    path_of,
    request_export,
)
from customers.forms.export import ExportForm
from customers.models import CustomerExport
from customers.views.patience import is_late

PAGE_SIZE = 50
PLACE = re.compile(r"[0-9]{1,18}")

may_export = permission_required("customers.add_customerexport", raise_exception=True)


@require_http_methods(["GET", "POST"])
@may_export
def export(request: UserRequest) -> HttpResponse:
    """Choose what goes into the file of the list that the address asks for; then have it made."""
    listing = list_of(request.user, request.GET.urlencode())
    form = ExportForm(request.POST or None)
    words = conditions_in_words(listing)
    if request.method == "POST" and form.is_valid():
        made = request_export(listing=listing, conditions="\n".join(words), **form.cleaned_data)
        return redirect("customers:export_run", made.pk)
    query = listing.asked.urlencode()
    context = {
        "form": form,
        "listing": listing,
        "conditions": words,
        "is_own_care_only": not has_whole_list(request.user),
        "back_url": reverse("customers:list") + (f"?{query}" if query else ""),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "customers/exports/form.html", context, status=status)


@require_safe
@may_export
def exports(request: UserRequest) -> HttpResponse:
    """What was taken away, newest first: one's own, or everybody's for administrators."""
    found = CustomerExport.objects.visible_to(request.user).select_related("asked_by").order_by("-pk")
    before = request.GET.get("before", "")
    if PLACE.fullmatch(before):
        found = found.filter(pk__lt=int(before))
    rows = list(found[: PAGE_SIZE + 1])
    context = {
        "exports": rows[:PAGE_SIZE],
        "older": rows[PAGE_SIZE - 1].pk if len(rows) > PAGE_SIZE else None,
        "shows_everybody": request.user.has_perm("customers.view_customerexport"),
    }
    return render(request, "customers/exports/list.html", context)


@require_safe
@may_export
def export_run(request: UserRequest, pk: int) -> HttpResponse:
    """One export: how far it is, and the way to the file for who asked for it."""
    found = get_object_or_404(
        CustomerExport.objects.visible_to(request.user).select_related("asked_by"), pk=pk
    )
    waiting_since = found.created_at if found.state == CustomerExport.State.QUEUED else None
    labels = {name: str(column.label) for name, column in known_columns().items()}
    context = {
        "export": found,
        "columns": [labels.get(name, name) for name in found.columns],
        "is_late": is_late(waiting_since),
        "is_mine": found.asked_by_id == request.user.pk,
    }
    return render(request, "customers/exports/run.html" + ("#progress" if request.htmx else ""), context)


@require_safe
@may_export
def export_file(request: UserRequest, pk: int) -> HttpResponseBase:
    """The file, for nobody but who asked for it, and only while it is kept."""
    found = get_object_or_404(CustomerExport, pk=pk, asked_by=request.user)
    if not found.has_file:
        raise Http404
    try:
        file = path_of(found).open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    name = f"khach-hang-{timezone.localtime(found.created_at):%Y%m%d-%H%M}.{found.file_format}"
    return FileResponse(file, as_attachment=True, filename=name)


@require_POST
@may_export
def export_cancel(request: UserRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(CustomerExport, pk=pk, asked_by=request.user)
    if not cancel_export(export=found):
        messages.info(request, _("This export is finished already."))
    return redirect("customers:export_run", pk)
