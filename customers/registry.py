"""What the apps above show on customer pages; each registers its part in `AppConfig.ready()`."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from accounts.models import User
    from customers.models import Customer


@dataclass(frozen=True)
class TimelineItem:
    """One thing that happened to a customer. `template` renders `item`; `pk` orders items of one moment."""

    at: datetime.datetime
    kind: str
    pk: int
    template: str
    item: Any


@dataclass(frozen=True)
class TimelineSource:
    """Items of one kind, newest first: at most `limit`, older than `before` (moment, kind, pk) if given."""

    kind: str
    label: str
    items: Callable[[Customer, tuple[datetime.datetime, str, int] | None, int], Sequence[TimelineItem]]
    count: Callable[[Customer], int]


@dataclass(frozen=True)
class SegmentChoice:
    """A segment as a filter offers it; `pk` is what stands in `CustomerBehaviour.segment_ids`."""

    pk: int
    name: str
    family: str
    family_name: str


@dataclass(frozen=True)
class ExportColumn:
    """A column that `export_customers` offers: how to prepare a queryset for it, and how to read it."""

    name: str
    label: str
    read: Callable[[Customer], Any]
    prepare: Callable[[QuerySet[Customer]], QuerySet[Customer]] = field(default=lambda customers: customers)


@dataclass
class Registry:
    timeline_sources: list[TimelineSource] = field(default_factory=list)
    export_columns: list[ExportColumn] = field(default_factory=list)
    segment_choices: Callable[[], Sequence[SegmentChoice]] = field(default=lambda: ())
    segment_size: Callable[[User, int], int | None] = field(default=lambda _user, _segment: None)
    figures_as_of: Callable[[], datetime.date | None] = field(default=lambda: None)


registry = Registry()
