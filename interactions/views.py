from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.kept_forms import kept_over_login, typed_before
from accounts.requests import UserRequest
from customers.models import Customer
from customers.timeline import timeline_of
from customers.views.scope import customer_to_change
from interactions.forms import InteractionForm
from interactions.services import log_interaction


@kept_over_login
@require_http_methods(["GET", "POST"])
@permission_required("interactions.add_interaction", raise_exception=True)
def create(request: UserRequest, customer_pk: int) -> HttpResponse:
    """Log an interaction with a customer whom the person looks after."""
    customer = customer_to_change(request.user, customer_pk)
    if request.method == "POST":
        form = InteractionForm(request.POST)
    else:
        form = InteractionForm(initial=typed_before(request))
    if not form.is_valid():
        return _form(request, customer, form)
    values = dict(form.cleaned_data)
    submission = values.pop("submission")
    log_interaction(customer=customer, values=values, submission=submission, by=request.user)
    messages.success(request, _("The interaction with %(name)s has been logged.") % {"name": customer.called})
    if not request.htmx:
        return redirect(customer)
    # The timeline comes along with the empty form, of all kinds, so that what was logged is seen.
    context = {"customer": customer, "form": InteractionForm(), "timeline": timeline_of(customer)}
    return render(request, "interactions/composer.html", context)


def _form(request: UserRequest, customer: Customer, form: InteractionForm) -> HttpResponse:
    """The form as a part of the record, or on a page of its own."""
    template = "interactions/composer.html" if request.htmx else "interactions/interaction_form.html"
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    return render(request, template, {"customer": customer, "form": form}, status=status)
