"""A rule while somebody puts it together: rows and boxes of a form, some of them not filled in yet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from customers.filters import CustomerFilter
from customers.rules.checks import Choices, RuleError, check_condition, fault_in_words
from customers.rules.tree import (
    MOST_CONDITIONS,
    MOST_LEVELS,
    Condition,
    Group,
    Match,
    Node,
    TreeError,
    check_limits,
)
from customers.rules.vocabulary import Field, Kind, Operator, Option, Takes, vocabulary
from customers.rules.words import day_as_typed
from customers.vietnamese.money import format_count

FIRST_FIELD = "segment"
ROOT = "0"
# More rows than a rule may have are not even read.
MOST_ROWS = 2 * MOST_CONDITIONS

# How the simple conditions of an address are said in a rule: field and operator.
SIMPLE = {
    "segment": ("segment", "is"),
    "owner": ("owner", "is"),
    "branch": ("branch", "is"),
    "province": ("province", "is"),
    "gender": ("gender", "is"),
    "education": ("education", "is"),
    "occupation": ("occupation", "is"),
    "income_band": ("income_band", "is"),
    "marital_status": ("marital_status", "is"),
    "children": ("children", "is"),
    "source": ("source", "is"),
    "last_purchase_from": ("last_purchase", "since"),
    "last_purchase_to": ("last_purchase", "until"),
    "spend_min": ("spend", "gte"),
    "spend_max": ("spend", "lte"),
    "created_from": ("created", "since"),
    "created_to": ("created", "until"),
}


def rule_of_simple(chosen: CustomerFilter) -> Group:
    """The simple conditions that were understood, as a rule; a few have no words there and stay simple."""
    values = chosen.values
    found = [
        Condition(*SIMPLE[name], (str(getattr(value, "pk", value)),))
        for name, value in values.items()
        if name in SIMPLE
    ]
    return Group(Match.ALL, tuple(found))


def together(first: Group, second: Group) -> Group:
    """Whoever meets both rules."""
    members = [
        *(first.members if first.match == Match.ALL else [first]),
        *(second.members if second.match == Match.ALL else [second]),
    ]
    return (
        members[0]
        if len(members) == 1 and isinstance(members[0], Group)
        else Group(Match.ALL, tuple(members))
    )


@dataclass
class Row:
    """One condition of the form; `values` are as they were typed."""

    path: str
    field: Field
    operator: Operator
    values: list[str]
    choices: Choices
    error: str = ""
    joint: str = ""

    @property
    def widget(self) -> str:
        """What to fill the values in with."""
        if self.operator.takes in {Takes.NOTHING, Takes.DAYS}:
            return self.operator.takes.value
        return self.field.kind.value

    @property
    def value(self) -> str:
        return self.values[0] if self.values else ""

    @property
    def is_filled(self) -> bool:
        return self.operator.takes == Takes.NOTHING or any(value.strip() for value in self.values)

    @property
    def options(self) -> list[tuple[str, list[Option]]]:
        return self.choices.grouped(self.field)

    @property
    def chosen(self) -> list[str]:
        """The words of what is chosen."""
        labels = self.choices.labels(self.field)
        return [labels[value] for value in self.values if value in labels]

    def condition(self) -> Condition:
        """Raises RuleError."""
        return check_condition(
            Condition(self.field.name, self.operator.name, tuple(self.values)), self.choices
        )


@dataclass
class Box:
    """A group of the form."""

    path: str
    match: Match
    members: list[Row | Box] = field(default_factory=list)
    joint: str = ""
    is_box: bool = True

    @property
    def is_root(self) -> bool:
        return self.path == ROOT

    @property
    def may_hold_groups(self) -> bool:
        return self.path.count("-") + 1 < MOST_LEVELS

    def rows(self) -> Iterator[Row]:
        for member in self.members:
            if isinstance(member, Row):
                yield member
            else:
                yield from member.rows()


class RuleForm:
    """The rows and boxes of one rule, as they were drawn from a rule or came back from the page."""

    def __init__(self, root: Box, choices: Choices) -> None:
        self.root = root
        self.choices = choices
        self.error = ""
        self._renumber()

    @classmethod
    def of_rule(cls, rule: Group, choices: Choices) -> RuleForm:
        root = _Drawing(choices).box(rule, ROOT)
        if not root.members:
            root.members.append(new_row(choices))
        return cls(root, choices)

    @classmethod
    def of_page(cls, data: QueryDict, choices: Choices) -> RuleForm:
        return cls(_Reading(data, choices).root(), choices)

    def change(self, what: str) -> None:
        """Add or drop a row or a box: `add 0-1`, `group 0`, `drop 0-2`; anything else changes nothing."""
        verb, _space, path = what.partition(" ")
        if verb == "drop":
            _drop(self.root, path)
            if not self.root.members:
                self.root.members.append(new_row(self.choices))
        box = next((found for found in _boxes(self.root) if found.path == path), None)
        if box is not None and verb == "add":
            box.members.append(new_row(self.choices))
        if box is not None and verb == "group" and box.may_hold_groups:
            other = Match.ANY if box.match == Match.ALL else Match.ALL
            box.members.append(Box("", other, [new_row(self.choices)]))
        self._renumber()

    def finished(self) -> Group:
        """What is filled in so far; a row that is not, or not rightly, counts for nothing yet."""

        def read(row: Row) -> Condition | None:
            try:
                return row.condition() if row.is_filled else None
            except RuleError:
                return None

        return _as_rule(self.root, read) or Group()

    def read(self) -> Group | None:
        """The whole rule; None where something is wrong, which then stands at its row."""

        def read(row: Row) -> Condition | None:
            try:
                return row.condition()
            except RuleError as error:
                row.error = error.message
                return None

        # One untouched row is no condition: the list of everybody.
        rows = list(self.root.rows())
        if len(rows) == 1 and not rows[0].is_filled:
            return Group()
        rule = _as_rule(self.root, read) or Group()
        try:
            check_limits(rule)
        except TreeError as error:
            self.error = fault_in_words(error)
        return None if self.error or any(row.error for row in rows) else rule

    def _renumber(self) -> None:
        _number(self.root, ROOT)


def new_row(choices: Choices) -> Row:
    return _row(vocabulary.fields[FIRST_FIELD], "", [], choices)


def _row(field: Field, operator: str, values: list[str], choices: Choices) -> Row:
    """A row for a field; an operator that the field does not have becomes its first one."""
    chosen = next((one for one in field.operators if one.name == operator), field.operators[0])
    return Row("", field, chosen, values, choices)


def _number(box: Box, path: str) -> None:
    """Give every member its place, and the word before it."""
    box.path = path
    joint = {Match.ALL: _("and"), Match.ANY: _("or"), Match.NONE: _("nor")}[box.match]
    for place, member in enumerate(box.members):
        member.joint = joint if place else ""
        member.path = f"{path}-{place}"
        if isinstance(member, Box):
            _number(member, member.path)


def _boxes(box: Box) -> Iterator[Box]:
    yield box
    for member in box.members:
        if isinstance(member, Box):
            yield from _boxes(member)


def _drop(box: Box, path: str) -> None:
    box.members = [member for member in box.members if member.path != path]
    for member in box.members:
        if isinstance(member, Box):
            _drop(member, path)
    # An empty box inside has nothing left to say.
    box.members = [member for member in box.members if isinstance(member, Row) or member.members]


def _as_rule(box: Box, read: Callable[[Row], Condition | None]) -> Group | None:
    members: list[Node] = []
    for member in box.members:
        found = read(member) if isinstance(member, Row) else _as_rule(member, read)
        if found is not None:
            members.append(found)
    return Group(box.match, tuple(members)) if members else None


class _Drawing:
    """Draws a rule as rows and boxes."""

    def __init__(self, choices: Choices) -> None:
        self.choices = choices

    def box(self, group: Group, path: str) -> Box:
        members = [
            self.box(member, "") if isinstance(member, Group) else self.row(member)
            for member in group.members
        ]
        return Box(path, group.match, members)

    def row(self, condition: Condition) -> Row:
        field = vocabulary.fields[condition.field]
        row = _row(field, condition.operator, [], self.choices)
        row.values = [_as_typed(value, field, row.operator) for value in condition.values]
        return row


def _as_typed(value: str, field: Field, operator: Operator) -> str:
    """A kept value as people would type it."""
    if operator.takes == Takes.DAYS:
        return value
    if field.kind == Kind.MONEY:
        return format_count(int(value))
    if field.kind == Kind.DAY:
        return day_as_typed(value)
    return value


class _Reading:
    """Reads rows and boxes from what a page sends: `match:0`, `field:0-1`, `operator:0-1`, `value:0-1`."""

    def __init__(self, data: QueryDict, choices: Choices) -> None:
        self.data = data
        self.choices = choices

    def root(self) -> Box:
        root = Box(ROOT, _match(self.data.get(f"match:{ROOT}", "")))
        boxes = {ROOT: root}
        for path in self._paths():
            parent = boxes.get(path.rpartition("-")[0])
            if parent is None:
                continue
            if f"match:{path}" in self.data:
                boxes[path] = Box(path, _match(self.data.get(f"match:{path}", "")))
                parent.members.append(boxes[path])
            elif row := self._row(path):
                parent.members.append(row)
        if not root.members:
            root.members.append(new_row(self.choices))
        return root

    def _paths(self) -> list[str]:
        """The places of all rows and boxes, each box before what is in it."""
        found = {name.partition(":")[2] for name in self.data if name.startswith(("match:", "field:"))}
        numbered = {path: path.split("-") for path in found if path != ROOT}
        read = {
            path: [int(part) for part in parts]
            for path, parts in numbered.items()
            if len(parts) <= MOST_LEVELS + 1 and all(_is_place(part) for part in parts)
        }
        return sorted(read, key=lambda path: read[path])[:MOST_ROWS]

    def _row(self, path: str) -> Row | None:
        field = vocabulary.get(self.data.get(f"field:{path}", ""))
        if field is None:
            return None
        if self.data.get(f"was:{path}", field.name) != field.name:
            # Another field was chosen: what was typed was about the former one.
            return _row(field, "", [], self.choices)
        values = [str(value) for value in self.data.getlist(f"value:{path}")]
        return _row(field, self.data.get(f"operator:{path}", ""), values, self.choices)


def _is_place(text: str) -> bool:
    return len(text) <= 3 and text.isascii() and text.isdecimal()


def _match(text: str) -> Match:
    return Match(text) if text in set(Match) else Match.ALL


def field_choices() -> list[tuple[str, list[Any]]]:
    """The fields to choose from, under their headings."""
    return [(str(section.label), list(fields)) for section, fields in vocabulary.sections()]
