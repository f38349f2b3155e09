"""Rules in words, in the language of whoever reads them or in any other."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from accounts.models import User
from customers.rules.checks import Choices
from customers.rules.tree import Condition, Connectives, Group, Node, describe
from customers.rules.vocabulary import OPERATORS, Field, Kind, Operator, Takes, vocabulary
from customers.vietnamese.money import NO_BREAK_SPACE, format_count, format_money


@dataclass(frozen=True, slots=True)
class Clause:
    """A condition in words: what it speaks of, and what it says of it."""

    subject: str
    predicate: str

    def __str__(self) -> str:
        return f"{self.subject} {self.predicate}"


def connectives() -> Connectives:
    return Connectives(
        both=pgettext("rule", " and "),
        either=pgettext("rule", " or "),
        neither=pgettext("rule", "neither {}"),
        everybody=_("everybody"),
    )


def clause(condition: Condition, choices: Choices) -> Clause:
    """A checked condition in the current language."""
    field, operator = vocabulary.fields[condition.field], OPERATORS[condition.operator]
    values = [_value(value, field, operator, choices) for value in condition.values]
    said = pgettext("rule", " or ").join(values)
    return Clause(str(field.label), str(operator.phrase) % {"value": said})


def in_words(node: Node, choices: Choices) -> str:
    """A checked rule in the current language."""
    return describe(node, lambda condition: str(clause(condition, choices)), connectives())


def sentence(rule: Group, user: User, language: str) -> str:
    """A checked rule as a sentence in any language."""
    with translation.override(language):
        said = in_words(rule, Choices(user))
        return _("Customers: %(rule)s.") % {"rule": said}


def day_as_typed(value: str) -> str:
    """The day that a rule keeps, as people write it."""
    return f"{datetime.date.fromisoformat(value):%d/%m/%Y}"


def _value(value: str, field: Field, operator: Operator, choices: Choices) -> str:
    if operator.takes == Takes.DAYS:
        return ngettext("%(count)d day", "%(count)d days", int(value)) % {"count": int(value)}
    if field.kind == Kind.CHOICE:
        return choices.labels(field).get(value, value)
    if field.kind == Kind.MONEY:
        return format_money(int(value))
    if field.kind == Kind.DAY:
        return day_as_typed(value)
    if field.kind == Kind.NUMBER:
        number = format_count(int(value))
        return f"{number}{NO_BREAK_SPACE}{field.unit}" if field.unit else number
    return value
