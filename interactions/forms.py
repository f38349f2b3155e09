"""The short form by which an interaction is logged. Only the subject is required."""

from __future__ import annotations

import datetime
import uuid
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundWidget
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.forms.widgets import PlainSelect
from customers.vietnamese.names import clean
from interactions import icons
from interactions.models import Interaction

EARLIEST_YEAR = 1990
# Clocks of browser and server differ, and people type full minutes.
TOLERANCE = datetime.timedelta(minutes=2)
LONGEST_NOTES = 4000


def _choice(name: str, *, widget: type[forms.Widget] = PlainSelect) -> forms.TypedChoiceField:
    """A closed list; nothing chosen is what the model begins with."""
    field: Any = Interaction._meta.get_field(name)
    nothing = [("", gettext_lazy("Not recorded"))] if field.blank else []
    empty = field.default if field.has_default() else ""
    return forms.TypedChoiceField(
        label=capfirst(field.verbose_name),
        choices=[*nothing, *field.choices],
        required=False,
        initial=empty,
        empty_value=empty,
        widget=widget,
    )


class InteractionForm(forms.Form):
    """What was said with a customer, through which channel, and how it ended."""

    channel = _choice("channel", widget=forms.RadioSelect)
    subject = forms.CharField(
        label=gettext_lazy("Subject"),
        max_length=160,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Write in a few words what it was about.")},
    )
    notes = forms.CharField(
        label=gettext_lazy("Notes"),
        required=False,
        max_length=LONGEST_NOTES,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    outcome = _choice("outcome")
    mood = _choice("mood")
    stage = _choice("stage")
    direction = _choice("direction")
    happened_at = forms.DateTimeField(
        label=gettext_lazy("When"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": gettext_lazy("now")}),
        help_text=gettext_lazy("21/11/2026 16:30; empty is now"),
        error_messages={
            "invalid": gettext_lazy("Write day, month, year and time. Example: 21/11/2026 16:30")
        },
    )
    submission = forms.UUIDField(widget=forms.HiddenInput, required=False, initial=uuid.uuid4)

    @property
    def channels(self) -> list[tuple[BoundWidget, str]]:
        """The channels to choose from, each with its icon."""
        return [(radio, icons.CHANNELS[radio.data["value"]]) for radio in self["channel"]]

    def clean_subject(self) -> str:
        subject = clean(self.cleaned_data["subject"])
        if not subject:
            raise ValidationError(_("Write in a few words what it was about."), code="required")
        return subject

    def clean_happened_at(self) -> datetime.datetime:
        happened_at: datetime.datetime | None = self.cleaned_data["happened_at"]
        now = timezone.now()
        if happened_at is None:
            return now
        if happened_at.year < EARLIEST_YEAR:
            message = _("Check the year: it must be %(year)d or later.") % {"year": EARLIEST_YEAR}
            raise ValidationError(message, code="too_early")
        if happened_at > now + TOLERANCE:
            message = _("This time lies in the future. Log what has happened; enter an earlier time.")
            raise ValidationError(message, code="future")
        return min(happened_at, now)

    def clean_submission(self) -> uuid.UUID:
        return self.cleaned_data["submission"] or uuid.uuid4()
