from django import forms
from django.utils.translation import gettext_lazy as _

from customers.forms.fields import PastDateField


class DayForm(forms.Form):
    """As of which day the customer is to be shown."""

    on = PastDateField(
        label=_("As of the end of"),
        max_length=20,
        widget=forms.TextInput(attrs={"placeholder": "01/03/2026", "autocomplete": "off"}),
        error_messages={"required": _("Enter a day. Example: 01/03/2026")},
    )
