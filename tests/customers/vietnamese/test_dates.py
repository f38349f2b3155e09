import datetime

import pytest
from django.db import connection
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.vietnamese.dates import (
    DateError,
    LunarDate,
    PartialDate,
    age_on,
    parse_date,
    parse_lunar_date,
    parse_partial_date,
)
from tests.customers.vietnamese.strategies import read_or_refused

days = st.dates(datetime.date(1850, 1, 1), datetime.date(2200, 12, 31))


@pytest.mark.parametrize(
    ("typed", "order", "date"),
    [
        ("03/02/1990", "dmy", (1990, 2, 3)),
        ("3-2-1990", "dmy", (1990, 2, 3)),
        ("3.2.1990", "dmy", (1990, 2, 3)),
        ("3 2 1990", "dmy", (1990, 2, 3)),
        ("03/02/1990", "mdy", (1990, 3, 2)),
        ("1990/02/03", "ymd", (1990, 2, 3)),
        ("1990-02-03", "dmy", (1990, 2, 3)),
        ("1990-02-03", "mdy", (1990, 2, 3)),
        ("1990-02-03 00:00:00", "dmy", (1990, 2, 3)),
        ("1990-02-03T00:00:00.000", "dmy", (1990, 2, 3)),
        ("'29/02/2024", "dmy", (2024, 2, 29)),
        ("０３/０２/１９９０", "dmy", (1990, 2, 3)),
    ],
)
def test_dates_as_people_and_files_write_them(typed, order, date):
    assert parse_date(typed, order) == datetime.date(*date)


@pytest.mark.parametrize(
    ("typed", "order", "message"),
    [
        ("", "dmy", "Nhập ngày. Ví dụ: 14/05/1992"),
        ("14/05/92", "dmy", "Viết năm đủ bốn chữ số. Ví dụ: 14/05/1992"),
        ("05/14/92", "mdy", "Viết năm đủ bốn chữ số. Ví dụ: 14/05/1992"),
        ("92-05-14", "ymd", "Viết năm trước, đủ bốn chữ số. Ví dụ: 1992-05-14"),
        ("05/14/1992", "dmy", "Không có tháng 14. Viết theo thứ tự ngày/tháng/năm. Ví dụ: 14/05/1992"),
        ("29/02/2023", "dmy", "Tháng 2/2023 không có ngày 29; tháng này hết vào ngày 28."),
        ("31/04/1990", "dmy", "Tháng 4/1990 không có ngày 31; tháng này hết vào ngày 30."),
        ("00/04/1990", "dmy", "Tháng 4/1990 không có ngày 0; tháng này hết vào ngày 30."),
        ("14/05/1492", "dmy", "Năm phải từ 1850 đến 2200."),
        ("14051992", "dmy", "Viết theo thứ tự ngày/tháng/năm. Ví dụ: 14/05/1992"),
        ("14/05-1992", "dmy", "Viết theo thứ tự ngày/tháng/năm. Ví dụ: 14/05/1992"),
        ("1992/05/1992", "dmy", "Viết theo thứ tự ngày/tháng/năm. Ví dụ: 14/05/1992"),
        ("hôm qua", "dmy", "Viết theo thứ tự ngày/tháng/năm. Ví dụ: 14/05/1992"),
    ],
)
def test_refused_dates_say_what_to_do(typed, order, message):
    with translation.override("vi"), pytest.raises(DateError) as refusal:
        parse_date(typed, order)
    assert refusal.value.message == message


@given(days, st.sampled_from(["/", "-", ".", " "]))
def test_every_date_is_read_back(day, mark):
    assert parse_date(day.strftime(f"%d{mark}%m{mark}%Y")) == day
    assert parse_date(f"{day.day}{mark}{day.month}{mark}{day.year}") == day
    assert parse_date(day.strftime(f"%m{mark}%d{mark}%Y"), "mdy") == day
    assert parse_date(day.isoformat()) == day


@given(
    st.text(max_size=20) | st.text("0123456789/-. T:", max_size=20), st.sampled_from(["dmy", "mdy", "ymd"])
)
def test_any_text_is_a_date_or_refused_with_a_message(text, order):
    for read in (
        lambda: parse_date(text, order),
        lambda: parse_partial_date(text),
        lambda: parse_lunar_date(text),
    ):
        value, refusal = read_or_refused(read)
        assert (value is None) == bool(refusal)


