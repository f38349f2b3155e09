from typing import ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

NO_SUCH_PAIR = _("The user name or email does not go with this password. Check both and try again.")


class AccountAdapter(DefaultAccountAdapter):
    """Nobody signs up: an administrator makes the accounts. Messages say what to do next."""

    error_messages: ClassVar[dict[str, Promise | str]] = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": NO_SUCH_PAIR,
        "email_password_mismatch": NO_SUCH_PAIR,
        "too_many_login_attempts": _("Too many failed attempts to log in. Wait 5 minutes, then try again."),
        "account_inactive": _("This account is no longer active. Ask your administrator."),
        "enter_current_password": _("This is not your current password. Type it again."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def format_email_subject(self, subject: str) -> str:
        return f"Sổ Khách: {subject}"
