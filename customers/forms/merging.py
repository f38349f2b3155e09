from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from customers.forms.people import PersonForm
from customers.merging.comparison import Row
from customers.models import Customer, CustomerMerge
from customers.models.customer import code_of
from customers.people import by_phone_or_name
from customers.relations import number_of

SIDES = {"keep": _("the kept record"), "duplicate": _("the other record"), "both": _("both")}


class MergeWithForm(PersonForm):
    """With which other record one is merged; both have to be the person's to change."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        person: Customer | None = cleaned.get("person")
        if person and not Customer.objects.editable_by(self.viewer).filter(pk=person.pk).exists():
            self.add_error("who", _("You may read %(name)s, but not change them.") % {"name": person})
        return cleaned

    def why_nobody(self, who: str) -> Any:
        number = number_of(who)
        if self.customer is not None and number == self.customer.pk:
            return _("This is the code of the record itself. Write that of the other one.")
        if refusal := refusal_of_record(number, viewer=self.viewer):
            return refusal
        if by_phone_or_name(Customer.trash.visible_to(self.viewer), who).exists():
            return _("Somebody of this name or phone is in the trash. Restore the record first.")
        return super().why_nobody(who)


def refusal_of_record(number: int | None, *, viewer: User) -> str:
    """Why a record that was there once cannot be merged, if the viewer may know it; else nothing."""
    if number is None:
        return ""
    merged_into = CustomerMerge.objects.kept_for(number) or 0
    if kept := Customer.objects.visible_to(viewer).filter(pk=merged_into).first():
        text = gettext("%(code)s was merged into %(name)s (%(kept)s) before.")
        return text % {"code": code_of(number), "name": kept, "kept": kept.code}
    if trashed := Customer.trash.visible_to(viewer).filter(pk=number).first():
        text = gettext("%(name)s (%(code)s) is in the trash. Restore the record first.")
        return text % {"name": trashed, "code": trashed.code}
    return ""


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
