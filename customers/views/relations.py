"""Noting and ending how a customer knows another one."""

from __future__ import annotations

from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.requests import UserRequest
from customers.forms.relations import RelationForm
from customers.models import Customer, Relation, RelationKind
from customers.relations import RelationExistsError, add_relation, end_relation
from customers.views.merged import meant_for_the_person
from customers.views.scope import customer_to_change


@meant_for_the_person
@require_http_methods(["GET", "POST"])
@permission_required("customers.change_customer", raise_exception=True)
def add(request: UserRequest, pk: int) -> HttpResponse:
    customer = customer_to_change(request.user, pk)
    form = RelationForm(request.POST or None, customer=customer, viewer=request.user)
    if form.is_valid():
        cleaned = form.cleaned_data
        try:
            add_relation(
                customer=customer,
                other=cleaned["person"],
                kind=RelationKind(cleaned["kind"]),
                from_on=cleaned["from_on"],
                note=cleaned["note"],
                by=request.user,
            )
        except RelationExistsError:
            form.add_error("who", _("The two are in this relation already."))
        else:
            messages.success(
                request, _("The relation to %(name)s has been noted.") % {"name": cleaned["person"]}
            )
            return redirect(customer)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    context = {"customer": customer, "form": form}
    return render(request, "customers/relations/relation_form.html", context, status=status)


@meant_for_the_person
@require_POST
@permission_required("customers.change_customer", raise_exception=True)
def end(request: UserRequest, pk: int, relation: int) -> HttpResponse:
    """End a relation from either side, where the person at work also sees the other customer."""
    customer = customer_to_change(request.user, pk)
    seen = Customer.objects.visible_to(request.user)
    theirs = Relation.objects.of(customer).filter(customer__in=seen, other__in=seen)
    if end_relation(relation=get_object_or_404(theirs, pk=relation)):
        messages.success(request, _("The relation has ended."))
    else:
        messages.info(request, _("This relation has ended already."))
    return redirect(customer)
