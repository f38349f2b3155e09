"""Whether a rule makes sense to whoever asks, value by value; what people type becomes what rules keep."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from itertools import groupby

from django.utils.translation import gettext as _

from accounts.models import User
from customers.rules.tree import LIMITS, LONGEST_VALUE, Condition, Fault, Group, Node, TreeError, parse
from customers.rules.vocabulary import Field, Kind, Operator, Option, Takes, vocabulary
from customers.vietnamese.dates import parse_date
from customers.vietnamese.money import parse_money
from customers.vietnamese.names import clean
from customers.vietnamese.typed import InputError, plain

LONGEST_NUMBER = 9
# A hundred years.
MOST_DAYS = 36_525
FEWEST_DIGITS, MOST_DIGITS = 3, 15
_DIGITS = re.compile(r"[0-9]+")


class RuleError(ValueError):
    """Why a rule cannot be read, in the words of whoever asks."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Choices:
    """The choices that one person has in each field, read once."""

    def __init__(self, user: User) -> None:
        self.user = user
        self._read: dict[str, list[Option]] = {}

    def of(self, field: Field) -> list[Option]:
        if field.name not in self._read:
            self._read[field.name] = list(field.options(self.user)) if field.options else []
        return self._read[field.name]

    def labels(self, field: Field) -> Mapping[str, str]:
        return {option.value: option.label for option in self.of(field)}

    def grouped(self, field: Field) -> list[tuple[str, list[Option]]]:
        """The choices under their headings; those without any come under an empty one."""
        return [
            (name, list(found)) for name, found in groupby(self.of(field), key=lambda option: option.group)
        ]


def read_rule(text: str, choices: Choices) -> Group:
    """The rule that a text says, in its usual form. Raises RuleError."""
    try:
        return check(parse(text), choices)
    except TreeError as error:
        raise RuleError(fault_in_words(error)) from error


def check(rule: Group, choices: Choices) -> Group:
    """The rule with every value in its usual form. Raises RuleError."""
    return Group(rule.match, tuple(_check(member, choices) for member in rule.members))


def _check(node: Node, choices: Choices) -> Node:
    return check(node, choices) if isinstance(node, Group) else check_condition(node, choices)


def check_condition(condition: Condition, choices: Choices) -> Condition:
    """The condition with its values in their usual form. Raises RuleError."""
    field = vocabulary.get(condition.field)
    if field is None:
        raise RuleError(_("There is no field “%(name)s” any more.") % {"name": condition.field})
    operator = next((one for one in field.operators if one.name == condition.operator), None)
    if operator is None:
        raise RuleError(
            _("“%(field)s” cannot be compared like this. Choose another comparison.") % {"field": field.label}
        )
    try:
        values = _Values(field, operator, choices).clean(condition.values)
    except InputError as error:
        raise RuleError(f"{field.label}: {error.message}") from error
    return Condition(field.name, operator.name, values)


class _Values:
    def __init__(self, field: Field, operator: Operator, choices: Choices) -> None:
        self.field = field
        self.operator = operator
        self.choices = choices

    def clean(self, values: tuple[str, ...]) -> tuple[str, ...]:
        if self.operator.takes == Takes.NOTHING:
            return ()
        filled = [value for value in values if value.strip()]
        if not filled:
            raise InputError(_("Fill in a value, or remove the condition."))
        if self.operator.takes != Takes.SEVERAL and len(filled) > 1:
            raise InputError(_("One value is enough here. Remove the others."))
        return tuple(dict.fromkeys(self._clean(value) for value in filled))

    def _clean(self, value: str) -> str:
        if len(value) > LONGEST_VALUE:
            raise InputError(_("Type at most %(count)d characters.") % {"count": LONGEST_VALUE})
        if self.operator.takes == Takes.DAYS:
            return _whole(value, most=MOST_DAYS)
        if self.field.kind == Kind.CHOICE:
            if value not in self._labels:
                raise InputError(
                    _("This choice does not exist any more, or is not open to you. Choose again.")
                )
            return value
        if self.field.kind in {Kind.NUMBER, Kind.YEAR}:
            return _whole(value, most=10**LONGEST_NUMBER - 1)
        if self.field.kind == Kind.MONEY:
            return str(parse_money(value))
        if self.field.kind == Kind.DAY:
            return parse_date(value).isoformat()
        return _phone(value) if self.field.kind == Kind.PHONE else _text(value)

    @cached_property
    def _labels(self) -> Mapping[str, str]:
        return self.choices.labels(self.field)


def _whole(value: str, *, most: int) -> str:
    typed = plain(value)
    if not _DIGITS.fullmatch(typed):
        raise InputError(_("Type a whole number, digits only."))
    if len(typed) > LONGEST_NUMBER or int(typed) > most:
        raise InputError(_("This number is too large. Type at most %(most)d.") % {"most": most})
    return str(int(typed))


def _phone(value: str) -> str:
    typed = re.sub(r"[\s().+\-–]", "", plain(value))
    if not _DIGITS.fullmatch(typed) or not FEWEST_DIGITS <= len(typed) <= MOST_DIGITS:
        raise InputError(_("Type the first digits of the phone number, at least three. Example: 0912"))
    return typed


def _text(value: str) -> str:
    typed = clean(value)
    if not any(char.isalnum() for char in typed):
        raise InputError(_("Type letters or digits."))
    return typed


def fault_in_words(error: TreeError) -> str:
    words = {
        Fault.UNREADABLE: _("This filter cannot be read. The link may have been cut: copy it again."),
        Fault.EMPTY_GROUP: _("A group has no condition. Add one, or remove the group."),
        Fault.TOO_LONG: _("The filter is too long. Remove some conditions."),
        Fault.TOO_DEEP: _("Groups can lie %(most)d deep at most. Move the innermost one outwards."),
        Fault.TOO_MANY_CONDITIONS: _("A filter can have %(most)d conditions at most. Remove some."),
        Fault.TOO_MANY_VALUES: _("A condition can have %(most)d values at most. Remove some."),
        Fault.VALUE_TOO_LONG: _("A value can have %(most)d characters at most. Shorten it."),
    }
    return words[error.fault] % {"most": LIMITS.get(error.fault, 0)}
