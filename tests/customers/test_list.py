"""The page of the list: who sees whom on it, what it says, and what it costs."""

import datetime
import re
from decimal import Decimal

import pytest
from django.db.models import F
from django.utils import timezone

from customers import listing
from customers.counting import estimated_customers
from customers.models import Customer, CustomerBehaviour
from customers.models.behaviour import LONG_AGO
from customers.registry import FiguresLegend, SegmentChoice, SegmentExtent, SegmentSize, registry
from tests.customers.offered import offer_segments
from tests.factories import CustomerFactory

pytestmark = pytest.mark.django_db

URL = "/customers/"
CHAMPIONS = SegmentChoice(pk=7, name="Tốt nhất", family="rfm", family_name="Nhóm RFM")
EXTENT = SegmentExtent((LONG_AGO, datetime.date(2026, 1, 3)), (Decimal(0), Decimal(2000)))


def offer_champions(monkeypatch, **legend) -> None:
    offer_segments(monkeypatch, CHAMPIONS)
    read = FiguresLegend(groups={7: "Tốt nhất"}, **legend)
    monkeypatch.setattr(registry, "figures_legend", lambda _user: read)


def names(response) -> list[str]:
    return re.findall(r'class="row-link" href="[^"]*"[^>]*>([^<]*)<', response.content.decode())


def link(response, label: str) -> str:
    """The address behind a link that is found by its label, as a reader finds it."""
    page = response.content.decode()
    found = re.search(rf'href="([^"]*)"[^>]*aria-label="{label}"', page)
    assert found, f"no link {label!r}"
    return found[1].replace("&amp;", "&")


@pytest.mark.parametrize(
    ("username", "seen"),
    [
        ("ha", {"Nguyễn Thị Ngọc Ánh"}),
        ("nam", {"Trần Văn Bình"}),
        ("mai", {"Lê Thị Cúc"}),
        ("huy", {"Nguyễn Thị Ngọc Ánh", "Trần Văn Bình", "Lê Thị Cúc"}),
        ("quan", {"Nguyễn Thị Ngọc Ánh", "Trần Văn Bình", "Lê Thị Cúc"}),
    ],
)
def test_everyone_sees_their_own_and_the_count_agrees(cast, as_user, username, seen):
    response = as_user(getattr(cast, username)).get(URL)
    assert set(names(response)) == seen
    assert f"{len(seen)} khách hàng" in response.content.decode()


@pytest.mark.parametrize(
    "query", ["q=binh", "q=0987", "q=KH-{binh}", "segment=7", "status=all", "spend_max=0"]
)
@pytest.mark.parametrize("sort", ["name", "-spend", "last_purchase", "-created"])
def test_no_condition_and_no_order_widens_what_one_sees(cast, as_user, monkeypatch, query, sort):
    offer_champions(monkeypatch)
    CustomerBehaviour.objects.update(segment_ids=[7])
    response = as_user(cast.ha).get(f"{URL}?{query.format(binh=cast.binh.pk)}&sort={sort}", follow=True)
    assert set(names(response)) <= {"Nguyễn Thị Ngọc Ánh"}
    assert "Bình" not in response.content.decode().replace("q=binh", "")


@pytest.mark.parametrize("many", [2, 20])
def test_a_page_costs_the_same_few_queries_however_many_rows(cast, as_user, many, django_assert_num_queries):
    for _number in range(many):
        CustomerFactory(owner=cast.ha, branch=cast.cau_giay, phone="+84912000000")
    client = as_user(cast.ha)
    # Session, person; their views; the legend of the figures; who matches, their order, their rows.
    with django_assert_num_queries(7):
        client.get(f"{URL}?gender=unknown&q=anh&sort=-spend")


