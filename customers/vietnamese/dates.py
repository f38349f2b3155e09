"""Dates as people know and write them: day first, sometimes only the year, sometimes lunar."""

import calendar
import datetime
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from customers.said import said as _
from customers.vietnamese.names import fold
from customers.vietnamese.typed import InputError, plain

Order = Literal["dmy", "mdy", "ymd"]

# Wide enough for the oldest papers and for plans; the database has the same bounds.
FIRST_YEAR = 1850
LAST_YEAR = 2200
FIRST_BIRTH_YEAR = 1900
A_LEAP_YEAR = 2000
MONTHS = 12
LUNAR_DAYS = 30

_ISO = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
_THREE_NUMBERS = re.compile(r"([0-9]{1,4})(?P<mark>[/.\- ])([0-9]{1,2})(?P=mark)([0-9]{1,4})")
_TWO_NUMBERS = re.compile(r"([0-9]{1,2})[/.\- ]([0-9]{1,4})")
_YEAR = re.compile(r"[0-9]{4}")
_CLOCK = re.compile(r"([0-9]{1,2})[:hg]([0-9]{2})(?::([0-9]{2}))?")
# Spreadsheets add a midnight to dates.
_MIDNIGHT = re.compile(r"[T ]0?0:00(?::00(?:\.0+)?)?$")
_LUNAR = re.compile(r"([0-9]{1,2})[/.\- ]([0-9]{1,2}) ?(nhuan|leap)? ?\(?(?:am lich|al|lunar)?\)?")


class DateError(InputError):
    """Text that is not a date, or a date that does not exist."""


class YearError(DateError):
    """A year that no date here can have."""


def _not_understood() -> DateError:
    return DateError(_("Write the date as day/month/year. Example: 14/05/1992"))


def _check_year(year: int) -> None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise YearError(
            _("The year must be between %(first)d and %(last)d.") % {"first": FIRST_YEAR, "last": LAST_YEAR}
        )


def _check_month(month: int) -> None:
    if not 1 <= month <= MONTHS:
        raise DateError(
            _("There is no month %(month)d. Write the date as day/month/year. Example: 14/05/1992")
            % {"month": month}
        )


