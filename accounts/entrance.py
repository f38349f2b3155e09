"""The forms of logging in and of passwords: allauth's, with labels of ours and no text inside the boxes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from allauth.account import forms as allauth_forms
from django import forms
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


class LabelledForm(forms.Form):
    """Replaces labels, and drops placeholders: they vanish while typing and repeat the label."""

    labels: ClassVar[dict[str, _StrPromise]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            field.label = self.labels.get(name, field.label)
        next(iter(self.fields.values())).widget.attrs["autofocus"] = True


class LoginForm(LabelledForm, allauth_forms.LoginForm):
    labels = {
        "login": _("User name or email"),
        "password": _("Password"),
        "remember": _("Stay logged in on this device"),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].widget.attrs |= {"autocomplete": "username", "autocapitalize": "none"}
        self.fields["password"].help_text = ""


class ResetPasswordForm(LabelledForm, allauth_forms.ResetPasswordForm):
    labels = {"email": _("Email")}


class ResetPasswordKeyForm(LabelledForm, allauth_forms.ResetPasswordKeyForm):
    labels = {"password1": _("New password"), "password2": _("New password, once more")}


class SetPasswordForm(LabelledForm, allauth_forms.SetPasswordForm):
    labels = ResetPasswordKeyForm.labels


class ChangePasswordForm(LabelledForm, allauth_forms.ChangePasswordForm):
    labels = {"oldpassword": _("Current password"), **ResetPasswordKeyForm.labels}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["oldpassword"].help_text = ""
