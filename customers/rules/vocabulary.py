"""Of what a rule can speak: fields with their kind, their place in the database and their choices.

Every app adds its fields to `vocabulary` when it starts. A field only says where its values are; the compiler
alone turns that into SQL.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User


class Kind(Enum):
    """What the values of a field are, and so how they can be compared."""

    CHOICE = "choice"
    NUMBER = "number"
    YEAR = "year"
    MONEY = "money"
    DAY = "day"
    TEXT = "text"
    PHONE = "phone"


class Takes(Enum):
    """The values that an operator needs."""

    NOTHING = "nothing"
    ONE = "one"
    SEVERAL = "several"
    DAYS = "days"


@dataclass(frozen=True, slots=True)
class Operator:
    """A comparison: its words in a list of choices, and `phrase`, its words with the values."""

    name: str
    label: str | Promise
    phrase: str | Promise
    takes: Takes


def _operator(name: str, label: str | Promise, phrase: str | Promise, takes: Takes = Takes.ONE) -> Operator:
    return Operator(name, label, phrase, takes)


OPERATORS: Mapping[str, Operator] = {
    operator.name: operator
    for operator in (
        _operator("is", _("is"), _("is %(value)s"), Takes.SEVERAL),
        _operator("is_not", _("is not"), _("is not %(value)s"), Takes.SEVERAL),
        _operator("eq", _("equal to"), _("equal to %(value)s")),
        _operator("gte", pgettext_lazy("amount", "from"), _("from %(value)s")),
        _operator("lte", pgettext_lazy("amount", "up to"), _("up to %(value)s")),
        _operator("gt", _("more than"), _("more than %(value)s")),
        _operator("lt", _("less than"), _("less than %(value)s")),
        _operator("on", pgettext_lazy("day", "on"), _("on %(value)s")),
        _operator("since", pgettext_lazy("day", "from the day"), _("from %(value)s")),
        _operator("until", pgettext_lazy("day", "until the day"), _("until %(value)s")),
        _operator("ago_over", _("more than … days ago"), _("more than %(value)s ago"), Takes.DAYS),
        _operator("ago_within", _("in the last … days"), _("in the last %(value)s"), Takes.DAYS),
        _operator("in_within", _("in the next … days"), _("in the next %(value)s"), Takes.DAYS),
        _operator("overdue", _("is overdue"), _("is overdue"), Takes.NOTHING),
        _operator("contains", _("contains"), _("contains “%(value)s”")),
        _operator("lacks", _("does not contain"), _("does not contain “%(value)s”")),
        _operator("begins", _("begins with"), _("begins with “%(value)s”")),
        _operator("given", _("given for"), _("given for %(value)s"), Takes.SEVERAL),
        _operator("withdrawn", _("withdrawn for"), _("withdrawn for %(value)s"), Takes.SEVERAL),
        _operator("unasked", _("never asked for"), _("never asked for %(value)s"), Takes.SEVERAL),
        _operator("known", _("is known"), _("is known"), Takes.NOTHING),
        _operator("unknown", _("is not known"), _("is not known"), Takes.NOTHING),
    )
}
PRESENCE = ("known", "unknown")
AMOUNTS = ("gte", "lte", "gt", "lt", "eq", *PRESENCE)
OF_KIND: Mapping[Kind, tuple[str, ...]] = {
    Kind.CHOICE: ("is", "is_not", *PRESENCE),
    Kind.NUMBER: AMOUNTS,
    Kind.YEAR: AMOUNTS,
    Kind.MONEY: AMOUNTS,
    Kind.DAY: ("ago_over", "ago_within", "since", "until", "on", *PRESENCE),
    Kind.TEXT: ("contains", "lacks", "begins", *PRESENCE),
    Kind.PHONE: ("begins", *PRESENCE),
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the customer, or of the figures beside: `missing` is what stands there for nothing known.

    `carried`: beside the figures there is a copy. `folded`: kept without marks and capitals, to be found so.
    `moment`: with the time of day.
    """

    path: str
    missing: str | None = None
    of_figures: bool = False
    carried: bool = False
    folded: bool = False
    moment: bool = False


