"""Income: the band that an amount belongs to."""

from decimal import Decimal

from customers.choices import IncomeBand

MILLION = 1_000_000
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
