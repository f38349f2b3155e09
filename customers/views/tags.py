"""The tags of one customer."""

from __future__ import annotations

from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.requests import UserRequest
from customers.forms.tags import TagsForm
from customers.models import Customer
from customers.tags import change_tags
from customers.views.merged import meant_for_the_person
from customers.views.scope import customer_to_change


@meant_for_the_person
@require_http_methods(["GET", "POST"])
@permission_required("customers.change_customer", raise_exception=True)
def tags(request: UserRequest, pk: int) -> HttpResponse:
    """Tick the tags that a customer has."""
    customer = customer_to_change(request.user, pk)
    form = TagsForm(request.POST if request.method == "POST" else None, customer=customer)
    if not form.is_valid():
        status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
        context = {"form": form, "customer": customer}
        return render(request, "customers/customer_tags.html", context, status=status)
    try:
        is_changed = change_tags(customer=customer, give=form.given, take=form.taken, by=request.user)
    except Customer.DoesNotExist as error:
        raise Http404 from error
    messages.success(
        request,
        _("The tags of %(name)s have been saved.") % {"name": customer}
        if is_changed
        else _("Nothing was different, so nothing was saved."),
    )
    return redirect(customer)
