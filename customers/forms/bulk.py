"""What a bulk change needs to know: the new value and the reason."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from customers.bulk.actions import Action, Takes
from customers.forms import offers
from customers.forms.fields import NameField
from customers.forms.portfolio import ColleagueField
from customers.forms.widgets import PlainSelect
from customers.models import Customer, Province, Tag, Ward
from customers.portfolio import receivers_of

REQUIRED = _("Choose the new value.")


class ChangeForm(forms.Form):
    """The reason of a change, and the value where the action needs one."""

    reason = NameField(
        label=_("Reason"),
        max_length=255,
        help_text=_("Such as: area taken over, campaign ended. It stands in the history of each customer."),
        error_messages={"required": _("Write the reason, so that colleagues understand it later.")},
    )

    def __init__(self, *args: Any, action: Action, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.action = action
        fields = _fields(action, user)
        self.fields = {**fields, **self.fields}
        if action.takes == Takes.PLACE and (province := self["province"].value()):
            fields["ward"].queryset = Ward.objects.filter(province=str(province))

    @property
    def chosen(self) -> Any:
        """What was chosen, as the action takes it."""
        if self.action.takes == Takes.PLACE:
            return self.cleaned_data["province"], self.cleaned_data["ward"]
        return self.cleaned_data.get("value")

    @property
    def words(self) -> str:
        """The name of what was chosen; empty where it has none, such as a choice of a closed list."""
        match self.action.takes:
            case Takes.NOTHING | Takes.CHOICE:
                return ""
            case Takes.PLACE:
                return ", ".join(str(place.name) for place in reversed(self.chosen) if place)
        return str(self.cleaned_data["value"])


def _fields(action: Action, user: User) -> dict[str, Any]:
    match action.takes:
        case Takes.CHOICE:
            return {"value": _choice(action)}
        case Takes.PLACE:
            return _place()
        case Takes.TAG:
            return {"value": _tag(Tag.objects.offered())}
        case Takes.GIVEN_TAG:
            return {"value": _tag(Tag.objects.all())}
        case Takes.PERSON:
            return {"value": _person(user)}
    return {}


def _choice(action: Action) -> forms.ChoiceField:
    """The values of a closed list but the one that says nothing: for that a field is cleared."""
    field: Any = Customer._meta.get_field(action.column)
    values = [(value, label) for value, label in field.choices if value != field.get_default()]
    return forms.ChoiceField(
        label=capfirst(field.verbose_name),
        choices=[("", _("Choose")), *values],
        widget=PlainSelect,
        error_messages={"required": REQUIRED},
    )


def _place() -> dict[str, Any]:
    province = offers.PlaceField(
        Province.objects.all(),
        label=_("Province or city"),
        empty_label=_("Choose"),
        error_messages={"required": REQUIRED},
    )
    ward = offers.PlaceField(
        Ward.objects.none(),
        label=_("Ward or commune"),
        required=False,
        empty_label=_("Leave it; clear it where it is of another province"),
        error_messages={"invalid_choice": _("Choose a ward or commune of the province or city above.")},
    )
    return {"province": province, "ward": ward}


def _tag(tags: Any) -> forms.ModelChoiceField:
    return forms.ModelChoiceField(
        tags, label=_("Tag"), empty_label=_("Choose"), error_messages={"required": _("Choose a tag.")}
    )


def _person(user: User) -> ColleagueField:
    return ColleagueField(
        label=_("New person in charge"),
        queryset=receivers_of(user),
        empty_label=_("Choose a colleague"),
        error_messages={"required": _("Choose who takes over.")},
    )
