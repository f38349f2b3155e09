"""The pages that belong to no app: the way in, theme, help, health and errors."""

import datetime
from http import HTTPStatus

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST, require_safe

from crm.themes import THEME_COOKIE, Theme, chosen_theme

COOKIE_AGE = datetime.timedelta(days=365)


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return redirect("customers:list")


@login_not_required
@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """Remember light or dark in a cookie, and go back to the page the person was on."""
    theme = request.POST.get("theme", "")
    if theme not in Theme.values:
        problem = _("Choose a theme: light, dark, or the same as the device.")
        return lone_page(request, "400.html", status=HTTPStatus.BAD_REQUEST, problem=problem)
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(
        back, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        back = settings.LOGIN_REDIRECT_URL
    response = redirect(back)
    response.set_cookie(
        THEME_COOKIE,
        theme,
        max_age=COOKIE_AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/help.html")


@login_not_required
@never_cache
@require_GET
def healthz(request: HttpRequest) -> HttpResponse:
    """For a load balancer: 200 while this process can reach its database, else 503."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return HttpResponse(
            "database unreachable", status=HTTPStatus.SERVICE_UNAVAILABLE, content_type="text/plain"
        )
    return HttpResponse("ok", content_type="text/plain")


def lone_page(request: HttpRequest, template: str, *, status: HTTPStatus, **context: str) -> HttpResponse:
    """An error page that needs neither session, nor database, nor context processors."""
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
    language = chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
    with translation.override(language):
        body = render_to_string(
            template, {"LANGUAGE_CODE": language, "theme": chosen_theme(request), **context}
        )
    return HttpResponse(body, status=status, headers={"Content-Language": language})


def framed_page(request: HttpRequest, template: str, *, status: HTTPStatus) -> HttpResponse:
    """An error page inside the navigation for those who are logged in, alone for others."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return lone_page(request, template, status=status, layout="layouts/lone.html")
    return render(request, template, {"layout": "base.html"}, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return lone_page(request, "400.html", status=HTTPStatus.BAD_REQUEST)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return framed_page(request, "403.html", status=HTTPStatus.FORBIDDEN)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return lone_page(request, "403_csrf.html", status=HTTPStatus.FORBIDDEN)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return framed_page(request, "404.html", status=HTTPStatus.NOT_FOUND)


def too_many_requests(request: HttpRequest) -> HttpResponse:
    return lone_page(request, "429.html", status=HTTPStatus.TOO_MANY_REQUESTS)


def server_error(request: HttpRequest) -> HttpResponse:
    happened_at = date_format(timezone.localtime(), "H:i d/m/Y")
    return lone_page(request, "500.html", status=HTTPStatus.INTERNAL_SERVER_ERROR, happened_at=happened_at)
