"""Portfolios for managers: whose customers are how many, and giving them to colleagues."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.db.models import F, QuerySet, TextField
from django.db.models.fields import BigIntegerField
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.kept_forms import kept_over_login, typed_before
from accounts.models import Cover, User
from accounts.requests import UserRequest
from customers import portfolio
from customers.forms.portfolio import CoverForm, ReassignForm, SelectionForm, SplitForm
from customers.models import Assignment, Customer, CustomerQuerySet
from customers.models.customer import code_of, name_of
from customers.paging import Key, Order, page_of
from customers.views.scope import customer_to_change
from customers.views.ticked import ticked_numbers

PERMISSION = "customers.reassign_customer"
NOBODY = "nobody"
OFFICERS_A_PAGE = 50
CUSTOMERS_A_PAGE = 50
SHOWN_ASSIGNMENTS = 50
BY_NAME = Order("officers", (Key(F("full_name"), TextField()), Key(F("pk"), BigIntegerField())))
BY_SORT_KEY = Order("portfolio", (Key(F("name_sort"), TextField()), Key(F("id"), BigIntegerField())))


@dataclass(frozen=True)
class Portfolio:
    """The customers of an officer, or of nobody, as far as a manager may reassign them."""

    officer: User | None
    customers: CustomerQuerySet
    receivers: QuerySet[User]

    @property
    def name(self) -> str:
        return str(self.officer) if self.officer else _("Customers without a person in charge")

    @property
    def key(self) -> str:
        return str(self.officer.pk) if self.officer else NOBODY

    def get_absolute_url(self) -> str:
        return reverse("customers:portfolio", args=[self.key])


def find_portfolio(user: User, whose: str) -> Portfolio:
    """Of an officer of the manager's branches; anybody else's does not exist for them."""
    if whose == NOBODY:
        return Portfolio(None, portfolio.portfolio_of(None, seen_by=user), portfolio.receivers_of(user))
    pk = int(whose) if whose.isdecimal() and len(whose) < 19 else 0
    officer = get_object_or_404(portfolio.officers_of(user).select_related("branch"), pk=pk)
    return Portfolio(
        officer,
        portfolio.portfolio_of(officer, seen_by=user),
        portfolio.receivers_of(user, without=officer),
    )


@require_safe
@permission_required(PERMISSION, raise_exception=True)
def portfolios(request: UserRequest) -> HttpResponse:
    """The officers of the manager's branches, with how many customers each has and who covers whom."""
    officers = portfolio.officers_of(request.user)
    page = page_of(officers, BY_NAME, cursor=request.GET.get("cursor", ""), size=OFFICERS_A_PAGE)
    shown = portfolio.with_sizes(officers.filter(pk__in=page.ids), seen_by=request.user)
    people = {officer.pk: officer for officer in shown.select_related("branch")}
    covers = portfolio.covers_of(list(people.values()))
    return render(
        request,
        "customers/portfolio/portfolio_list.html",
        {
            "rows": [(people[pk], covers[pk]) for pk in page.ids if pk in people],
            "page": page,
            "without": portfolio.size_of(portfolio.portfolio_of(None, seen_by=request.user)),
            "most_counted": portfolio.MOST_COUNTED,
        },
    )


@require_http_methods(["GET", "POST"])
@permission_required(PERMISSION, raise_exception=True)
def one_portfolio(request: UserRequest, whose: str) -> HttpResponse:
    """One portfolio by name; those that are ticked go to a colleague."""
    found = find_portfolio(request.user, whose)
    form = None
    if request.method == "POST":
        ticked = ticked_numbers(request.POST, most=CUSTOMERS_A_PAGE * 2)
        theirs = found.customers.filter(pk__in=ticked)
        offered = list(theirs.values_list("pk", flat=True))
        form = SelectionForm(request.POST, receivers=found.receivers, offered=offered)
        if form.is_valid():
            chosen = theirs.filter(pk__in=form.cleaned_data["customers"])
            return _reassigned(request, found, chosen, form)
    page = page_of(found.customers, BY_SORT_KEY, cursor=request.GET.get("cursor", ""), size=CUSTOMERS_A_PAGE)
    rows = {row.pk: row for row in found.customers.filter(pk__in=page.ids).for_list()}
    officer = found.officer
    return render(
        request,
        "customers/portfolio/portfolio_detail.html",
        {
            "portfolio": found,
            "rows": [(rows[pk], name_of(rows[pk]), code_of(pk)) for pk in page.ids if pk in rows],
            "page": page,
            "form": form or SelectionForm(receivers=found.receivers, offered=[]),
            "ticked": set(request.POST.getlist("customers")),
            "size": portfolio.size_of(found.customers),
            "most_counted": portfolio.MOST_COUNTED,
            "covers": portfolio.covers_of([officer])[officer.pk] if officer else [],
        },
        status=_status(form),
    )


