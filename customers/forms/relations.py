"""The form that notes how a customer knows another one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.filters import DayField
from customers.forms.fields import NameField
from customers.forms.people import PersonForm
from customers.models import RelationKind


class RelationForm(PersonForm):
    """Who the other person is, and what they are to the customer."""

    kind = forms.ChoiceField(
        label=_("The other person is"),
        choices=[("", _("Choose the relation")), *RelationKind.choices],
        error_messages={"required": _("Choose the relation.")},
    )
    from_on = DayField(label=_("Since"), required=False)
    note = NameField(label=_("Note"), max_length=255, required=False)

    def clean_from_on(self) -> Any:
        day = self.cleaned_data["from_on"]
        if day and day > timezone.localdate():
            raise forms.ValidationError(_("This day has not come yet. Choose today or an earlier day."))
        return day
