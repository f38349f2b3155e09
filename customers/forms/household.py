"""What the members of a household share, who heads it, and who joins it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.choices import HouseholdRole
from customers.forms.fields import NameField, PhoneField
from customers.forms.people import PersonForm
from customers.models import Customer, Household

LONGEST_NOTES = 2000
WRITTEN = ("name", "address", "phone", "notes")


def _label(name: str) -> Any:
    field: Any = Household._meta.get_field(name)
    return capfirst(field.verbose_name)


class HouseholdForm(forms.Form):
    """The name, the shared address and phone; the head, where the person at work may change whoever it is."""

    name = NameField(
        label=gettext_lazy("Name of the household"),
        max_length=120,
        error_messages={"required": gettext_lazy("Enter a name, such as: Household of Nguyễn Thị Ánh.")},
    )
    head = forms.ChoiceField(label=gettext_lazy("Head of household"), required=False)
    address = NameField(label=_label("address"), max_length=255, required=False)
    phone = PhoneField(label=_label("phone"), max_length=40, required=False)
    notes = forms.CharField(
        label=_label("notes"),
        max_length=LONGEST_NOTES,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(
        self, data: Any = None, *, household: Household, members: Sequence[Any], hidden: int
    ) -> None:
        heads = [one for one in members if one.household_role == HouseholdRole.HEAD]
        initial = {name: getattr(household, name) for name in WRITTEN}
        super().__init__(data, initial=initial | {"head": str(heads[0].pk) if heads else ""})
        self.editable = {str(one.pk): one for one in members if one.may_edit}
        # Somebody unseen may be the head; then it is not for this person to say.
        self.keeps_head = bool(hidden) or any(str(one.pk) not in self.editable for one in heads)
        fields: dict[str, Any] = self.fields
        if self.keeps_head:
            del fields["head"]
        else:
            people = [(key, str(one)) for key, one in self.editable.items()]
            fields["head"].choices = [("", gettext_lazy("Not recorded")), *people]

    def clean_phone(self) -> str:
        return self.cleaned_data["phone"] or ""

    @property
    def head_chosen(self) -> Customer | None:
        return self.editable.get(self.cleaned_data.get("head", ""))

    @property
    def values(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in WRITTEN}


class MemberForm(PersonForm):
    """Who joins the household, and as what."""

    role = forms.ChoiceField(
        label=gettext_lazy("Role in the household"),
        choices=[("", gettext_lazy("Not recorded")), *HouseholdRole.choices],
        required=False,
    )

    def __init__(self, data: Any = None, *, household: Household, may_set_head: bool, **more: Any) -> None:
        self.household, self.may_set_head = household, may_set_head
        super().__init__(data, customer=None, **more)

    def clean_role(self) -> str:
        role: str = self.cleaned_data["role"]
        if role == HouseholdRole.HEAD and not self.may_set_head:
            message = _("The household has a head whom you may not change. Choose another role.")
            raise ValidationError(message, code="head")
        return role

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        person: Customer | None = cleaned.get("person")
        if person is None:
            return cleaned
        if person.household_id == self.household.pk:
            self.add_error("who", _("%(name)s is in this household already.") % {"name": person})
        elif not Customer.objects.editable_by(self.viewer).filter(pk=person.pk).exists():
            self.add_error("who", _("You may read %(name)s, but not change them.") % {"name": person})
        return cleaned