@require_http_methods(["GET", "POST"])
@permission_required(PERMISSION, raise_exception=True)
def move(request: UserRequest, whose: str) -> HttpResponse:
    """Give a whole portfolio to one colleague."""
    found = find_portfolio(request.user, whose)
    form = ReassignForm(request.POST or None, receivers=found.receivers)
    if form.is_valid():
        return _reassigned(request, found, found.customers, form)
    return _ask(request, found, form, "move")


@require_http_methods(["GET", "POST"])
@permission_required(PERMISSION, raise_exception=True)
def split(request: UserRequest, whose: str) -> HttpResponse:
    """Deal a whole portfolio out among colleagues, in equal parts."""
    found = find_portfolio(request.user, whose)
    form = SplitForm(request.POST or None, receivers=found.receivers)
    if not form.is_valid():
        return _ask(request, found, form, "split")
    parts = portfolio.split(
        customers=found.customers,
        among=list(form.cleaned_data["among"]),
        by=request.user,
        reason=form.cleaned_data["reason"],
    )
    said = ", ".join(f"{part.to}: {part.number}" for part in parts)
    messages.success(request, _("The portfolio has been split: %(parts)s.") % {"parts": said})
    return redirect("customers:portfolios")


@require_http_methods(["GET", "POST"])
@permission_required(PERMISSION, raise_exception=True)
def cover(request: UserRequest, whose: str) -> HttpResponse:
    """Let a colleague stand in for an officer on leave."""
    found = find_portfolio(request.user, whose)
    officer = get_object_or_404(User, pk=found.officer.pk if found.officer else None)
    form = CoverForm(request.POST or None, away=officer, receivers=found.receivers)
    if not form.is_valid():
        return _ask(request, found, form, "cover")
    made = portfolio.arrange_cover(away=officer, by=request.user, **form.cleaned_data)
    messages.success(
        request,
        _("%(stand_in)s stands in for %(away)s until %(day)s.")
        % {"stand_in": made.stand_in, "away": officer, "day": f"{made.until_on:%d/%m/%Y}"},
    )
    return redirect(found)


@require_POST
@permission_required(PERMISSION, raise_exception=True)
def end_cover(request: UserRequest, pk: int) -> HttpResponse:
    running = Cover.objects.filter(away__in=portfolio.officers_of(request.user)).select_related("away")
    ended = get_object_or_404(running, pk=pk)
    if portfolio.end_cover(cover=ended):
        messages.success(request, _("The cover for %(name)s has ended.") % {"name": ended.away})
    else:
        messages.info(request, _("This cover has ended already."))
    return redirect("customers:portfolio", ended.away_id)


@kept_over_login
@require_http_methods(["GET", "POST"])
def reassign(request: UserRequest, pk: int) -> HttpResponse:
    """Give one customer to a colleague; who was in charge so far stands beneath."""
    customer = customer_to_change(request.user, pk)
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    receivers = portfolio.receivers_of(request.user, without=customer.owner)
    typed = typed_before(request) if request.method == "GET" else None
    form = ReassignForm(request.POST or None, initial=typed, receivers=receivers)
    if form.is_valid():
        _give(request, Customer.objects.filter(pk=customer.pk), form)
        stays = Customer.objects.visible_to(request.user).filter(pk=customer.pk).exists()
        return redirect(customer) if stays else redirect("customers:portfolios")
    history = Assignment.objects.filter(customer=customer).select_related("owner", "by")
    context = {"customer": customer, "form": form, "assignments": history[:SHOWN_ASSIGNMENTS]}
    return render(request, "customers/portfolio/reassign.html", context, status=_status(form))


def _reassigned(
    request: UserRequest, found: Portfolio, customers: CustomerQuerySet, form: ReassignForm
) -> HttpResponse:
    _give(request, customers, form)
    return redirect(found)


def _give(request: UserRequest, customers: CustomerQuerySet, form: ReassignForm) -> None:
    """Reassign, and say how many customers moved."""
    to = form.cleaned_data["to"]
    number = portfolio.reassign(
        customers=customers, to=to, by=request.user, reason=form.cleaned_data["reason"]
    )
    text = ngettext(
        "%(name)s is in charge of %(count)d more customer now.",
        "%(name)s is in charge of %(count)d more customers now.",
        number,
    )
    messages.success(request, text % {"name": to, "count": number})


def _ask(request: UserRequest, found: Portfolio, form: Form, action: str) -> HttpResponse:
    context = {
        "portfolio": found,
        "form": form,
        "size": portfolio.size_of(found.customers),
        "most_counted": portfolio.MOST_COUNTED,
    }
    return render(request, f"customers/portfolio/{action}.html", context, status=_status(form))


def _status(form: Form | None) -> HTTPStatus:
    is_refused = form is not None and form.is_bound and not form.is_valid()
    return HTTPStatus.UNPROCESSABLE_ENTITY if is_refused else HTTPStatus.OK
