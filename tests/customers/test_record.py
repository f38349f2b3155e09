"""The page about one customer: who sees it, what it says to whom, and that it stays quick."""

import re
from decimal import Decimal
from typing import Any

import pytest

from customers.models import Customer, CustomerBehaviour, Email
from customers.profile import profile_of
from customers.registry import SegmentChoice, registry
from tests.factories import (
    CustomerFactory,
    HouseholdFactory,
    InteractionFactory,
    PurchaseFactory,
    ReturnFactory,
)

PEOPLE = ("ha", "nam", "duc", "huy", "mai", "quan")


def url(customer: Customer) -> str:
    return f"/customers/{customer.pk}/"


def lines(customer: Customer, *, reveal: bool = True) -> dict[str, list[str]]:
    return {
        line.label: [" ".join(filter(None, (value.text, value.note))) for value in line.values]
        for line in profile_of(customer, reveal=reveal)
    }


@pytest.mark.parametrize("part", ["", "timeline/"])
@pytest.mark.parametrize("switch", [False, True])
@pytest.mark.parametrize("person", PEOPLE)
def test_who_reads_whom(cast, as_user, person, switch, part):
    """A customer of Hà in Cầu Giấy; the switch lets Nam, of the same branch, read."""
    cast.cau_giay.staff_read_all = switch
    cast.cau_giay.save()
    reads = {"ha", "huy", "quan"} | ({"nam"} if switch else set())
    answer = as_user(getattr(cast, person)).get(url(cast.anh) + part)
    assert answer.status_code == (200 if person in reads else 404)


def test_without_a_role_nobody_reads(cast, as_user):
    cast.ha.groups.clear()
    assert as_user(cast.ha).get(url(cast.anh)).status_code == 403


@pytest.mark.parametrize("person", ["ha", "nam"])
def test_readers_get_no_controls_and_a_masked_citizen_id(cast, as_user, person):
    cast.cau_giay.staff_read_all = True
    cast.cau_giay.save()
    Customer.objects.filter(pk=cast.anh.pk).update(citizen_id="001192000123")
    page = as_user(getattr(cast, person)).get(url(cast.anh)).content.decode()
    edits = person == "ha"
    assert ("001192000123" in page) == edits
    assert ("001******123" in page) == (not edits)
    for control in ("/edit/", "/deactivate/", 'id="composer"'):
        assert (control in page) == edits


def test_an_inactive_customer_says_why_and_can_be_brought_back(cast, as_user):
    Customer.objects.filter(pk=cast.anh.pk).update(is_active=False, inactive_reason="Chuyển vào Nam")
    page = as_user(cast.ha).get(url(cast.anh)).content.decode()
    assert "Chuyển vào Nam" in page
    assert f'action="/customers/{cast.anh.pk}/reactivate/"' in page
    assert f"/customers/{cast.anh.pk}/deactivate/" not in page


def test_facts_are_told_in_words(cast):
    Email.objects.create(customer=cast.anh, address="anh@example.vn")
    Customer.objects.filter(pk=cast.anh.pk).update(
        honorific="chi",
        gender="female",
        birth_year=1992,
        birth_month=5,
        birth_day=14,
        lunar_birth_day=15,
        lunar_birth_month=8,
        monthly_income=15_500_000,
        income_band="from_15",
        income_basis="declared",
        income_noted_on="2024-03-01",
        occupation="2",
        occupation_text="Giáo viên tiểu học",
        children_count=2,
        child_birth_years=[2018, 2022],
        province="01",
        ward="00004",
        address="12 Lý Thái Tổ",
        source="referral",
    )
    told = lines(Customer.objects.get(pk=cast.anh.pk))
    assert told["Điện thoại"] == ["0912\u00a0345\u00a0678"]
    assert told["Email"] == ["anh@example.vn"]
    assert told["Ngày sinh"][0].startswith("14/05/1992 ")
    assert told["Ngày sinh"][0].endswith(" tuổi")
    assert told["Sinh nhật âm lịch"] == ["15/8 âm lịch"]
    assert told["Thu nhập"][0].startswith("15.500.000\u00a0₫/tháng ")
    assert told["Thu nhập"][0].endswith(", 01/03/2024")
    assert told["Nghề nghiệp"][0].startswith("Giáo viên tiểu học ")
    assert told["Con"] == ["2 con sinh 2018, 2022"]
    assert told["Địa chỉ"][0].startswith("12 Lý Thái Tổ, Phường ")
    assert told["Địa chỉ"][0].endswith(", Hà Nội")


def test_what_is_not_known_is_empty_and_not_unknown(cast):
    told = lines(cast.binh)
    assert {label for label, values in told.items() if values} == {"Họ và tên"}


def test_no_children_is_known(cast):
    assert lines(CustomerFactory(children_count=0))["Con"] == ["không có"]
    assert lines(CustomerFactory(child_birth_years=[2020]))["Con"] == ["sinh 2020"]


def test_empty_fields_are_counted_not_listed_first(cast, as_user):
    page = as_user(cast.nam).get(url(cast.binh)).content.decode()
    empty = sum(not values for values in lines(cast.binh).values())
    assert f"Hiện {empty} trường trống" in page


def test_pinned_requests_and_text_are_escaped(cast, as_user):
    Customer.objects.filter(pk=cast.anh.pk).update(special_requests="<b>Gọi</b> sau 16:30\nNhắn Zalo")
    page = as_user(cast.ha).get(url(cast.anh)).content.decode()
    assert "&lt;b&gt;Gọi&lt;/b&gt; sau 16:30<br>Nhắn Zalo" in page


