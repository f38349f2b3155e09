"""Where the conditions of the list are put together in groups, with who meets them so far."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import HttpResponseClientRedirect

from accounts.requests import UserRequest
from customers.forms.rules import SIMPLE, RuleForm, field_choices, rule_of_simple, together
from customers.listing import CURSOR, RULE, CustomerList
from customers.rules.checks import Choices
from customers.rules.tree import LONGEST_TEXT, Match, write
from customers.rules.words import sentence
from customers.views.list_addresses import Addresses, read_addresses

EXAMPLES = 10
# The conditions that the form has, and the address need not say beside it.
_NO_CONDITIONS = dict.fromkeys((*SIMPLE, RULE), "")


@require_http_methods(["GET", "POST"])
@permission_required("customers.view_customer", raise_exception=True)
@vary_on_headers("HX-Request")
def filter_builder(request: UserRequest) -> HttpResponse:
    """The conditions of the list that the address asks for, in rows and boxes; to change and to show."""
    addresses = read_addresses(request.user, request.GET)
    if request.method == "GET":
        listing = CustomerList(request.user, addresses.asked)
        rule = together(rule_of_simple(listing.filter), listing.rule)
        form = RuleForm.of_rule(rule, listing.choices)
        form.error = listing.rule_error
        return _page(request, form, addresses)
    form = RuleForm.of_page(request.POST, Choices(request.user))
    done = request.POST.get("do", "")
    if done != "show":
        form.change(done)
        return _page(request, form, addresses)
    read = form.read()
    if read is None:
        return _page(request, form, addresses, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    url = addresses.list_with(**_NO_CONDITIONS | {RULE: write(read)})
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)


def _page(request: UserRequest, form: RuleForm, addresses: Addresses, *, status: int = 200) -> HttpResponse:
    part = "#builder" if request.htmx else ""
    context = {
        "form": form,
        "fields": field_choices(),
        "matches": list(Match),
        "back_url": addresses.list_with(),
        "action": addresses.at("customers:filter-builder", **_NO_CONDITIONS),
        **_preview(request, form, addresses),
    }
    return render(request, f"customers/filter_builder.html{part}", context, status=status)


def _preview(request: UserRequest, form: RuleForm, addresses: Addresses) -> dict[str, Any]:
    """Who meets what is filled in so far, beside the conditions of the list that are not in the form."""
    rule = form.finished()
    text = write(rule)
    asked = addresses.asked
    for name in (*_NO_CONDITIONS, CURSOR):
        asked.pop(name, None)
    asked[RULE] = text if len(text) <= LONGEST_TEXT else ""
    listing = CustomerList(request.user, asked)
    languages = sorted(("vi", "en"), key=lambda language: language != request.LANGUAGE_CODE)
    return {
        "listing": listing,
        "examples": listing.rows[:EXAMPLES],
        "sentences": {language: sentence(rule, request.user, language) for language in languages},
        "unfinished": sum(1 for row in form.root.rows() if not row.is_filled),
    }
