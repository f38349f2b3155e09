"""The request as views that need a login get it."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from accounts.models import User


class UserRequest(HttpRequest):
    """A request of somebody who is logged in, which `LoginRequiredMiddleware` has seen to."""

    user: User
    htmx: HtmxDetails