def test_one_page_of_an_uncounted_list_costs_the_same(cast, as_user, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(listing, "MOST_COUNTED", 1)
    client = as_user(cast.quan)
    with django_assert_num_queries(7):
        response = client.get(f"{URL}?status=all&gender=unknown")
    assert "hơn 1 khách hàng" in response.content.decode()


def test_a_row_says_what_an_officer_needs(cast, as_user, monkeypatch):
    today = timezone.localdate()
    offer_champions(monkeypatch, as_of=datetime.date(2026, 11, 22))
    CustomerBehaviour.objects.filter(customer=cast.anh).update(
        orders=14,
        spend=Decimal(18_450_000),
        last_purchase_on=today - datetime.timedelta(days=95),
        main_channel="store",
        segment_ids=[3, 7],
    )
    page = as_user(cast.ha).get(URL).content.decode().replace("\xa0", " ")
    for text in (
        "0912 345 678",
        'href="tel:+84912345678"',
        "Tốt nhất",
        "95 ngày trước",
        "18.450.000 ₫",
        "14 đơn",
    ):
        assert text in page
    assert "Tại cửa hàng" in page
    assert "khách hàng (mua hàng tính tới 22/11/2026)" in " ".join(page.split())
    assert "None" not in page


def test_the_owner_is_shown_to_those_who_see_several(cast, as_user):
    assert "Người phụ trách" not in as_user(cast.ha).get(URL).content.decode()
    assert "Lê Minh Đức" in as_user(cast.huy).get(URL).content.decode()


def test_pages_are_reached_by_links_forwards_and_back(cast, as_user, monkeypatch):
    monkeypatch.setattr(listing, "PAGE_SIZE", 2)
    client = as_user(cast.quan)
    first = client.get(URL)
    second = client.get(link(first, "Trang sau"))
    assert names(first) == ["Nguyễn Thị Ngọc Ánh", "Trần Văn Bình"]
    assert names(second) == ["Lê Thị Cúc"]
    assert "3–3 trong 3 khách hàng" in second.content.decode()
    assert "Trang sau" not in second.content.decode()
    back = client.get(link(second, "Trang trước"))
    assert names(back) == names(first)
    assert "Trang trước" not in back.content.decode()


def test_pages_keep_the_conditions_and_the_order(cast, as_user, monkeypatch):
    monkeypatch.setattr(listing, "PAGE_SIZE", 1)
    client = as_user(cast.quan)
    address = link(client.get(f"{URL}?gender=unknown&sort=-name"), "Trang sau")
    assert "gender=unknown" in address
    assert "sort=-name" in address
    assert names(client.get(address)) == ["Trần Văn Bình"]


@pytest.mark.parametrize("cursor", ["rubbish", "%00", "a:b:c", "x" * 5000])
def test_a_broken_cursor_gives_the_first_page_and_says_so(cast, as_user, cursor):
    response = as_user(cast.ha).get(f"{URL}?cursor={cursor}")
    assert response.status_code == 200
    assert names(response) == ["Nguyễn Thị Ngọc Ánh"]
    assert "không còn dùng được" in response.content.decode()


def test_a_cursor_of_another_order_is_broken_too(cast, as_user, monkeypatch):
    monkeypatch.setattr(listing, "PAGE_SIZE", 1)
    client = as_user(cast.quan)
    address = link(client.get(URL), "Trang sau")
    response = client.get(f"{address}&sort=-spend")
    assert "không còn dùng được" in response.content.decode()
    assert len(names(response)) == 1


@pytest.mark.parametrize("sort", ["rubbish", "-", "id", "%00"])
def test_an_unknown_order_is_the_usual_one(cast, as_user, sort):
    response = as_user(cast.quan).get(f"{URL}?sort={sort}")
    assert names(response)[0] == "Nguyễn Thị Ngọc Ánh"


def test_headings_are_links_that_say_and_turn_the_order(cast, as_user):
    client = as_user(cast.quan)
    assert re.search(
        r'aria-sort="ascending">\s*<a id="sort-name" href="/customers/\?sort=-name"',
        client.get(URL).content.decode(),
    )
    page = client.get(f"{URL}?sort=-spend").content.decode()
    assert re.search(r'aria-sort="descending">\s*<a id="sort-spend" href="/customers/\?sort=spend"', page)
    assert page.count("aria-sort") == 1


def test_what_a_form_leaves_empty_is_left_out_of_the_address(cast, as_user):
    response = as_user(cast.ha).get(f"{URL}?q=anh&gender=&owner=&status=active&sort=name&spend_min=+")
    assert response.status_code == 302
    assert response.url == f"{URL}?q=anh"


def test_each_condition_is_a_chip_that_drops_it_alone(cast, as_user):
    client = as_user(cast.quan)
    response = client.get(f"{URL}?q=cuc&gender=unknown&spend_max=1tr2&sort=-spend")
    page = response.content.decode().replace("\xa0", " ")
    assert "Giới tính: <strong>Chưa rõ</strong>" in page
    assert "<strong>1.200.000 ₫</strong>" in page
    address = link(response, "Bỏ điều kiện Giới tính")
    assert "gender" not in address
    assert {"q=cuc", "spend_max=1tr2", "sort=-spend"} <= set(address.partition("?")[2].split("&"))


def test_a_chip_speaks_in_names_not_in_numbers(cast, as_user, monkeypatch):
    offer_champions(monkeypatch)
    query = f"segment=7&owner={cast.nam.pk}&branch={cast.cau_giay.pk}&province=01"
    page = as_user(cast.huy).get(f"{URL}?{query}").content.decode()
    for value in ("Tốt nhất", "Lê Hoài Nam", "Chi nhánh Cầu Giấy", "Hà Nội"):
        assert f"<strong>{value}</strong>" in page
    assert "<strong>tôi</strong>" in as_user(cast.huy).get(f"{URL}?owner=me").content.decode()


def test_an_unreadable_condition_is_told_at_its_field_and_the_rest_counts(cast, as_user):
    page = as_user(cast.quan).get(f"{URL}?q=cuc&spend_min=1x2")
    assert names(page) == ["Lê Thị Cúc"]
    text = page.content.decode()
    assert "Không hiểu số tiền này" in text
    assert 'value="1x2"' in text


@pytest.mark.parametrize("text", ["%25", "____", "a" * 10_000, "%27%3B--", "1" * 40])
def test_a_refused_search_says_why_and_shows_nobody(cast, as_user, text):
    response = as_user(cast.quan).get(f"{URL}?q={text}")
    assert response.status_code == 200
    assert 'role="alert"' in response.content.decode()
    assert names(response) == []


def test_an_empty_list_names_the_condition_that_empties_it(cast, as_user):
    response = as_user(cast.quan).get(f"{URL}?gender=unknown&q=zzz")
    page = response.content.decode()
    assert "Điều kiện “Tìm kiếm: zzz” làm danh sách trống." in page
    assert f'class="button" href="{URL}?gender=unknown"' in page


def test_an_empty_list_may_be_nobody_s_single_fault(cast, as_user):
    page = as_user(cast.quan).get(f"{URL}?gender=male&q=zzz").content.decode()
    assert "không ai thỏa mãn tất cả cùng lúc" in page


def test_an_inactive_customer_is_one_step_away(cast, as_user):
    Customer.objects.filter(pk=cast.anh.pk).update(is_active=False)
    page = as_user(cast.ha).get(URL).content.decode()
    assert f'href="{URL}?status=all"' in page
    assert "Xem cả khách hàng ngừng hoạt động" in page
    assert "ngừng hoạt động" in as_user(cast.ha).get(f"{URL}?status=all").content.decode()


def test_a_first_run_offers_to_add_a_customer(cast, as_user):
    Customer.objects.all().delete()
    page = as_user(cast.ha).get(URL).content.decode()
    assert "Chưa có khách hàng" in page
    assert 'class="button button--primary" href="/customers/new/"' in page


def test_htmx_gets_the_results_alone_and_a_restored_page_whole(cast, as_user):
    client = as_user(cast.ha)
    part = client.get(URL, headers={"HX-Request": "true"})
    assert part.content.decode().lstrip().startswith('<div class="stack" id="results"')
    assert "HX-Request" in part["Vary"]
    restored = client.get(URL, headers={"HX-Request": "true", "HX-History-Restore-Request": "true"})
    assert "<html" in restored.content.decode()


def test_conditions_are_a_page_and_a_part(cast, as_user):
    client = as_user(cast.huy)
    page = client.get("/customers/filter/?gender=male&q=anh").content.decode()
    assert "<html" in page
    assert '<option value="male" selected>' in page
    assert '<input type="hidden" name="q" value="anh">' in page
    assert '<option value="me">tôi</option>' in page
    part = client.get("/customers/filter/", headers={"HX-Request": "true"}).content.decode()
    assert part.lstrip().startswith("<form")


def test_an_estimate_stands_for_everybody(cast, as_user, monkeypatch):
    monkeypatch.setattr(
        listing, "estimated_customers", lambda *, active_only: 1_000_400 if active_only else 0
    )
    page = as_user(cast.quan).get(URL).content.decode()
    assert "khoảng 1.000.000 khách hàng" in page
    # Never for somebody who does not see everybody.
    assert "khoảng" not in as_user(cast.huy).get(URL).content.decode()


def test_a_segment_shown_whole_has_the_size_that_was_calculated(cast, as_user, monkeypatch):
    offer_champions(monkeypatch)
    monkeypatch.setattr(
        registry, "segment_size", lambda user, segment: SegmentSize(23_456) if segment == 7 else None
    )
    CustomerBehaviour.objects.update(segment_ids=[7])
    client = as_user(cast.quan)
    legend = FiguresLegend(as_of=datetime.date(2026, 11, 22))
    monkeypatch.setattr(registry, "figures_legend", lambda _user: legend)
    page = client.get(f"{URL}?segment=7&status=all").content.decode()
    assert "23.456 khách hàng (tính tới 22/11/2026)" in " ".join(page.split())
    assert "23.456" not in client.get(f"{URL}?segment=7&status=all&gender=unknown").content.decode()


def test_nobody_counts_a_segment_that_was_far_larger_than_is_counted(cast, as_user, monkeypatch):
    offer_champions(monkeypatch)
    CustomerBehaviour.objects.update(segment_ids=[7])
    client = as_user(cast.quan)
    monkeypatch.setattr(registry, "segment_size", lambda user, segment: SegmentSize(30_001, 12_001))
    response = client.get(f"{URL}?segment=7")
    assert "hơn 10.000 khách hàng" in response.content.decode()
    assert len(names(response)) == 3
    # What was somewhat larger may be smaller now.
    monkeypatch.setattr(registry, "segment_size", lambda user, segment: SegmentSize(30_001, 12_000))
    assert "3 khách hàng" in client.get(f"{URL}?segment=7").content.decode()


def test_a_place_in_one_list_is_none_in_another(cast, as_user, monkeypatch):
    monkeypatch.setattr(listing, "PAGE_SIZE", 1)
    client = as_user(cast.huy)
    beyond = link(client.get(URL), "Trang sau")
    told = "không còn dùng được"
    assert told not in client.get(beyond).content.decode()
    assert told in client.get(f"{beyond}&q=Trần").content.decode()


def test_a_search_stays_within_what_narrows_the_list(cast, as_user):
    page = as_user(cast.huy).get(f"{URL}?status=inactive&gender=male&q=x").content.decode()
    box = page[page.index("<search") : page.index("</search>")]
    assert '<input type="hidden" name="status" value="inactive">' in box
    assert '<input type="hidden" name="gender" value="male">' in box
    elsewhere = as_user(cast.huy).get("/help/?status=inactive").content.decode()
    assert 'name="status"' not in elsewhere


def test_a_manager_of_very_many_sees_the_same_customers(cast, as_user, monkeypatch):
    """Who answers for most customers is asked row by row, and the whole list is not counted."""
    client = as_user(cast.huy)
    few = [names(client.get(f"{URL}{asked}")) for asked in ("", "?q=Ánh", "?q=Cúc", "?gender=unknown")]
    assert few[1] == ["Nguyễn Thị Ngọc Ánh"]
    seen = {cast.huy: 30_001}
    monkeypatch.setattr(registry, "figures_legend", lambda user: FiguresLegend(seen=seen.get(user, 0)))
    many = [names(client.get(f"{URL}{asked}")) for asked in ("", "?q=Ánh", "?q=Cúc", "?gender=unknown")]
    assert many == few
    assert "hơn 10.000 khách hàng" in client.get(URL).content.decode()
    monkeypatch.setattr(registry, "figures_legend", lambda _user: FiguresLegend(seen=30_001))
    assert names(as_user(cast.mai).get(f"{URL}?q=Ánh")) == []


def test_a_small_segment_shown_whole_is_counted_now(cast, as_user, monkeypatch):
    """Its figure says how many there were: since then, somebody may have moved to another branch."""
    offer_champions(monkeypatch)
    monkeypatch.setattr(registry, "segment_size", lambda user, segment: SegmentSize(3, 3))
    CustomerBehaviour.objects.update(segment_ids=[7])
    Customer.objects.filter(pk=cast.cuc.pk).update(branch=cast.cau_giay, owner=cast.nam)
    response = as_user(cast.mai).get(f"{URL}?segment=7&status=all")
    assert names(response) == []
    assert "0 khách hàng" in response.content.decode()
    assert "3 khách hàng" in as_user(cast.huy).get(f"{URL}?segment=7&status=all").content.decode()


def test_the_estimate_reads_the_statistics_of_the_table(cast):
    from django.db import connection

    Customer.objects.filter(pk=cast.anh.pk).update(is_active=False)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE customers_customer")
    assert estimated_customers(active_only=False) == 3
    assert estimated_customers(active_only=True) in {2, 3}


@pytest.mark.parametrize("sort", ["-last_purchase", "last_purchase", "-spend", "spend", "-name"])
@pytest.mark.parametrize("extent", [None, EXTENT])
@pytest.mark.parametrize("more", ["", "&gender=unknown"])
def test_figures_that_narrow_and_order_a_long_list_find_every_row_once(
    cast, as_user, monkeypatch, sort, extent, more
):
    """With too many to count, little to look ahead and few candidates, every step of the search runs."""
    monkeypatch.setattr(registry, "segment_extent", lambda _segment: extent)
    offer_champions(monkeypatch)
    monkeypatch.setattr(listing, "MOST_COUNTED", 1)
    monkeypatch.setattr(listing, "PAGE_SIZE", 2)
    monkeypatch.setattr("customers.figures_walk.LOOK_AHEAD", (3, 5))
    monkeypatch.setattr("customers.figures_walk.BEST", 3)
    for number in range(12):
        customer = CustomerFactory(given_name=f"Số {number}", owner=cast.ha, branch=cast.cau_giay)
        CustomerBehaviour.objects.filter(customer=customer).update(
            segment_ids=[7] if number % 2 else [],
            spend=number // 4 * 1000,
            last_purchase_on=None if number % 3 == 0 else datetime.date(2026, 1, 1 + number // 4),
        )
    client = as_user(cast.huy)
    response = client.get(f"{URL}?segment=7&sort={sort}{more}")
    seen = names(response)
    while "Trang sau" in response.content.decode():
        response = client.get(link(response, "Trang sau"))
        seen += names(response)
    assert sorted(seen) == sorted(f"Nguyễn Thị Ngọc Số {number}" for number in range(1, 12, 2))


@pytest.mark.parametrize("direction", ["", "-"])
def test_a_segment_in_the_order_of_names_is_read_beside_the_figures(cast, as_user, monkeypatch, direction):
    """Counted or not, forwards and backwards, it is the list that the customers themselves give."""
    offer_champions(monkeypatch)
    monkeypatch.setattr(listing, "PAGE_SIZE", 2)
    monkeypatch.setattr(listing, "FEW_TO_SORT", 2)
    for name in ("Đức", "An", "Ân", "Bình", "Dũng"):
        CustomerFactory(given_name=name, owner=cast.ha, branch=cast.cau_giay)
    CustomerBehaviour.objects.update(segment_ids=[7])
    Customer.objects.filter(given_name="Bình").update(given_name="Yến")
    assert not CustomerBehaviour.objects.exclude(name_sort=F("customer__name_sort")).exists()
    client = as_user(cast.huy)
    seen_by = Customer.objects.visible_to(cast.huy).active()
    expected = [str(customer) for customer in seen_by.order_by(f"{direction}name_sort", f"{direction}pk")]
    response = client.get(f"{URL}?segment=7&sort=-name" if direction else f"{URL}?segment=7")
    seen = names(response)
    while "Trang sau" in response.content.decode():
        response = client.get(link(response, "Trang sau"))
        seen += names(response)
    assert seen == expected
    last_page = (len(expected) - 1) // 2 * 2
    assert names(client.get(link(response, "Trang trước"))) == expected[last_page - 2 : last_page]
