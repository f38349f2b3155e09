"""Pairs of records that may be one person, for whoever may see both."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.db import models
from django.db.models import F
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from accounts.requests import UserRequest
from customers.duplicate_scan import set_apart
from customers.evidence import ALMOST_CERTAIN
from customers.models import Customer, DuplicatePair
from customers.paging import Key, Order, page_of
from customers.views.scope import customer_to_change

PAGE_SIZE = 25
STRONGEST = Order(
    "strongest",
    (Key(F("score"), models.SmallIntegerField()), Key(F("id"), models.BigIntegerField())),
    descending=True,
)


@dataclass(frozen=True)
class Candidate:
    """A pair as the page shows it: the record that has bought more often stands first."""

    pair: DuplicatePair
    keep: Customer
    duplicate: Customer
    may_edit: bool

    @property
    def is_almost_certain(self) -> bool:
        return self.pair.score >= ALMOST_CERTAIN


@require_safe
@permission_required("customers.view_customer", raise_exception=True)
def duplicates(request: UserRequest) -> HttpResponse:
    """The pairs that nobody has decided on, the strongest evidence first."""
    pairs = DuplicatePair.objects.open().visible_to(request.user)
    page = page_of(pairs, STRONGEST, cursor=request.GET.get("cursor", ""), size=PAGE_SIZE)
    found = DuplicatePair.objects.select_related("customer__behaviour", "other__behaviour").in_bulk(page.ids)
    candidates = list(_candidates(request.user, [found[pk] for pk in page.ids if pk in found]))
    context = {"page": page, "candidates": candidates, "tab": "open"}
    return render(request, "customers/merging/duplicates.html", context)


def _candidates(user: User, pairs: Iterable[DuplicatePair]) -> Iterator[Candidate]:
    both = {pk for pair in pairs for pk in (pair.customer_id, pair.other_id)}
    editable = set(Customer.objects.editable_by(user).filter(pk__in=both).values_list("pk", flat=True))
    for pair in pairs:
        keep, duplicate = sorted((pair.customer, pair.other), key=lambda one: (-one.behaviour.orders, one.pk))
        yield Candidate(pair, keep, duplicate, may_edit={keep.pk, duplicate.pk} <= editable)


@require_POST
@permission_required("customers.change_customer", raise_exception=True)
def not_duplicates(request: UserRequest, pk: int, other: int) -> HttpResponse:
    """Two people after all: nobody is asked about them again."""
    if pk == other:
        raise Http404
    one, another = customer_to_change(request.user, pk), customer_to_change(request.user, other)
    set_apart(one=one, other=another, by=request.user)
    text = _("%(one)s and %(other)s are two people. You will not be asked about them again.")
    messages.success(request, text % {"one": f"{one} ({one.code})", "other": f"{another} ({another.code})"})
    return redirect("customers:duplicates")
