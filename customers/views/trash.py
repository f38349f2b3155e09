"""Deleting a customer, and the trash from which they come back."""

from __future__ import annotations

from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.db.models import BigIntegerField, DateTimeField, F
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.kept_forms import kept_over_login, typed_before
from accounts.requests import UserRequest
from customers import trash
from customers.forms.status import TrashForm
from customers.models import Customer
from customers.paging import Key, Order, page_of
from customers.views.scope import customer_to_change

PERMISSION = "customers.delete_customer"
ROWS_A_PAGE = 50
LAST_DELETED = Order(
    "trash", (Key(F("trashed_at"), DateTimeField()), Key(F("id"), BigIntegerField())), descending=True
)


@require_safe
@permission_required(PERMISSION, raise_exception=True)
def trash_list(request: UserRequest) -> HttpResponse:
    """Who was deleted in the last thirty days, by whom and why, as far as the person may see them."""
    theirs = Customer.trash.visible_to(request.user)
    page = page_of(theirs, LAST_DELETED, cursor=request.GET.get("cursor", ""), size=ROWS_A_PAGE)
    rows = theirs.filter(pk__in=page.ids).select_related("owner", "trashed_by").in_bulk()
    context = {
        "rows": [(rows[pk], trash.erased_at(rows[pk])) for pk in page.ids if pk in rows],
        "page": page,
        "days": trash.KEPT_FOR.days,
    }
    return render(request, "customers/trash/trash_list.html", context)


@kept_over_login
@require_http_methods(["GET", "POST"])
@permission_required(PERMISSION, raise_exception=True)
def delete(request: UserRequest, pk: int) -> HttpResponse:
    """Ask for the reason, then put the customer in the trash."""
    customer = customer_to_change(request.user, pk)
    is_sent = request.method == "POST"
    form = TrashForm(request.POST) if is_sent else TrashForm(initial=typed_before(request))
    if not form.is_valid():
        status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
        context = {"form": form, "customer": customer, "days": trash.KEPT_FOR.days}
        return render(request, "customers/trash/customer_delete.html", context, status=status)
    if trash.trash_customer(customer=customer, reason=form.cleaned_data["reason"], by=request.user):
        messages.success(request, _("%(name)s is in the trash now.") % {"name": customer})
    else:
        messages.info(request, _("Somebody has deleted %(name)s already.") % {"name": customer})
    return redirect("customers:trash")


@require_POST
@permission_required(PERMISSION, raise_exception=True)
def restore(request: UserRequest, pk: int) -> HttpResponse:
    customer = get_object_or_404(Customer.trash.editable_by(request.user), pk=pk)
    restored = trash.restore_customer(customer=customer, by=request.user)
    if not restored.done:
        messages.info(request, _("%(name)s is not in the trash any more.") % {"name": customer})
        return redirect("customers:trash")
    messages.success(request, _("%(name)s has been restored.") % {"name": customer})
    if restored.given_away:
        text = _("Another customer has these numbers now, so they were left out: %(numbers)s.")
        messages.warning(request, text % {"numbers": ", ".join(restored.given_away)})
    return redirect(customer)
