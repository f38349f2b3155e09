"""What somebody typed before their session ended, kept until they have logged in again.

A post of a form that needs a login, sent without one, is not thrown away: its fields wait in the anonymous
session, and the form shows them to the same person, once, unsaved. Whose they are says a signed cookie that
names whoever logged in last in this browser. Logging in changes the CSRF token, so that no page of anybody
who was here before gets past the check: the cookie cannot name another person than the one who typed.
"""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable
from typing import Any, TypeVar, cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

View = TypeVar("View", bound=Callable[..., HttpResponse])

SESSION_KEY = "kept_forms"
KEPT_FOR = datetime.timedelta(hours=1)
MOST_FORMS = 5
# Far more than the fields of a form may hold.
MOST_CHARACTERS = 200_000

COOKIE = "typed_by"
COOKIE_SALT = "accounts.kept_forms"
COOKIE_AGE = datetime.timedelta(days=365)


def kept_over_login(view: View) -> View:
    """Marks a view whose form shows `typed_before`, so that a post without a login is kept for it."""
    cast(Any, view).is_kept_over_login = True
    return view


def keep(request: HttpRequest) -> HttpResponse | None:
    """Keep what was posted and lead to the login page; None where it cannot be kept."""
    typed_by = request.get_signed_cookie(COOKIE, default="", salt=COOKIE_SALT, max_age=COOKIE_AGE)
    if not typed_by or not _put_aside(request, request.path, request.POST, by=typed_by):
        return None
    # Logging in sets the expiry anew.
    request.session.set_expiry(KEPT_FOR)
    messages.warning(request, _("You were logged out. Log in, and the form has again what you typed."))
    response = redirect_to_login(request.get_full_path())
    return HttpResponseClientRedirect(response.url) if "HX-Request" in request.headers else response


def hand_on(request: HttpRequest, path: str, typed: QueryDict) -> bool:
    """Keep what somebody typed for the form of another page; whoever hands it on says why."""
    return _put_aside(request, path, typed, by=str(request.user.pk), is_told=True)


def _put_aside(request: HttpRequest, path: str, typed: QueryDict, *, by: str, is_told: bool = False) -> bool:
    fields = {
        name: values
        for name, values in typed.lists()
        if name != "csrfmiddlewaretoken" and "password" not in name
    }
    if sum(len(text) for name, values in fields.items() for text in (name, *values)) > MOST_CHARACTERS:
        return False
    kept: dict[str, Any] = request.session.get(SESSION_KEY, {})
    kept.pop(path, None)
    until = time.time() + KEPT_FOR.total_seconds()
    kept[path] = {"by": by, "until": until, "fields": fields, "is_told": is_told}
    request.session[SESSION_KEY] = dict(list(kept.items())[-MOST_FORMS:])
    return True


def typed_before(request: HttpRequest) -> QueryDict | None:
    """What this person typed into the form of this page, or for it, and is not saved; only the first time."""
    kept = request.session.get(SESSION_KEY, {})
    if request.path not in kept:
        return None
    form = kept.pop(request.path)
    request.session[SESSION_KEY] = kept
    typed = QueryDict(mutable=True)
    for name, values in form["fields"].items():
        typed.setlist(name, values)
    if not form.get("is_told"):
        messages.warning(request, _("You were logged out. What you typed is here, but not saved yet."))
    return typed


def forget_others(request: HttpRequest) -> None:
    """Of what was kept, only what this person typed, and not long ago, outlasts a login."""
    kept = request.session.get(SESSION_KEY)
    if kept is None:
        return
    person, now = str(request.user.pk), time.time()
    own = {path: form for path, form in kept.items() if form["by"] == person and form["until"] > now}
    if not own:
        del request.session[SESSION_KEY]
    elif own != kept:
        request.session[SESSION_KEY] = own


def remember_person(request: HttpRequest, response: HttpResponseBase) -> None:
    """Name in the browser's cookie who uses it; it stays when the session ends."""
    person = str(request.user.pk)
    if request.get_signed_cookie(COOKIE, default="", salt=COOKIE_SALT, max_age=COOKIE_AGE) == person:
        return
    response.set_signed_cookie(
        COOKIE,
        person,
        salt=COOKIE_SALT,
        max_age=COOKIE_AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
