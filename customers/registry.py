"""What the apps above show on customer pages; each registers its part in `AppConfig.ready()`."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from django.utils.functional import Promise

if TYPE_CHECKING:
    from django.db.models import Model, QuerySet

    from accounts.models import User
    from customers.history import FieldChange
    from customers.models import Customer


@dataclass(frozen=True, slots=True)
class Badge:
    """A short remark, with the name of an icon where it has one."""

    text: str
    icon: str = ""


@dataclass(frozen=True, slots=True)
class FileLink:
    """A file to fetch: its name, and how large it is in words."""

    name: str
    size: str
    href: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One item of a timeline in words: a title with its details, and what stands beneath them.

    `lines` are names with amounts, as on a till receipt; `attach` is where files are added to the item.
    """

    icon: str
    title: str
    detail: str
    text: str = ""
    number: str = ""
    badges: Sequence[Badge] = ()
    lines: Sequence[tuple[str, str]] = ()
    changes: Sequence[FieldChange] = ()
    files: Sequence[FileLink] = ()
    attach: str = ""


@dataclass(frozen=True)
class TimelineItem:
    """One thing that happened to a customer, in words by `describe`; `pk` orders those of one moment."""

    at: datetime.datetime
    kind: str
    pk: int
    describe: Callable[[Any], Entry]
    item: Any


@dataclass(frozen=True)
class TimelinePage:
    """Some items of one kind, newest first. `total` counts the kind where the page begins with the newest."""

    items: Sequence[TimelineItem]
    total: int | None = None


Cursor = tuple[datetime.datetime, str, int]


@dataclass(frozen=True)
class TimelineSource:
    """Items of one kind, newest first: at most `limit`, older than `before` (moment, kind, pk) if given.

    `note` says what the count includes that another figure of the page may leave out.
    """

    kind: str
    label: str | Promise
    page: Callable[[Customer, Cursor | None, int], TimelinePage]
    count: Callable[[Customer], int]
    note: str | Promise = ""


@dataclass(frozen=True)
class RecordPanel:
    """A part of the customer page that belongs to an app above; where `read` gives None, it is left out."""

    place: Literal["composer", "aside"]
    template: str
    read: Callable[[Customer, User], Mapping[str, Any] | None]


@dataclass(frozen=True)
class SegmentChoice:
    """A segment as a filter offers it; `pk` is what stands in `CustomerBehaviour.segment_ids`.

    `is_telling` is False where the name alone says nothing of a person, such as "Unknown".
    """

    pk: int
    name: str
    family: str
    family_name: str
    is_telling: bool = True


@dataclass(frozen=True, slots=True)
class FiguresLegend:
    """How the figures of customers are read: of which day they are, and the names of the buying groups.

    The groups say most about how a customer buys; their keys stand in `CustomerBehaviour.segment_ids`.
    `seen` is how many customers were then in the branches of a manager; 0 for everybody else.
    """

    as_of: datetime.date | None = None
    groups: Mapping[int, str] = field(default_factory=dict)
    seen: int = 0


@dataclass(frozen=True, slots=True)
class SegmentSize:
    """How many of the customers whom somebody sees were in a segment: all, and the active ones at least."""

    customers: int = 0
    active: int = 0


@dataclass(frozen=True)
class PastSegments:
    """In which segments a customer was at the end of a day, and of which day the cut points are."""

    segments: Sequence[SegmentChoice]
    cuts_of: datetime.date


@dataclass(frozen=True)
class SegmentExtent:
    """The first and the last value of all members of a segment, in the orders by figures."""

    last_purchase: tuple[datetime.date, datetime.date]
    spend: tuple[Decimal, Decimal]


@dataclass(frozen=True)
class ExportColumn:
    """A column that `export_customers` offers: how to prepare a queryset for it, and how to read it."""

    name: str
    label: str | Promise
    read: Callable[[Customer], Any]
    prepare: Callable[[QuerySet[Customer]], QuerySet[Customer]] = field(default=lambda customers: customers)


@dataclass(frozen=True)
class SpareValue:
    """How a row that must not be lost in a merge makes room for its like of the other record.

    `value` gives another value of the column from the one it has and the number of the merged record.
    """

    column: str
    value: Callable[[Any, int], Any]


@dataclass
class Registry:
    timeline_sources: list[TimelineSource] = field(default_factory=list)
    record_panels: list[RecordPanel] = field(default_factory=list)
    export_columns: list[ExportColumn] = field(default_factory=list)
    segment_choices: Callable[[], Sequence[SegmentChoice]] = field(default=lambda: ())
    # Only those that are asked for, by what stands in `segment_ids`.
    segments_among: Callable[[Collection[int]], Sequence[SegmentChoice]] = field(default=lambda _pks: ())
    segment_size: Callable[[User, int], SegmentSize | None] = field(default=lambda _user, _segment: None)
    segment_extent: Callable[[int], SegmentExtent | None] = field(default=lambda _segment: None)
    figures_legend: Callable[[User], FiguresLegend] = field(default=lambda _user: FiguresLegend())
    # The segments of a customer at the end of a past day, from what was recorded of them then.
    segments_on: Callable[[Customer, datetime.date, Mapping[str, Any]], PastSegments | None] = field(
        default=lambda _customer, _day, _row: None
    )
    # Calculates the behaviour of a few customers again, after rows of theirs went to somebody else.
    recalculate: Callable[[Collection[int]], None] = field(default=lambda _customers: None)
    # What files were added with, in a few words, by the numbers of the files.
    attachment_origins: Callable[[Collection[int]], Mapping[int, str]] = field(default=lambda _files: {})
    # Other tables set a row aside that the kept record has already; of these, both rows stay.
    spare_values: dict[type[Model], SpareValue] = field(default_factory=dict)


registry = Registry()
