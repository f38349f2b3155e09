"""Purchases on the timeline, with their lines."""

from decimal import Decimal

import pytest

from purchases.timeline import PURCHASES, RETURNS
from tests.factories import (
    CategoryFactory,
    CustomerFactory,
    ProductFactory,
    PurchaseFactory,
    PurchaseLineFactory,
    ReturnFactory,
)

pytestmark = pytest.mark.django_db


def test_lines_come_with_their_purchase_the_dearest_first():
    purchase = PurchaseFactory()
    product = ProductFactory(name="Nồi chiên")
    PurchaseLineFactory(purchase=purchase, product=product, net=Decimal(100), quantity=Decimal("1.5"))
    PurchaseLineFactory(
        purchase=purchase, product=None, category=CategoryFactory(name="Rau"), net=Decimal(300)
    )
    PurchaseLineFactory(purchase=purchase, product=None, category=None, net=Decimal(50))
    PurchaseLineFactory(purchase=PurchaseFactory(customer=purchase.customer), net=Decimal(999))

    item = next(item for item in PURCHASES.page(purchase.customer, None, 10).items if item.pk == purchase.pk)

    assert item.describe(item.item).lines == [
        ("Rau", "300\u00a0₫"),
        ("Nồi chiên × 1,5", "100\u00a0₫"),
        ("Sản phẩm chưa có tên", "50\u00a0₫"),
    ]


def test_a_discount_is_told_apart_from_the_lines_which_are_already_net():
    purchase = PurchaseFactory(gross=Decimal(300), discount=Decimal(54), net=Decimal(246))
    PurchaseLineFactory(
        purchase=purchase,
        product=ProductFactory(name="Rau"),
        gross=Decimal(300),
        discount=Decimal(54),
        net=Decimal(246),
    )

    (item,) = PURCHASES.page(purchase.customer, None, 10).items
    entry = item.describe(item.item)

    assert [badge.text for badge in entry.badges] == ["đã trừ giảm giá 54\u00a0₫"]
    assert entry.lines == [("Rau", "246\u00a0₫")]


def test_each_kind_is_one_query_with_its_count(django_assert_num_queries):
    customer = CustomerFactory()
    for _number in range(4):
        purchase = PurchaseFactory(customer=customer)
        PurchaseLineFactory.create_batch(3, purchase=purchase)
        ReturnFactory(purchase=purchase)
    for source in (PURCHASES, RETURNS):
        with django_assert_num_queries(1):
            page = source.page(customer, None, 2)
            assert [bool(item.describe(item.item).number) for item in page.items] == [True] * 2
        assert (len(page.items), page.total, source.count(customer)) == (2, 4, 4)
    assert PURCHASES.page(CustomerFactory(), None, 2).total == 0
