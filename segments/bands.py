"""The words for a band: from where to where it reaches, with its unit."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers.vietnamese.money import MILLION, format_count, format_decimal, format_money_short
from segments.models import Family, Segment

MONEY = frozenset({Family.VALUE, Family.BASKET})
# Quantities may be fractions (kilograms), so their bands have no last whole number.
WHOLE = frozenset({Family.AGE, Family.HOUSEHOLD, Family.FREQUENCY})


def upper_bounds(segments: Iterable[Segment]) -> dict[int, Decimal]:
    """Where each band ends, by the key of its segment: where the next one of its family begins."""
    bands = sorted(
        (segment.family, segment.lower_bound, segment.pk)
        for segment in segments
        if segment.lower_bound is not None
    )
    return {
        pk: following
        for (family, _bound, pk), (next_family, following, _next) in itertools.pairwise(bands)
        if family == next_family
    }


def words(segment: Segment, upper: Decimal | None) -> str:
    """`13–19 years`, `under 13 years`, `from 60 years`; nothing for a segment that is not a band."""
    if segment.lower_bound is None:
        return ""
    family = Family(segment.family)
    lower = segment.lower_bound
    if upper is None:
        return _("from %(amount)s") % {"amount": _amount(family, lower)}
    if family in WHOLE and upper - lower == 1:
        return _amount(family, lower)
    if lower == 0:
        return _("under %(amount)s") % {"amount": _amount(family, upper)}
    if family in WHOLE:
        return _with_unit(family, f"{format_count(int(lower))}–{format_count(int(upper) - 1)}", int(upper))
    bounds = {"lower": _lower(family, lower), "upper": _amount(family, upper)}
    return _("%(lower)s to under %(upper)s") % bounds


def short_words(segment: Segment, upper: Decimal | None) -> str:
    """The band under a narrow column: `13–19`, `< 13`, `≥ 60`; money in million đồng."""
    if segment.lower_bound is None:
        return _("None bought") if segment.key == "none" else segment.name
    family = Family(segment.family)
    lower = segment.lower_bound
    if upper is None:
        return f"≥ {_plain(family, lower)}"
    if family in WHOLE:
        last = int(upper) - 1
        return format_count(last) if lower == last else f"{format_count(int(lower))}–{format_count(last)}"
    return f"< {_plain(family, upper)}" if lower == 0 else f"{_plain(family, lower)}–{_plain(family, upper)}"


def unit(family: Family) -> str:
    """The unit of the short words of a banded family."""
    return {
        Family.AGE: _("years old"),
        Family.HOUSEHOLD: _("people in the household"),
        Family.QUANTITY: _("units, 12 months"),
        Family.FREQUENCY: _("purchases, 12 months"),
        Family.VALUE: _("million ₫, 12 months"),
        Family.BASKET: _("million ₫ a purchase"),
    }.get(family, "")


def _lower(family: Family, lower: Decimal) -> str:
    """The unit is said once, with the upper bound, unless the two amounts have different ones."""
    if family not in MONEY:
        return format_count(int(lower))
    return format_money_short(lower) if lower < MILLION else _plain(family, lower)


def _plain(family: Family, number: Decimal) -> str:
    if family not in MONEY:
        return format_count(int(number))
    millions = number / MILLION
    places = max(0, -int(millions.normalize().as_tuple().exponent))
    return format_decimal(millions, places)


def _amount(family: Family, number: Decimal) -> str:
    if family in MONEY:
        return format_money_short(number)
    return _with_unit(family, format_count(int(number)), int(number))


def _with_unit(family: Family, shown: str, number: int) -> str:
    if family == Family.AGE:
        return ngettext("%(number)s year old", "%(number)s years old", number) % {"number": shown}
    if family == Family.HOUSEHOLD:
        return ngettext("%(number)s person", "%(number)s people", number) % {"number": shown}
    if family == Family.QUANTITY:
        return ngettext("%(number)s unit", "%(number)s units", number) % {"number": shown}
    return ngettext("%(number)s purchase", "%(number)s purchases", number) % {"number": shown}
