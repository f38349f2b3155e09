"""Reading the report: stored figures of a user's branches, and live ones of whom they see beside them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Func, IntegerField, Max, Min, Q, QuerySet, Subquery, Sum
from django.http import QueryDict

from accounts.models import User
from customers import counting, listing
from customers.models import Customer
from customers.registry import SegmentExtent, SegmentSize
from segments import bands
from segments.models import Family, RefreshRun, Segment, SegmentFigure

PERMILLE = 1000
TOP = 5
ORDERED = frozenset({Family.INCOME, Family.EDUCATION})
OUTSIDE_KEYS = frozenset({"unknown", "none"})
SUMS = (
    "sum_customers",
    "sum_buyers",
    "sum_orders",
    "sum_revenue",
    "sum_orders_12m",
    "sum_revenue_12m",
)


@dataclass(frozen=True, slots=True)
class Sums:
    """Customers and what they bought, in whole đồng; `_12m` is the twelve months up to the as-of day."""

    customers: int = 0
    buyers: int = 0
    orders: int = 0
    revenue: Decimal = Decimal(0)
    orders_12m: int = 0
    revenue_12m: Decimal = Decimal(0)

    def __add__(self, other: Sums) -> Sums:
        return Sums(
            self.customers + other.customers,
            self.buyers + other.buyers,
            self.orders + other.orders,
            self.revenue + other.revenue,
            self.orders_12m + other.orders_12m,
            self.revenue_12m + other.revenue_12m,
        )

    @property
    def buyer_share(self) -> Decimal:
        return Decimal(self.buyers) / self.customers if self.customers else Decimal(0)

    @property
    def basket_12m(self) -> Decimal | None:
        """Average order value; None where nothing was bought."""
        return self.revenue_12m / self.orders_12m if self.orders_12m else None


@dataclass(frozen=True, slots=True)
class Row:
    """A segment with its figures; shares are fractions of the family's total and add up to 1.

    Heights are percentages of the longest bar: of the largest share of customers, and in a chart that pairs
    customers with revenue of the largest share of either.
    """

    segment: Segment
    sums: Sums
    share: Decimal
    revenue_share: Decimal
    bounds: str
    short: str
    height: float
    pair_height: float
    pair_revenue_height: float

    @property
    def is_outside(self) -> bool:
        """Whether these are the customers of whom the family says nothing: unknown, or nothing bought."""
        return self.segment.key in OUTSIDE_KEYS


@dataclass(frozen=True, slots=True)
class FamilyReport:
    """One way of dividing the customers that a user sees, with the figures of every segment."""

    family: Family
    rows: Sequence[Row]
    total: Sums = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "total", sum((row.sums for row in self.rows), Sums()))

    @property
    def largest(self) -> Row:
        """The largest segment that says something of its customers, where there is one."""
        return max(self.rows, key=lambda row: (row.sums.customers > 0 and not row.is_outside, row.share))

    @property
    def whole(self) -> Decimal:
        """The sum of the shares of customers: 1, or 0 where there are none."""
        return sum((row.share for row in self.rows), Decimal(0))

    @property
    def revenue_whole(self) -> Decimal:
        return sum((row.revenue_share for row in self.rows), Decimal(0))

    @property
    def top(self) -> list[Row]:
        """What a card shows: all segments where they have an order, else the largest."""
        if self.family in ORDERED:
            return list(self.rows)
        return sorted(self.rows, key=lambda row: -row.sums.customers)[:TOP]

    @property
    def left_out(self) -> int:
        """How many segments a card has no room for."""
        return len(self.rows) - len(self.top)

    @property
    def unit(self) -> str:
        return bands.unit(self.family)


def family_reports(user: User, run: RefreshRun, families: Iterable[Family]) -> dict[Family, FamilyReport]:
    """The figures of the run for the customers whom the user sees, by family, in two queries."""
    wanted = list(families)
    segments = list(Segment.objects.filter(family__in=wanted).order_by("position"))
    sums = _sums(user, run, [segment.pk for segment in segments])
    uppers = bands.upper_bounds(segments)
    by_family: dict[Family, list[Segment]] = defaultdict(list)
    for segment in segments:
        by_family[Family(segment.family)].append(segment)
    return {family: FamilyReport(family, _rows(by_family[family], sums, uppers)) for family in wanted}


def segment_size(user: User, segment_id: int) -> SegmentSize | None:
    """How many of the customers whom the user sees are in the segment; None where none were calculated."""
    if not user.has_perm("segments.view_segment"):
        return None
    figures = _current_figures(user).filter(segment=segment_id)
    stored = figures.aggregate(of_all=Sum("customers"), of_active=Sum("active"))
    if stored["of_all"] is None:
        return None
    elsewhere = _customers_elsewhere(user)
    if elsewhere is not None:
        stored["of_all"] += elsewhere.filter(behaviour__segment_ids__contains=[segment_id]).count()
    return SegmentSize(stored["of_all"], stored["of_active"])


def seen_size(user: User) -> Subquery:
    """How many customers there were in the branches of a user at the last calculation."""
    # Everybody is in one segment of each family.
    figures = _current_figures(user).filter(segment__family=Family.GENDER)
    return Subquery(figures.order_by().values("run").annotate(total=Sum("customers")).values("total"))


def _current_figures(user: User) -> QuerySet[SegmentFigure]:
    current = RefreshRun.objects.finished().values("pk")[:1]
    return SegmentFigure.objects.visible_to(user).filter(run=Subquery(current))


def segment_extent(segment_id: int) -> SegmentExtent | None:
    """Between which values all members stand, whoever sees them; None where nobody is in the segment."""
    current = RefreshRun.objects.finished().values("pk")[:1]
    extent = SegmentFigure.objects.filter(run=Subquery(current), segment=segment_id).aggregate(
        earliest=Min("earliest_last_purchase"),
        latest=Max("latest_last_purchase"),
        lowest=Min("lowest_spend"),
        highest=Max("highest_spend"),
    )
    if extent["earliest"] is None:
        return None
    return SegmentExtent(
        last_purchase=(extent["earliest"], extent["latest"]), spend=(extent["lowest"], extent["highest"])
    )


@dataclass(frozen=True, slots=True)
class Everybody:
    """The list of all customers whom a user sees, beside a calculated total: `now` is what the list says."""

    now: counting.Count
    calculated: int

    @property
    def is_changed(self) -> bool:
        """Whether customers came, went or moved since the calculation, as far as the list counts."""
        if self.now.is_more or self.now.is_about:
            return self.calculated <= listing.MOST_COUNTED
        return self.now.number != self.calculated


def everybody(user: User, total: Sums) -> Everybody:
    return Everybody(listing.CustomerList(user, QueryDict("status=all")).count, total.customers)


def shares(parts: Sequence[Decimal | int]) -> list[Decimal]:
    """Fractions in tenths of a percent that add up to exactly 1: the largest remainders are rounded up."""
    total = sum(parts, Decimal(0))
    if not total:
        return [Decimal(0)] * len(parts)
    exact = [Decimal(part) * PERMILLE / total for part in parts]
    rounded = [int(part) for part in exact]
    missing = PERMILLE - sum(rounded)
    by_remainder = sorted(range(len(parts)), key=lambda index: rounded[index] - exact[index])
    for index in by_remainder[:missing]:
        rounded[index] += 1
    return [Decimal(part) / PERMILLE for part in rounded]


def _percent_of(part: Decimal, whole: Decimal) -> float:
    return float(part * 100 / whole) if whole else 0.0


def _rows(segments: list[Segment], sums: dict[int, Sums], uppers: dict[int, Decimal]) -> list[Row]:
    found = [sums[segment.pk] for segment in segments]
    customer_shares = shares([part.customers for part in found])
    revenue_shares = shares([part.revenue_12m for part in found])
    largest = max(customer_shares)
    largest_of_both = max(largest, *revenue_shares)
    return [
        Row(
            segment=segment,
            sums=part,
            share=share,
            revenue_share=revenue_share,
            bounds=bands.words(segment, uppers.get(segment.pk)),
            short=bands.short_words(segment, uppers.get(segment.pk)),
            height=_percent_of(share, largest),
            pair_height=_percent_of(share, largest_of_both),
            pair_revenue_height=_percent_of(revenue_share, largest_of_both),
        )
        for segment, part, share, revenue_share in zip(
            segments, found, customer_shares, revenue_shares, strict=True
        )
    ]


def _sums(user: User, run: RefreshRun, keys: Sequence[int]) -> dict[int, Sums]:
    stored = (
        SegmentFigure.objects.visible_to(user)
        .filter(run=run, segment__in=keys)
        .values("segment_id")
        .annotate(
            sum_customers=Sum("customers"),
            sum_buyers=Sum("buyers"),
            sum_orders=Sum("orders"),
            sum_revenue=Sum("revenue"),
            sum_orders_12m=Sum("orders_12m"),
            sum_revenue_12m=Sum("revenue_12m"),
        )
        .values_list("segment_id", *SUMS)
    )
    elsewhere = _customers_elsewhere(user)
    rows = stored if elsewhere is None else stored.union(_live(elsewhere), all=True)
    total = {key: Sums() for key in keys}
    for key, *parts in rows:
        if key in total:
            total[key] += Sums(*parts)
    return total


def _customers_elsewhere(user: User) -> QuerySet[Customer] | None:
    """Customers whom the user sees although not all of their branch: too few to store figures for."""
    if user.has_perm("customers.view_all_customer"):
        return None
    visible = Customer.objects.visible_to(user)
    if user.has_perm("customers.view_branch_customer"):
        return visible.filter(owner=user).exclude(branch__in=user.branch_ids)
    return visible


def _live(customers: QuerySet[Customer]) -> QuerySet[Customer, Any]:
    return (
        customers.order_by()
        .annotate(
            segment_id=Func(F("behaviour__segment_ids"), function="unnest", output_field=IntegerField())
        )
        .values("segment_id")
        .annotate(
            sum_customers=Count("pk"),
            sum_buyers=Count("pk", filter=Q(behaviour__orders__gt=0)),
            sum_orders=Sum("behaviour__orders"),
            sum_revenue=Sum("behaviour__spend"),
            sum_orders_12m=Sum("behaviour__orders_12m"),
            sum_revenue_12m=Sum("behaviour__spend_12m"),
        )
        .values_list("segment_id", *SUMS)
    )
