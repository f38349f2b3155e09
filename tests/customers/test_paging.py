"""Paging by key: whatever the order, all pages together are the whole list, each row once."""

import datetime
from decimal import Decimal

import pytest
from django.core import signing

from customers import paging
from customers.models import Customer, CustomerBehaviour
from customers.paging import BrokenCursorError, Cursor, Page
from customers.search import Search, read_search
from customers.sorting import SORTINGS
from tests.factories import CustomerFactory

pytestmark = pytest.mark.django_db

SIZE = 3


@pytest.fixture
def crowd() -> list[Customer]:
    """Eleven customers with many ties: three names, three sums, and four who never bought."""
    names = ["Ánh", "Bình", "Ẩn", "Ánh", "Bình", "Ánh", "Đào", "Ánh", "Dung", "Ánh", "Ẩn"]
    customers = [CustomerFactory(given_name=name) for name in names]
    for number, customer in enumerate(customers):
        bought = None if number % 3 == 0 else datetime.date(2026, 1, 1 + number % 2)
        CustomerBehaviour.objects.filter(customer=customer).update(
            last_purchase_on=bought, spend=Decimal(number % 3 * 100_000)
        )
    return customers


def read(sorting: str, find, cursor: str = "") -> Page:
    order = SORTINGS[sorting].order(Search())
    at = Cursor.decode(cursor, order) if cursor else None
    rows = Customer.objects.filter(behaviour__isnull=False)
    return paging.fetch(find(rows, order), order, cursor=at, size=SIZE)


def expected(sorting: str) -> list[int]:
    """The ids in the order that the rules of the list give, worked out in Python."""
    customers = list(Customer.objects.select_related("behaviour"))
    keys = {
        "name": lambda customer: customer.name_sort,
        "created": lambda customer: customer.created_at,
        "spend": lambda customer: customer.behaviour.spend,
        "last_purchase": lambda customer: customer.behaviour.last_purchase_on or datetime.date.min,
    }
    column = sorting.removeprefix("-")
    customers.sort(
        key=lambda customer: (keys[column](customer), customer.pk), reverse=sorting.startswith("-")
    )
    if column == "last_purchase":
        customers.sort(key=lambda customer: customer.behaviour.last_purchase_on is None)
    return [customer.pk for customer in customers]


@pytest.mark.parametrize("find", [paging.walk, paging.sort])
@pytest.mark.parametrize("sorting", list(SORTINGS))
def test_pages_forwards_and_back_are_the_whole_list(crowd, sorting, find):
    whole = expected(sorting)
    page = read(sorting, find)
    pages = [page]
    while page.next:
        page = read(sorting, find, page.next)
        pages.append(page)

    assert [pk for page in pages for pk in page.ids] == whole
    assert [page.first for page in pages] == [1, 4, 7, 10]
    assert not pages[0].previous

    back = pages[-1]
    for earlier in reversed(pages[:-1]):
        back = read(sorting, find, back.previous)
        assert back.ids == earlier.ids
        assert back.first == earlier.first
    assert not back.previous


@pytest.mark.parametrize("find", [paging.walk, paging.sort])
@pytest.mark.parametrize("text", ["Ánh", "anh", "nguyen", "an"])
def test_runs_of_a_search_are_one_list_across_pages(crowd, text, find):
    search = read_search(text)
    order = SORTINGS["name"].order(search)
    rows = Customer.objects.filter(search.where)
    seen: list[int] = []
    page = paging.fetch(find(rows, order), order, cursor=None, size=SIZE)
    while True:
        seen += page.ids
        if not page.next:
            break
        page = paging.fetch(find(rows, order), order, cursor=Cursor.decode(page.next, order), size=SIZE)

    assert sorted(seen) == sorted(rows.values_list("pk", flat=True))
    assert len(seen) >= 5


def test_a_row_that_went_away_leaves_the_next_page_as_it_was(crowd):
    first = read("name", paging.walk)
    second = read("name", paging.walk, first.next)
    Customer.objects.filter(pk=first.ids[-1]).delete()

    assert read("name", paging.walk, first.next).ids == second.ids


def test_back_to_a_beginning_that_grew_is_a_full_first_page(crowd):
    second = read("name", paging.walk, read("name", paging.walk).next)
    Customer.objects.filter(pk=read("name", paging.walk).ids[0]).delete()

    back = read("name", paging.walk, second.previous)

    assert back.ids == expected("name")[:SIZE]
    assert (back.first, back.previous) == (1, "")


def test_beyond_the_end_is_the_first_page(crowd):
    page = read("name", paging.walk)
    while page.next:
        last, page = page, read("name", paging.walk, page.next)
    Customer.objects.filter(pk__in=page.ids).delete()

    assert read("name", paging.walk, last.next).ids == expected("name")[:SIZE]


def test_an_empty_list_has_one_empty_page():
    assert read("spend", paging.walk) == Page([])


@pytest.mark.parametrize(
    "text",
    [
        "rubbish",
        "",
        "\x00",
        signing.dumps(["name", False, 1, 0, ["A", 1]], salt="another"),
        signing.dumps(["spend", False, 1, 0, ["0", 1]], salt=paging.SALT),
        signing.dumps(["name", False, 1, 9, ["A", 1]], salt=paging.SALT),
        signing.dumps(["name", False, 1, 0, ["A"]], salt=paging.SALT),
        signing.dumps(["name", False, 1, 0, ["A", "x"]], salt=paging.SALT),
        signing.dumps("name", salt=paging.SALT),
        signing.dumps({"name": 1}, salt=paging.SALT),
        signing.dumps(7, salt=paging.SALT),
    ],
    # Signed texts hold the time: as names they would differ between the workers of one run.
    ids=range(11),
)
def test_a_broken_cursor_is_refused(text):
    with pytest.raises(BrokenCursorError):
        Cursor.decode(text, SORTINGS["name"].order(Search()))


def test_a_walk_through_ties_is_one_condition_on_the_index(crowd, django_assert_num_queries):
    page = read("spend", paging.walk)
    with django_assert_num_queries(1) as captured:
        read("spend", paging.walk, page.next)
    sql = captured.captured_queries[0]["sql"]

    assert '("customers_customerbehaviour"."spend", "customers_customerbehaviour"."customer_id") > (' in sql
    assert "OFFSET" not in sql
