"""Amounts in whole đồng, read as people type them and written as people read them."""

import re
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import get_language

from customers.said import said as _
from customers.vietnamese.names import fold
from customers.vietnamese.typed import InputError, plain

NO_BREAK_SPACE = "\u00a0"
MINUS = "\u2212"
THOUSAND = 10**3
MILLION = 10**6
BILLION = 10**9
LARGEST = 10**14 - 1  # DecimalField(max_digits=14, decimal_places=0)

_UNITS = {
    **dict.fromkeys(("k", "n", "ng", "ngan", "nghin", "thousand"), THOUSAND),
    **dict.fromkeys(("tr", "trieu", "m", "cu", "million"), MILLION),
    **dict.fromkeys(("ty", "ti", "bn", "billion"), BILLION),
}
# English writes the separators the other way round.
_SEPARATORS = str.maketrans(",.", ".,")
_CURRENCY = re.compile(r"(?:₫|dong|vnd|d)\s*$|^(?:₫|vnd)\s*")
_SHORTENED = re.compile(r"\d([.,]\d+)?e\+?\d+")
_NUMBER = r"[0-9]+(?:[.,][0-9]+)*"
_GROUPED_BY_BLANKS = re.compile(r"[0-9]{1,3}(?: [0-9]{3})+")
_WITHOUT_UNIT = re.compile(_NUMBER)
_WITH_UNIT = re.compile(rf"({_NUMBER}) ?([a-z]+) ?(.*)")
_ROUNDED_REST = re.compile(r"[0-9]{1,3}")
_GROUPED = re.compile(r"[0-9]{1,3}(?:\.[0-9]{3})+|[0-9]{1,3}(?:,[0-9]{3})+")
# One separator of thousands and the other before decimals that are all zero: 1.234,00 or 1,234.00 or 1234.0
_ZERO_DECIMALS = re.compile(r"([0-9.]+),0{1,2}|([0-9,]+)\.0{1,2}")
_WITH_DECIMALS = re.compile(r"[0-9.]+,[0-9]+|[0-9,]+\.[0-9]+")


class MoneyError(InputError):
    """Text that is not one clear amount of đồng."""


def parse_money(text: str, *, allow_negative: bool = False) -> int:
    """The amount in đồng: 1tr2 is 1,200,000; so are 1,2 triệu, 1200k and 1.200.000 ₫.

    A number with a unit may have decimals, and what follows the unit is its next digits (1tr25) or a smaller
    unit (2 tỷ 350 triệu, 1tr rưỡi). What can be read in two ways is refused. Raises MoneyError.
    """
    words = fold(plain(text)).replace(MINUS, "-")
    negative = words.startswith("-")
    words = _CURRENCY.sub("", words.removeprefix("-").strip()).strip()
    if not words:
        raise MoneyError(_("Enter an amount. Example: 1.200.000 or 1tr2"))
    if _SHORTENED.fullmatch(words):
        raise MoneyError(_("The spreadsheet has shortened this amount. Enter all its digits."))
    if negative and not allow_negative:
        raise MoneyError(_("The amount cannot be negative. Enter it without the minus sign."))
    amount = _amount(words)
    if amount != amount.to_integral_value():
        raise _not_whole()
    if amount > LARGEST:
        raise MoneyError(
            _("The amount is too large. The largest is %(largest)s.") % {"largest": format_money(LARGEST)}
        )
    return -int(amount) if negative else int(amount)


def _amount(words: str) -> Decimal:
    if _GROUPED_BY_BLANKS.fullmatch(words):
        return Decimal(words.replace(" ", ""))
    if _WITHOUT_UNIT.fullmatch(words):
        return _whole_number(words)
    return _with_units(words, limit=BILLION * THOUSAND)


def _not_understood() -> MoneyError:
    return MoneyError(_("This amount cannot be understood. Write it as 1.200.000 or 1tr2 or 500k."))


def _not_whole() -> MoneyError:
    return MoneyError(_("Amounts are in whole đồng, without decimals. Example: 1.200.000"))


