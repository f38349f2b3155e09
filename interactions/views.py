from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import reswap, retarget

from accounts.kept_forms import kept_over_login, typed_before
from accounts.requests import UserRequest
from customers.forms.files import FilesForm
from customers.models import Customer
from customers.timeline import timeline_of
from customers.views.files import tell_added
from customers.views.merged import meant_for_the_person
from customers.views.scope import customer_to_change
from interactions import follow_ups
from interactions.files import added_with
from interactions.forms import CancelForm, FollowUpForm, InteractionForm
from interactions.models import FollowUp, Interaction
from interactions.record import card_of
from interactions.services import attach_to_interaction, log_interaction

LOGGED = ("channel", "subject", "notes", "outcome", "mood", "stage", "direction", "happened_at")
PLAN, CLOSE = "interactions.add_followup", "interactions.change_followup"


@kept_over_login
@require_http_methods(["GET", "POST"])
@permission_required("interactions.add_interaction", raise_exception=True)
def create(request: UserRequest, customer_pk: int) -> HttpResponse:
    """Log an interaction with a customer whom the person looks after."""
    customer = customer_to_change(request.user, customer_pk)
    if request.method == "POST":
        form = InteractionForm(request.POST, request.FILES)
    else:
        form = InteractionForm(initial=typed_before(request))
    if not form.is_valid():
        return _form(request, customer, form)
    values = {name: form.cleaned_data[name] for name in LOGGED}
    log_interaction(
        customer=customer,
        values=values,
        submission=form.cleaned_data["submission"],
        by=request.user,
        files=form.cleaned_data["uploads"],
        next_step=form.next_step if request.user.has_perm(PLAN) else None,
    )
    messages.success(request, _("The interaction with %(name)s has been logged.") % {"name": customer.called})
    if not request.htmx:
        return redirect(customer)
    # The timeline comes along with the empty form, of all kinds, so that what was logged is seen.
    context = {
        "customer": customer,
        "form": InteractionForm(),
        "timeline": timeline_of(customer),
        "values": card_of(customer, request.user) if form.next_step else None,
    }
    return render(request, "interactions/composer.html", context)


def _form(request: UserRequest, customer: Customer, form: InteractionForm) -> HttpResponse:
    """The form as a part of the record, or on a page of its own."""
    if form.is_bound and "uploads" not in form.errors:
        # The browser keeps the files that were chosen: a page cannot give them back.
        form.fields["uploads"].widget.attrs["hx-preserve"] = "true"
    template = "interactions/composer.html" if request.htmx else "interactions/interaction_form.html"
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    return render(request, template, {"customer": customer, "form": form}, status=status)


@meant_for_the_person
@require_http_methods(["GET", "POST"])
@permission_required("customers.change_customer", raise_exception=True)
def add_files(request: UserRequest, customer_pk: int, pk: int) -> HttpResponse:
    """Add files to a contact that was logged before."""
    customer = customer_to_change(request.user, customer_pk)
    interaction = get_object_or_404(Interaction.objects.filter(customer=customer), pk=pk)
    is_sent = request.method == "POST"
    form = FilesForm(request.POST, request.FILES) if is_sent else FilesForm()
    if not form.is_valid():
        context = {"customer": customer, "form": form, "added_with": added_with(interaction)}
        status = HTTPStatus.UNPROCESSABLE_ENTITY if is_sent else HTTPStatus.OK
        return render(request, "customers/files/form.html", context, status=status)
    files = form.cleaned_data["uploads"]
    tell_added(request, attach_to_interaction(interaction=interaction, files=files, by=request.user))
    return redirect(customer)


@meant_for_the_person
@require_http_methods(["GET", "POST"])
@permission_required(PLAN, raise_exception=True)
def plan(request: UserRequest, customer_pk: int) -> HttpResponse:
    """Promise what is to be done next for a customer."""
    customer = customer_to_change(request.user, customer_pk)
    people = follow_ups.people_for(customer, request.user)
    form = FollowUpForm(request.POST if request.method == "POST" else None, people=people)
    if not form.is_valid():
        if request.htmx:
            form.fields["subject"].widget.attrs["autofocus"] = True
        template = "interactions/follow_up_form.html" + ("#form" if request.htmx else "")
        status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
        return render(request, template, {"customer": customer, "form": form}, status=status)
    follow_ups.plan(customer=customer, step=form.next_step, owner=form.doer, by=request.user)
    messages.success(request, _("The next step has been planned."))
    return _planned(request, customer)


@meant_for_the_person
@require_POST
@permission_required(CLOSE, raise_exception=True)
def finish(request: UserRequest, customer_pk: int, pk: int) -> HttpResponse:
    customer = customer_to_change(request.user, customer_pk)
    follow_up = get_object_or_404(FollowUp.objects.filter(customer=customer), pk=pk)
    try:
        follow_ups.finish(follow_up=follow_up, by=request.user)
    except follow_ups.ClosedError:
        messages.info(request, _("Somebody has done or cancelled this already."))
    else:
        messages.success(request, _("Done: %(subject)s.") % {"subject": follow_up.subject})
    return _planned(request, customer)


@meant_for_the_person
@require_http_methods(["GET", "POST"])
@permission_required(CLOSE, raise_exception=True)
def cancel(request: UserRequest, customer_pk: int, pk: int) -> HttpResponse:
    """Cancel what was planned, with the reason."""
    customer = customer_to_change(request.user, customer_pk)
    follow_up = get_object_or_404(FollowUp.objects.filter(customer=customer), pk=pk)
    form = CancelForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
        context = {"customer": customer, "form": form, "follow_up": follow_up}
        return render(request, "interactions/follow_up_cancel.html", context, status=status)
    try:
        follow_ups.cancel(follow_up=follow_up, reason=form.cleaned_data["reason"], by=request.user)
    except follow_ups.ClosedError:
        messages.info(request, _("Somebody has done or cancelled this already."))
    else:
        messages.success(request, _("Cancelled: %(subject)s.") % {"subject": follow_up.subject})
    return redirect(customer)


def _planned(request: UserRequest, customer: Customer) -> HttpResponse:
    """Back to the record; with script, only the card is drawn again."""
    if not request.htmx:
        return redirect(customer)
    context = {"customer": customer, "values": card_of(customer, request.user), "is_answer": True}
    response = render(request, "interactions/follow_ups.html", context)
    return reswap(retarget(response, "#follow-ups"), "outerHTML")
