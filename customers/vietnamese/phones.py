"""Phone numbers of customers: one canonical form for storing, searching, comparing and calling."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Literal

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from customers.said import said as _
from customers.said import said_of_many as ngettext
from customers.vietnamese.facts import read_rows
from customers.vietnamese.typed import InputError, plain

Kind = Literal["mobile", "landline", "foreign"]

EXAMPLE = "0912 345 678"
NO_BREAK_SPACE = "\u00a0"
VIETNAM = 84
LANDLINE_DIGITS = 10  # without the leading zero; area codes begin with 2
OTHER_DIGITS = 9
# Lines began with these behind the old area codes; anything else there is a mistyped mobile number.
LINE_STARTS = ("2", "3", "4", "5", "6", "7")
SHORTEST_SEARCH = 4
SHORTEST_NUMBER = 7

_SHORTENED = re.compile(r"\d([.,]\d+)?e\+?\d+", re.IGNORECASE)
_WHOLE_FLOAT = re.compile(r"(\d{7,})\.0+")
_EXTENSION = re.compile(
    r"[\s,;(]*(?:máy lẻ|số lẻ|nhánh|ext\.?|extension|x|#)[\s.:]*(\d{1,6})\)?$", re.IGNORECASE
)
_SEVERAL = re.compile(r"[/;,|]| - |\b(?:hoặc|và|or|and)\b", re.IGNORECASE)
_PUNCTUATION = re.compile(r"[\s().\-–—/]")
_MOBILE = re.compile(rf"\+{VIETNAM}[1-9][0-9]{{{OTHER_DIGITS - 1}}}")
# Most numbers by far; lists have many thousands.
_USUAL = re.compile(r"0([0-9]{3})[ .]?([0-9]{3})[ .]?([0-9]{3})")
_SERVICE = re.compile(r"0?(?:1800|1900)\d{4,6}")


class PhoneError(InputError):
    """Text that is not the number of a person."""


@dataclass(frozen=True, slots=True)
class Phone:
    """A number in canonical form, with the extension behind a switchboard where one was typed."""

    number: str
    kind: Kind
    extension: str = ""

    def __str__(self) -> str:
        return self.number


@dataclass(frozen=True, slots=True)
class PhoneSearch:
    """What typed digits may match: the beginnings of canonical numbers, and the last digits of any."""

    prefixes: tuple[str, ...]
    suffix: str


def parse_phone(text: str) -> Phone:
    """The number of a person, however it was typed.

    Understands +84, 0084, 84 and a lost leading zero, the 11-digit mobile numbers before September 2018 and
    the area codes before June 2017. Where an old landline reads as a mobile number of today (08… in Hồ Chí
    Minh City, 039… in Hà Tĩnh), it is the mobile number. Raises PhoneError.
    """
    if (usual := _USUAL.fullmatch(text)) and _mobile_pattern().fullmatch(national := "".join(usual.groups())):
        return Phone(f"+{VIETNAM}{national}", "mobile")
    typed, extension = _split_extension(plain(text))
    digits = _digits(typed)
    if digits.startswith("+"):
        phone = _foreign(digits)
    elif _SERVICE.fullmatch(digits):
        raise PhoneError(_("1800 and 1900 numbers are hotlines. Enter the customer's own number."))
    else:
        phone = _vietnamese(digits)
    return Phone(phone.number, phone.kind, extension)


def _split_extension(text: str) -> tuple[str, str]:
    found = _EXTENSION.search(text)
    return (text[: found.start()], found[1]) if found else (text, "")


def _digits(text: str) -> str:
    """The digits of one number: Vietnamese without its leading zero, foreign with a plus sign."""
    if not text:
        raise PhoneError(_("Enter a phone number. Example: %(example)s") % {"example": EXAMPLE})
    if _SHORTENED.fullmatch(text):
        raise PhoneError(
            _(
                "The spreadsheet has shortened this number. "
                "Format the column as text and enter all digits again."
            )
        )
    if whole := _WHOLE_FLOAT.fullmatch(text):
        text = whole[1]
    if sum(_is_long(piece) for piece in _SEVERAL.split(text)) > 1:
        raise PhoneError(_("There are several numbers here. Enter each number on its own."))
    compact = _PUNCTUATION.sub("", text)
    if not re.fullmatch(r"\+?[0-9]+", compact):
        raise PhoneError(
            _("Write the phone number with digits only, without letters. Example: %(example)s")
            % {"example": EXAMPLE}
        )
    return _without_trunk_zero(compact)


def _is_long(piece: str) -> bool:
    return sum(char.isdigit() for char in piece) >= SHORTEST_NUMBER


def _without_trunk_zero(compact: str) -> str:
    if compact.startswith("00"):
        compact = "+" + compact[2:]
    if compact.startswith(f"+{VIETNAM}"):
        return compact.removeprefix(f"+{VIETNAM}").removeprefix("0")
    # 84 before a whole number is the country code; before seven digits it begins a mobile number.
    if re.fullmatch(r"840?[1-9][0-9]{8,9}", compact):
        return compact[2:].removeprefix("0")
    return compact.removeprefix("0")


def _foreign(digits: str) -> Phone:
    try:
        parsed = phonenumbers.parse(digits, None)
    except phonenumbers.NumberParseException:
        parsed = None
    if parsed is None or not phonenumbers.is_valid_number(parsed):
        raise PhoneError(
            _("This foreign number is not complete. Write + and the country code, then the number.")
        )
    return Phone(phonenumbers.format_number(parsed, PhoneNumberFormat.E164), "foreign")


def _vietnamese(digits: str) -> Phone:
    for national in (digits, _since_2018(digits), *_since_2017(digits)):
        if kind := _kind(national):
            return Phone(f"+{VIETNAM}{national}", kind)
    expected = LANDLINE_DIGITS if digits.startswith("2") else OTHER_DIGITS
    raise PhoneError(_what_is_wrong(digits, len(digits) - expected))


def _what_is_wrong(digits: str, excess: int) -> str:
    if excess < 0:
        message = ngettext(
            "%(count)d digit is missing. Example: %(example)s",
            "%(count)d digits are missing. Example: %(example)s",
            -excess,
        )
    elif excess > 0:
        message = ngettext(
            "%(count)d digit too many. Example: %(example)s",
            "%(count)d digits too many. Example: %(example)s",
            excess,
        )
    else:
        message = _("No phone number in Vietnam begins with 0%(start)s. Check the first digits.")
    return message % {"count": abs(excess), "example": EXAMPLE, "start": digits[:2]}


_KINDS: dict[int, Kind] = {PhoneNumberType.MOBILE: "mobile", PhoneNumberType.FIXED_LINE: "landline"}


def _kind(national: str) -> Kind | None:
    """Mobile or landline in the numbering plan of today."""
    if not national or len(national) > LANDLINE_DIGITS:
        return None
    number = phonenumbers.PhoneNumber(country_code=VIETNAM, national_number=int(national))
    if national.startswith("0"):
        return None
    return _KINDS.get(phonenumbers.number_type(number))


@cache
def _mobile_pattern() -> re.Pattern[str]:
    """Mobile numbers of today, without their zero: no other kind of number has this form."""
    plan = phonenumbers.PhoneMetadata.metadata_for_region("VN")
    return re.compile(str(plan and plan.mobile and plan.mobile.national_number_pattern))


@cache
def _mobile_prefixes_2018() -> dict[str, str]:
    return {row["old_prefix_11"][1:]: row["new_prefix_10"][1:] for row in read_rows("phone_prefix_2018.csv")}


@cache
def _area_codes_2017() -> dict[str, str]:
    return {row["old_code"][1:]: row["new_code"][1:] for row in read_rows("area_codes_2017.csv")}


def _since_2018(digits: str) -> str:
    """An 11-digit mobile number (with its zero) as it is since September 2018: 0168… is 038…"""
    new_prefix = _mobile_prefixes_2018().get(digits[:3])
    return new_prefix + digits[3:] if new_prefix and len(digits) == LANDLINE_DIGITS else ""


def is_old_number(text: str) -> bool:
    """Whether a mobile number was typed with the 11 digits it had before September 2018."""
    digits = (
        re.sub(r"[^0-9]", "", plain(text)).removeprefix("00").removeprefix(str(VIETNAM)).removeprefix("0")
    )
    return bool(_since_2018(digits))


def _since_2017(digits: str) -> list[str]:
    """A landline number with the area codes that 2017 brought; the longer old code first: 0320 before 032.

    Nothing where it may as well be a number of today without its last digit: 0203… is Quảng Ninh now.
    """
    if _kind(f"{digits}0") == "landline":
        return []
    codes = _area_codes_2017()
    splits = ((digits[:size], digits[size:]) for size in (3, 2, 1))
    return [codes[area] + line for area, line in splits if area in codes and line.startswith(LINE_STARTS)]


def format_phone(number: str) -> str:
    """A canonical number as people write it, without line breaks inside: 0912 345 678, +1 415-555-2671."""
    if _MOBILE.fullmatch(number):
        # Most numbers by far; a list shows fifty at a time.
        return NO_BREAK_SPACE.join((f"0{number[3:6]}", number[6:9], number[9:]))
    if not number:
        return ""
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return number
    if parsed.country_code != VIETNAM:
        shown = phonenumbers.format_number(parsed, PhoneNumberFormat.INTERNATIONAL)
    else:
        shown = phonenumbers.format_number(parsed, PhoneNumberFormat.NATIONAL)
    return shown.replace(" ", NO_BREAK_SPACE)


def mask_phone(number: str) -> str:
    """A canonical number that can be recognised but not called: 091****678."""
    shown = f"0{number[3:]}" if number.startswith(f"+{VIETNAM}") else number
    return shown[:3] + "*" * max(len(shown) - 6, 0) + shown[max(len(shown) - 3, 3) :]


def phone_search_candidates(text: str) -> PhoneSearch | None:
    """What to look for when somebody types all or part of a number; None for fewer than four digits."""
    typed = _PUNCTUATION.sub("", plain(text))
    digits = typed.removeprefix("+")
    if not re.fullmatch(r"[0-9]{4,15}", digits):
        return None
    try:
        whole = parse_phone(typed).number
    except PhoneError:
        whole = ""
    # "84" and seven digits is a mobile number, or the country code and part of one.
    if whole and (len(digits) != OTHER_DIGITS or not digits.startswith(str(VIETNAM))):
        return PhoneSearch((whole,), "")
    if typed.startswith(("+", "00")):
        international = "+" + digits.removeprefix("00")
        return PhoneSearch((international.replace(f"+{VIETNAM}0", f"+{VIETNAM}", 1),), "")
    return PhoneSearch(_national_prefixes(digits), digits)


def _national_prefixes(digits: str) -> tuple[str, ...]:
    national = digits.removeprefix("0")
    starts = [national]
    if old := _mobile_prefixes_2018().get(national[:3]):
        starts.append(old + national[3:])
    if digits.startswith(str(VIETNAM)) and len(digits) > SHORTEST_SEARCH:
        starts.append(digits[2:].removeprefix("0"))
    return tuple(dict.fromkeys(f"+{VIETNAM}{start}" for start in starts))
