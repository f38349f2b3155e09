"""One fact of a customer, edited in its place on the record; without script on a page of its own."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import trigger_client_event

from accounts.kept_forms import kept_over_login, typed_before
from accounts.requests import UserRequest
from customers.conflicts import Conflict, bring_up_to_date, data_resolved
from customers.consents import standings_of
from customers.duplicates import Match
from customers.facts_markup import written
from customers.forms.facts import FACT_FIELDS, FactForm
from customers.forms.look_alikes import RECOGNISED_BY
from customers.models import Customer
from customers.observations import running_of
from customers.profile import Line, profile_of, segments_of, special_requests_of
from customers.registry import registry
from customers.services import StaleCustomerError, update_customer
from customers.timeline import timeline_of
from customers.views.editing import MORE_ROWS, say_kept
from customers.views.look_alikes import is_confirmed, matches_of, say_hints, warning_of
from customers.views.scope import customer_to_change

# Buttons that only show the form again: the wards of a province, one more row.
SHOW_AGAIN = frozenset({"wards", *MORE_ROWS})


@kept_over_login
@require_http_methods(["GET", "POST"])
@permission_required("customers.change_customer", raise_exception=True)
@vary_on_headers("HX-Request")
def fact(request: UserRequest, pk: int, name: str) -> HttpResponse:
    """Change one fact, from the version with which its field was opened."""
    if name not in FACT_FIELDS:
        raise Http404
    customer = customer_to_change(request.user, pk)
    if "closed" in request.GET:
        return _line(request, customer, name)
    make = partial(FactForm, user=request.user, customer=customer, fact=name)
    if request.method != "POST":
        return _page(request, make(typed=typed_before(request)), name)
    then = request.POST.get("then", "")
    if then in SHOW_AGAIN:
        return _page(request, make(typed=request.POST, more=MORE_ROWS.get(then, "")), name)
    form = make(data_resolved(customer, request.POST))
    if not form.is_valid():
        return _page(request, form, name)
    merge = bring_up_to_date(customer, form, make)
    if not merge.is_settled:
        return _page(request, merge.form, name, conflict=merge.conflict)
    matches = matches_of(request, merge.form)
    if not is_confirmed(request, matches):
        return _page(request, merge.form, name, matches=matches)
    return _save(request, customer, merge.form, name, kept=merge.kept, matches=matches)


def _save(
    request: UserRequest,
    customer: Customer,
    form: FactForm,
    name: str,
    *,
    kept: Sequence[str],
    matches: Sequence[Match],
) -> HttpResponse:
    try:
        is_written = update_customer(
            customer=customer, expected_version=customer.version, entered=form.entered, by=request.user
        )
    except StaleCustomerError:
        customer = customer_to_change(request.user, customer.pk)
        make = partial(FactForm, user=request.user, customer=customer, fact=name)
        merge = bring_up_to_date(customer, form, make)
        return _page(request, merge.form, name, conflict=merge.conflict)
    if is_written:
        messages.success(request, _("%(name)s has been saved.") % {"name": customer})
    say_kept(request, kept)
    for warning in form.warnings:
        messages.warning(request, warning)
    say_hints(request, matches)
    return _saved(request, customer, name) if request.htmx else redirect(customer)


def _saved(request: UserRequest, before: Customer, name: str) -> HttpResponse:
    """The fact as it is read, and beside it what changes with it all over the record, but no form."""
    customer = customer_to_change(request.user, before.pk)
    lines = profile_of(customer, reveal=True)
    others = [line for line in lines if line.fact != name]
    context = {
        "customer": customer,
        "may_edit": True,
        # Special requests stand above the facts while there are any.
        "fact": _joined(written(customer, [line for line in lines if line.fact == name], may_edit=True)),
        "other_facts": _joined(written(customer, others, may_edit=True, is_beside_the_answer=True)),
        "observed": running_of(customer, reveal=True),
        "standings": standings_of(customer),
        "segments": segments_of(customer),
        "figures_as_of": registry.figures_legend(request.user).as_of,
        "timeline": timeline_of(customer),
        "is_answer": True,
    }
    response = render(request, "customers/record/saved.html", context)
    if customer.version == before.version + 1:
        # Nobody else saved in between: facts that are open from before go on from here.
        versions = {"before": before.version, "now": customer.version}
        trigger_client_event(response, "customer-saved", versions)
    return response


def _joined(facts: Sequence[tuple[Line, SafeString]]) -> SafeString:
    return SafeString("".join(fact for _line, fact in facts))


def _page(
    request: UserRequest,
    form: FactForm,
    name: str,
    *,
    conflict: Conflict | None = None,
    matches: Sequence[Match] = (),
) -> HttpResponse:
    """The open field, as a part of the record or as a page."""
    customer, fields = form.subject, [form[field] for field in FACT_FIELDS[name]]
    context = {
        "form": form,
        "customer": customer,
        "line": line_of(customer, name),
        "conflict": conflict,
        "fields": fields,
        # The field that the label of the fact is the label of.
        "main_field": fields[0] if len(fields) == 1 or name == "full_name" else None,
        "rows": form.rows.get(name),
        "is_recognised_by": name in form.rows or name in RECOGNISED_BY,
        **warning_of(matches),
    }
    status = HTTPStatus.OK
    if conflict and not request.htmx:
        status = HTTPStatus.CONFLICT
    elif form.is_bound:
        # As a part of a page, also a conflict has to be shown.
        status = HTTPStatus.UNPROCESSABLE_ENTITY
    part = "#open" if request.htmx else ""
    return render(request, f"customers/customer_fact.html{part}", context, status=status)


def _line(request: UserRequest, customer: Customer, name: str) -> HttpResponse:
    """The fact as it is read, after its field was closed again."""
    [(_known, fact)] = written(customer, [line_of(customer, name)], may_edit=True)
    return HttpResponse(fact)


def line_of(customer: Customer, name: str) -> Line:
    """The fact as the record says it."""
    lines = [*profile_of(customer, reveal=True), special_requests_of(customer)]
    return next(line for line in lines if line.fact == name)
