from typing import Any, ClassVar, cast

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts import attempts
from accounts.models import User

NO_SUCH_PAIR = _("The user name or email does not go with this password. Check both and try again.")


class AccountAdapter(DefaultAccountAdapter):
    """Nobody signs up: an administrator makes the accounts. Messages say what to do next."""

    error_messages: ClassVar[dict[str, Promise | str]] = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": NO_SUCH_PAIR,
        "email_password_mismatch": NO_SUCH_PAIR,
        "too_many_login_attempts": _("Too many failed attempts to log in. Wait 5 minutes, then try again."),
        "too_many_from_anywhere": _(
            "Too many failed attempts to log in as this person. Log in in a browser in which you have done "
            "so before, or set a new password by email."
        ),
        "account_inactive": _("This account is no longer active. Ask your administrator."),
        "enter_current_password": _("This is not your current password. Type it again."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        count = attempts.used_up(request, login_name(credentials))
        if count is not None:
            everywhere = count.action == attempts.EVERYWHERE
            raise self.validation_error("too_many_from_anywhere" if everywhere else "too_many_login_attempts")

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        attempts.add(request, login_name(credentials))

    def post_login(self, request: HttpRequest, user: Any, **more: Any) -> HttpResponse:
        response = super().post_login(request, user, **more)
        attempts.know_browser(request, response, cast(User, user))
        return response

    def format_email_subject(self, subject: str) -> str:
        return f"Sổ Khách: {subject}"


def login_name(credentials: dict[str, Any]) -> str:
    return str(credentials.get("email") or credentials.get("username") or "")
