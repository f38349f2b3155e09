"""What a customer agreed to: how it stands, how it came to be, and the form that writes the next line."""

from __future__ import annotations

from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import reswap, retarget

from accounts.requests import UserRequest
from customers.consents import LaterConsentError, NoContactError, record_consent, standings_of
from customers.forms.consents import ConsentForm
from customers.models import Consent, Customer
from customers.views.merged import meant_for_the_person
from customers.views.scope import customer_to_change, customer_to_read, may_edit

RECORD = "customers.add_consent"
# Far more than anybody asks of one customer; the oldest are left out.
MOST_SHOWN = 200


def may_record(customer: Customer, request: UserRequest) -> bool:
    return may_edit(customer) and request.user.has_perm(RECORD)


@require_safe
@permission_required("customers.view_customer", raise_exception=True)
def consents(request: UserRequest, pk: int) -> HttpResponse:
    """How things stand with every purpose, and the whole ledger of the customer."""
    customer = customer_to_read(request.user, pk)
    entries = Consent.objects.filter(customer=customer).select_related("recorded_by")[:MOST_SHOWN]
    context = {
        "customer": customer,
        "may_record_consent": may_record(customer, request),
        "standings": standings_of(customer),
        "entries": entries,
    }
    return render(request, "customers/consents/ledger.html", context)


@meant_for_the_person
@require_http_methods(["GET", "POST"])
@permission_required(RECORD, raise_exception=True)
def record(request: UserRequest, pk: int) -> HttpResponse:
    """Record that consent was given or withdrawn."""
    customer = customer_to_change(request.user, pk)
    if request.method == "POST":
        form = ConsentForm(request.POST)
    else:
        asked = request.GET
        form = ConsentForm(purpose=asked.get("purpose", ""), decision=asked.get("decision", ""))
    if not form.is_valid():
        return _form(request, customer, form)
    try:
        written = record_consent(customer=customer, by=request.user, **form.values)
    except (NoContactError, LaterConsentError) as error:
        form.add_refusal(error)
        return _form(request, customer, form)
    if written.is_current:
        messages.success(request, _("Recorded in the consent ledger."))
    else:
        messages.info(request, _("Recorded in the consent ledger. What was decided later still holds."))
    return _done(request, customer)


def _form(request: UserRequest, customer: Customer, form: ConsentForm) -> HttpResponse:
    """The form as a part of the record, or on a page of its own."""
    if request.htmx:
        form.fields["purpose"].widget.attrs["autofocus"] = True
    template = "customers/consents/form.html" + ("#form" if request.htmx else "")
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    return render(request, template, {"customer": customer, "form": form}, status=status)


def _done(request: UserRequest, customer: Customer) -> HttpResponse:
    """Back to the record; with script, only what says whether to contact them is drawn again."""
    if not request.htmx:
        return redirect(customer)
    context = {
        "customer": customer,
        "may_edit": True,
        "may_record_consent": True,
        "standings": standings_of(customer),
        "is_answer": True,
    }
    response = render(request, "customers/record/consents.html", context)
    return reswap(retarget(response, "#consents"), "outerHTML")