@pytest.mark.parametrize(
    ("typed", "parts", "shown"),
    [
        ("1990", (1990, None, None), "1990"),
        ("14/5", (None, 5, 14), "14/05"),
        ("29/02", (None, 2, 29), "29/02"),
        ("5/1992", (1992, 5, None), "05/1992"),
        ("14-05-1992", (1992, 5, 14), "14/05/1992"),
    ],
)
def test_birthdays_as_far_as_they_are_known(typed, parts, shown):
    partial = parse_partial_date(typed)
    assert partial == PartialDate(*parts)
    assert str(partial) == shown
    assert parse_partial_date(shown) == partial
    assert (partial.full is not None) == (None not in parts)


@given(days)
def test_a_full_birthday_keeps_its_date(day):
    partial = PartialDate(day.year, day.month, day.day)
    assert partial.full == day
    assert parse_partial_date(str(partial)) == partial


@pytest.mark.parametrize(
    "parts",
    [
        (None, None, None),
        (None, 5, None),
        (1990, None, 5),
        (1849, None, None),
        (1990, 13, 1),
        (2023, 2, 29),
        (None, 2, 30),
        (None, 4, 31),
    ],
)
def test_birthdays_that_cannot_be(parts):
    with pytest.raises(DateError):
        PartialDate(*parts)


@pytest.mark.parametrize("typed", ["90", "14/05/92", "30/02", "14/123", "5/1492"])
def test_unclear_birthdays_are_refused(typed):
    with pytest.raises(DateError):
        parse_partial_date(typed)


@pytest.mark.parametrize(
    ("birth", "as_of", "age"),
    [
        (PartialDate(1990, 5, 14), (2026, 5, 13), 35),
        (PartialDate(1990, 5, 14), (2026, 5, 14), 36),
        (datetime.date(1990, 5, 14), (2026, 5, 14), 36),
        # Born on 29 February: a year older on 1 March, and on the day itself in leap years.
        (PartialDate(2000, 2, 29), (2026, 2, 28), 25),
        (PartialDate(2000, 2, 29), (2026, 3, 1), 26),
        (PartialDate(2000, 2, 29), (2028, 2, 29), 28),
        (PartialDate(1990), (2026, 1, 1), 36),
        (PartialDate(1990, 5), (2026, 4, 30), 35),
        (PartialDate(1990, 5), (2026, 5, 1), 36),
        (PartialDate(None, 5, 14), (2026, 5, 14), None),
        (PartialDate(2026, 5, 14), (2026, 5, 14), 0),
        (PartialDate(2026, 5, 14), (2026, 5, 13), None),
    ],
)
def test_age(birth, as_of, age):
    assert age_on(birth, datetime.date(*as_of)) == age


@pytest.mark.django_db
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.tuples(days, days).map(sorted), min_size=1, max_size=20))
def test_age_counts_as_postgresql_does(pairs):
    births, as_of = ([pair[end] for pair in pairs] for end in (0, 1))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT date_part('year', age(b, a))::int FROM unnest(%s::date[], %s::date[])"
            " WITH ORDINALITY AS pairs(a, b, place) ORDER BY place",
            [births, as_of],
        )
        assert [age for (age,) in cursor.fetchall()] == [age_on(*pair) for pair in pairs]


@pytest.mark.parametrize(
    ("typed", "lunar", "vi", "en"),
    [
        ("15/8", LunarDate(15, 8), "15/8 âm lịch", "15/8 lunar"),
        ("15-8 âm lịch", LunarDate(15, 8), "15/8 âm lịch", "15/8 lunar"),
        ("1/6 nhuận", LunarDate(1, 6, leap=True), "1/6 nhuận, âm lịch", "1/6 leap, lunar"),
        ("30/12 (âm lịch)", LunarDate(30, 12), "30/12 âm lịch", "30/12 lunar"),
    ],
)
def test_lunar_birthdays(typed, lunar, vi, en):
    assert parse_lunar_date(typed) == lunar
    for language, shown in (("vi", vi), ("en", en)):
        with translation.override(language):
            assert str(lunar) == shown
            assert parse_lunar_date(shown) == lunar


@pytest.mark.parametrize("typed", ["", "31/8", "0/8", "15/13", "15/8/1990", "rằm"])
def test_lunar_days_that_cannot_be(typed):
    with pytest.raises(DateError):
        parse_lunar_date(typed)
