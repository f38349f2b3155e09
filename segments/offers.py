"""What segments add to pages and files about customers: choices of a filter, sizes, names, the as-of date."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from django.db.models import Expression, F, QuerySet, Subquery, TextField, Value
from django.utils.translation import gettext_lazy as _

from accounts.compiled_queries import CompiledQuery, Given, IsAnyOf, compiled
from accounts.models import User
from customers.models import Customer
from customers.registry import ExportColumn, FiguresLegend, SegmentChoice, registry
from segments.figures import seen_size, segment_extent, segment_size
from segments.models import Family, RefreshRun, Segment
from segments.services import recalculate

# Segments of customers who have not bought: said once, by the frequency.
REPEATED_NONE = frozenset({Family.QUANTITY, Family.VALUE, Family.BASKET, Family.CHANNEL, Family.REACH})


def segment_choices() -> Sequence[SegmentChoice]:
    """Every segment, in the order of the families and of the segments in them."""
    return _in_order(Segment.objects.all())


def segments_among(pks: Collection[int]) -> Sequence[SegmentChoice]:
    """The segments of these numbers, in the same order."""
    return _in_order(_AMONG(pks=list(pks)))


_AMONG = CompiledQuery(lambda: Segment.objects.filter(IsAnyOf(F("pk"), Given("pks", TextField()))))


def _in_order(segments: Iterable[Segment]) -> Sequence[SegmentChoice]:
    order = {family: number for number, family in enumerate(Family)}
    ordered = sorted(segments, key=lambda segment: (order[Family(segment.family)], segment.position))
    return [
        SegmentChoice(
            pk=segment.pk,
            name=segment.name,
            family=segment.family,
            family_name=str(Family(segment.family).label),
            is_telling=_is_telling(segment),
        )
        for segment in ordered
    ]


def sees_branches(user: User) -> bool:
    """Whether somebody sees all customers of some branches, and not of all."""
    sees_all = user.has_perm("customers.view_all_customer")
    return user.has_perm("customers.view_branch_customer") and not sees_all


def figures_legend(user: User) -> FiguresLegend:
    """The day of the last refresh, the names of the RFM groups, and how many a manager saw, in one query."""
    asked = _GROUPS_SEEN_BY(user, frozenset(user.branch_ids)) if sees_branches(user) else _GROUPS
    groups = asked()
    if not groups:
        return FiguresLegend()
    return FiguresLegend(
        as_of=groups[0].as_of,
        groups={segment.pk: segment.name for segment in groups},
        seen=groups[0].seen or 0,
    )


def _groups(seen: Expression | Subquery) -> QuerySet[Segment]:
    as_of = Subquery(RefreshRun.objects.finished().values("as_of")[:1])
    return Segment.objects.of(Family.RFM).only("name_vi", "name_en").annotate(as_of=as_of, seen=seen)


_GROUPS = CompiledQuery(lambda: _groups(Value(0)))
_GROUPS_SEEN_BY = compiled(lambda manager, _branches: _groups(seen_size(manager)))


def _is_telling(segment: Segment) -> bool:
    if segment.key == "unknown" or segment.family == Family.RFM_CELL:
        return False
    return not (segment.key == "none" and segment.family in REPEATED_NONE)


@dataclass
class SegmentNames:
    """A column of an export: the names of the segments of some families, read once per export."""

    families: Sequence[Family]
    names: dict[int, str] = field(default_factory=dict)

    def prepare(self, customers: QuerySet[Customer]) -> QuerySet[Customer]:
        self.names = {
            segment.pk: segment.name
            for segment in Segment.objects.filter(family__in=self.families)
            if len(self.families) == 1 or _is_telling(segment)
        }
        return customers.select_related("behaviour")

    def read(self, customer: Customer) -> str:
        return "; ".join(self.names[pk] for pk in customer.behaviour.segment_ids if pk in self.names)


def register() -> None:
    registry.segment_choices = segment_choices
    registry.segments_among = segments_among
    registry.segment_size = segment_size
    registry.segment_extent = segment_extent
    registry.figures_legend = figures_legend
    registry.recalculate = recalculate
    for name, label, families in (
        ("age_group", _("age group"), [Family.AGE]),
        ("rfm_group", _("RFM group"), [Family.RFM]),
        ("segments", _("segments"), list(Family)),
    ):
        column = SegmentNames(families)
        registry.export_columns.append(ExportColumn(name, label, column.read, column.prepare))