def _check_day(day: int, month: int, year: int | None) -> None:
    days = calendar.monthrange(year or A_LEAP_YEAR, month)[1]
    if not 1 <= day <= days:
        raise DateError(
            _("Month %(month)s has no day %(day)d; it ends on day %(last)d.")
            % {"day": day, "month": f"{month}/{year}" if year else str(month), "last": days}
        )


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A birthday as far as it is known: full, a year, day and month, or month and year.

    Raises DateError for a date that cannot exist; 29 February without a year can.
    """

    year: int | None = None
    month: int | None = None
    day: int | None = None

    def __post_init__(self) -> None:
        if (self.day is not None and self.month is None) or (self.year is None and self.day is None):
            raise DateError(
                _("Enter day/month/year, or day/month, or the year alone. Example: 14/05/1992, 14/05, 1992")
            )
        if self.year is not None:
            _check_year(self.year)
        if self.month is not None:
            _check_month(self.month)
        if self.day is not None and self.month is not None:
            _check_day(self.day, self.month, self.year)

    def __str__(self) -> str:
        pieces = (
            None if self.day is None else f"{self.day:02d}",
            None if self.month is None else f"{self.month:02d}",
            None if self.year is None else f"{self.year:04d}",
        )
        return "/".join(piece for piece in pieces if piece is not None)

    @property
    def full(self) -> datetime.date | None:
        """The date, where all of it is known."""
        if self.year is None or self.month is None or self.day is None:
            return None
        return datetime.date(self.year, self.month, self.day)


def birth_date(read: Callable[[], PartialDate], *, today: datetime.date) -> PartialDate:
    """A birthday as it was read, of somebody who can be alive. Raises DateError."""
    try:
        born = read()
    except YearError as error:
        raise DateError(_birth_years(today)) from error
    if born.year is not None and not FIRST_BIRTH_YEAR <= born.year <= today.year:
        raise DateError(_birth_years(today))
    if (born.year or 0, born.month or 0, born.day or 0) > (today.year, today.month, today.day):
        raise DateError(_("A date of birth cannot lie in the future. Check the day and the month."))
    return born


def _birth_years(today: datetime.date) -> str:
    return _("The year of birth must be from %(first)d to %(last)d.") % {
        "first": FIRST_BIRTH_YEAR,
        "last": today.year,
    }


def parse_date(text: str, order: Order = "dmy") -> datetime.date:
    """A full date: 14/05/1992, 14-5-1992, 14.05.1992 or 1992-05-14. Raises DateError.

    `order` says how a file writes its dates; a year in front is understood in any order.
    """
    typed = _MIDNIGHT.sub("", plain(text))
    if not typed:
        raise DateError(_("Enter a date. Example: 14/05/1992"))
    day, month, year = _three_numbers(typed, order)
    _check_year(year)
    _check_month(month)
    _check_day(day, month, year)
    return datetime.date(year, month, day)


def parse_clock(text: str) -> datetime.time:
    """A time of day: 16:30, 16h30 or 16:30:05. Raises DateError."""
    found = _CLOCK.fullmatch(plain(text).lower())
    if not found:
        raise DateError(_("Write the time as hour:minute. Example: 16:30"))
    hour, minute, second = (int(part or 0) for part in found.groups())
    try:
        return datetime.time(hour, minute, second)
    except ValueError as error:
        raise DateError(
            _("There is no time %(time)s: hours go from 0 to 23, minutes from 0 to 59. Example: 16:30")
            % {"time": found[0]}
        ) from error


def _three_numbers(typed: str, order: Order) -> tuple[int, int, int]:
    """Day, month and year as numbers."""
    if iso := _ISO.fullmatch(typed):
        return int(iso[3]), int(iso[2]), int(iso[1])
    found = _THREE_NUMBERS.fullmatch(typed)
    if not found:
        raise _not_understood()
    first, second, third = found[1], found[3], found[4]
    if len(first) == 4:
        year, month, day = first, second, third
    elif order == "mdy":
        month, day, year = first, second, third
    else:
        day, month, year = first, second, third
    if order == "ymd" and len(first) != 4:
        raise DateError(_("Write the year first, with four digits. Example: 1992-05-14"))
    if len(year) != 4 and len(day) <= 2:
        raise DateError(_("Write the year with four digits. Example: 14/05/1992"))
    if len(day) > 2:
        raise _not_understood()
    return int(day), int(month), int(year)


def parse_partial_date(text: str) -> PartialDate:
    """What is known of a birthday: 14/05/1992, 14/05, 05/1992 or 1992. Raises DateError."""
    typed = plain(text)
    if _YEAR.fullmatch(typed):
        return PartialDate(year=int(typed))
    if two := _TWO_NUMBERS.fullmatch(typed):
        if len(two[2]) == 4:
            return PartialDate(year=int(two[2]), month=int(two[1]))
        if len(two[2]) <= 2:
            return PartialDate(month=int(two[2]), day=int(two[1]))
    full = parse_date(typed)
    return PartialDate(year=full.year, month=full.month, day=full.day)


def age_on(birth: PartialDate | datetime.date, as_of: datetime.date) -> int | None:
    """Completed years of age; None where the year is unknown or the birth lies after `as_of`.

    Somebody born on 29 February turns a year older on 1 March of common years, as PostgreSQL's age() counts
    and as a period of years ends in the Civil Code 2015 (article 148). With the year alone the age is the
    difference of the years, which may be one too many before the birthday.
    """
    if birth.year is None:
        return None
    born = (birth.month or 1, birth.day or 1)
    age = as_of.year - birth.year - ((as_of.month, as_of.day) < born)
    return age if age >= 0 else None


@dataclass(frozen=True, slots=True)
class LunarDate:
    """A day of the Vietnamese lunar year: months of 29 or 30 days, and in some years a leap month."""

    day: int
    month: int
    leap: bool = False

    def __post_init__(self) -> None:
        if not (1 <= self.day <= LUNAR_DAYS and 1 <= self.month <= MONTHS):
            raise DateError(_("A lunar date has a day from 1 to 30 and a month from 1 to 12. Example: 15/8"))

    def __str__(self) -> str:
        text = _("%(day)d/%(month)d leap, lunar") if self.leap else _("%(day)d/%(month)d lunar")
        return text % {"day": self.day, "month": self.month}


def parse_lunar_date(text: str) -> LunarDate:
    """A lunar birthday: 15/8, 15/8 nhuận, 15/8 âm lịch. Raises DateError."""
    found = _LUNAR.fullmatch(fold(plain(text)).replace(",", ""))
    if not found:
        raise DateError(_("Write the lunar date as day/month, with “nhuận” for a leap month. Example: 15/8"))
    return LunarDate(day=int(found[1]), month=int(found[2]), leap=bool(found[3]))
