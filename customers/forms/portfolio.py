"""Forms by which a manager gives customers to colleagues and arranges cover."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Cover, User
from customers.filters import DayField
from customers.forms.fields import NameField
from customers.forms.offers import ColleagueField

MOST_SELECTED = 200


class ColleaguesField(forms.ModelMultipleChoiceField):
    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, obj: Any) -> str:
        return _named(obj)


def _named(user: User) -> str:
    return f"{user} · {user.branch}" if user.branch else str(user)


class ReasonForm(forms.Form):
    """The reason that stands in the history of every customer concerned."""

    reason = NameField(
        label=_("Reason"),
        max_length=255,
        required=False,
        help_text=_("Such as: moved to another area, long leave. It stands in the history."),
    )


class ReassignForm(ReasonForm):
    to = ColleagueField(
        label=_("New person in charge"),
        queryset=User.objects.none(),
        empty_label=_("Choose a colleague"),
        error_messages={"required": _("Choose who takes over.")},
    )
    field_order = ("to", "reason")

    def __init__(self, *args: Any, receivers: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["to"]
        field.queryset = receivers


class SelectionForm(ReassignForm):
    """Reassigns the customers that were ticked on one page."""

    customers = forms.TypedMultipleChoiceField(
        label=_("Customers"),
        coerce=int,
        error_messages={
            "required": _("Tick at least one customer."),
            "invalid_choice": _("A ticked customer is no longer in this portfolio. Look at the list again."),
        },
    )

    def __init__(self, *args: Any, offered: list[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["customers"]
        field.choices = [(str(pk), str(pk)) for pk in offered]


class SplitForm(ReasonForm):
    among = ColleaguesField(
        label=_("Colleagues"),
        queryset=User.objects.none(),
        error_messages={"required": _("Tick the colleagues among whom the customers are split.")},
    )
    field_order = ("among", "reason")

    def __init__(self, *args: Any, receivers: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["among"]
        field.queryset = receivers


class CoverForm(forms.Form):
    stand_in = ColleagueField(
        label=_("Stand-in"),
        queryset=User.objects.none(),
        empty_label=_("Choose a colleague"),
        error_messages={"required": _("Choose who stands in.")},
        help_text=_("Sees and edits these customers from the first to the last day, and not after."),
    )
    from_on = DayField(label=_("First day"))
    until_on = DayField(label=_("Last day"))
    reason = NameField(label=_("Reason"), max_length=255, required=False)

    def __init__(self, *args: Any, away: User, receivers: QuerySet[User], **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"from_on": f"{timezone.localdate():%d/%m/%Y}"})
        super().__init__(*args, **kwargs)
        self.away = away
        field: Any = self.fields["stand_in"]
        field.queryset = receivers

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        first, last, stand_in = (cleaned.get(name) for name in ("from_on", "until_on", "stand_in"))
        if last and last < timezone.localdate():
            self.add_error("until_on", _("The last day is over already. Choose today or a later day."))
        elif first and last and last < first:
            self.add_error("until_on", _("The last day comes before the first. Check both days."))
        elif first and last and stand_in:
            self._refuse_absent_stand_in(stand_in)
        return cleaned

    def _refuse_absent_stand_in(self, stand_in: User) -> None:
        days = self.cleaned_data["from_on"], self.cleaned_data["until_on"]
        own_leave = Cover.objects.within(*days).filter(away=stand_in).first()
        if own_leave is not None:
            self.add_error(
                "stand_in",
                ValidationError(
                    _("%(name)s is on leave from %(first)s to %(last)s. Choose another colleague."),
                    params={
                        "name": stand_in,
                        "first": f"{own_leave.from_on:%d/%m/%Y}",
                        "last": f"{own_leave.until_on:%d/%m/%Y}",
                    },
                ),
            )
