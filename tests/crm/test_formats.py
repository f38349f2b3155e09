"""Both languages write dates day first and weeks from Monday; numbers differ."""

import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django import forms
from django.utils import formats, translation

MOMENT = datetime.datetime(1990, 2, 3, 14, 5, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))

languages = pytest.mark.parametrize("language", ["vi", "en"])


@languages
def test_the_third_of_february_is_not_the_second_of_march(language):
    with translation.override(language):
        assert forms.DateField().clean("03/02/1990") == datetime.date(1990, 2, 3)
        assert forms.DateField().clean("1990-02-03") == datetime.date(1990, 2, 3)
        with pytest.raises(forms.ValidationError):
            forms.DateField().clean("14/05/92")


@languages
def test_dates_and_times_are_written_day_first(language):
    with translation.override(language):
        assert formats.date_format(datetime.date(1990, 2, 3)) == "03/02/1990"
        assert formats.date_format(datetime.date(1990, 2, 3), "SHORT_DATE_FORMAT") == "03/02/1990"
        assert formats.localize(MOMENT) == "14:05 03/02/1990"
        assert formats.localize_input(datetime.date(1990, 2, 3)) == "03/02/1990"
        assert formats.get_format("FIRST_DAY_OF_WEEK") == 1


@languages
def test_a_shown_time_is_read_back(language):
    with translation.override(language):
        assert forms.DateTimeField().clean(formats.localize(MOMENT)) == MOMENT


@pytest.mark.parametrize(
    ("language", "number", "decimal"), [("vi", "1.234.567", "7,5"), ("en", "1,234,567", "7.5")]
)
def test_numbers(language, number, decimal):
    with translation.override(language):
        assert formats.number_format(1234567, force_grouping=True) == number
        assert formats.localize(7.5) == decimal
        assert forms.DecimalField(localize=True).clean(decimal) == Decimal("7.5")
