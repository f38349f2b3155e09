from __future__ import annotations

import html
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms.utils import flatatt
from django.utils.html import format_html
from django.utils.safestring import SafeString

# No text of the database has one of these.
BETWEEN = "\0"


@dataclass(frozen=True)
class _Options:
    """The options of a select as HTML: 1,500 names are escaped as one text, in a twentieth of the time."""

    choices: Iterable[tuple[Any, Any]]
    chosen: frozenset[str]

    def __html__(self) -> str:
        # By its iterator: asked how long they are, choices from the database would be counted first.
        choices = list(iter(self.choices))
        if any(isinstance(label, list | tuple) for _key, label in choices):
            return "".join(self._grouped(key, label) for key, label in choices)
        texts = [text for key, label in choices for text in ("" if key is None else str(key), str(label))]
        written = iter(_escaped(texts))
        return "".join(
            f'<option value="{key}"{" selected" if plain in self.chosen else ""}>{label}</option>'
            for plain, key, label in zip(texts[::2], written, written, strict=True)
        )

    def _grouped(self, key: Any, label: Any) -> str:
        if not isinstance(label, list | tuple):
            return _Options([(key, label)], self.chosen).__html__()
        within = _Options(label, self.chosen).__html__()
        return f'<optgroup label="{html.escape(str(key))}">{within}</optgroup>'


def _escaped(texts: list[str]) -> list[str]:
    together = html.escape(BETWEEN.join(texts)).split(BETWEEN)
    return together if len(together) == len(texts) else [html.escape(text) for text in texts]


class PlainSelect(forms.Select):
    """A select, written in one go.

    Django renders two templates for each option: for the wards of a province that is half the time of a page.
    """

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        given = flatatt({**self.build_attrs(self.attrs, attrs), "name": name})
        options = _Options(self.choices, frozenset(self.format_value(value)))
        return format_html("<select{}>{}</select>", given, options)
