"""The short form by which a line of the consent ledger is written."""

from __future__ import annotations

import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.consents import LaterConsentError, NoContactError
from customers.forms.fields import NameField, PastDateField
from customers.forms.widgets import PlainSelect
from customers.models import Consent, ConsentPurpose

GIVEN, WITHDRAWN = "given", "withdrawn"
DECISIONS = ((GIVEN, gettext_lazy("Consent given")), (WITHDRAWN, gettext_lazy("Consent withdrawn")))
SOURCES = [choice for choice in Consent.Source.choices if choice[0] != Consent.Source.MERGE]


def _label(name: str) -> Any:
    field: Any = Consent._meta.get_field(name)
    return capfirst(field.verbose_name)


class ConsentForm(forms.Form):
    """What the customer has decided, for which purpose, since when, and by what that can be proved."""

    purpose = forms.ChoiceField(label=_label("purpose"), choices=ConsentPurpose.choices, widget=PlainSelect)
    decision = forms.ChoiceField(
        label=gettext_lazy("What the customer decided"),
        choices=DECISIONS,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose whether consent was given or withdrawn.")},
    )
    source = forms.ChoiceField(label=_label("source"), choices=SOURCES, widget=PlainSelect)
    evidence = NameField(
        label=_label("evidence"),
        required=False,
        max_length=300,
        help_text=gettext_lazy(
            "Number of the form, time of the call, words of the message. Silence is no consent."
        ),
    )
    from_on = PastDateField(
        label=_label("from_on"), required=False, max_length=20, help_text=gettext_lazy("empty is today")
    )

    def __init__(self, data: Any = None, *, purpose: str = "", decision: str = "") -> None:
        """`purpose` and `decision` are what the form begins with."""
        # On the record stands another form that asks for a source and a day.
        super().__init__(data, auto_id="consent_%s", initial={"purpose": purpose, "decision": decision})

    @property
    def is_given(self) -> bool:
        return bool(self.cleaned_data["decision"] == GIVEN)

    @property
    def values(self) -> dict[str, Any]:
        """What is written into the ledger."""
        cleaned = self.cleaned_data
        kept = {name: cleaned[name] for name in ("from_on", "source", "evidence")}
        return {**kept, "purpose": ConsentPurpose(cleaned["purpose"]), "is_given": self.is_given}

    def clean_from_on(self) -> datetime.date:
        return self.cleaned_data["from_on"] or timezone.localdate()

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        if cleaned.get("decision") == GIVEN and cleaned.get("evidence") == "":
            self.add_error("evidence", _("Say by what this consent can be proved."))
        return cleaned

    def add_refusal(self, error: NoContactError | LaterConsentError) -> None:
        """Say why the ledger takes no such line."""
        about = {
            "day": f"{error.entry.from_on:%d/%m/%Y}",
            "purpose": ConsentPurpose(error.entry.purpose).label,
        }
        if isinstance(error, NoContactError):
            message = _(
                "The customer has wanted no contact since %(day)s. First record that we may contact them."
            )
            self.add_error("purpose", message % about)
        else:
            message = _("The customer agreed to “%(purpose)s” on %(day)s. Enter that day or a later one.")
            self.add_error("from_on", message % about)
