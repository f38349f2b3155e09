from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from accounts.requests import UserRequest
from customers.views.merged import MergedError, lead_on


class MergedRecordsMiddleware:
    """The addresses of a record that was merged lead to those of the record that was kept."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: UserRequest, exception: Exception) -> HttpResponse | None:
        return lead_on(request, exception) if isinstance(exception, MergedError) else None
