from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.forms.renderers import TemplatesSetting
from django.http import HttpRequest
from django.utils.html import format_html

_INPUTS = frozenset(
    f"django/forms/widgets/{name}.html" for name in ("email", "hidden", "input", "number", "password", "text")
)
_RADIO = "django/forms/widgets/radio_option.html"
_TEXTAREA = "django/forms/widgets/textarea.html"


class PlainInputs(TemplatesSetting):
    """Takes forms from our templates, and writes single inputs itself.

    Django renders up to four templates for each input; the form about a customer has forty of them.
    """

    def render(self, template_name: str, context: dict[str, Any], request: HttpRequest | None = None) -> str:
        widget = context.get("widget", {})
        if template_name in _INPUTS or (template_name == _RADIO and not widget["wrap_label"]):
            given = {"type": widget["type"], "name": widget["name"], "value": widget["value"]}
            return format_html("<input{}>", _Attributes({**given, **widget["attrs"]}))
        if template_name == _TEXTAREA:
            attributes = _Attributes({"name": widget["name"], **widget["attrs"]})
            return format_html("<textarea{}>\n{}</textarea>", attributes, widget["value"] or "")
        return super().render(template_name, context, request)


@dataclass(frozen=True)
class _Attributes:
    """The attributes of an element as HTML, in the order given; those that are False or None are left out."""

    given: Mapping[str, Any]

    def __html__(self) -> str:
        return "".join(self._written(name, value) for name, value in self.given.items())

    def _written(self, name: str, value: Any) -> str:
        if value is None or value is False:
            return ""
        return f" {name}" if value is True else f' {name}="{html.escape(str(value))}"'
