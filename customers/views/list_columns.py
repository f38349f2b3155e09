"""Which columns the list shows, and in which order."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus

from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import HttpResponseClientRedirect

from accounts.requests import UserRequest
from customers.list_columns import BETWEEN, COLUMNS, LIST_COLUMNS, MOST_COLUMNS
from customers.listing import CustomerList
from customers.views.list_addresses import read_addresses


@require_http_methods(["GET", "POST"])
@permission_required("customers.view_customer", raise_exception=True)
@vary_on_headers("HX-Request")
def list_columns(request: UserRequest) -> HttpResponse:
    """Choose and order the columns of the list that the address describes."""
    addresses = read_addresses(request.user, request.GET)
    usual = [column.name for column in CustomerList(request.user, addresses.asked).columns]
    order, shown = _sent(request.POST) if request.method == "POST" else (usual, usual)
    done, _space, name = request.POST.get("do", "").partition(" ")
    error = ""
    if done in {"show", "usual"}:
        error = "" if done == "usual" else _what_is_wrong(shown)
        if not error:
            url = addresses.list_with(columns=BETWEEN.join(shown) if done == "show" else "")
            return HttpResponseClientRedirect(url) if request.htmx else redirect(url)
    names = [*order, *(other for other in LIST_COLUMNS if other not in order)]
    if done in {"up", "down"} and name in names:
        _move(names, name, -1 if done == "up" else 1)
    context = {
        "columns": [LIST_COLUMNS[one] for one in names],
        "shown": shown,
        "error": error,
        "most": MOST_COLUMNS,
        "action": addresses.at("customers:columns"),
        "back_url": addresses.list_with(),
    }
    part = "#chooser" if request.htmx else ""
    status = HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK
    return render(request, f"customers/list_columns.html{part}", context, status=status)


def _sent(data: QueryDict) -> tuple[list[str], list[str]]:
    """The columns in their order, and those of them that were ticked."""
    order = [name for name in dict.fromkeys(data.getlist("order")) if name in LIST_COLUMNS]
    ticked = set(data.getlist(COLUMNS))
    return order, [name for name in order if name in ticked]


def _what_is_wrong(shown: Sequence[str]) -> str:
    if not shown:
        return _("Choose at least one column.")
    if len(shown) > MOST_COLUMNS:
        return _("Choose at most %(most)d columns; more do not fit.") % {"most": MOST_COLUMNS}
    return ""


def _move(names: list[str], name: str, step: int) -> None:
    place = names.index(name)
    other = place + step
    if 0 <= other < len(names):
        names[place], names[other] = names[other], names[place]
