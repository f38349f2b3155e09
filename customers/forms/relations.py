"""The form that notes how a customer knows another one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from customers.filters import DayField
from customers.forms.fields import NameField
from customers.models import Customer, RelationKind
from customers.relations import OFFERED, people_found


class RelationForm(forms.Form):
    """Who the other person is, and what they are to the customer."""

    who = NameField(
        label=_("Other person"),
        max_length=120,
        help_text=_("Customer code, phone number or name, of a customer whom you see."),
        error_messages={"required": _("Write the code, phone number or name of the other person.")},
    )
    # Where several people are found, the one who was meant.
    other = forms.IntegerField(required=False, widget=forms.HiddenInput)
    kind = forms.ChoiceField(
        label=_("The other person is"),
        choices=[("", _("Choose the relation")), *RelationKind.choices],
        error_messages={"required": _("Choose the relation.")},
    )
    from_on = DayField(label=_("Since"), required=False)
    note = NameField(label=_("Note"), max_length=255, required=False)

    def __init__(self, *args: Any, customer: Customer, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.customer, self.viewer = customer, viewer
        self.candidates: list[Customer] = []

    def clean_from_on(self) -> Any:
        day = self.cleaned_data["from_on"]
        if day and day > timezone.localdate():
            raise forms.ValidationError(_("This day has not come yet. Choose today or an earlier day."))
        return day

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if "who" not in cleaned:
            return cleaned
        found = people_found(cleaned["who"], viewer=self.viewer, besides=self.customer)
        chosen = [person for person in found if person.pk == cleaned.get("other")]
        if len(found) == 1 or chosen:
            cleaned["person"] = (chosen or found)[0]
        elif not found:
            self.add_error("who", _("No other customer whom you see has this code, phone or name."))
        elif len(found) > OFFERED:
            self.add_error("who", _("Many customers have this name. Write more of it, or the code."))
        else:
            self.candidates = found
            self.add_error("who", _("Several customers are found. Choose one of them."))
        return cleaned
