"""The files of a customer: seen, fetched, added and deleted by whoever may do so with the customer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from accounts.requests import UserRequest
from customers.attachments import CONTENT_TYPES, attach, delete_attachment, may_delete, path_of
from customers.forms.files import FilesForm
from customers.models import Attachment, Customer
from customers.registry import registry
from customers.views.merged import meant_for_the_person
from customers.views.scope import customer_to_change, customer_to_read, may_edit

may_read = permission_required("customers.view_customer", raise_exception=True)
may_change = permission_required("customers.change_customer", raise_exception=True)
PAGE_SIZE = 50
IN_PANEL = 8
# What a browser is told, should it open a file after all: run nothing, load nothing.
NOTHING_RUNS = "default-src 'none'; sandbox"
LARGEST_NUMBER = 2**63 - 1


@dataclass(frozen=True)
class Row:
    """A file, what it was added with, and whether whoever looks may delete it."""

    file: Attachment
    origin: str
    may_delete: bool


@require_safe
@may_read
def files(request: UserRequest, pk: int) -> HttpResponse:
    """The files of a customer, newest first: as a part of the record, or on a page of their own."""
    customer = customer_to_read(request.user, pk)
    found = Attachment.objects.of(customer).select_related("added_by", "deleted_by").order_by("-pk")
    before, size = request.GET.get("before", ""), PAGE_SIZE
    if request.htmx:
        found, size = found.kept(), IN_PANEL
    elif before.isdecimal() and int(before) < LARGEST_NUMBER:
        found = found.filter(pk__lt=int(before))
    shown = list(found[: size + 1])
    context = {
        "customer": customer,
        "may_edit": may_edit(customer),
        "rows": _rows(shown[:size], customer, request.user),
        "older": shown[size - 1].pk if len(shown) > size else None,
    }
    return render(request, "customers/files/list.html" + ("#panel" if request.htmx else ""), context)


def _rows(shown: Sequence[Attachment], customer: Customer, user: User) -> list[Row]:
    origins = registry.attachment_origins([file.pk for file in shown]) if shown else {}
    is_editable = may_edit(customer)
    return [
        Row(file, origins.get(file.pk, ""), is_editable and not file.deleted_at and may_delete(file, user))
        for file in shown
    ]


@require_safe
@may_read
def download(request: UserRequest, pk: int, file: int) -> HttpResponseBase:
    """The file itself, never shown within a page."""
    visible = Customer.objects.visible_to(request.user).filter(pk=pk)
    found = get_object_or_404(Attachment.objects.kept(), pk=file, customer__in=visible)
    try:
        content = path_of(found).open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    kind = CONTENT_TYPES[Attachment.Kind(found.kind)]
    response = FileResponse(content, as_attachment=True, filename=found.name, content_type=kind)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = NOTHING_RUNS
    response["Cache-Control"] = "private, no-store"
    return response


@meant_for_the_person
@require_http_methods(["GET", "POST"])
@may_change
def add(request: UserRequest, pk: int) -> HttpResponse:
    customer = customer_to_change(request.user, pk)
    is_sent = request.method == "POST"
    form = FilesForm(request.POST, request.FILES) if is_sent else FilesForm()
    if not form.is_valid():
        status = HTTPStatus.UNPROCESSABLE_ENTITY if is_sent else HTTPStatus.OK
        context = {"customer": customer, "form": form}
        return render(request, "customers/files/form.html", context, status=status)
    tell_added(request, attach(customer=customer, files=form.cleaned_data["uploads"], by=request.user))
    return redirect("customers:files", customer.pk)


def tell_added(request: UserRequest, added: Sequence[Attachment]) -> None:
    message = ngettext("%(count)d file has been added.", "%(count)d files have been added.", len(added))
    messages.success(request, message % {"count": len(added)})


@meant_for_the_person
@require_http_methods(["GET", "POST"])
@may_change
def delete(request: UserRequest, pk: int, file: int) -> HttpResponse:
    """Ask, then delete: nobody gets the file back."""
    customer = customer_to_change(request.user, pk)
    found = get_object_or_404(Attachment.objects.of(customer).select_related("added_by"), pk=file)
    if not may_delete(found, request.user):
        raise PermissionDenied
    if request.method != "POST":
        return render(request, "customers/files/delete.html", {"customer": customer, "file": found})
    if delete_attachment(attachment=found, by=request.user):
        messages.success(request, _("“%(name)s” has been deleted.") % {"name": found.name})
    else:
        messages.info(request, _("Somebody has deleted “%(name)s” already.") % {"name": found.name})
    return redirect("customers:files", customer.pk)
