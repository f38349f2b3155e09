"""The one short form by which something is noted of a customer."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.forms.fields import NameField, PastDateField, ReadField
from customers.forms.widgets import PlainSelect
from customers.models import Observation, ObservationKind
from customers.vietnamese.money import format_count, parse_money

LONGEST = 500
WRITTEN = ("kind", "text", "budget_min", "budget_max", "source", "is_pinned", "is_sensitive")


def _label(name: str) -> Any:
    field: Any = Observation._meta.get_field(name)
    return capfirst(field.verbose_name)


class AmountField(ReadField):
    """An amount as people write it: 500k, 1,5 triệu."""

    def read(self, text: str) -> Decimal:
        return Decimal(parse_money(text))

    def written(self, value: Decimal) -> str:
        return format_count(int(value))


class ObservationForm(forms.Form):
    """What is known, since when, and from whom; for a budget, amounts are enough."""

    kind = forms.ChoiceField(label=_label("kind"), choices=ObservationKind.choices, widget=PlainSelect)
    text = NameField(
        label=_label("text"),
        required=False,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    budget_min = AmountField(label=_label("budget_min"), required=False, max_length=40)
    budget_max = AmountField(
        label=_label("budget_max"), required=False, max_length=40, help_text=gettext_lazy("500k, 1,5 triệu")
    )
    source = forms.ChoiceField(label=_label("source"), choices=Observation.Source.choices, widget=PlainSelect)
    from_on = PastDateField(
        label=_label("from_on"), required=False, max_length=20, help_text=gettext_lazy("empty is today")
    )
    is_pinned = forms.BooleanField(label=_label("is_pinned"), required=False)
    is_sensitive = forms.BooleanField(
        label=_label("is_sensitive"),
        required=False,
        help_text=gettext_lazy("Only who may edit the customer can read it."),
    )

    def __init__(self, data: Any = None, *, replaced: Observation | None = None, kind: str = "") -> None:
        """`replaced` is what the new observation follows; `kind` is what the form begins with."""
        self.replaced = replaced
        initial: dict[str, Any] = {"kind": kind or ObservationKind.NEED}
        if replaced is not None:
            initial = {name: getattr(replaced, name) for name in WRITTEN}
        super().__init__(data, initial=initial)

    def clean_from_on(self) -> datetime.date:
        day: datetime.date = self.cleaned_data["from_on"] or timezone.localdate()
        if self.replaced is not None and day < self.replaced.from_on:
            first = f"{self.replaced.from_on:%d/%m/%Y}"
            message = _("What you replace holds since %(day)s. Enter that day or a later one.")
            raise ValidationError(message % {"day": first}, code="too_early")
        return day

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        if {"kind", "text", "budget_min", "budget_max"} <= cleaned.keys():
            self._check_content()
        return cleaned

    def _check_content(self) -> None:
        cleaned = self.cleaned_data
        low, high = cleaned["budget_min"], cleaned["budget_max"]
        has_amount = low is not None or high is not None
        is_budget = cleaned["kind"] == ObservationKind.BUDGET
        if has_amount and not is_budget:
            self.add_error("kind", _("Amounts belong to a budget: choose that kind, or leave them out."))
        if not cleaned["text"] and not (is_budget and has_amount):
            self.add_error("text", _("Write in a few words what you know."))
        if low is not None and high is not None and high < low:
            self.add_error("budget_max", _("The budget ends below where it begins. Check both amounts."))
