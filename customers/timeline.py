"""What happened to a customer, of every kind, in one list: newest first, a page at a time."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from django.db.models import Count, Q, Window
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from customers import history
from customers.models import Customer
from customers.registry import Cursor, Entry, TimelineItem, TimelinePage, TimelineSource, registry

PAGE_SIZE = 30
CURSOR_TIME = "%Y%m%dT%H%M%S%f"
CHANGE = "change"
# Written out as people say them; Django's Vietnamese numbers the days.
WEEKDAYS = (
    pgettext_lazy("day", "Monday"),
    pgettext_lazy("day", "Tuesday"),
    pgettext_lazy("day", "Wednesday"),
    pgettext_lazy("day", "Thursday"),
    pgettext_lazy("day", "Friday"),
    pgettext_lazy("day", "Saturday"),
    pgettext_lazy("day", "Sunday"),
)


def older_than(before: Cursor | None, kind: str, moment: str, pk: str = "pk") -> Q:
    """The rows of one kind that come after a place in the list, which moment, kind and number order."""
    if before is None:
        return Q()
    at, before_kind, before_pk = before
    older = Q(**{f"{moment}__lt": at})
    if kind < before_kind:
        return older | Q(**{moment: at})
    return older | Q(**{moment: at, f"{pk}__lt": before_pk}) if kind == before_kind else older


def total(before: Cursor | None) -> dict[str, Any]:
    """The annotation that counts the rows of a page's query before its limit, on the first page only."""
    return {"total": Window(Count("*"))} if before is None else {}


def total_of(rows: Sequence[Any], before: Cursor | None) -> int | None:
    """What `total` counted; no rows on the first page mean that there are none."""
    if before is not None:
        return None
    return rows[0].total if rows else 0


def parse_cursor(text: str) -> Cursor | None:
    """The place that `write_cursor` wrote; None for anything else, which then shows the newest."""
    try:
        moment, kind, pk = text.split("~")
        at = datetime.datetime.strptime(moment, CURSOR_TIME).replace(tzinfo=datetime.UTC)
        return at, kind, int(pk)
    except (ValueError, OverflowError):
        return None


def write_cursor(item: TimelineItem) -> str:
    return f"{item.at.astimezone(datetime.UTC):{CURSOR_TIME}}~{item.kind}~{item.pk}"


@dataclass(frozen=True)
class Day:
    """The items of one calendar day in Viet Nam; `goes_on` where the page before began this day."""

    date: datetime.date
    name: str
    items: tuple[TimelineItem, ...]
    goes_on: bool = False


@dataclass(frozen=True)
class Kind:
    """A filter chip: a kind of item, how many there are, and whether only these are shown."""

    kind: str
    label: str
    total: int
    is_chosen: bool
    note: str = ""


@dataclass(frozen=True)
class Timeline:
    """One page of the list, with the place at which the next one begins; `kinds` only with the first page."""

    days: tuple[Day, ...]
    kinds: tuple[Kind, ...]
    chosen: str
    next_cursor: str

    @property
    def total(self) -> int:
        return sum(kind.total for kind in self.kinds)


def timeline_of(customer: Customer, *, chosen: str = "", before: Cursor | None = None) -> Timeline:
    """The page of a customer's timeline that follows `before`, of all kinds or of the chosen one."""
    sources = registry.timeline_sources
    if chosen not in {source.kind for source in sources}:
        chosen = ""
    items: list[TimelineItem] = []
    kinds = []
    for source in sources:
        if chosen in {"", source.kind}:
            page = source.page(customer, before, PAGE_SIZE + 1)
            items += page.items
            count = page.total
        else:
            count = source.count(customer) if before is None else None
        if count is not None:
            is_chosen = source.kind == chosen
            kinds.append(Kind(source.kind, str(source.label), count, is_chosen, str(source.note)))
    kinds.sort(key=lambda kind: kind.kind == CHANGE)
    items.sort(key=lambda item: (item.at, item.kind, item.pk), reverse=True)
    shown = items[:PAGE_SIZE]
    return Timeline(
        days=tuple(_days(shown, before)),
        kinds=tuple(kinds),
        chosen=chosen,
        next_cursor=write_cursor(shown[-1]) if len(items) > PAGE_SIZE else "",
    )


def _days(items: Sequence[TimelineItem], before: Cursor | None) -> Iterable[Day]:
    here, today = timezone.get_current_timezone(), timezone.localdate()
    last_day = before[0].astimezone(here).date() if before else None
    for date, of_day in groupby(items, key=lambda item: item.at.astimezone(here).date()):
        yield Day(date, _name(date, today), tuple(_with_folded_changes(of_day)), goes_on=date == last_day)


def _name(date: datetime.date, today: datetime.date) -> str:
    """The weekday, but for the days that have a name of their own."""
    match (today - date).days:
        case 0:
            return _("Today")
        case 1:
            return _("Yesterday")
    return str(WEEKDAYS[date.weekday()])


def _with_folded_changes(items: Iterable[TimelineItem]) -> Iterable[TimelineItem]:
    """The items of a day with the edits that one person made in a row as one item."""
    for (kind, actor), run in groupby(items, key=_who_edited):
        together = list(run)
        if kind != CHANGE or actor is None or len(together) == 1:
            yield from together
        else:
            yield replace(together[0], item=history.fold([item.item for item in together]))


def _who_edited(item: TimelineItem) -> tuple[str, str | None]:
    if item.kind != CHANGE or item.item.is_creation or item.item.title:
        return item.kind, None
    return item.kind, item.item.actor


def _changes(customer: Customer, before: Cursor | None, limit: int) -> TimelinePage:
    # One moment has one change, whose number is 1: no row of the cursor's own moment is older than it.
    older = older_than(before, CHANGE, "pgh_created_at", "pgh_id")
    when = (
        history.newest_moments(customer, limit)
        if before is None
        else list(history.moments(customer, older)[:limit])
    )
    changes = history.changes_at(customer, when)
    items = [_change_item(change, 1) for change in changes]
    if before is None or (customer.created_at, CHANGE, 0) < before:
        items.append(_change_item(history.creation(customer), 0))
    return TimelinePage(items[:limit], _count(customer, len(when), limit) if before is None else None)


def _change_item(change: history.Change, pk: int) -> TimelineItem:
    return TimelineItem(change.at, CHANGE, pk, _describe, change)


def _describe(change: history.Change) -> Entry:
    number = len(change.fields)
    if change.is_creation:
        title = _("Customer added")
    elif change.title:
        title = change.title
    elif change.fields:
        title = ngettext("%(counter)s change", "%(counter)s changes", number) % {"counter": number}
    else:
        title = _("Saved without a visible change")
    return Entry(
        icon="user-plus" if change.is_creation else "git-merge" if change.title else "history",
        title=title,
        detail=change.actor,
        text=change.reason,
        changes=change.fields,
    )


def _count(customer: Customer, seen: int, limit: int) -> int:
    """Saves of the customer and the creation; another query only where one page did not hold them all."""
    return 1 + (seen if seen < limit else _count_changes(customer) - 1)


def _count_changes(customer: Customer) -> int:
    return 1 + history.moments(customer).count()


CHANGES = TimelineSource(CHANGE, gettext_lazy("Changes"), _changes, _count_changes)
