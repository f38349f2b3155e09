"""Spend by month on the page about a customer."""

import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from purchases.record import spend_of
from tests.factories import CustomerFactory, PurchaseFactory

pytestmark = pytest.mark.django_db
VIET_NAM = ZoneInfo("Asia/Ho_Chi_Minh")
TODAY = datetime.date(2026, 2, 15)


def at(year: int, month: int, day: int, hour: int = 12) -> datetime.datetime:
    return datetime.datetime(year, month, day, hour, tzinfo=VIET_NAM)


def test_twelve_months_that_end_with_this_one():
    customer = CustomerFactory()
    for moment, net in (
        (at(2025, 2, 28, 23), 1),
        (at(2025, 3, 1, 0), 200),
        (at(2026, 1, 31, 23), 50),
        (at(2026, 2, 1, 0), 100),
    ):
        PurchaseFactory(customer=customer, purchased_at=moment, net=Decimal(net))
    PurchaseFactory(customer=customer, purchased_at=at(2026, 2, 2), net=Decimal(999), status="cancelled")
    PurchaseFactory(customer=customer, purchased_at=at(2026, 2, 2), net=Decimal(999), status="returned")
    PurchaseFactory(purchased_at=at(2026, 2, 2), net=Decimal(7))

    spend = spend_of(customer, TODAY)

    assert [month.first_day.isoformat() for month in spend.months][::11] == ["2025-03-01", "2026-02-01"]
    assert [int(month.spend) for month in spend.months] == [200, 0, 0, 0, 0, 0, 0, 0, 0, 0, 50, 100]
    assert [month.orders for month in spend.months] == [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1]
    assert [month.percent for month in spend.months][-2:] == [25, 50]
    assert [month.is_highest for month in spend.months].index(True) == 0
    assert (spend.spend, spend.recent, spend.orders) == (351, 350, 4)
    assert spend.average == Decimal("87.75")
    assert spend.last_purchase_on == datetime.date(2026, 2, 1)


@pytest.mark.parametrize(
    ("today", "ticks"),
    [
        (datetime.date(2026, 2, 15), ["3/25", "", "", "", "7", "", "", "10", "", "", "1/26", "2"]),
        (datetime.date(2026, 12, 31), ["1/26", "", "", "4", "", "", "7", "", "", "10", "", "12"]),
        (datetime.date(2026, 11, 1), ["12/25", "", "", "", "4", "", "", "7", "", "", "10", "11"]),
    ],
)
def test_the_chart_names_a_few_months(today, ticks):
    assert [month.tick for month in spend_of(CustomerFactory(), today).months] == ticks


def test_who_has_bought_nothing():
    spend = spend_of(CustomerFactory(), TODAY)
    assert (spend.orders, spend.average, spend.last_purchase_on) == (0, 0, None)
    assert not any(month.is_highest or month.percent for month in spend.months)


def test_one_query(django_assert_num_queries):
    customer = CustomerFactory()
    PurchaseFactory.create_batch(5, customer=customer)
    with django_assert_num_queries(1):
        spend_of(customer, TODAY)
