"""Changing many customers at once: choose what, look at ten, confirm the number, follow it, undo it."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.db.models import OuterRef, QuerySet
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from accounts.requests import UserRequest
from customers.bulk import services
from customers.bulk.actions import ACTIONS, TagAction, actions_of
from customers.bulk.running import BULK_EDIT
from customers.exports import conditions_in_words, list_of
from customers.forms.bulk import ChangeForm
from customers.models import ChangeBatch, ChangeRow, Customer
from customers.models.customer import code_of
from customers.models.tag import tags_of
from customers.snapshot import snapshot_of
from customers.views.patience import is_late
from customers.views.ticked import ticked_numbers

SHOWN = 10
LISTED = 50
MOST_TICKED = 200
ALL = "all"

may_change = permission_required(BULK_EDIT, raise_exception=True)


def own_batch(request: UserRequest, pk: int) -> ChangeBatch:
    """A batch of whoever asks: nobody goes on with a selection of somebody else."""
    return get_object_or_404(ChangeBatch.objects.filter(asked_by=request.user), pk=pk)


def seen_batch(request: UserRequest, pk: int) -> ChangeBatch:
    batches = ChangeBatch.objects.visible_to(request.user).select_related("asked_by", "undone_by")
    return get_object_or_404(batches, pk=pk)


@require_safe
@may_change
def batches(request: UserRequest) -> HttpResponse:
    """The latest bulk changes, with the way to undo each."""
    found = ChangeBatch.objects.visible_to(request.user).carried_out().select_related("asked_by")
    rows = [(batch, _label(batch), _value(batch)) for batch in found.order_by("-pk")[:LISTED]]
    return render(request, "customers/bulk/batch_list.html", {"rows": rows})


@require_POST
@may_change
def new(request: UserRequest) -> HttpResponse:
    """Freeze who is chosen: the ticked customers of a list, or all whom its address finds."""
    query = request.GET.urlencode()
    if request.POST.get("who") == ALL:
        listing = list_of(request.user, query)
        chosen, conditions = listing.customers(all_found=True), conditions_in_words(listing)
    else:
        ticked = ticked_numbers(request.POST, most=MOST_TICKED)
        chosen, conditions = Customer.objects.filter(pk__in=ticked), [_("Ticked in the list")]
    batch = services.open_batch(
        customers=chosen, by=request.user, query=query, conditions="\n".join(conditions)
    )
    if batch.total:
        return redirect("customers:bulk", batch.pk)
    batch.delete()
    messages.error(request, _("Nobody was chosen whom you may change. Tick at least one customer."))
    return redirect(_list_url(query))


@require_safe
@may_change
def detail(request: UserRequest, pk: int) -> HttpResponseBase:
    """Where a batch is: what to change, the preview, the progress or the result."""
    batch = seen_batch(request, pk)
    if batch.is_draft:
        if batch.asked_by_id != request.user.pk and not batch.changed:
            raise Http404
        is_undecided = batch.state == ChangeBatch.State.CHOSEN or (
            "again" in request.GET and not batch.changed
        )
        return _choose(request, batch) if is_undecided else _preview(request, batch)
    if request.htmx and not batch.is_working:
        # The rest of the page changes with the end of the work.
        return HttpResponseClientRedirect(request.path)
    template = "customers/bulk/batch_run.html" + ("#progress" if request.htmx else "")
    kept = []
    if batch.state == ChangeBatch.State.UNDONE:
        rows = batch.rows.filter(state=ChangeRow.State.KEPT).order_by("customer_pk")[:LISTED]
        kept = [(row, code_of(row.customer_pk)) for row in rows]
    context = {
        **_about(batch),
        "is_late": is_late(None if batch.started_at else batch.queued_at),
        "kept_rows": kept,
    }
    return render(request, template, context)


@require_http_methods(["GET", "POST"])
@may_change
def change(request: UserRequest, pk: int, action: str) -> HttpResponse:
    """The new value and the reason; then every chosen customer is judged."""
    batch = own_batch(request, pk)
    chosen = ACTIONS.get(action)
    if chosen is None or not chosen.is_open_to(request.user):
        raise Http404
    if not batch.is_draft or batch.changed:
        return redirect("customers:bulk", batch.pk)
    is_asked = request.method == "POST" and request.POST.get("then") != "wards"
    form = ChangeForm(request.POST or None, action=chosen, user=request.user)
    if is_asked and form.is_valid():
        writes = chosen.writes(form.chosen)
        reason = form.cleaned_data["reason"]
        services.choose_change(batch=batch, action=chosen, writes=writes, words=form.words, reason=reason)
        return redirect("customers:bulk", batch.pk)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if is_asked else HTTPStatus.OK
    if request.method == "POST" and not is_asked:
        form = ChangeForm(initial=request.POST.dict(), action=chosen, user=request.user)
    context = {"batch": batch, "action": chosen, "form": form, "list_url": _list_url(batch.query)}
    return render(request, "customers/bulk/batch_change.html", context, status=status)


@require_POST
@may_change
def confirm(request: UserRequest, pk: int) -> HttpResponse:
    """Carry it out, if it is still one of as many customers as the person read."""
    batch = own_batch(request, pk)
    number = request.POST.get("number", "")
    is_number = number.isascii() and number.isdecimal() and len(number) < 10
    if not services.confirm(batch=batch, number=int(number) if is_number else 0):
        text = _("Customers have changed since you looked. Nothing has been changed; here is the new number.")
        messages.warning(request, text)
    return redirect("customers:bulk", batch.pk)


@require_POST
@may_change
def cancel(request: UserRequest, pk: int) -> HttpResponse:
    batch = own_batch(request, pk)
    if services.cancel(batch=batch):
        messages.info(request, _("It stops after the customers it is at. What is changed can be undone."))
    return redirect("customers:bulk", batch.pk)


@require_POST
@may_change
def undo(request: UserRequest, pk: int) -> HttpResponse:
    batch = seen_batch(request, pk)
    if not services.request_undo(batch=batch, by=request.user):
        messages.info(request, _("This change cannot be undone, or is being undone already."))
    return redirect("customers:bulk", batch.pk)


def _list_url(query: str) -> str:
    return reverse("customers:list") + (f"?{query}" if query else "")


def _label(batch: ChangeBatch) -> str:
    """What a batch does, in words."""
    action = ACTIONS[batch.action]
    return f"{action.heading.label}: {action.label}"


def _value(batch: ChangeBatch) -> str:
    return ACTIONS[batch.action].words(batch.writes, batch.value_words)


def _about(batch: ChangeBatch) -> dict[str, object]:
    return {
        "batch": batch,
        "label": _label(batch),
        "value": _value(batch),
        "action": ACTIONS[batch.action],
        "list_url": _list_url(batch.query),
    }


def _choose(request: UserRequest, batch: ChangeBatch) -> HttpResponse:
    context = {
        "batch": batch,
        "actions": actions_of(request.user),
        "list_url": _list_url(batch.query),
        "conditions": batch.conditions.splitlines(),
    }
    return render(request, "customers/bulk/batch_choose.html", context)


@dataclass(frozen=True)
class Example:
    """One customer before and after."""

    customer: Customer
    old: str
    new: str


def _preview(request: UserRequest, batch: ChangeBatch) -> HttpResponse:
    rows = batch.rows.filter(state=ChangeRow.State.TO_CHANGE).order_by("customer_pk")
    shown = Customer.objects.visible_to(request.user).filter(
        pk__in=list(rows.values_list("customer_pk", flat=True)[:SHOWN])
    )
    context = {
        **_about(batch),
        "examples": _examples(batch, shown.order_by("pk")),
        "is_mine": batch.asked_by_id == request.user.pk,
    }
    return render(request, "customers/bulk/batch_preview.html", context)


def _examples(batch: ChangeBatch, customers: QuerySet[Customer]) -> list[Example]:
    """Customers with what they have now and will have."""
    action = ACTIONS[batch.action]
    if isinstance(action, TagAction):
        tagged = customers.annotate(tags=tags_of(OuterRef("pk")))
        return [_tag_example(action, batch, customer) for customer in tagged]
    related = customers.select_related("owner", "branch", "province", "ward", "household")
    return [Example(customer, action.former(snapshot_of(customer)), _value(batch)) for customer in related]


def _tag_example(action: TagAction, batch: ChangeBatch, customer: Any) -> Example:
    now = [tag["name"] for tag in customer.tags]
    others = [name for name in now if name != batch.value_words]
    return Example(
        customer, ", ".join(now), ", ".join(sorted([*others, batch.value_words]) if action.gives else others)
    )
