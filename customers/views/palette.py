"""The palette: a part of every page while somebody types, and a page of its own without script."""

from __future__ import annotations

from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.requests import UserRequest
from customers.listing import SEARCH
from customers.palette import actions_for, look_up, recent_for


@require_safe
@permission_required("customers.view_customer", raise_exception=True)
@vary_on_headers("HX-Request")
def palette(request: UserRequest) -> HttpResponse:
    """Whom and what the typed text means; before anything is typed, whom one opened last."""
    typed = request.GET.get(SEARCH, "")
    found = look_up(typed, user=request.user)
    groups = found.groups if found.text else [recent_for(request.user, request.session)]
    context = {
        "typed": typed,
        "found": found,
        "groups": [group for group in groups if group.hits],
        "actions": actions_for(request.user, found.text),
        "in_dialog": bool(request.htmx),
    }
    template = "customers/palette/hits.html" if request.htmx else "customers/palette/page.html"
    return render(request, template, context)
