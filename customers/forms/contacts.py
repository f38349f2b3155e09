"""The phones and emails of a customer as rows of a form. An emptied row takes the contact away."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
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
_COUNT = re.compile(r"[0-9]{1,4}")


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
    """Rows of contacts in the order in which they are used; no contact stands in two of them.

    A page that does not say how many rows it has is out of date; nothing of it can be saved, for rows that
    are missing would be taken for contacts to remove. Its rows are shown again as far as they were sent.
    """

    def __init__(self, data: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.is_out_of_date = data is not None and _said_rows(data, str(self.prefix)) is None
        if self.is_out_of_date:
            self.data = self._recounted()

    def _recounted(self) -> dict[str, Any]:
        """The rows that were sent, else those of the customer, with their right number."""
        rows: Sequence[Mapping[str, Any]] = typed_rows(self.data, str(self.prefix)) or self.initial or []
        data = {f"{self.prefix}-TOTAL_FORMS": len(rows), f"{self.prefix}-INITIAL_FORMS": 0}
        return data | {
            f"{self.prefix}-{number}-{name}": value
            for number, row in enumerate(rows)
            for name, value in row.items()
        }

    def is_valid(self) -> bool:
        return super().is_valid() and not self.is_out_of_date

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
    def first_empty(self) -> forms.Field:
        """The field in which one goes on writing: the first that is empty, else the last."""
        empty = (form for form in self.forms if not form["value"].value())
        return next(empty, self.forms[-1]).fields["value"]

    @property
    def readable(self) -> list[str]:
        """The values of the rows that can be read, while others are still being typed."""
        values = (form.cleaned_data.get("value") for form in self.forms if form.is_valid())
        return [value for value in values if value]

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


def _said_rows(data: Mapping[str, Any], prefix: str) -> int | None:
    """How many rows the page says that it has; None where it does not say so in numbers."""
    counts = [str(data.get(f"{prefix}-{name}", "")) for name in ("TOTAL_FORMS", "INITIAL_FORMS")]
    return int(counts[0]) if all(map(_COUNT.fullmatch, counts)) else None


def rows_of(contacts: Iterable[Any]) -> list[dict[str, str]]:
    """Rows of phones or emails as a formset begins with them."""
    return [{"value": str(contact), "label": contact.label} for contact in contacts]


def typed_rows(data: Mapping[str, str], prefix: str, *, more: int = 0) -> list[dict[str, str]]:
    """The rows that somebody has typed so far, the empty ones left out, with `more` spare ones."""
    said = _said_rows(data, prefix)
    count = min(MOST_ROWS if said is None else said, MOST_ROWS)
    rows = [
        {"value": data.get(f"{prefix}-{row}-value", ""), "label": data.get(f"{prefix}-{row}-label", "")}
        for row in range(count)
        if said is not None or f"{prefix}-{row}-value" in data
    ]
    return rows + [{}] * more
