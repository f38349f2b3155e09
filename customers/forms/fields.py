"""Form fields that read what people type as `customers.vietnamese` does, and show it as people write it."""

from __future__ import annotations

import datetime
import re
from decimal import Decimal
from functools import partial
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from customers.income import refusal_of_income
from customers.vietnamese.dates import (
    LunarDate,
    PartialDate,
    birth_date,
    parse_date,
    parse_lunar_date,
    parse_partial_date,
)
from customers.vietnamese.money import format_count, parse_money
from customers.vietnamese.names import clean
from customers.vietnamese.phones import format_phone, parse_phone
from customers.vietnamese.typed import InputError, plain

EARLIEST_CHILD = 1900
MOST_CHILDREN = 20


class NameField(forms.CharField):
    """Text of one line without invisible characters or double blanks, Đ repaired."""

    def to_python(self, value: Any) -> str:
        return clean(super().to_python(value) or "")


class ReadField(forms.CharField):
    """Text with a meaning; `read` gives it or says what to do. Nothing typed gives None."""

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        try:
            return self.read(text)
        except InputError as error:
            raise ValidationError(error.message, code="not_understood") from error

    def read(self, text: str) -> Any:
        raise NotImplementedError

    def prepare_value(self, value: Any) -> Any:
        return value if isinstance(value, str) or value is None else self.written(value)

    def written(self, value: Any) -> str:
        return str(value)


class PhoneField(ReadField):
    def read(self, text: str) -> str:
        phone = parse_phone(text)
        if phone.extension:
            raise InputError(
                _("Leave out the extension %(extension)s here and write it into the notes.")
                % {"extension": phone.extension}
            )
        return phone.number

    def prepare_value(self, value: Any) -> Any:
        """Canonical numbers as people write them; what somebody typed as they typed it."""
        return format_phone(value) if isinstance(value, str) and re.fullmatch(r"\+[0-9]+", value) else value


class IncomeField(ReadField):
    """An amount a month that somebody may earn."""

    def read(self, text: str) -> Decimal:
        amount = parse_money(text)
        if refusal := refusal_of_income(amount):
            raise InputError(refusal)
        return Decimal(amount)

    def written(self, value: Decimal) -> str:
        return format_count(int(value))


class BirthDateField(ReadField):
    def read(self, text: str) -> PartialDate:
        return birth_date(partial(parse_partial_date, text), today=timezone.localdate())


class LunarDateField(ReadField):
    def read(self, text: str) -> LunarDate:
        return parse_lunar_date(text)

    def written(self, value: LunarDate) -> str:
        text = f"{value.day}/{value.month}"
        return _("%(date)s leap") % {"date": text} if value.leap else text


class PastDateField(ReadField):
    def read(self, text: str) -> datetime.date:
        date = parse_date(text)
        if date > timezone.localdate():
            raise InputError(_("This date lies in the future. Enter today or an earlier day."))
        return date

    def written(self, value: datetime.date) -> str:
        return f"{value:%d/%m/%Y}"


class YearsField(ReadField):
    """Years of birth, oldest first: "2018, 2022". An empty list where there are none."""

    def clean(self, value: Any) -> list[int]:
        return super().clean(value) or []

    def read(self, text: str) -> list[int]:
        years = re.split(r"[\s,;]+", plain(text).strip(" ,;"))
        if not all(re.fullmatch(r"[0-9]{4}", year) for year in years):
            raise InputError(_("Write years with four digits and commas between them. Example: 2018, 2022"))
        numbers = sorted(map(int, years))
        this_year = timezone.localdate().year
        if numbers[0] < EARLIEST_CHILD or numbers[-1] > this_year:
            raise InputError(
                _("The years must be between %(first)d and %(last)d.")
                % {"first": EARLIEST_CHILD, "last": this_year}
            )
        if len(numbers) > MOST_CHILDREN:
            raise InputError(_("Enter at most %(count)d years.") % {"count": MOST_CHILDREN})
        return numbers

    def written(self, value: list[int]) -> str:
        return ", ".join(map(str, value))
