"""Merging two records and undoing it, in a real browser: with script, without it, on a phone, in the dark."""

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from customers.duplicate_scan import find_duplicates
from customers.merging.services import merge_customers
from customers.models import Customer, CustomerBehaviour, CustomerMerge, DuplicatePair
from tests.browser.test_officer import log_in
from tests.factories import CustomerFactory, PurchaseFactory


@pytest.fixture
def twins(cast):
    """Ánh twice, with the same phone: the scan finds them."""
    cast.again = CustomerFactory(
        family_name="NGUYỄN",
        middle_name="THỊ NGỌC",
        given_name="ÁNH",
        owner=cast.ha,
        branch=cast.cau_giay,
        phone="+84912345678",
        notes="Đi xe máy",
    )
    Customer.objects.filter(pk=cast.anh.pk).update(notes="Thích trà")
    PurchaseFactory.create_batch(3, customer=cast.again)
    find_duplicates()
    return cast


def merge_and_undo(page: Page, url: str, twins) -> None:
    log_in(page, url, "huy")
    page.get_by_role("link", name="Hồ sơ trùng").first.click()
    page.get_by_role("link", name="So sánh").click()

    name = page.get_by_role("radiogroup", name="Họ và tên")
    expect(name.locator(".merge__after")).to_contain_text("Nguyễn Thị Ngọc Ánh")
    name.get_by_role("radio").nth(1).check()
    # What the record will say follows at once.
    expect(name.locator(".merge__after").get_by_text("NGUYỄN THỊ NGỌC ÁNH", exact=True)).to_be_visible()
    expect(name.locator(".merge__after").get_by_text("Nguyễn Thị Ngọc Ánh", exact=True)).to_be_hidden()
    name.get_by_role("radio").nth(0).check()
    expect(page.get_by_text("3 đơn hàng", exact=True)).to_be_visible()
    page.get_by_role("button", name="Gộp hai hồ sơ").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Nguyễn Thị Ngọc Ánh")
    anh = Customer.objects.get(pk=twins.anh.pk)
    assert anh.purchases.count() == 3
    assert anh.notes == "Thích trà\nĐi xe máy"

    page.goto(url + twins.again.get_absolute_url())
    expect(page).to_have_url(url + twins.anh.get_absolute_url())

    page.goto(url + reverse("customers:merges"))
    page.get_by_role("button", name="Hoàn tác").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("NGUYỄN THỊ NGỌC ÁNH")
    assert Customer.objects.get(pk=twins.again.pk).purchases.count() == 3
    assert Customer.objects.get(pk=twins.anh.pk).notes == "Thích trà"


@pytest.fixture
def kept_is_anh(twins):
    """The record with more purchases is kept unless somebody says otherwise: let it be Ánh's."""
    CustomerBehaviour.objects.filter(customer_id=twins.anh.pk).update(orders=5)
    return twins


def test_with_script(page, live_server, kept_is_anh, complaints):
    merge_and_undo(page, live_server.url, kept_is_anh)
    assert complaints == []


def test_without_script(browser, browser_context_args, live_server, kept_is_anh):
    context = browser.new_context(**browser_context_args, java_script_enabled=False)
    merge_and_undo(context.new_page(), live_server.url, kept_is_anh)
    context.close()


def test_two_people_are_not_asked_about_again(page, live_server, twins):
    log_in(page, live_server.url, "huy")
    page.goto(live_server.url + reverse("customers:duplicates"))
    page.get_by_role("button", name="Không trùng").click()
    expect(page.get_by_text("Không có hồ sơ nào giống nhau")).to_be_visible()
    assert DuplicatePair.objects.get().verdict == "apart"
    assert find_duplicates().new == 0
    assert not DuplicatePair.objects.open().exists()


def test_any_two_are_merged_from_a_record(visit, twins, complaints, assert_accessible):
    page = visit(twins.anh.get_absolute_url(), user=twins.huy)
    page.get_by_role("link", name="Gộp với hồ sơ khác").click()
    assert_accessible(page)
    page.get_by_label("Người kia").fill("Bình")
    page.get_by_role("button", name="So sánh").click()
    expect(page.get_by_role("heading", name="Gộp hồ sơ")).to_be_visible()
    expect(page.locator(".merge__row--head")).to_contain_text("Trần Văn Bình")
    page.get_by_role("button", name="Gộp hai hồ sơ").click()
    expect(page.get_by_text(f"Đã gộp {twins.binh.code} vào Nguyễn Thị Ngọc Ánh")).to_be_visible()
    assert not Customer.objects.filter(pk=twins.binh.pk).exists()
    assert complaints == []


def test_any_two_are_merged_from_two_ticks(visit, twins, complaints):
    page = visit("/customers/", user=twins.huy)
    button = page.get_by_role("button", name="Gộp hai hồ sơ này")
    page.get_by_label("Chọn Trần Văn Bình").check()
    expect(button).to_be_hidden()
    page.get_by_label("Chọn Lê Thị Cúc").check()
    expect(button).to_be_visible()
    page.get_by_label("Chọn Nguyễn Thị Ngọc Ánh", exact=True).check()
    expect(button).to_be_hidden()
    page.get_by_label("Chọn Nguyễn Thị Ngọc Ánh", exact=True).uncheck()
    button.click()
    expect(page.locator(".merge__row--head")).to_contain_text("Lê Thị Cúc")
    expect(page.locator(".merge__row--head")).to_contain_text("Trần Văn Bình")
    assert complaints == []


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 360)])
@pytest.mark.parametrize("name", ["duplicates", "merge", "merge-with", "merges"])
def test_pages_are_accessible_and_fit(visit, twins, assert_accessible, name, theme, width):
    args = {"merge": [twins.anh.pk, twins.again.pk], "merge-with": [twins.anh.pk]}.get(name, [])
    if name == "merges":
        both = (Customer.objects.get(pk=one.pk) for one in (twins.anh, twins.again))
        merge_customers(**dict(zip(("keep", "duplicate"), both, strict=True)), by=twins.huy)
        assert CustomerMerge.objects.exists()
    page = visit(reverse(f"customers:{name}", args=args), user=twins.huy, theme=theme, width=width)
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
