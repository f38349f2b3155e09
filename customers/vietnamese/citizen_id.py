"""The personal identification number of citizens, as printed on the citizen ID card."""

import datetime
import re
from dataclasses import dataclass
from functools import cache

from customers.said import said as _
from customers.vietnamese.facts import read_rows
from customers.vietnamese.typed import InputError, plain

LENGTH = 12
OLD_LENGTH = 9
FIRST_CENTURY = 1900
SHOWN_DIGITS = 3

_PUNCTUATION = re.compile(r"[\s.\-]")


class CitizenIdError(InputError):
    """Text that cannot be a citizen ID number."""


@dataclass(frozen=True, slots=True)
class CitizenId:
    """A number of 12 digits, and in what it differs from what else is known; warnings never block."""

    number: str
    warnings: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.number


def check_citizen_id(text: str, gender: str = "", birth_year: int | None = None) -> CitizenId:
    """The number behind what was typed, compared with gender ("male", "female") and birth year where known.

    Its digits, by Decree 137/2015/NĐ-CP: three for the province where the birth was registered (of the 63
    before July 2025), one for century and sex, two for the year of birth, six at random. Raises
    CitizenIdError.
    """
    number = _PUNCTUATION.sub("", plain(text))
    if not re.fullmatch(r"[0-9]+", number):
        raise CitizenIdError(_("A citizen ID number has digits only. Check for letters."))
    if len(number) == OLD_LENGTH:
        raise CitizenIdError(
            _("This is an old number of 9 digits. Enter the 12 digits of the citizen ID card.")
        )
    if len(number) != LENGTH:
        raise CitizenIdError(
            _(
                "A citizen ID number has 12 digits; this one has %(count)d. "
                "If it begins with 0, enter the 0 too."
            )
            % {"count": len(number)}
        )
    return CitizenId(number, tuple(_warnings(number, gender, birth_year)))


def _warnings(number: str, gender: str, birth_year: int | None) -> list[str]:
    warnings: list[str] = []
    if number[:3] not in _registration_provinces():
        warnings.append(
            _("No province has the code %(code)s at the beginning of this number.") % {"code": number[:3]}
        )
    coded_gender = "female" if int(number[3]) % 2 else "male"
    if gender in {"male", "female"} and gender != coded_gender:
        warnings.append(
            _("This number belongs to a woman; the gender says otherwise.")
            if coded_gender == "female"
            else _("This number belongs to a man; the gender says otherwise.")
        )
    coded_year = birth_year_of(number)
    if birth_year is not None and birth_year != coded_year:
        warnings.append(
            _("This number belongs to somebody born in %(coded)d, not %(known)d.")
            % {"coded": coded_year, "known": birth_year}
        )
    elif coded_year > datetime.datetime.now(tz=datetime.UTC).year:
        warnings.append(_("By this number the birth year would be %(year)d.") % {"year": coded_year})
    return warnings


def birth_year_of(number: str) -> int:
    """The year of birth in a number of 12 digits; the fourth counts centuries from 1900, two values each."""
    return FIRST_CENTURY + int(number[3]) // 2 * 100 + int(number[4:6])


@cache
def _registration_provinces() -> dict[str, str]:
    return {row["cccd_prefix"]: row["old_province"] for row in read_rows("cccd_province_codes.csv")}


def registration_province(number: str) -> str:
    """The province, of the 63 before July 2025, where the birth was registered; empty for an unknown code."""
    return _registration_provinces().get(number[:3], "")


def mask_citizen_id(number: str) -> str:
    """A number that can be compared with a card but not copied: 001******789."""
    if len(number) <= 2 * SHOWN_DIGITS:
        return "*" * len(number)
    return number[:SHOWN_DIGITS] + "*" * (len(number) - 2 * SHOWN_DIGITS) + number[-SHOWN_DIGITS:]
