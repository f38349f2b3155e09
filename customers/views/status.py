"""Taking a customer out of daily work, and back."""

from __future__ import annotations

from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.kept_forms import kept_over_login, typed_before
from accounts.requests import UserRequest
from customers.forms import DeactivateForm
from customers.services import deactivate_customer, reactivate_customer
from customers.views.scope import customer_to_change


@kept_over_login
@require_http_methods(["GET", "POST"])
@permission_required("customers.deactivate_customer", raise_exception=True)
def deactivate(request: UserRequest, pk: int) -> HttpResponse:
    """Ask for the reason, then deactivate."""
    customer = customer_to_change(request.user, pk)
    if request.method == "POST":
        form = DeactivateForm(request.POST)
    else:
        form = DeactivateForm(initial=typed_before(request))
    if not form.is_valid():
        status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
        context = {"form": form, "customer": customer}
        return render(request, "customers/customer_deactivate.html", context, status=status)
    if deactivate_customer(customer=customer, reason=form.cleaned_data["reason"], by=request.user):
        messages.success(request, _("%(name)s is inactive now.") % {"name": customer})
    else:
        messages.info(request, _("Somebody has deactivated %(name)s already.") % {"name": customer})
    return redirect(customer)


@require_POST
@permission_required("customers.deactivate_customer", raise_exception=True)
def reactivate(request: UserRequest, pk: int) -> HttpResponse:
    customer = customer_to_change(request.user, pk)
    if reactivate_customer(customer=customer, by=request.user):
        messages.success(request, _("%(name)s is active again.") % {"name": customer})
    else:
        messages.info(request, _("%(name)s is active already.") % {"name": customer})
    return redirect(customer)
