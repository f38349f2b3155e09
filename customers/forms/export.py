"""What goes into a file of customers: its columns, its format, and what it is for."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customers.export_columns import known_columns
from customers.exporting import DEFAULT_COLUMNS
from customers.models import CustomerExport
from customers.vietnamese.names import clean

SHORTEST_REASON = 5


class ExportForm(forms.Form):
    file_format = forms.ChoiceField(
        label=_("File"),
        choices=CustomerExport.Format.choices,
        initial=CustomerExport.Format.XLSX,
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=_("What is the file for?"),
        max_length=255,
        help_text=_("Kept with your name. Example: invitation letters for the opening in Cầu Giấy"),
        error_messages={"required": _("Say what the file is for.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    columns = forms.MultipleChoiceField(
        label=pgettext_lazy("table", "Columns"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one column.")},
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["columns"]
        field.choices = [(name, capfirst(str(column.label))) for name, column in known_columns().items()]
        field.initial = list(DEFAULT_COLUMNS)

    def clean_reason(self) -> str:
        reason = clean(self.cleaned_data["reason"])
        if sum(char.isalnum() for char in reason) < SHORTEST_REASON:
            raise forms.ValidationError(_("Say in a few words what the file is for."))
        return reason
