"""The short form by which an interaction is logged. A subject or notes are enough."""

from __future__ import annotations

import datetime
import re
import uuid
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundWidget
from django.forms.utils import from_current_timezone
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from customers.forms.fields import NameField, ReadField
from customers.forms.files import FilesField
from customers.forms.widgets import PlainSelect
from customers.vietnamese.dates import parse_clock, parse_date
from customers.vietnamese.names import clean
from customers.vietnamese.typed import InputError, plain
from interactions import icons
from interactions.follow_ups import Due, NextStep
from interactions.models import Interaction

EARLIEST_YEAR = 1990
# Clocks of browser and server differ, and people type full minutes.
TOLERANCE = datetime.timedelta(minutes=2)
LONGEST_NOTES = 4000
LONGEST_SUBJECT = 160
DUE_EXAMPLE = gettext_lazy("05/12/2026 or 05/12/2026 16:30")
# A subject that is taken from the notes is a line of the timeline.
LONGEST_FIRST_WORDS = 80
# Nobody promises anything for later; it is a slip in the year.
FARTHEST = datetime.timedelta(days=5 * 366)
LONGEST_REASON = 255
_DAY_AND_CLOCK = re.compile(r"(\S*[0-9]\S*?)(?:[T ,]+([0-9]\S*))?")


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


class MomentField(forms.DateTimeField):
    """A day and a time; where there is no such day or no such time, the message says which."""

    def to_python(self, value: Any) -> datetime.datetime | None:
        try:
            return super().to_python(value)
        except ValidationError:
            found = _DAY_AND_CLOCK.fullmatch(plain(str(value)))
            if not found:
                raise
        try:
            day = parse_date(found[1])
            clock = parse_clock(found[2]) if found[2] else datetime.time()
        except InputError as error:
            raise ValidationError(error.message, code="not_understood") from error
        return from_current_timezone(datetime.datetime.combine(day, clock))


class DueField(ReadField):
    """A day that is still to come, with a time where one was agreed on."""

    widget = forms.TextInput(attrs={"autocomplete": "off", "placeholder": gettext_lazy("dd/mm/yyyy")})

    def read(self, text: str) -> Due:
        found = _DAY_AND_CLOCK.fullmatch(plain(text))
        day = parse_date(found[1] if found else text)
        today = timezone.localdate()
        if day < today:
            raise InputError(_("This day is over. Enter today or a later day."))
        if day > today + FARTHEST:
            raise InputError(_("This day is years away. Check the year."))
        return Due(day, parse_clock(found[2]) if found and found[2] else None)


def first_words(text: str) -> str:
    """The beginning of a text as a line of its own, cut between words."""
    line = next(filter(None, map(clean, text.splitlines())), "")
    if len(line) <= LONGEST_FIRST_WORDS:
        return line
    cut = line[:LONGEST_FIRST_WORDS].rpartition(" ")[0] or line[: LONGEST_FIRST_WORDS - 1]
    return f"{cut}…"


class InteractionForm(forms.Form):
    """What was said with a customer, through which channel, and how it ended."""

    channel = _choice("channel", widget=forms.RadioSelect)
    subject = forms.CharField(
        label=gettext_lazy("Subject"),
        required=False,
        max_length=LONGEST_SUBJECT,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
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
    happened_at = MomentField(
        label=gettext_lazy("When"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": gettext_lazy("now")}),
        help_text=gettext_lazy("21/11/2026 16:30; empty is now"),
        error_messages={
            "invalid": gettext_lazy("Write day, month, year and time. Example: 21/11/2026 16:30")
        },
    )
    next_subject = NameField(
        label=gettext_lazy("Next step"),
        required=False,
        max_length=LONGEST_SUBJECT,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    next_due = DueField(label=gettext_lazy("Due"), required=False, max_length=40, help_text=DUE_EXAMPLE)
    uploads = FilesField(label=gettext_lazy("Files"), required=False)
    submission = forms.UUIDField(widget=forms.HiddenInput, required=False, initial=uuid.uuid4)

    @property
    def channels(self) -> list[tuple[BoundWidget, str]]:
        """The channels to choose from, each with its icon."""
        return [(radio, icons.CHANNELS[radio.data["value"]]) for radio in self["channel"]]

    def clean_subject(self) -> str:
        return clean(self.cleaned_data["subject"])

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

    @property
    def next_step(self) -> NextStep | None:
        """What is to be done next, where anything is; without words of its own, it is about the same."""
        due: Due | None = self.cleaned_data["next_due"]
        if due is None:
            return None
        return NextStep(self.cleaned_data["next_subject"] or self.cleaned_data["subject"], due)

    def clean(self) -> dict[str, Any]:
        """Notes alone are enough: their first words are the subject."""
        if self.cleaned_data.get("next_subject") and self.cleaned_data.get("next_due", "") is None:
            self.add_error("next_due", ValidationError(_("Say by which day."), code="required"))
        if self.cleaned_data.get("subject") == "" and "notes" in self.cleaned_data:
            subject = first_words(self.cleaned_data["notes"])
            if not subject:
                message = _("Write in a few words what it was about, here or in the notes.")
                self.add_error("subject", ValidationError(message, code="required"))
            self.cleaned_data["subject"] = subject
        return self.cleaned_data


class FollowUpForm(forms.Form):
    """What is to be done for a customer, by which day, and by whom."""

    subject = NameField(
        label=gettext_lazy("What is to be done"),
        max_length=LONGEST_SUBJECT,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Write in a few words what is to be done.")},
    )
    due = DueField(
        label=gettext_lazy("Due"),
        max_length=40,
        help_text=DUE_EXAMPLE,
        error_messages={"required": gettext_lazy("Say by which day.")},
    )
    owner = forms.TypedChoiceField(
        label=gettext_lazy("To be done by"), coerce=int, required=False, widget=PlainSelect
    )
    note = NameField(label=gettext_lazy("Note"), required=False, max_length=500)

    def __init__(self, data: Any = None, *, people: Sequence[User]) -> None:
        """`people` are those who may be chosen to do it, the usual one first."""
        self._people = {person.pk: person for person in people}
        # Beside the form for interactions, which has a subject too.
        super().__init__(data, auto_id="follow_up_%s")
        chosen: Any = self.fields["owner"]
        chosen.choices = [(person.pk, str(person)) for person in people]
        if len(people) == 1:
            del self.fields["owner"]

    @property
    def doer(self) -> User:
        usual = next(iter(self._people))
        return self._people[self.cleaned_data.get("owner") or usual]

    @property
    def next_step(self) -> NextStep:
        cleaned = self.cleaned_data
        return NextStep(cleaned["subject"], cleaned["due"], cleaned["note"])


class CancelForm(forms.Form):
    """Why something that was planned is not done."""

    reason = NameField(
        label=gettext_lazy("Reason"),
        max_length=LONGEST_REASON,
        error_messages={"required": gettext_lazy("Say why it is cancelled.")},
    )
