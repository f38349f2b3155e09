"""The phones and emails of a customer as rows of a form. An emptied row takes the contact away."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.choices import EmailLabel, PhoneLabel
from customers.forms.fields import PhoneField
from customers.forms.widgets import PlainSelect
from customers.services import Contact

MOST_ROWS = 10
SPARE_ROWS = 1


def _kind(label: Any, choices: Any, usual: str) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=label, choices=choices, required=False, initial=usual, empty_value=usual, widget=PlainSelect
    )


class PhoneForm(forms.Form):
    value = PhoneField(
        label=gettext_lazy("Phone"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )
    label = _kind(gettext_lazy("Kind of number"), PhoneLabel.choices, PhoneLabel.MOBILE)


class EmailForm(forms.Form):
    value = forms.EmailField(
        label=gettext_lazy("Email"),
        required=False,
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={"invalid": gettext_lazy("Write the whole address. Example: ten@gmail.com")},
    )
    label = _kind(gettext_lazy("Kind of email"), EmailLabel.choices, EmailLabel.PERSONAL)


class ContactFormSet(forms.BaseFormSet):
    """Rows of contacts in the order in which they are used; no contact stands in two of them."""

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        """Read every row that was sent. Django's formsets skip one that says what it began with.

        After a colleague's edit such a row may be the very number that this person wants to keep.
        """
        return {**super().get_form_kwargs(index), "empty_permitted": False, "use_required_attribute": False}

    def clean(self) -> None:
        seen: set[str] = set()
        for form in self.forms:
            value = form.cleaned_data.get("value") if form.is_valid() else None
            if value and value.lower() in seen:
                form.add_error("value", ValidationError(_("This row repeats one above. Empty one of them.")))
            seen.add((value or "").lower())

    @property
    def contacts(self) -> list[Contact]:
        """What the valid rows say."""
        rows = (form.cleaned_data for form in self.forms)
        return [Contact(row["value"], row["label"]) for row in rows if row.get("value")]


def _formset(form: type[forms.Form]) -> type[Any]:
    return forms.formset_factory(
        form,
        formset=ContactFormSet,
        extra=SPARE_ROWS,
        max_num=MOST_ROWS,
        absolute_max=MOST_ROWS,
        validate_max=True,
    )


PhoneFormSet = _formset(PhoneForm)
EmailFormSet = _formset(EmailForm)


def rows_of(contacts: Iterable[Any]) -> list[dict[str, str]]:
    """Rows of phones or emails as a formset begins with them."""
    return [{"value": str(contact), "label": contact.label} for contact in contacts]


def typed_rows(data: Mapping[str, str], prefix: str, *, more: int = 0) -> list[dict[str, str]]:
    """The rows that somebody has typed so far, the empty ones left out, with `more` spare ones."""
    total = data.get(f"{prefix}-TOTAL_FORMS", "")
    count = min(int(total), MOST_ROWS) if total.isdecimal() else 0
    rows = [
        {"value": data.get(f"{prefix}-{row}-value", ""), "label": data.get(f"{prefix}-{row}-label", "")}
        for row in range(count)
    ]
    return rows + [{}] * more
