"""Numbers in files, as machines and as people write them, exactly."""

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from customers.said import said as _
from customers.vietnamese.money import LARGEST, format_money, parse_money
from customers.vietnamese.typed import InputError, plain

DecimalMark = Literal["", ".", ","]
WHOLE = Decimal(1)
THOUSANDTH = Decimal("0.001")

# 1234.5, -1,234.50 and 1e-05, as programs write them; with a comma for decimals 1.234,50.
_PLAIN = re.compile(r"[-+]?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]{1,2})?")
_GROUPED = {
    ".": re.compile(r"[-+]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?"),
    ",": re.compile(r"[-+]?[0-9]{1,3}(?:\.[0-9]{3})*(?:,[0-9]+)?|[-+]?[0-9]+(?:,[0-9]+)?"),
}
# Decimals that nobody can take for thousands: one, two or more than three of them, or a zero in front.
_CLEARLY_DECIMAL = re.compile(r"[-+]?(?:[0-9]+\.(?:[0-9]{1,2}|[0-9]{4,})|0\.[0-9]+)")
_BRACKETED = re.compile(r"\((.+)\)")


def parse_number(text: str, mark: DecimalMark = ".") -> Decimal:
    """An exact number, with `mark` before its decimals. Raises InputError."""
    if mark != "," and _PLAIN.fullmatch(text):
        return Decimal(text)
    typed = plain(text)
    if bracketed := _BRACKETED.fullmatch(typed):
        typed = "-" + bracketed[1]
    if mark != "," and _PLAIN.fullmatch(typed):
        return Decimal(typed)
    if mark == "," and _GROUPED[","].fullmatch(typed):
        return Decimal(typed.replace(".", "").replace(",", "."))
    if _GROUPED["."].fullmatch(typed) and mark != ",":
        return Decimal(typed.replace(",", ""))
    raise InputError(
        _("“%(text)s” is not a number. Write it like %(example)s.")
        % {"text": text[:40], "example": "1234,5" if mark == "," else "1234.5"}
    )


def parse_amount(text: str, *, scale: Decimal = WHOLE, mark: DecimalMark = "") -> Decimal:
    """An amount in whole đồng: the number in the file times `scale`, rounded half up. Raises InputError.

    With a scale or a decimal mark the file has plain numbers. Without, the file is in đồng and is read as
    people write it: 1.234.567 and 1tr2; decimals count only where they cannot be thousands.
    """
    if text.isascii() and text.isdecimal():
        amount = Decimal(text) * scale
    elif mark or scale != WHOLE:
        amount = parse_number(text, mark or ".") * scale
    elif _CLEARLY_DECIMAL.fullmatch(text):
        amount = Decimal(text)
    else:
        amount = Decimal(parse_money(text, allow_negative=True))
    rounded = amount.quantize(WHOLE, rounding=ROUND_HALF_UP) if abs(amount) <= LARGEST else amount
    if abs(rounded) > LARGEST:
        raise InputError(
            _("The amount is too large. The largest is %(largest)s.") % {"largest": format_money(LARGEST)}
        )
    return rounded


def parse_count(text: str, *, most: int) -> int:
    """A whole number from 0 to `most`. Raises InputError."""
    number = parse_number(text)
    if number != number.to_integral_value() or not 0 <= number <= most:
        raise InputError(
            _("“%(text)s” is not a whole number from 0 to %(most)d.") % {"text": text[:40], "most": most}
        )
    return int(number)
