"""The RFM map for people: 25 cells with their customers, and axes with real bounds instead of scores."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers.vietnamese.money import format_count
from segments import rfm
from segments.figures import FamilyReport, Row
from segments.models import RefreshRun

HEAT_STEPS = 5
# Writes a shown number or range with its unit; the number decides between singular and plural.
Unit = Callable[[str, int], str]


@dataclass(frozen=True, slots=True)
class Cell:
    """A square of the map. `name` stands once in each group; edges separate it from other groups."""

    row: Row
    group: str
    purchases: str
    name: str
    heat: int
    edge_top: bool
    edge_start: bool


@dataclass(frozen=True, slots=True)
class Line:
    label: str
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Column:
    """Numbers of purchases, with and, where the axis says the unit, without it."""

    label: str
    short: str


@dataclass(frozen=True, slots=True)
class Map:
    """Lines from the most recent buyers down; columns from the fewest purchases up."""

    lines: Sequence[Line]
    columns: Sequence[Column]


def rfm_map(run: RefreshRun, groups: FamilyReport, cells: FamilyReport) -> Map:
    names = {row.segment.key: row.segment.name for row in groups.rows}
    by_key = {row.segment.key: row for row in cells.rows}
    most = max((row.sums.customers for row in cells.rows if row.segment.key != rfm.Group.PROSPECT), default=0)
    named: set[rfm.Group] = set()
    columns = [
        Column(label, short)
        for label, short in zip(frequency_labels(run), frequency_labels(run, _bare), strict=True)
    ]
    lines = []
    for recency, label in zip(sorted(rfm.MAP, reverse=True), recency_labels(run), strict=True):
        line = []
        for frequency in rfm.SCORES:
            group = rfm.group_of(recency, frequency)
            row = by_key[rfm.cell_key(recency, frequency)]
            line.append(
                Cell(
                    row=row,
                    group=names[group],
                    purchases=columns[frequency - 1].label,
                    name="" if group in named else names[group],
                    heat=heat(row.sums.customers, most),
                    edge_top=recency < max(rfm.MAP) and rfm.group_of(recency + 1, frequency) != group,
                    edge_start=frequency > 1 and rfm.group_of(recency, frequency - 1) != group,
                )
            )
            named.add(group)
        lines.append(Line(label, line))
    return Map(lines, columns)


def heat(customers: int, most: int) -> int:
    """One of five steps, by size compared with the largest cell."""
    return min(HEAT_STEPS - 1, customers * HEAT_STEPS // most) if most else 0


def recency_labels(run: RefreshRun) -> list[str]:
    """Days since the last purchase for the scores 5 to 1."""
    labels = []
    for bounds in reversed(rfm.bounds_of_scores(run.recency_cuts)):
        low, high = bounds or (run.as_of, run.as_of)
        first = (run.as_of - high).days if high else 0
        last = (run.as_of - low).days - 1 if low else None
        labels.append(_range(first, last, _days) if bounds else "–")
    return labels


def frequency_labels(run: RefreshRun, unit: Unit | None = None) -> list[str]:
    """Numbers of purchases for the scores 1 to 5."""
    labels = []
    for bounds in rfm.bounds_of_scores(run.frequency_cuts):
        low, high = bounds or (0, 0)
        labels.append(_range((low or 0) + 1, high, unit or _purchases) if bounds else "–")
    return labels


def _range(first: int, last: int | None, unit: Unit) -> str:
    if last is None:
        return _("from %(amount)s") % {"amount": unit(format_count(first), first)}
    if last < first:
        return "–"
    return unit(format_count(first) if first == last else f"{format_count(first)}–{format_count(last)}", last)


def _bare(shown: str, _number: int) -> str:
    return shown


def _days(shown: str, number: int) -> str:
    return ngettext("%(number)s day", "%(number)s days", number) % {"number": shown}


def _purchases(shown: str, number: int) -> str:
    return ngettext("%(number)s purchase", "%(number)s purchases", number) % {"number": shown}
