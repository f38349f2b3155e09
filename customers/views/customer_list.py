"""The list of customers: found, narrowed and ordered by its address alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from accounts.requests import UserRequest
from customers.bulk.running import BULK_EDIT
from customers.filters import ACTIVE, ALL, STATUS, STATUSES, Condition, conditions
from customers.list_rows import rows_of, width_of
from customers.listing import SEARCH, CustomerList
from customers.rules import tree
from customers.rules.words import clause, in_words
from customers.sorting import NAME, SORTINGS, Sorting
from customers.views.list_addresses import Addresses, CellAddresses, read_addresses


@dataclass(frozen=True)
class Chip:
    """A condition as the page shows it, with the address of the list without it, and where to change it."""

    condition: Condition
    drop_url: str
    edit_url: str = ""


@dataclass(frozen=True)
class Heading:
    """A column with its state: `direction` in words of ARIA, and where its link leads, where it has one."""

    name: str
    label: str | Promise
    css: str
    direction: str = ""
    url: str = ""


@require_GET
@permission_required("customers.view_customer", raise_exception=True)
@vary_on_headers("HX-Request")
def customer_list(request: UserRequest) -> HttpResponse:
    """One page of the customers that the address asks for."""
    addresses = read_addresses(request.user, request.GET)
    if not addresses.is_tidy:
        # A form sends its empty fields too; the address that people keep and share has none.
        return redirect(addresses.tidied)
    listing = CustomerList(request.user, addresses.asked)
    part = "#results" if request.htmx and not request.htmx.history_restore_request else ""
    return render(request, f"customers/customer_list.html{part}", _context(listing, addresses))


@require_GET
@permission_required("customers.view_customer", raise_exception=True)
@vary_on_headers("HX-Request")
def customer_filter(request: UserRequest) -> HttpResponse:
    """All conditions that can narrow the list, as a page, or as a part of the list."""
    addresses = read_addresses(request.user, request.GET)
    listing = CustomerList(request.user, addresses.asked)
    part = "#panel" if request.htmx else ""
    context = {
        "listing": listing,
        "form": listing.filter_form,
        "back_url": addresses.list_with(),
        "kept": addresses.kept_by_form(listing.filter_form.fields),
        "builder_url": addresses.at("customers:filter-builder"),
    }
    return render(request, f"customers/customer_filter.html{part}", context)


def _context(listing: CustomerList, addresses: Addresses) -> dict[str, Any]:
    page = listing.page
    cells = CellAddresses(listing.rule, addresses)
    return {
        "listing": listing,
        "rows": rows_of(
            listing, listing.columns, cells.with_value, with_ticks=listing.user.has_perm(BULK_EDIT)
        ),
        "chips": list(_chips(listing, addresses)),
        "headings": list(_headings(listing, addresses)),
        "counts_url": addresses.at("customers:chip-counts"),
        "columns_url": addresses.at("customers:columns"),
        "sortings": [
            {"sorting": sorting, "url": addresses.list_with(sort=name)} for name, sorting in SORTINGS.items()
        ],
        "previous_url": addresses.list_with(cursor=page.previous) if page.previous else "",
        "next_url": addresses.list_with(cursor=page.next) if page.next else "",
        "filter_url": addresses.at("customers:filter"),
        "builder_url": addresses.at("customers:filter-builder"),
        "addresses": addresses,
        "save_url": addresses.at("customers:view-save", addresses.view.pk) if addresses.view else "",
        "create_url": addresses.at("customers:view-create"),
        "has_pinned": any(view.is_pinned for view in addresses.views),
        "kept": addresses.kept_by_form(listing.filter_form.fields) if listing.filter.errors else {},
        "as_of": listing.legend.as_of,
        "relief": None if page.ids else _relief(listing, addresses),
    }


def _chips(listing: CustomerList, addresses: Addresses) -> Iterator[Chip]:
    if listing.search.text:
        found = Condition(SEARCH, str(_("Search")), listing.search.text)
        yield Chip(found, addresses.list_with(q=""))
    for condition in conditions(listing.filter):
        yield Chip(condition, addresses.list_with(**{condition.name: ""}))
    for name, part in listing.parts.items():
        others = tuple(other for other in listing.rule.members if other is not part)
        rest = tree.Group(tree.Match.ALL, others) if part is not listing.rule else tree.EVERYBODY
        drop_url = addresses.list_with(rule=tree.write(rest))
        yield Chip(_words_of(name, part, listing), drop_url, addresses.at("customers:filter-builder"))


def _words_of(name: str, part: tree.Node, listing: CustomerList) -> Condition:
    if isinstance(part, tree.Condition):
        said = clause(part, listing.choices)
        return Condition(name, said.subject, said.predicate)
    return Condition(name, str(_("Group")), in_words(part, listing.choices))


def _headings(listing: CustomerList, addresses: Addresses) -> Iterator[Heading]:
    yield _heading(NAME, _("Customer"), "", listing.sorting, addresses)
    for place, column in enumerate(listing.columns):
        kinds = (kind for kind in column.css.split() if kind in {"number", "dated"})
        css = " ".join(filter(None, (*kinds, width_of(column, place))))
        if column.sorting:
            yield _heading(column.sorting, column.label, css, listing.sorting, addresses)
        else:
            yield Heading(column.name, column.label, css)


def _heading(name: str, label: str | Promise, css: str, now: Sorting, addresses: Addresses) -> Heading:
    """A heading by which the list can be ordered: names from the first, days and sums from the last."""
    is_current = name == now.column
    direction = ("descending" if now.is_descending else "ascending") if is_current else ""
    first = name if name == NAME else f"-{name}"
    return Heading(
        name, label, css, direction, addresses.list_with(sort=_other_way(now.name) if is_current else first)
    )


def _other_way(name: str) -> str:
    return name.removeprefix("-") if name.startswith("-") else f"-{name}"


@dataclass(frozen=True)
class Relief:
    """A way out of an empty list: the one condition that, dropped, finds somebody."""

    condition: Condition
    url: str


def _relief(listing: CustomerList, addresses: Addresses) -> Relief | None:
    if listing.error:
        return None
    for chip in _chips(listing, addresses):
        if chip.condition.name != STATUS and not listing.is_empty_without(chip.condition.name):
            return Relief(chip.condition, chip.drop_url)
    if listing.filter.values.get(STATUS) != ALL and not listing.is_empty_without(STATUS):
        chosen = listing.filter.values.get(STATUS, ACTIVE)
        status = Condition(STATUS, str(_("Status")), str(dict(STATUSES)[chosen]))
        return Relief(status, addresses.list_with(status=ALL))
    return None
