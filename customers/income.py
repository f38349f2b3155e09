"""Income: the amounts a month that are believed, and the band that each belongs to."""

from decimal import Decimal

from customers.choices import IncomeBand
from customers.said import said as _
from customers.vietnamese.money import MILLION, THOUSAND, format_money

SMALLEST = 100 * THOUSAND
LARGEST = 10 * THOUSAND * MILLION
# The lower bound, in million đồng a month, belongs to the band.
_FROM = (
    (50, IncomeBand.FROM_50),
    (30, IncomeBand.FROM_30),
    (20, IncomeBand.FROM_20),
    (15, IncomeBand.FROM_15),
    (10, IncomeBand.FROM_10),
    (5, IncomeBand.FROM_5),
    (0, IncomeBand.UNDER_5),
)


def band_of(monthly_income: Decimal | int | None) -> IncomeBand:
    """The band of an income in đồng a month; unknown stays unknown."""
    if monthly_income is None:
        return IncomeBand.UNKNOWN
    return next((band for bound, band in _FROM if monthly_income >= bound * MILLION), IncomeBand.UNKNOWN)


def refusal_of_income(amount: Decimal | int, *, is_scaled: bool = False) -> str:
    """Why nobody earns this much a month; empty where somebody may.

    An amount that nobody lives on is a slip: a number of millions, or a zero too many. `is_scaled` says that
    it was counted in a unit of its own.
    """
    if amount < 0:
        return _("The income cannot be negative.")
    if amount > LARGEST:
        return _("This is more than %(largest)s a month. Check the number of zeros.") % {
            "largest": format_money(LARGEST)
        }
    if 0 < amount < SMALLEST:
        return _too_little_in_unit() if is_scaled else _asked_millions(amount)
    return ""


def _too_little_in_unit() -> str:
    return _("This is less than %(smallest)s a month. Check the unit of the column.") % {
        "smallest": format_money(SMALLEST)
    }


def _asked_millions(amount: Decimal | int) -> str:
    """What to ask about a monthly income this small: 15 and 15.000 may both be 15 million."""
    millions, rest = (amount, 0) if amount < THOUSAND else divmod(amount, THOUSAND)
    if rest:
        return _("This is very little for a month. Write all digits, or 15tr for 15 million.")
    return _("Did you mean %(count)d million? Then write %(count)dtr.") % {"count": millions}
