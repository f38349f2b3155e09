"""The numbers on the conditions of the list, asked for once the list itself stands there."""

from __future__ import annotations

from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.requests import UserRequest
from customers import chip_counts
from customers.listing import CustomerList
from customers.views.list_addresses import read_addresses


@require_GET
@permission_required("customers.view_customer", raise_exception=True)
def counts(request: UserRequest) -> HttpResponse:
    """How many customers each condition of the list finds by itself, for the chips of the page."""
    addresses = read_addresses(request.user, request.GET)
    listing = CustomerList(request.user, addresses.asked)
    context = {"counts": list(chip_counts.chip_counts(listing))}
    return render(request, "customers/list/chip_counts.html", context)
