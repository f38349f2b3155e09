"""The facts of a record with the links that open them, written in Python: as templates twenty take 4 ms."""

from __future__ import annotations

from collections.abc import Iterable

from django.template.defaultfilters import linebreaksbr
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from customers.icons import icon
from customers.markup import write_html
from customers.models import Customer
from customers.profile import Line, Value

FACT = '<div class="fact" id="fact-{fact}"{beside}><dt>{label}</dt><dd{empty}>{values} {edit}</dd></div>'
BESIDE_THE_ANSWER = SafeString(' hx-swap-oob="outerHTML"')
EMPTY = SafeString(' class="muted"')
LINKED = '<a href="{href}">{text}</a>'
NOTE = " <small>{note}</small>"
OPENS = (
    '<a class="fact__edit" href="{url}" hx-get="{url}" hx-target="#fact-{fact}" hx-swap="outerHTML"'
    ' aria-label="{label}">{pencil}</a>'
)
ANY = "any"


def written(
    customer: Customer, lines: Iterable[Line], *, may_edit: bool, is_beside_the_answer: bool = False
) -> list[tuple[Line, SafeString]]:
    """Each fact as it is read, with the link that opens it in its place for whoever may edit it."""
    # One address looked up, twenty made from it.
    fact_url = reverse("customers:fact", args=[customer.pk, ANY]).removesuffix(f"{ANY}/") if may_edit else ""
    beside = BESIDE_THE_ANSWER if is_beside_the_answer else ""
    return [(line, _fact(line, fact_url, beside)) for line in lines]


def _fact(line: Line, fact_url: str, beside: str) -> SafeString:
    return write_html(
        FACT,
        fact=line.fact,
        beside=beside,
        label=line.label,
        empty="" if line.values else EMPTY,
        values=SafeString("".join(map(_value, line.values))) if line.values else _("not recorded"),
        edit=_opens(line, fact_url) if fact_url else "",
    )


def _value(value: Value) -> str:
    text = write_html(LINKED, href=value.href, text=value.text) if value.href else linebreaksbr(value.text)
    return f"<div>{text}{write_html(NOTE, note=value.note) if value.note else ''}</div>"


def _opens(line: Line, fact_url: str) -> SafeString:
    label = _("Edit: %(label)s") % {"label": line.label}
    url = f"{fact_url}{line.fact}/"
    return write_html(OPENS, url=url, fact=line.fact, label=label, pencil=icon("pencil", 12))
