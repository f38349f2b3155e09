"""Texts for people that are kept, and said again in the language of whoever reads them later."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import translation
from django.utils.functional import Promise

_KEPT = ("text", "plural", "number", "context", "values")


class Said(str):
    """A text in the language of the moment that knows its msgid and values; used like what gettext gives."""

    as_kept: dict[str, Any]

    def __new__(cls, text: str, as_kept: dict[str, Any]) -> Said:
        self = super().__new__(cls, text)
        self.as_kept = as_kept
        return self

    def __mod__(self, values: Any) -> Said:
        kept_values = {name: _kept_value(value) for name, value in values.items()}
        return Said(str(self) % values, {**self.as_kept, "values": kept_values})


class Count(int):
    """A number in a text, with its thousands set apart as the language has it."""

    def __str__(self) -> str:
        # Amounts that cannot be understood are said in such texts too.
        from customers.vietnamese.money import format_count

        return format_count(int(self))


class Listed(tuple[Any, ...]):
    """Texts one after the other, also lazy ones."""

    __slots__ = ()

    def __str__(self) -> str:
        return ", ".join(map(str, self))


def said(text: str) -> Said:
    """gettext, for what may be kept."""
    return Said(translation.gettext(text), {"text": text, "values": {}})


def said_of_many(singular: str, plural: str, number: int) -> Said:
    """ngettext, for what may be kept."""
    text = translation.ngettext(singular, plural, number)
    return Said(text, {"text": singular, "plural": plural, "number": number, "values": {}})


def kept(text: str) -> dict[str, Any]:
    """A text as JSON keeps it: msgid and values, or the text itself where it has none."""
    return text.as_kept if isinstance(text, Said) else {"text": text}


def told(entry: Mapping[str, Any]) -> str:
    """A kept text in the language of now; one that was kept without its values is as it was."""
    if "values" not in entry:
        return str(entry["text"])
    as_kept = {name: entry[name] for name in _KEPT if name in entry}
    values = {name: _told_value(value) for name, value in entry["values"].items()}
    text = _translated(as_kept)
    return Said(text % values if values else text, as_kept)


def _translated(as_kept: Mapping[str, Any]) -> str:
    text = as_kept["text"]
    if "plural" in as_kept:
        return translation.ngettext(text, as_kept["plural"], as_kept["number"])
    if "context" in as_kept:
        return translation.pgettext(as_kept["context"], text)
    return translation.gettext(text)


def _kept_value(value: Any) -> Any:
    if isinstance(value, Said):
        return value.as_kept
    if isinstance(value, Count):
        return {"count": int(value)}
    if isinstance(value, Listed):
        return {"list": [_kept_value(one) for one in value]}
    if isinstance(value, Promise):
        # A lazy text is pickled as the function that translates it and what it is called with.
        pickled: Any = value.__reduce__()
        *context, text = pickled[1][1]
        return {"text": text, "values": {}} | ({"context": context[0]} if context else {})
    return value if isinstance(value, int | float) else str(value)


def _told_value(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if "count" in value:
        return Count(value["count"])
    if "list" in value:
        return Listed(map(_told_value, value["list"]))
    return told(value)
