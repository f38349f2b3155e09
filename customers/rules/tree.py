"""A rule over customers as a tree of groups and conditions, and as a short text for addresses and tables.

The text of `all` of some members is the members: `spend.gte.5000000,any(gender.is.female,province.is.01~79)`.
A condition is a field, an operator and its values; `!` stands before a mark that belongs to a value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

# Deeper nobody understands a rule, and longer it fits into no address.
MOST_LEVELS = 4
MOST_CONDITIONS = 40
MOST_VALUES = 60
LONGEST_VALUE = 100
LONGEST_TEXT = 4000

ESCAPE = "!"
BETWEEN_VALUES = "~"
_MARKS = re.compile(r"[!~,()]")
_PLAIN = re.compile(r"[^!~,()\x00-\x1f\x7f]+")
_NAME = re.compile(r"[a-z][a-z0-9_]*")


class Match(StrEnum):
    """How many members of a group a customer has to meet."""

    ALL = "all"
    ANY = "any"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Condition:
    """One field compared with values, which are texts such as `5000000`, `2026-11-22` or `female`."""

    field: str
    operator: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Conditions and groups of which a customer meets all, any or none; all of nothing is everybody."""

    match: Match = Match.ALL
    members: tuple[Condition | Group, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.members)


Node = Condition | Group
EVERYBODY = Group()


class Fault(StrEnum):
    """Why a text is no rule."""

    UNREADABLE = "unreadable"
    EMPTY_GROUP = "empty_group"
    TOO_LONG = "too_long"
    TOO_DEEP = "too_deep"
    TOO_MANY_CONDITIONS = "too_many_conditions"
    TOO_MANY_VALUES = "too_many_values"
    VALUE_TOO_LONG = "value_too_long"


LIMITS = {
    Fault.TOO_LONG: LONGEST_TEXT,
    Fault.TOO_DEEP: MOST_LEVELS,
    Fault.TOO_MANY_CONDITIONS: MOST_CONDITIONS,
    Fault.TOO_MANY_VALUES: MOST_VALUES,
    Fault.VALUE_TOO_LONG: LONGEST_VALUE,
}


class TreeError(ValueError):
    """A text that is no rule, or a rule beyond a limit: `position` is where the text stops making sense."""

    def __init__(self, fault: Fault, position: int = 0) -> None:
        super().__init__(f"{fault.value} at {position}")
        self.fault = fault
        self.position = position


def parse(text: str) -> Group:
    """The rule that a text says. Raises TreeError."""
    if len(text) > LONGEST_TEXT:
        raise TreeError(Fault.TOO_LONG, LONGEST_TEXT)
    if text in {"", "all()"}:
        return EVERYBODY
    reader = _Reader(text)
    members = reader.members(level=1)
    if reader.position != len(text):
        raise TreeError(Fault.UNREADABLE, reader.position)
    only = members[0]
    rule = only if len(members) == 1 and isinstance(only, Group) else Group(Match.ALL, members)
    check_limits(rule)
    return rule


def write(rule: Group) -> str:
    """The text of a rule, which `parse` reads back."""
    is_bare = rule.match == Match.ALL and not (len(rule.members) == 1 and isinstance(rule.members[0], Group))
    return ",".join(_write(member) for member in rule.members) if is_bare else _write(rule)


def conditions(node: Node) -> Iterator[Condition]:
    """Every condition of a rule, from left to right."""
    if isinstance(node, Condition):
        yield node
        return
    for member in node.members:
        yield from conditions(member)


def levels(node: Node) -> int:
    """How many groups lie within one another."""
    if isinstance(node, Condition):
        return 0
    return 1 + max((levels(member) for member in node.members), default=0)


def check_limits(rule: Group) -> None:
    """Refuse what is too big to be understood, wherever it comes from. Raises TreeError."""
    if levels(rule) > MOST_LEVELS:
        raise TreeError(Fault.TOO_DEEP)
    found = list(conditions(rule))
    if len(found) > MOST_CONDITIONS:
        raise TreeError(Fault.TOO_MANY_CONDITIONS)
    if any(len(condition.values) > MOST_VALUES for condition in found):
        raise TreeError(Fault.TOO_MANY_VALUES)
    if any(len(value) > LONGEST_VALUE for condition in found for value in condition.values):
        raise TreeError(Fault.VALUE_TOO_LONG)


@dataclass(frozen=True, slots=True)
class Connectives:
    """The words of one language between conditions; `neither` has a place, `{}`, for those it denies."""

    both: str
    either: str
    neither: str
    everybody: str


def describe(node: Node, say: Callable[[Condition], str], words: Connectives) -> str:
    """A rule as one sentence; `say` words a condition, and brackets keep groups in groups apart."""
    if isinstance(node, Condition):
        return say(node)
    if not node.members:
        return words.everybody
    parts = [_in_brackets(member, describe(member, say, words)) for member in node.members]
    if node.match == Match.NONE:
        return words.neither.format(words.either.join(parts))
    return (words.both if node.match == Match.ALL else words.either).join(parts)


def _in_brackets(node: Node, text: str) -> str:
    return f"({text})" if isinstance(node, Group) else text


def _write(node: Node) -> str:
    if isinstance(node, Group):
        return f"{node.match.value}({','.join(_write(member) for member in node.members)})"
    values = BETWEEN_VALUES.join(write_value(value) for value in node.values)
    return f"{node.field}.{node.operator}" + (f".{values}" if node.values else "")


def write_value(value: str) -> str:
    """One value of a condition as `write` puts it."""
    return _MARKS.sub(lambda mark: ESCAPE + mark[0], value)


class _Reader:
    """Reads a text from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0

    def members(self, level: int) -> tuple[Node, ...]:
        found = [self.node(level)]
        while self._take(","):
            found.append(self.node(level))
        return tuple(found)

    def node(self, level: int) -> Node:
        name = self._name()
        if self._take("("):
            return self._group(name, level)
        self._expect(".")
        operator = self._name()
        return Condition(name, operator, tuple(self._values()) if self._take(".") else ())

    def _group(self, name: str, level: int) -> Group:
        if name not in set(Match):
            raise TreeError(Fault.UNREADABLE, self.position)
        # The bare members of the whole rule are in a group too.
        if level > MOST_LEVELS:
            raise TreeError(Fault.TOO_DEEP, self.position)
        if self._take(")"):
            raise TreeError(Fault.EMPTY_GROUP, self.position)
        members = self.members(level + 1)
        self._expect(")")
        return Group(Match(name), members)

    def _values(self) -> Iterator[str]:
        yield self._value()
        while self._take(BETWEEN_VALUES):
            yield self._value()

    def _value(self) -> str:
        parts = []
        while True:
            if found := _PLAIN.match(self.text, self.position):
                parts.append(found[0])
                self.position = found.end()
            elif self._take(ESCAPE) and _MARKS.match(self.text, self.position):
                parts.append(self.text[self.position])
                self.position += 1
            else:
                return "".join(parts)

    def _name(self) -> str:
        found = _NAME.match(self.text, self.position)
        if not found:
            raise TreeError(Fault.UNREADABLE, self.position)
        self.position = found.end()
        return found[0]

    def _take(self, mark: str) -> bool:
        if not self.text.startswith(mark, self.position):
            return False
        self.position += len(mark)
        return True

    def _expect(self, mark: str) -> None:
        if not self._take(mark):
            raise TreeError(Fault.UNREADABLE, self.position)
