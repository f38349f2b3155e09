"""Two records of one person side by side: where they differ, and whose value the merged record may take."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.db.models import TextField
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from customers.profile import children_words
from customers.snapshot import FACTS, Fact, Snapshot, snapshot_of

Side = Literal["keep", "duplicate", "both"]
# What says nothing: no value, or that the value is not known.
BLANK: tuple[Any, ...] = (None, "", [], "unknown", False)
# Facts that only make sense together, by the one that gives them their name.
TOGETHER: tuple[tuple[str, str | Promise, tuple[str, ...]], ...] = (
    ("address", _("address"), ("address", "ward", "province", "old_address")),
    ("income", _("income"), ("monthly_income", "income_band", "income_basis", "income_noted_on")),
    ("children", _("children"), ("children_count", "child_birth_years")),
    ("household", _("household"), ("household", "household_role")),
    ("owner", _("person in charge"), ("owner", "branch")),
)


@dataclass(frozen=True)
class Choice:
    """One thing that is taken from either record as a whole."""

    name: str
    label: str | Promise
    facts: tuple[Fact, ...]

    @property
    def columns(self) -> list[str]:
        return [column for fact in self.facts for column in fact.columns]

    @property
    def is_text(self) -> bool:
        """Whether both records can contribute to it, one after the other."""
        fields = [Customer._meta.get_field(column) for column in self.columns]
        return len(fields) == 1 and isinstance(fields[0], TextField)

    def words(self, row: Snapshot) -> str:
        if self.name == "children":
            return ", ".join(filter(None, children_words(row["children_count"], row["child_birth_years"])))
        words = [(fact.name, _words(fact, row)) for fact in self.facts]
        # The address before the merger of places is another one.
        today = ", ".join(text for name, text in words if text and name != "old_address")
        return "\n".join(filter(None, (today, dict(words).get("old_address", "") if len(words) > 1 else "")))

    def differs(self, one: Snapshot, other: Snapshot) -> bool:
        return any(fact.differs(one, other) for fact in self.facts)

    def known(self, row: Snapshot) -> int:
        """In how many columns the record says something."""
        return sum(row[column] not in BLANK for column in self.columns)


def _words(fact: Fact, row: Snapshot) -> str:
    # Whoever may merge may see the number in full, and two that are masked look the same.
    return str(row["citizen_id"]) if fact.name == "citizen_id" else fact.words(row)


def _choices() -> Iterable[Choice]:
    by_name = {fact.name: fact for fact in FACTS}
    first_of = {
        present[0]: Choice(name, label, tuple(by_name[one] for one in present))
        for name, label, members in TOGETHER
        if (present := [member for member in members if member in by_name])
    }
    inside = {member for _name, _label, members in TOGETHER for member in members}
    for fact in FACTS:
        if fact.name in first_of:
            yield first_of[fact.name]
        elif fact.name not in inside:
            yield Choice(fact.name, fact.label, (fact,))


CHOICES: tuple[Choice, ...] = tuple(_choices())


@dataclass(frozen=True)
class Row:
    """One choice for two records: both values in words, and the side that says more."""

    choice: Choice
    keep: str
    duplicate: str
    differs: bool
    suggested: Side

    @property
    def name(self) -> str:
        return self.choice.name

    @property
    def label(self) -> str:
        return capfirst(str(self.choice.label))

    @property
    def sides(self) -> Sequence[Side]:
        return ("keep", "duplicate", "both") if self.suggested == "both" else ("keep", "duplicate")


def compare(keep: Customer, duplicate: Customer) -> list[Row]:
    """Every choice with both values; reads owner, branch, places and household of both."""
    ours, theirs = snapshot_of(keep), snapshot_of(duplicate)
    return [
        Row(
            choice=choice,
            keep=choice.words(ours),
            duplicate=choice.words(theirs),
            differs=choice.differs(ours, theirs),
            suggested=_suggested(choice, ours, theirs),
        )
        for choice in CHOICES
    ]


def _suggested(choice: Choice, ours: Snapshot, theirs: Snapshot) -> Side:
    """The fuller value, the kept record's where both say as much; of two texts, both."""
    known, other = choice.known(ours), choice.known(theirs)
    if choice.is_text and known and other and choice.differs(ours, theirs):
        return "both"
    return "duplicate" if other > known else "keep"


def chosen_values(
    keep: Customer, duplicate: Customer, *, taken: Collection[str], joined: Collection[str]
) -> dict[str, Any]:
    """The columns of the kept record that the choices write, with their values."""
    values: dict[str, Any] = {}
    for choice in CHOICES:
        if choice.name in joined and choice.is_text:
            [column] = choice.columns
            texts = dict.fromkeys(filter(None, (getattr(keep, column), getattr(duplicate, column))))
            values[column] = "\n".join(texts)
        elif choice.name in taken:
            values |= {column: getattr(duplicate, column) for column in choice.columns}
    return {column: value for column, value in values.items() if value != getattr(keep, column)}
