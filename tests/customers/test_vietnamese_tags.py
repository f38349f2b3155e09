import datetime
from decimal import Decimal

import pytest
from django.template import Context, Template
from django.utils import timezone, translation


def shown(filter_text, value, language="vi"):
    with translation.override(language):
        page = Template("{% load vietnamese %}{{ value|" + filter_text + " }}")
        return page.render(Context({"value": value})).replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("filter_text", "value", "vi", "en"),
    [
        ("money", 1234567, "1.234.567 ₫", "1,234,567 ₫"),
        ("money", Decimal(1234567), "1.234.567 ₫", "1,234,567 ₫"),
        ("money", 0, "0 ₫", "0 ₫"),
        ("money_short", 186_500_000, "186,5 triệu ₫", "186.5 million ₫"),
        ("count", 1234567, "1.234.567", "1,234,567"),
        ("percent", 0.078, "7,8 %", "7.8%"),
        ("percent", Decimal("0.0785"), "7,9 %", "7.9%"),
        ("percent", 0, "0,0 %", "0.0%"),
        ("percent", -0.5, "−50,0 %", "−50.0%"),
        ("signed", 12, "+12", "+12"),
        ("signed", -3, "−3", "−3"),
        ("signed", -1234.5, "−1.234,5", "−1,234.5"),
        ("signed", 0, "0", "0"),
        ("phone", "+84912345678", "0912 345 678", "0912 345 678"),
        ("masked_phone", "+84912345678", "091****678", "091****678"),
    ],
)
def test_filters_in_both_languages(filter_text, value, vi, en):
    assert shown(filter_text, value) == vi
    assert shown(filter_text, value, "en") == en


@pytest.mark.parametrize(
    "filter_text", ["money", "money_short", "count", "percent", "signed", "phone", "masked_phone", "ago_days"]
)
def test_what_is_unknown_shows_nothing(filter_text):
    assert shown(filter_text, None) == ""


@pytest.mark.parametrize(
    ("days", "vi", "en"),
    [
        (0, "hôm nay", "today"),
        (1, "hôm qua", "yesterday"),
        (2, "2 ngày trước", "2 days ago"),
        (1500, "1.500 ngày trước", "1,500 days ago"),
        (-1, "ngày mai", "tomorrow"),
        (-3, "3 ngày nữa", "in 3 days"),
    ],
)
def test_days_ago(days, vi, en):
    day = timezone.localdate() - datetime.timedelta(days=days)
    assert shown("ago_days", day) == vi
    assert shown("ago_days", day, "en") == en


def test_days_change_at_midnight_in_viet_nam(monkeypatch):
    # 18:30 UTC on the 1st is 01:30 on the 2nd in Hồ Chí Minh City.
    now = datetime.datetime(2026, 3, 2, 1, 0, tzinfo=datetime.UTC)
    monkeypatch.setattr(timezone, "now", lambda: now)
    assert shown("ago_days", datetime.datetime(2026, 3, 1, 18, 30, tzinfo=datetime.UTC)) == "hôm nay"
    assert shown("ago_days", datetime.datetime(2026, 3, 1, 16, 30, tzinfo=datetime.UTC)) == "hôm qua"


def test_how_long_begins_with_today():
    now = timezone.now()
    for language, today, years in (("vi", "hôm nay", "2 năm"), ("en", "today", "2 years")):
        assert shown("how_long", now, language) == today
        assert shown("how_long", now - datetime.timedelta(days=731), language) == years
    assert shown("how_long", None) == ""
