from django import forms
from django.utils.translation import gettext_lazy as _

from customers.forms.fields import NameField


class DeactivateForm(forms.Form):
    """Why a customer leaves daily work."""

    reason = NameField(
        label=_("Reason for deactivating"),
        max_length=255,
        help_text=_("Such as: moved away, asked for no more contact, has died. It stands in the history."),
        error_messages={"required": _("Write the reason, so that colleagues understand it later.")},
    )


class TrashForm(forms.Form):
    """Why a customer is deleted."""

    reason = NameField(
        label=_("Reason for deleting"),
        max_length=255,
        help_text=_("Such as: entered by mistake, asked to be forgotten. Colleagues read it in the trash."),
        error_messages={"required": _("Write the reason, so that colleagues understand it later.")},
    )
