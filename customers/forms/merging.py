from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from customers.merging.comparison import Row
from customers.models import Customer

SIDES = {"keep": _("the kept record"), "duplicate": _("the other record"), "both": _("both")}


class MergeForm(forms.Form):
    """Whose value the merged record takes, for each thing in which two records differ."""

    keep_version = forms.IntegerField(widget=forms.HiddenInput)
    duplicate_version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, rows: Iterable[Row], keep: Customer, duplicate: Customer) -> None:
        versions = {"keep_version": keep.version, "duplicate_version": duplicate.version}
        super().__init__(data, initial=versions)
        self.rows = [row for row in rows if row.differs]
        for row in self.rows:
            self.fields[row.name] = forms.ChoiceField(
                label=row.label,
                choices=[(side, SIDES[side]) for side in row.sides],
                initial=row.suggested,
                error_messages={"required": _("Choose which value the merged record takes.")},
            )

    def chosen(self, side: str) -> set[str]:
        """The names of the things that are taken from a side."""
        return {row.name for row in self.rows if self.cleaned_data[row.name] == side}

    @property
    def lines(self) -> list[tuple[Row, str, Any]]:
        """Each difference with the side that is chosen now, and what is wrong with it."""
        return [(row, str(self[row.name].value()), self[row.name].errors) for row in self.rows]

    @property
    def is_of_now(self) -> bool:
        """Whether both records are as they were when the page was opened."""
        return all(self.cleaned_data[name] == self.initial[name] for name in self.initial)
