"""A customer as of the end of a past day: from history, observations and purchases."""

from __future__ import annotations

import datetime
from typing import Any

import pghistory
import pytest
from django.apps import apps
from django.utils import timezone

from customers import observations
from customers.models import Customer, CustomerBehaviour
from customers.past import as_of
from segments.models import RefreshRun
from segments.refresh import refresh_now
from tests.factories import PurchaseFactory

BORN = datetime.date(2026, 1, 10)
MARCH = datetime.date(2026, 3, 1)


def moment(day: datetime.date, hour: int = 12) -> datetime.datetime:
    return timezone.make_aware(datetime.datetime.combine(day, datetime.time(hour)))


@pytest.fixture
def anh(cast) -> Customer:
    """Ánh is recorded on 10 January as single with a small income; on 1 March at noon both change."""
    start = {"marital_status": "single", "income_band": "under_5", "birth_year": 2000, "birth_month": 6}
    Customer.objects.filter(pk=cast.anh.pk).update(created_at=moment(BORN), **start)
    apps.get_model("customers", "CustomerEvent").objects.all().delete()
    with pghistory.context(user=cast.ha.pk):
        Customer.objects.filter(pk=cast.anh.pk).update(marital_status="married", income_band="from_20")
    apps.get_model("customers", "CustomerEvent").objects.update(pgh_created_at=moment(MARCH))
    return Customer.objects.get(pk=cast.anh.pk)


def lines(anh: Customer, day: datetime.date) -> dict[str, str]:
    return {line.label: line.values[0].text for line in as_of(anh, day, reveal=True).lines if line.values}


@pytest.mark.parametrize(
    ("day", "marital", "income", "age"),
    [
        (datetime.date(2026, 2, 28), "Độc thân", "dưới 5 triệu", "25 tuổi"),
        (MARCH, "Đã kết hôn", "20 đến dưới 30 triệu", "25 tuổi"),
        (datetime.date(2026, 6, 30), "Đã kết hôn", "20 đến dưới 30 triệu", "26 tuổi"),
    ],
)
def test_values_are_those_when_the_day_ended(anh, day, marital, income, age):
    told = lines(anh, day)
    assert told["Tình trạng hôn nhân"] == marital
    assert told["Tuổi"] == age
    assert told["Mức thu nhập"] == income


def test_before_the_record_nothing_is_known(anh):
    assert as_of(anh, BORN - datetime.timedelta(days=1), reveal=True).is_unknown
    assert not as_of(anh, BORN, reveal=True).is_unknown


def test_observations_of_that_day_only(anh, cast):
    values = {"kind": "need", "text": "Máy lọc nước", "source": "said", "from_on": BORN}
    first = observations.record(customer=anh, values=values, by=cast.ha)
    later = values | {"text": "Tủ lạnh", "from_on": MARCH}
    observations.replace(observation=first, values=later, by=cast.ha)
    before = as_of(anh, MARCH - datetime.timedelta(days=1), reveal=True)
    assert [known.text for known in before.known] == ["Máy lọc nước"]
    assert [known.text for known in as_of(anh, MARCH, reveal=True).known] == ["Tủ lạnh"]


def segments(anh: Customer, day: datetime.date) -> dict[str, str]:
    found: Any = as_of(anh, day, reveal=True).segments
    return {segment.family: segment.name for segment in found.segments}


def test_segments_are_calculated_again_for_that_day_and_not_stored(anh):
    PurchaseFactory(customer=anh, net=400_000, purchased_at=moment(datetime.date(2026, 2, 1)))
    PurchaseFactory(customer=anh, net=90_000_000, purchased_at=moment(datetime.date(2026, 4, 1)))
    assert as_of(anh, MARCH, reveal=True).segments is None
    refresh_now(as_of=datetime.date(2026, 2, 15))
    refresh_now(as_of=datetime.date(2026, 5, 1))
    stored = list(CustomerBehaviour.objects.filter(customer=anh).values())

    january = segments(anh, datetime.date(2026, 1, 20))
    february = segments(anh, datetime.date(2026, 2, 20))
    may = segments(anh, datetime.date(2026, 5, 1))

    assert january["marital"] == february["marital"] == "Độc thân"
    assert may["marital"] == "Đã kết hôn"
    assert january["frequency"] == "Không mua trong 12 tháng"
    assert february["frequency"] == "Mua một lần"
    assert february["value"] != may["value"]
    assert list(CustomerBehaviour.objects.filter(customer=anh).values()) == stored
    assert as_of(anh, datetime.date(2026, 2, 20), reveal=True).segments.cuts_of == datetime.date(2026, 2, 15)
    assert as_of(anh, datetime.date(2026, 1, 20), reveal=True).segments.cuts_of == datetime.date(2026, 2, 15)


def test_the_past_of_today_is_what_the_refresh_stores(anh):
    PurchaseFactory(customer=anh, net=400_000)
    today = timezone.localdate()
    refresh_now(as_of=today)
    stored = CustomerBehaviour.objects.get(customer=anh).segment_ids
    found = as_of(anh, today, reveal=True).segments
    assert {segment.pk for segment in found.segments} < set(stored)
    assert RefreshRun.objects.get().as_of == today


def test_the_page_asks_for_a_day_and_says_what_is_wrong_with_one(anh, cast, as_user):
    client, address = as_user(cast.ha), f"/customers/{anh.pk}/as-of/"
    assert client.get(address).status_code == 200
    page = client.get(f"{address}?on=28/02/2026").text
    assert "Độc thân" in page
    assert "28/02/2026" in page
    assert "Ngày 01/01/2026 chưa có hồ sơ" in client.get(f"{address}?on=01/01/2026").text
    for odd in ("31/02/2026", "01/01/2199", "x", "%00", ""):
        assert client.get(f"{address}?on={odd}").status_code == 422