def _whole_number(number: str) -> Decimal:
    """Digits without a unit: separators are thousands, and decimals can only be zeros."""
    if number.isdecimal():
        return Decimal(number)
    if _GROUPED.fullmatch(number):
        return Decimal(re.sub("[.,]", "", number))
    if re.fullmatch(r"[0-9]{1,3}[.,][0-9]{1,2}", number):
        raise MoneyError(
            _("Is “%(amount)s” in thousands or millions? Write %(amount)sk or %(amount)str, or all digits.")
            % {"amount": number}
        )
    if zeros := _ZERO_DECIMALS.fullmatch(number):
        return _whole_number(zeros[1] or zeros[2])
    raise _not_whole() if _WITH_DECIMALS.fullmatch(number) else _not_understood()


def _with_units(words: str, *, limit: int) -> Decimal:
    """A number with its unit, then a rest that is worth less than that unit."""
    found = _WITH_UNIT.fullmatch(words)
    unit = _UNITS.get(found[2], 0) if found else 0
    if not found or not 0 < unit < limit:
        raise _not_understood()
    number, rest = found[1], found[3]
    if not rest:
        return _scaled_number(number) * unit
    if not number.isdecimal():
        raise _not_understood()
    whole = Decimal(number) * unit
    if rest == "ruoi":
        return whole + unit / Decimal(2)
    if _ROUNDED_REST.fullmatch(rest):
        return whole + Decimal(f"0.{rest}") * unit
    below = _amount_below(rest, unit)
    if below >= unit:
        raise _not_understood()
    return whole + below


def _amount_below(rest: str, unit: int) -> Decimal:
    """The rest of an amount after a unit: 350 triệu after 2 tỷ, or 200.000 after 1 triệu."""
    if _GROUPED.fullmatch(rest) or _GROUPED_BY_BLANKS.fullmatch(rest):
        return Decimal(re.sub("[., ]", "", rest))
    return _with_units(rest, limit=unit)


def _scaled_number(number: str) -> Decimal:
    """The number before a unit, where one separator may stand before decimals: 1,5 or 1.5."""
    parts = re.split("[.,]", number)
    if len(parts) == 1:
        return Decimal(number)
    if len(parts) > 2:
        return _whole_number(number)
    whole, decimals = parts
    if len(decimals) == 3 and len(whole) <= 3 and whole.strip("0"):
        raise MoneyError(
            _("“%(amount)s” can be read in two ways. Leave out the separator, or write all digits.")
            % {"amount": number}
        )
    return Decimal(f"{whole}.{decimals}")


def _is_english(language: str | None) -> bool:
    return (language or get_language() or "vi").startswith("en")


def format_count(number: int, language: str | None = None) -> str:
    """A whole number with its thousands set apart: 1.234.567, in English 1,234,567."""
    grouped = f"{abs(number):,}"
    if not _is_english(language):
        grouped = grouped.replace(",", ".")
    return f"{MINUS}{grouped}" if number < 0 else grouped


def format_decimal(number: Decimal, places: int, language: str | None = None) -> str:
    """A number rounded half up, grouped, with exactly so many decimals."""
    rounded = number.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    digits = f"{abs(rounded):,f}"
    if not _is_english(language):
        digits = digits.translate(_SEPARATORS)
    return f"{MINUS}{digits}" if rounded < 0 else digits


def format_money(amount: int | Decimal, language: str | None = None) -> str:
    """1.234.567 ₫, in English 1,234,567 ₫; what `parse_money` reads back."""
    whole = int(amount)
    # Nearly all amounts are whole, and those are written in a third of the time.
    shown = format_count(whole, language) if whole == amount else format_decimal(Decimal(amount), 0, language)
    return f"{shown}{NO_BREAK_SPACE}₫"


def format_money_short(amount: int | Decimal, language: str | None = None) -> str:
    """For figures at a glance: 186,5 triệu ₫ and 7,52 tỷ ₫; below a million in full."""
    size = abs(Decimal(amount))
    if size < MILLION:
        return format_money(amount, language)
    # What rounds up to a thousand million is a billion.
    if size < BILLION - MILLION // 20:
        unit, places, name = MILLION, 1, "million" if _is_english(language) else "triệu"
    else:
        unit, places, name = BILLION, 2, "billion" if _is_english(language) else "tỷ"
    number = format_decimal(Decimal(amount) / unit, places, language)
    # The last group of digits is decimals here, so trailing zeros and then the separator can go.
    return NO_BREAK_SPACE.join((number.rstrip("0").rstrip(".,"), name, "₫"))
