"""The page about one customer, and its timeline."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.requests import UserRequest
from customers.consents import standings_of
from customers.facts_markup import written
from customers.models import Customer
from customers.observations import running_of
from customers.palette import remember_opened
from customers.profile import household_of, profile_of, segments_of
from customers.registry import RecordPanel, registry
from customers.relations import relations_of
from customers.timeline import parse_cursor, timeline_of
from customers.views.consents import may_record
from customers.views.scope import customer_to_read, customer_with_history, may_edit


@require_safe
@permission_required("customers.view_customer", raise_exception=True)
def detail(request: UserRequest, pk: int) -> HttpResponse:
    """Who the customer is, what they bought, what was said and what changed."""
    customer = customer_to_read(request.user, pk)
    remember_opened(request.session, customer)
    is_editable = may_edit(customer)
    facts = written(customer, profile_of(customer, reveal=is_editable), may_edit=is_editable)
    return render(
        request,
        "customers/customer_detail.html",
        {
            "customer": customer,
            "may_edit": is_editable,
            "may_reassign": is_editable and request.user.has_perm("customers.reassign_customer"),
            "is_covering": customer.owner_id in request.user.covered_ids,
            "may_delete": is_editable and request.user.has_perm("customers.delete_customer"),
            "may_deactivate": is_editable and request.user.has_perm("customers.deactivate_customer"),
            "facts": [fact for line, fact in facts if line.values],
            "empty_facts": [fact for line, fact in facts if not line.values],
            "observed": running_of(customer, reveal=is_editable),
            "household": household_of(customer, viewer=request.user),
            "relations": relations_of(customer, viewer=request.user),
            "standings": standings_of(customer),
            "may_record_consent": may_record(customer, request),
            "segments": segments_of(customer),
            "figures_as_of": registry.figures_legend(request.user).as_of,
            "timeline": timeline_of(customer, chosen=request.GET.get("kind", "")),
            "composers": _panels("composer", customer, request),
            "asides": _panels("aside", customer, request),
        },
    )


@require_safe
@permission_required("customers.view_customer", raise_exception=True)
def timeline(request: UserRequest, pk: int) -> HttpResponse:
    """One page of the timeline: a part of the record, or a page of its own."""
    customer = customer_with_history(request.user, pk)
    before = parse_cursor(request.GET.get("before", ""))
    page = timeline_of(customer, chosen=request.GET.get("kind", ""), before=before)
    if not request.htmx:
        template = "customers/customer_timeline.html"
    else:
        template = "customers/timeline/days.html" if before else "customers/timeline/panel.html"
    return render(request, template, {"customer": customer, "timeline": page, "is_continued": bool(before)})


def _panels(place: str, customer: Customer, request: UserRequest) -> list[tuple[RecordPanel, Any]]:
    """The parts that apps above have for this customer and this person, with their values."""
    panels = [panel for panel in registry.record_panels if panel.place == place]
    read = ((panel, panel.read(customer, request.user)) for panel in panels)
    return [(panel, values) for panel, values in read if values is not None]
