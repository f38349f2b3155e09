"""An edit of a customer whom somebody else has changed meanwhile: what each side did, and what to keep.

A field that only one side changed keeps that change. Where both changed the same field, a person chooses.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Generic, TypeVar

from django.http import QueryDict
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from customers.forms import CustomerForm
from customers.forms.contacts import rows_of, typed_rows
from customers.forms.initial import NAME_PARTS, initial_of
from customers.history import Change, State, changes_at, moments_since, row_of, state_at, state_of
from customers.models import Customer, Email, Household, Phone
from customers.services import Contact
from customers.snapshot import COLUMNS, FACTS, email_words, phone_words, snapshot_of
from customers.vietnamese.phones import format_phone

# The form's names for the version that an edit began from, and for what to keep of a field.
BASE = "base"
RESOLVE = "resolve-"
YOURS, CURRENT, ORIGINAL = "yours", "current", "original"


Piece = tuple[str, bool]
Form = TypeVar("Form", bound=CustomerForm)


@dataclass(frozen=True)
class Aspect:
    """One thing about a customer in one state: `key` says whether two are the same, `words` is for people."""

    label: str
    key: Any
    words: str


@dataclass(frozen=True)
class FieldConflict:
    """A field in its three values, in words, and the last change of it by somebody else."""

    name: str
    label: str
    original: str
    current: str
    yours: str
    change: Change | None

    @property
    def current_pieces(self) -> list[Piece]:
        return _pieces(self.current, self.yours)

    @property
    def yours_pieces(self) -> list[Piece]:
        return _pieces(self.yours, self.current)


@dataclass(frozen=True)
class Conflict:
    """What happened since the edit began. `theirs` and `yours` are fields that only one side changed.

    Without any change the page is out of date: its version never was.
    """

    base: int
    changes: Sequence[Change]
    fields: tuple[FieldConflict, ...]
    theirs: tuple[FieldConflict, ...]
    yours: tuple[str, ...]
    # The other side is this person too, in another tab.
    is_own: bool


def find_conflict(customer: Customer, form: CustomerForm) -> Conflict:
    """What a valid form of another version meets in the customer of now.

    A version that history does not know is taken for the one of now: then nothing conflicts, but the person
    looks at the form again before it is saved.
    """
    base = form.cleaned_data["version"]
    current = state_of(customer)
    original = state_at(customer, base) or current
    changes = changes_at(customer, moments_since(customer, original))
    states = [_aspects(state) for state in (original, current, _typed_state(customer, original, form))]
    fields: list[FieldConflict] = []
    theirs: list[FieldConflict] = []
    yours: list[str] = []
    for name, began in states[0].items():
        now, typed = states[1][name], states[2][name]
        was_changed, is_edited = now.key != began.key, typed.key != began.key
        if is_edited and not was_changed:
            yours.append(began.label)
        elif was_changed and typed.key != now.key:
            change = next((change for change in changes if _touches(change, name)), None)
            field = FieldConflict(name, began.label, began.words, now.words, typed.words, change)
            (fields if is_edited else theirs).append(field)
    is_own = bool(changes) and all(change.user == form.user.pk for change in changes)
    return Conflict(base, changes, tuple(fields), tuple(theirs), tuple(yours), is_own)


@dataclass(frozen=True)
class Merge(Generic[Form]):
    """A form at the version of now, and what it met on the way there, where it came from another version.

    It is settled where each side changed other fields; else the person looks at it before it is saved.
    """

    form: Form
    conflict: Conflict | None = None

    @property
    def is_settled(self) -> bool:
        if self.conflict is None:
            return True
        # Who is inactive by now is not simply saved over.
        is_noticed = any(field.name == "is_active" for field in self.conflict.theirs)
        return (
            bool(self.conflict.changes)
            and not self.conflict.fields
            and not is_noticed
            and self.form.is_valid()
        )

    @property
    def kept(self) -> list[str]:
        """What others have changed meanwhile, and stays so."""
        return [field.label for field in self.conflict.theirs] if self.conflict else []


def bring_up_to_date(customer: Customer, form: Form, make: Callable[[QueryDict], Form]) -> Merge[Form]:
    """A valid form with the changes of others to fields that it left alone; `make` makes its like."""
    if form.cleaned_data["version"] == customer.version:
        return Merge(form)
    conflict = find_conflict(customer, form)
    return Merge(make(data_after(conflict, customer, form)), conflict)


def data_after(conflict: Conflict, customer: Customer, form: CustomerForm) -> QueryDict:
    """What was typed, at the version of now, with the changes of others to fields that were left alone."""
    data: Any = form.data
    merged: QueryDict = data.copy()
    current = state_of(customer)
    for field in conflict.theirs:
        _put(merged, field.name, current)
    if any(field.name == "full_name" for field in conflict.fields):
        _put_untouched_name(merged, form, current)
    for name in [name for name in merged if name.startswith(RESOLVE)]:
        del merged[name]
    merged["version"] = str(customer.version)
    merged[BASE] = str(conflict.base)
    return merged


def data_resolved(customer: Customer, data: QueryDict) -> QueryDict:
    """What was typed, with the value that the person chose to keep for each field in conflict."""
    chosen = {name.removeprefix(RESOLVE): str(data[name]) for name in data if name.startswith(RESOLVE)}
    if not any(choice in {CURRENT, ORIGINAL} for choice in chosen.values()):
        return data
    resolved = data.copy()
    states = {CURRENT: _state(customer, data.get("version")), ORIGINAL: _state(customer, data.get(BASE))}
    for name, choice in chosen.items():
        _put(resolved, name, states.get(choice))
    return resolved


def carried_over(kept: Customer, former: int, data: QueryDict) -> QueryDict:
    """The form of a record that was merged meanwhile, as a form of the kept one.

    What somebody had changed in it stays typed, and all else is as it is in the kept record.
    """
    version = data.get("version", "")
    began = row_of(former, int(version)) if version.isdecimal() and len(version) < 9 else None
    now, before = initial_of(kept), initial_of(began) if began else {}
    carried = QueryDict(mutable=True)
    for name, field in CustomerForm.base_fields.items():
        is_typed = name in data and (name not in before or data[name] != _as_typed(field, before[name]))
        carried[name] = str(data[name]) if is_typed else _as_typed(field, now.get(name))
    carried["version"] = str(kept.version)
    for prefix, contacts, shown in (
        ("phones", kept.phones.all(), format_phone),
        ("emails", kept.emails.all(), str),
    ):
        rows = rows_of(contacts)
        known = {_without_blanks(shown(row["value"])) for row in rows}
        rows += [row for row in typed_rows(data, prefix) if _without_blanks(row["value"]) not in known | {""}]
        _put_contacts(carried, prefix, [Contact(**row) for row in rows])
    return carried


def _without_blanks(text: str) -> str:
    return "".join(text.split())


def _pieces(text: str, other: str) -> list[Piece]:
    """A text in pieces, each with whether the other text lacks it; cut between words."""
    words, others = (re.findall(r"\s+|\S+", value) for value in (text, other))
    matcher = SequenceMatcher(None, others, words, autojunk=False)
    return [
        ("".join(words[start:end]), kind != "equal")
        for kind, _from, _to, start, end in matcher.get_opcodes()
        if start < end
    ]


def _state(customer: Customer, version: str | None) -> State | None:
    return state_at(customer, int(version)) if version and version.isdecimal() and len(version) < 9 else None


def _touches(change: Change, name: str) -> bool:
    kind = {"phones": "Phone ", "emails": "Email "}.get(name)
    return any(field.name.startswith(kind) if kind else field.name == name for field in change.fields)


def _typed_state(customer: Customer, original: State, form: CustomerForm) -> State:
    """The customer as it would be after this form alone: what the form does not ask for is as it was."""
    entered = form.entered
    row = copy.copy(customer)
    for column in COLUMNS:
        name = Customer._meta.get_field(column).name
        setattr(row, name, entered.values.get(name, getattr(original.row, name)))
    if entered.begins_household:
        row.household = Household(name=_("New household"))
    return State(row, tuple(entered.phones), tuple(entered.emails))


def _aspects(state: State) -> dict[str, Aspect]:
    row = dict(snapshot_of(state.row))
    found = {}
    for fact in FACTS:
        # Whoever edits a customer sees the citizen ID in full; history masks it.
        words = row["citizen_id"] if fact.name == "citizen_id" else fact.words(row)
        found[fact.name] = Aspect(
            fact.heading, (*(str(row[column]) for column in fact.columns), words), words
        )
    for name, model, words_of in (("phones", Phone, phone_words), ("emails", Email, email_words)):
        contacts: tuple[Contact, ...] = getattr(state, name)
        words = "; ".join(words_of(contact.value, contact.label) for contact in contacts)
        found[name] = Aspect(capfirst(str(model._meta.verbose_name_plural)), contacts, words)
    return found


def _put(data: QueryDict, name: str, state: State | None) -> None:
    """Set the form's fields for one thing to what a state has; what the form lacks stays out of it."""
    if state is None:
        return
    if name in {"phones", "emails"}:
        _put_contacts(data, name, getattr(state, name))
        return
    initial = initial_of(state.row)
    for field_name in ("full_name", *NAME_PARTS) if name == "full_name" else (name,):
        field = CustomerForm.base_fields.get(field_name)
        if field is not None and field_name in initial:
            data[field_name] = _as_typed(field, initial[field_name])


def _as_typed(field: Any, initial: Any) -> str:
    """A value as the form shows it."""
    value = field.prepare_value(initial)
    return "" if value is None else str(value)


def _put_untouched_name(data: QueryDict, form: CustomerForm, current: State) -> None:
    """Of the full name and its parts, what was left alone is as it is now, and so follows the other again."""
    before, now = initial_of(form.began), initial_of(current.row)
    for names in (("full_name",), NAME_PARTS):
        if all(data.get(name) == before[name] for name in names):
            for name in names:
                data[name] = now[name]


def _put_contacts(data: QueryDict, prefix: str, contacts: Sequence[Contact]) -> None:
    for name in [name for name in data if name.startswith(f"{prefix}-")]:
        del data[name]
    data[f"{prefix}-TOTAL_FORMS"] = str(len(contacts))
    data[f"{prefix}-INITIAL_FORMS"] = "0"
    for row, contact in enumerate(contacts):
        data[f"{prefix}-{row}-value"] = contact.value
        data[f"{prefix}-{row}-label"] = contact.label
