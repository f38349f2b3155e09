"""How pages write money, numbers, phones and times, in the language of the reader."""

import datetime
from decimal import Decimal
from typing import Literal

from django import template
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from customers.vietnamese.money import (
    MINUS,
    NO_BREAK_SPACE,
    format_count,
    format_decimal,
    format_money,
    format_money_short,
)
from customers.vietnamese.phones import format_phone, mask_phone

register = template.Library()

# Templates give an empty text for what they cannot find.
Number = int | float | Decimal
Maybe = Number | Literal[""] | None


def _decimal(number: Number) -> Decimal:
    # By way of text, so that 0.1 stays 0.1.
    return Decimal(str(number))


@register.filter
def money(amount: Maybe) -> str:
    """1.234.567 ₫; nothing for an unknown amount, which is not zero."""
    return "" if amount is None or amount == "" else format_money(_decimal(amount))


@register.filter
def money_short(amount: Maybe) -> str:
    """186,5 triệu ₫ or 7,52 tỷ ₫."""
    return "" if amount is None or amount == "" else format_money_short(_decimal(amount))


@register.filter
def phone(number: str | None) -> str:
    """A canonical number as people write it: 0912 345 678."""
    return format_phone(number or "")


@register.filter
def masked_phone(number: str | None) -> str:
    """A number that can be recognised but not called: 091****678."""
    return mask_phone(number or "")


@register.filter
def count(number: Maybe) -> str:
    """1.234.567"""
    return "" if number is None or number == "" else format_count(int(number))


@register.filter
def percent(share: Maybe) -> str:
    """A share between 0 and 1 with one decimal: 7,8 %, in English 7.8%."""
    if share is None or share == "":
        return ""
    shown = format_decimal(_decimal(share) * 100, 1)
    return f"{shown}%" if (get_language() or "vi").startswith("en") else f"{shown}{NO_BREAK_SPACE}%"


@register.filter
def signed(number: Maybe) -> str:
    """A change with its sign: +12, −3 (a true minus), 0; decimals as given."""
    if number is None or number == "":
        return ""
    exact = _decimal(number)
    shown = format_decimal(abs(exact), max(-int(exact.as_tuple().exponent), 0))
    if exact == 0:
        return shown
    return f"+{shown}" if exact > 0 else f"{MINUS}{shown}"


@register.filter
def how_long(moment: datetime.datetime | None) -> str:
    """How long it has been: today, then in days, months and years. Nobody is told of minutes."""
    if not moment:
        return ""
    return _("today") if timezone.localdate(moment) == timezone.localdate() else timesince(moment)


@register.filter
def ago_days(moment: datetime.date | datetime.datetime | None) -> str:
    """How many calendar days ago, here in Viet Nam: today, yesterday, 12 days ago."""
    if not moment:
        return ""
    if isinstance(moment, datetime.datetime):
        moment = timezone.localtime(moment).date() if timezone.is_aware(moment) else moment.date()
    return days_apart((timezone.localdate() - moment).days)


def days_apart(days: int) -> str:
    """So many days before today in words, where negative after it."""
    if days == 0:
        return _("today")
    if days == 1:
        return _("yesterday")
    if days == -1:
        return _("tomorrow")
    shown = {"count": format_count(abs(days))}
    if days > 0:
        return ngettext("%(count)s day ago", "%(count)s days ago", days) % shown
    return ngettext("in %(count)s day", "in %(count)s days", -days) % shown
