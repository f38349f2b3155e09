"""Reading single cells: identifiers, texts and moments, the same way in every kind of import."""

import datetime
import re
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.conf import settings

from customers.said import said as _
from customers.vietnamese.dates import PartialDate, parse_date, parse_partial_date
from customers.vietnamese.names import clean
from customers.vietnamese.typed import InputError, plain

_WHOLE_FLOAT = re.compile(r"([0-9]+)\.0+")
_SHORTENED = re.compile(r"[0-9](?:[.,][0-9]+)?[eE]\+[0-9]+")
_CLOCK = re.compile(r"(.+?)[T ,]+([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.[0-9]+)?)?")
_YEAR = re.compile(r"[0-9]{4}")
HERE = ZoneInfo(settings.TIME_ZONE)
FIRST_YEAR = 1900
LAST_YEAR = 2200


def required(text: str) -> str:
    """A text that must be there. Raises InputError."""
    if not text:
        raise InputError(_("This cell is empty, but every row needs it."))
    return text


def read_text(text: str, *, most: int) -> str:
    """A text of one line, cleaned. Raises InputError where it is longer than the database holds."""
    # Far too long stays too long; no time is spent on it.
    return no_longer_than(most, text if len(text) > 4 * most else clean(text))


def no_longer_than(most: int, text: str) -> str:
    """The text itself. Raises InputError where it is longer."""
    if len(text) > most:
        raise InputError(
            _("The text has %(count)d characters; the most is %(most)d. Shorten it.")
            % {"count": len(text), "most": most}
        )
    return text


def read_identifier(text: str, *, most: int) -> str:
    """A number of another system, as text. Raises InputError.

    What a spreadsheet or a data frame made of it is undone: 17850.0 is 17850, '0017 is 0017; 1.2E+05 is lost.
    """
    cleaned = read_text(text, most=4 * most)
    if not (cleaned.isascii() and cleaned.isalnum()):
        cleaned = plain(cleaned)
        if _SHORTENED.fullmatch(cleaned):
            raise InputError(
                _(
                    "The spreadsheet has shortened this number. "
                    "Format the column as text and enter all digits again."
                )
            )
        if whole := _WHOLE_FLOAT.fullmatch(cleaned):
            cleaned = whole[1]
    return read_text(cleaned, most=most)


@lru_cache(maxsize=20_000)
def read_moment(text: str, date_format: str = "") -> datetime.datetime:
    """A moment: ISO, or day/month/year with or without a time. Raises InputError.

    Without a zone it is a time of Vietnam; a date alone is its midnight. With `date_format` no other
    form is allowed.
    """
    typed = plain(text)
    moment = _formatted(typed, date_format) if date_format else _usual(typed)
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise InputError(
            _("The year must be between %(first)d and %(last)d.") % {"first": FIRST_YEAR, "last": LAST_YEAR}
        )
    return moment


def _formatted(typed: str, date_format: str) -> datetime.datetime:
    try:
        if "%z" in date_format:
            return datetime.datetime.strptime(typed, date_format).astimezone(HERE)
        return datetime.datetime.strptime(typed, date_format).replace(tzinfo=HERE)
    except ValueError as error:
        raise InputError(
            _("“%(text)s” is not a time of the form %(format)s, which the mapping says.")
            % {"text": typed[:40], "format": date_format}
        ) from error


def _usual(typed: str) -> datetime.datetime:
    try:
        moment = datetime.datetime.fromisoformat(typed)
    except ValueError:
        return _day_first(typed)
    return moment if moment.tzinfo else moment.replace(tzinfo=HERE)


def _day_first(typed: str) -> datetime.datetime:
    clock = _CLOCK.fullmatch(typed)
    day = parse_date(clock[1] if clock else typed)
    hour, minute, second = (int(part or 0) for part in clock.groups()[1:]) if clock else (0, 0, 0)
    try:
        return datetime.datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=HERE)
    except ValueError as error:
        raise InputError(_("There is no such time of day. Example: 14/05/2024 17:30")) from error


@lru_cache(maxsize=20_000)
def read_birth_date(text: str, date_format: str = "") -> PartialDate:
    """A birthday as far as it is known; a mapping's date format holds for full dates. Raises InputError."""
    typed = plain(text)
    if date_format and not _YEAR.fullmatch(typed):
        day = _formatted(typed, date_format)
        return PartialDate(day.year, day.month, day.day)
    if re.fullmatch(r"[0-9]{4}\.0", typed):
        typed = typed[:4]
    return parse_partial_date(typed)
