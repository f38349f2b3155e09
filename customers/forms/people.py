"""Finding the one other customer who is meant by a code, a phone number or a name."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from customers.forms.fields import NameField
from customers.models import Customer
from customers.relations import OFFERED, people_found


class PersonForm(forms.Form):
    """Who the other person is; a valid form has them as `person`."""

    who = NameField(
        label=_("Other person"),
        max_length=120,
        help_text=_("Customer code, phone number or name, of a customer whom you see."),
        error_messages={"required": _("Write the code, phone number or name of the other person.")},
    )
    # Where several people are found, the one who was meant.
    other = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, customer: Customer | None, viewer: User, **kwargs: Any) -> None:
        """`customer` is whom the other person is not."""
        super().__init__(*args, **kwargs)
        self.customer, self.viewer = customer, viewer
        self.candidates: list[Customer] = []

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if "who" not in cleaned:
            return cleaned
        found = people_found(cleaned["who"], viewer=self.viewer, besides=self.customer)
        chosen = [person for person in found if person.pk == cleaned.get("other")]
        if len(found) == 1 or chosen:
            cleaned["person"] = (chosen or found)[0]
        elif not found:
            self.add_error("who", self.why_nobody(cleaned["who"]))
        elif len(found) > OFFERED:
            self.add_error("who", _("Many customers have this name. Write more of it, or the code."))
        else:
            self.candidates = found
            self.add_error("who", _("Several customers are found. Choose one of them."))
        return cleaned

    def why_nobody(self, who: str) -> Any:
        """What to say where nobody is found."""
        return _("No other customer whom you see has this code, phone or name.")
