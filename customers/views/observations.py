"""What is known of a customer: seen with its history, noted, replaced, ended, and read as of a past day."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import reswap, retarget

from accounts.requests import UserRequest
from customers import observations
from customers.forms.observations import ObservationForm
from customers.forms.past import DayForm
from customers.models import Customer, Observation
from customers.past import as_of
from customers.views.merged import meant_for_the_person
from customers.views.scope import customer_to_change, customer_to_read, may_edit

may_read = permission_required("customers.view_customer", raise_exception=True)
may_change = permission_required("customers.change_customer", raise_exception=True)
# Far more than anybody notes of one customer; the oldest are left out.
MOST_ENDED = 200


@require_safe
@may_read
def known(request: UserRequest, pk: int) -> HttpResponse:
    """What is known of a customer now, and what was known before."""
    customer = customer_to_read(request.user, pk)
    reveal = may_edit(customer)
    ended = Observation.objects.filter(customer=customer, until_on__isnull=False)
    ended = ended.select_related("recorded_by", "ended_by").order_by("-until_on", "-pk")[:MOST_ENDED]
    context = {
        "customer": customer,
        "may_edit": reveal,
        "observed": observations.running_of(customer, reveal=reveal),
        "ended": observations.in_words(ended, reveal=reveal),
    }
    return render(request, "customers/observations/list.html", context)


@meant_for_the_person
@require_http_methods(["GET", "POST"])
@may_change
def note(request: UserRequest, pk: int) -> HttpResponse:
    customer = customer_to_change(request.user, pk)
    if request.method == "POST":
        form = ObservationForm(request.POST)
    else:
        form = ObservationForm(kind=request.GET.get("kind", ""))
    if not form.is_valid():
        return _form(request, customer, form)
    observations.record(customer=customer, values=form.cleaned_data, by=request.user)
    return _done(request, customer, _("Noted."))


@meant_for_the_person
@require_http_methods(["GET", "POST"])
@may_change
def replace(request: UserRequest, pk: int, observation: int) -> HttpResponse:
    """End what was known and note what is known instead: one form."""
    customer = customer_to_change(request.user, pk)
    former = get_object_or_404(Observation.objects.filter(customer=customer), pk=observation)
    form = ObservationForm(request.POST if request.method == "POST" else None, replaced=former)
    if not form.is_valid():
        return _form(request, customer, form)
    try:
        observations.replace(observation=former, values=form.cleaned_data, by=request.user)
    except observations.ObservationEndedError:
        form.add_error(
            None, _("Somebody has changed this already. Look at what is known now, then note it anew.")
        )
        return _form(request, customer, form)
    return _done(request, customer, _("Noted. What was known before stays in the history."))


@meant_for_the_person
@require_POST
@may_change
def end(request: UserRequest, pk: int, observation: int) -> HttpResponse:
    customer = customer_to_change(request.user, pk)
    former = get_object_or_404(Observation.objects.filter(customer=customer), pk=observation)
    try:
        observations.end(observation=former, by=request.user)
    except observations.ObservationEndedError:
        return _done(request, customer, _("Somebody has ended this already."))
    return _done(request, customer, _("Ended. It stays in the history."))


@require_safe
@may_read
def past(request: UserRequest, pk: int) -> HttpResponse:
    """The customer as of the end of a day: what they were, what was known, in which segments they were."""
    customer = customer_to_read(request.user, pk)
    form = DayForm(request.GET or None)
    is_asked = form.is_bound
    found = None
    if form.is_valid():
        found = as_of(customer, form.cleaned_data["on"], reveal=may_edit(customer))
    status = HTTPStatus.UNPROCESSABLE_ENTITY if is_asked and not form.is_valid() else HTTPStatus.OK
    context = {"customer": customer, "form": form, "past": found}
    return render(request, "customers/observations/past.html", context, status=status)


def _form(request: UserRequest, customer: Customer, form: ObservationForm) -> HttpResponse:
    """The form as a part of the record, or on a page of its own."""
    if request.htmx:
        form.fields["text"].widget.attrs["autofocus"] = True
    template = "customers/observations/form.html" + ("#form" if request.htmx else "")
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    return render(request, template, {"customer": customer, "form": form}, status=status)


def _done(request: UserRequest, customer: Customer, message: str) -> HttpResponse:
    """Back to the record; with script, only what stands there of this is drawn again."""
    messages.success(request, message)
    if not request.htmx:
        return redirect(customer)
    context: dict[str, Any] = {
        "customer": customer,
        "may_edit": True,
        "observed": observations.running_of(customer, reveal=True),
        "is_answer": True,
    }
    response = render(request, "customers/record/observations.html", context)
    return reswap(retarget(response, "#observations"), "outerHTML")