def test_a_household_names_only_whom_one_sees(cast, as_user):
    household = HouseholdFactory(name="Nhà chị Ánh")
    Customer.objects.filter(pk__in=[cast.anh.pk, cast.binh.pk]).update(household=household)
    mine = CustomerFactory(given_name="Bảo", owner=cast.ha, branch=cast.cau_giay, household=household)
    CustomerBehaviour.objects.filter(customer__in=[cast.anh, mine]).update(spend=1_000_000)
    CustomerBehaviour.objects.filter(customer=cast.binh).update(spend=500_000)

    page = as_user(cast.ha).get(url(cast.anh)).content.decode()
    assert url(mine) in page
    assert "Văn Bình" not in page
    assert "1 thành viên ngoài danh mục" in page
    assert "2.000.000" not in page

    page = as_user(cast.huy).get(url(cast.anh)).content.decode()
    assert url(cast.binh) in page
    assert "2.500.000\u00a0₫" in page


def test_segments_by_name_with_their_day(cast, as_user, monkeypatch):
    choices = [SegmentChoice(7, "Trung thành", "rfm", "Nhóm RFM"), SegmentChoice(8, "Nam", "g", "Giới tính")]
    monkeypatch.setattr(
        registry, "segments_among", lambda pks: [choice for choice in choices if choice.pk in pks]
    )
    CustomerBehaviour.objects.filter(customer=cast.anh).update(segment_ids=[7])
    page = as_user(cast.ha).get(url(cast.anh)).content.decode()
    assert "<dt>Nhóm RFM</dt><dd>Trung thành</dd>" in page
    assert "<dd>Nam</dd>" not in page


def test_totals_are_those_of_completed_purchases(cast, as_user):
    PurchaseFactory(customer=cast.anh, net=Decimal(300_000))
    PurchaseFactory(customer=cast.anh, net=Decimal(100_000))
    PurchaseFactory(customer=cast.anh, net=Decimal(900_000), status="cancelled")
    page = as_user(cast.ha).get(url(cast.anh)).content.decode()
    assert "400.000\u00a0₫" in page
    assert "200.000\u00a0₫" in page
    assert "1.300.000" not in page


def test_cancelled_and_returned_purchases_say_so(cast, as_user):
    PurchaseFactory(customer=cast.anh, status="cancelled")
    purchase = PurchaseFactory(customer=cast.anh, number="DH-77", beneficiary="family")
    ReturnFactory(purchase=purchase, reason="Lỗi nút nguồn")
    page = as_user(cast.ha).get(url(cast.anh)).content.decode()
    for text in ("Đã hủy", "của đơn DH-77", "Lỗi nút nguồn", "mua cho:"):
        assert text in page


def test_a_kind_can_be_chosen_without_script(cast, as_user):
    InteractionFactory(customer=cast.anh, by=cast.ha, subject="Hỏi máy lọc")
    PurchaseFactory(customer=cast.anh, number="DH-78")
    client = as_user(cast.ha)
    page = client.get(url(cast.anh) + "?kind=interaction").content.decode()
    assert "Hỏi máy lọc" in page
    assert "DH-78" not in page
    for text in ("sth", "'", "%00"):
        assert client.get(url(cast.anh) + f"?kind={text}").status_code == 200


def test_older_things_follow_with_and_without_script(cast, as_user):
    InteractionFactory.create_batch(70, customer=cast.anh, by=cast.ha)
    client, seen = as_user(cast.ha), []
    address = url(cast.anh)
    for headers in ({}, {"HX-Request": "true"}, {}):
        page = client.get(address, headers=headers).content.decode()
        assert ("<!doctype" in page) == (not headers)
        seen.append(page.count('class="timeline__item"'))
        following = re.search(r'href="([^"]*before=[^"]*)"', page)
        address = following[1].replace("&amp;", "&") if following else ""
    assert seen == [30, 30, 11]
    assert address == ""
    assert client.get(url(cast.anh) + "timeline/?before=nonsense").status_code == 200


def test_the_timeline_comes_as_a_part_and_as_a_page(cast, as_user):
    client = as_user(cast.ha)
    part = client.get(url(cast.anh) + "timeline/", headers={"HX-Request": "true"}).content.decode()
    assert part.lstrip().startswith("<section")
    assert "Nhật ký của Nguyễn Thị Ngọc Ánh" in client.get(url(cast.anh) + "timeline/").content.decode()


def fill(cast: Any, number: int) -> None:
    household = HouseholdFactory()
    Customer.objects.filter(pk=cast.anh.pk).update(household=household)
    CustomerFactory.create_batch(number, owner=cast.ha, household=household)
    InteractionFactory.create_batch(number, customer=cast.anh, by=cast.ha)
    for purchase in PurchaseFactory.create_batch(number, customer=cast.anh, branch=cast.cau_giay):
        ReturnFactory(purchase=purchase)
        Email.objects.create(customer=cast.anh, address=f"{purchase.pk}@example.vn")


def test_as_many_queries_for_twenty_things_as_for_two(cast, as_user, django_assert_num_queries):
    client = as_user(cast.ha)
    client.get(url(cast.anh))
    for number in (2, 20):
        fill(cast, number)
        # Session, person; customer, phones, emails; interactions, purchases, returns, moments of
        # change; spend by month; what is known, household, consent, next steps; the day of the figures.
        with django_assert_num_queries(16):
            client.get(url(cast.anh))


def test_a_page_of_the_timeline_costs_as_many_queries_for_twenty_things_as_for_two(
    cast, as_user, django_assert_num_queries
):
    client = as_user(cast.ha)
    client.get(url(cast.anh))
    for number in (2, 20):
        fill(cast, number)
        # Session, person, customer; interactions, purchases, returns, moments of change.
        with django_assert_num_queries(7):
            client.get(url(cast.anh) + "timeline/")
