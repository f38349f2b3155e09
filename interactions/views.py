from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.kept_forms import kept_over_login, typed_before
from accounts.requests import UserRequest
from customers.forms.files import FilesForm
from customers.models import Customer
from customers.timeline import timeline_of
from customers.views.files import tell_added
from customers.views.scope import customer_to_change
from interactions.files import added_with
from interactions.forms import InteractionForm
from interactions.models import Interaction
from interactions.services import attach_to_interaction, log_interaction


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
    values = dict(form.cleaned_data)
    submission, files = values.pop("submission"), values.pop("uploads")
    log_interaction(customer=customer, values=values, submission=submission, by=request.user, files=files)
    messages.success(request, _("The interaction with %(name)s has been logged.") % {"name": customer.called})
    if not request.htmx:
        return redirect(customer)
    # The timeline comes along with the empty form, of all kinds, so that what was logged is seen.
    context = {"customer": customer, "form": InteractionForm(), "timeline": timeline_of(customer)}
    return render(request, "interactions/composer.html", context)


def _form(request: UserRequest, customer: Customer, form: InteractionForm) -> HttpResponse:
    """The form as a part of the record, or on a page of its own."""
    if form.is_bound and "uploads" not in form.errors:
        # The browser keeps the files that were chosen: a page cannot give them back.
        form.fields["uploads"].widget.attrs["hx-preserve"] = "true"
    template = "interactions/composer.html" if request.htmx else "interactions/interaction_form.html"
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    return render(request, template, {"customer": customer, "form": form}, status=status)


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