@dataclass(frozen=True, slots=True)
class Elements:
    """A column that holds several values: a condition is met by any of them."""

    path: str
    of_figures: bool = False


@dataclass(frozen=True, slots=True)
class Related:
    """A column of rows that belong to the customer: a condition is met by any of them.

    `only` are look-ups with their values that narrow the rows.
    """

    model: str
    path: str
    only: tuple[tuple[str, object], ...] = ()


@dataclass(frozen=True, slots=True)
class Latest:
    """The day of the newest of some rows that belong to the customer, but those with these values."""

    model: str
    path: str
    without: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Earliest:
    """The first day among some rows that belong to the customer; `only` are look-ups that narrow them."""

    model: str
    path: str
    only: tuple[tuple[str, object], ...] = ()


@dataclass(frozen=True, slots=True)
class Ledger:
    """Rows that say of each value whether it was given or withdrawn; `only` finds those that hold."""

    model: str
    path: str
    given: str
    only: tuple[tuple[str, object], ...] = ()


@dataclass(frozen=True, slots=True)
class Computed:
    """A figure that the compiler knows how to work out from columns."""

    name: str
    of_figures: bool = False


@dataclass(frozen=True, slots=True)
class Either:
    """What stands in one of two places: a condition is met by what either of them holds."""

    one: Column
    other: Related


Source = Either | Column | Elements | Related | Latest | Earliest | Ledger | Computed


@dataclass(frozen=True, slots=True)
class Option:
    """A value to choose, in words; `group` is the heading under which it stands."""

    value: str
    label: str
    group: str = ""


class Section(Enum):
    """The headings under which fields are offered."""

    PERSON = "person"
    CONTACT = "contact"
    FAMILY = "family"
    CARE = "care"
    BUYING = "buying"

    @property
    def label(self) -> str | Promise:
        return SECTIONS[self]


SECTIONS: Mapping[Section, str | Promise] = {
    Section.PERSON: _("About the person"),
    Section.FAMILY: _("Family"),
    Section.CONTACT: _("Phone, email, address"),
    Section.CARE: _("Care"),
    Section.BUYING: _("Purchases"),
}


@dataclass(frozen=True)
class Field:
    """Something known of customers. `unit` follows its numbers; `column` is the order of the list by it.

    `only` are the operators that make sense, where not all of its kind do; `by_number`: its choices are
    numbers of rows.
    """

    name: str
    label: str | Promise
    kind: Kind
    source: Source
    section: Section
    options: Callable[[User], Iterable[Option]] | None = None
    unit: str | Promise = ""
    column: str = ""
    only: tuple[str, ...] = ()
    by_number: bool = False

    @property
    def operators(self) -> tuple[Operator, ...]:
        return tuple(OPERATORS[name] for name in self.only or OF_KIND[self.kind])

    @property
    def is_of_figures(self) -> bool:
        """Whether the figures beside a customer tell it, without the customer."""
        return isinstance(self.source, Column | Elements | Computed) and self.source.of_figures

    @property
    def is_carried(self) -> bool:
        return isinstance(self.source, Column) and self.source.carried


@dataclass
class Vocabulary:
    """All fields, in the order in which the apps add them."""

    fields: dict[str, Field] = field(default_factory=dict)

    def add(self, *fields: Field) -> None:
        """Offer more fields; two of one name are a slip of whoever writes the second."""
        for one in fields:
            if one.name in self.fields:
                raise ValueError(f"The rules have a field {one.name} already.")
            self.fields[one.name] = one

    def get(self, name: str) -> Field | None:
        return self.fields.get(name)

    def sections(self) -> Sequence[tuple[Section, list[Field]]]:
        """The fields under their headings."""
        found = [
            (section, [one for one in self.fields.values() if one.section == section]) for section in SECTIONS
        ]
        return [(section, fields) for section, fields in found if fields]


vocabulary = Vocabulary()
