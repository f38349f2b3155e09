"""The items of a timeline, written in Python: a template takes ten times as long for thirty of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from django import template
from django.template.defaultfilters import linebreaksbr
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers.history import FieldChange
from customers.icons import icon
from customers.registry import Badge, Entry, FileLink, TimelineItem
from customers.timeline import Day

register = template.Library()

# More stand behind a summary.
OPEN_LINES = 6
OPEN_CHANGES = 4

DAY = (
    '<section class="timeline__day"><h3>{} <small>{}</small></h3>'
    '<ol class="timeline__items">{}</ol></section>'
)
CONTINUED_DAY = DAY.replace("<h3>", '<h3 class="visually-hidden">')


@register.filter
def timeline_day(day: Day) -> SafeString:
    """A day with its items; one that goes on from the page before has a heading only to be heard."""
    return format_html(
        CONTINUED_DAY if day.goes_on else DAY, day.name, f"{day.date:%d/%m/%Y}", _Items(day.items)
    )


@dataclass(frozen=True, slots=True)
class _Items:
    """The items of a day as HTML, in which `escape` stands around every text.

    With a call of Django's for each text, a page of the timeline takes twice as long to write.
    """

    items: Sequence[TimelineItem]

    def __html__(self) -> str:
        return "".join(map(_item, self.items))


def _item(item: TimelineItem) -> str:
    entry, at = item.describe(item.item), timezone.localtime(item.at)
    body = "".join(_body(entry))
    return (
        f'<li class="timeline__item"><span class="timeline__icon">{icon(entry.icon)}</span>'
        f'<div class="timeline__title"><strong>{escape(entry.title)}</strong> · {escape(entry.detail)}</div>'
        f'<time class="timeline__time" datetime="{at.isoformat()}">{at:%H:%M}</time>'
        + (f'<div class="timeline__body">{body}</div></li>' if body else "</li>")
    )


def _body(entry: Entry) -> Iterator[str]:
    if entry.text:
        yield f"<p>{escape(entry.text)}</p>"
    if entry.number or entry.badges or entry.attach:
        number = f'<span class="small muted">{escape(entry.number)}</span>' if entry.number else ""
        attach = _attach(entry.attach) if entry.attach else ""
        yield f'<div class="cluster">{number}{"".join(map(_badge, entry.badges))}{attach}</div>'
    if entry.lines:
        yield _lines(entry.lines)
    if entry.changes:
        yield _changes(entry.changes)
    if entry.files:
        yield _files(entry.files)


def _badge(badge: Badge) -> str:
    drawn = f"{icon(badge.icon, size=12)} " if badge.icon else ""
    return f'<span class="badge">{drawn}{escape(badge.text)}</span>'


def _attach(href: str) -> str:
    words = f"{icon('paperclip', size=12)} {escape(_('Attach files'))}"
    return f'<a class="small muted" href="{escape(href)}">{words}</a>'


def _files(files: Sequence[FileLink]) -> str:
    links = (
        f'<a class="small" href="{escape(file.href)}">{icon("paperclip", size=12)} '
        f"<bdi>{escape(file.name)}</bdi></a> "
        f'<span class="small muted nowrap">{escape(file.size)}</span>'
        for file in files
    )
    return f'<div class="stack stack--tight"><div>{"</div><div>".join(links)}</div></div>'


def _lines(lines: Sequence[tuple[str, str]]) -> str:
    rows = (f"<li><span>{escape(name)}</span><span>{escape(amount)}</span></li>" for name, amount in lines)
    shown = f'<ul class="timeline__lines">{"".join(rows)}</ul>'
    if len(lines) <= OPEN_LINES:
        return shown
    counted = ngettext("%(counter)s line", "%(counter)s lines", len(lines)) % {"counter": len(lines)}
    return _folded(counted, shown)


def _changes(changes: Sequence[FieldChange]) -> str:
    shown = f'<dl class="facts">{"".join(map(_change, changes))}</dl>'
    if len(changes) <= OPEN_CHANGES:
        return shown
    return _folded(", ".join(change.label for change in changes), shown)


def _change(change: FieldChange) -> str:
    empty = escape(_("empty"))
    new = linebreaksbr(change.new) if change.new else f'<span class="muted">{empty}</span>'
    became = f'{icon("arrow-right", size=12)}<span class="visually-hidden">{escape(_("became"))}</span>'
    return (
        f"<div><dt>{escape(change.label)}</dt>"
        f'<dd><span class="muted">{linebreaksbr(change.old) or empty}</span> {became} {new}</dd></div>'
    )


def _folded(summary: str, shown: str) -> str:
    opens = icon("chevron-right", size=12)
    return f'<details class="disclosure"><summary>{opens} {escape(summary)}</summary>{shown}</details>'
