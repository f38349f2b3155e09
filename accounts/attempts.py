"""Wrong passwords, counted so that guessing ends and yet nobody can keep a colleague out.

Were they counted by the login name alone, anybody who knows it could use the count up. So a browser in which
a person has logged in before has a count of its own, known by a signed cookie (OWASP, "Slow Down Online
Guessing Attacks with Device Cookies"). All other browsers share counts by address, by person and address,
and, with a limit that no single address reaches, by person. The numbers are in `ACCOUNT_RATE_LIMITS`.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import NamedTuple

from allauth.core import ratelimit
from allauth.core.internal.ratelimit import get_ip
from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.crypto import get_random_string

from accounts.models import User

KNOWN_FOR = datetime.timedelta(days=365)
SALT = "accounts.known_browser"
EVERYWHERE = "login_failed_person"


class Count(NamedTuple):
    """One of the counts that a wrong password adds to: its limits in the settings, and whose it is."""

    action: str
    key: str


def used_up(request: HttpRequest, login: str) -> Count | None:
    """The count that has reached its limit, so that this password is not even looked at."""
    return next(
        (count for count in _counts(request, login) if not _consume(request, count, dry_run=True)), None
    )


def add(request: HttpRequest, login: str) -> None:
    for count in _counts(request, login):
        _consume(request, count)


def know_browser(request: HttpRequest, response: HttpResponseBase, user: User) -> None:
    """Gives the browser of a person who has just logged in a count of its own."""
    response.set_signed_cookie(
        _cookie_name(user),
        _known_browser(request, user) or get_random_string(22),
        salt=SALT,
        max_age=KNOWN_FOR,
        # Only the login page needs it, so that a shop's counter may collect those of all its staff.
        path=reverse(settings.LOGIN_URL),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _consume(request: HttpRequest, count: Count, *, dry_run: bool = False) -> bool:
    return ratelimit.consume(request, action=count.action, key=count.key, dry_run=dry_run)


def _counts(request: HttpRequest, login: str) -> Iterator[Count]:
    user = User.objects.filter(Q(username__iexact=login) | Q(email__iexact=login)).order_by("pk").first()
    if user is None:
        person = login.lower()
    else:
        # Part of it changes with the password: whoever has set a new one starts afresh.
        person = f"{user.pk} {user.get_session_auth_hash()}"
        if browser := _known_browser(request, user):
            yield Count("login_failed_known_browser", f"{person} {browser}")
            return
    yield Count("login_failed_address", "")
    yield Count("login_failed_person_and_address", f"{person} {get_ip(request)}")
    yield Count(EVERYWHERE, person)


def _known_browser(request: HttpRequest, user: User) -> str:
    return request.get_signed_cookie(_cookie_name(user), default="", salt=SALT, max_age=KNOWN_FOR) or ""


def _cookie_name(user: User) -> str:
    return f"known_browser_{user.pk}"
