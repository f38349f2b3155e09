"""The main job of a relationship officer, in a real browser: with script, without it, and by the keyboard."""

import pytest
from playwright.sync_api import Page, expect

from customers.models import Customer
from customers.services import Contact, CustomerInput, update_customer
from interactions.models import Interaction
from tests.factories import PASSWORD, InteractionFactory, PurchaseFactory, PurchaseLineFactory


def log_in(page: Page, url: str, username: str) -> None:
    page.goto(url)
    page.get_by_label("Tên đăng nhập hoặc email").fill(username)
    page.get_by_label("Mật khẩu", exact=True).fill(PASSWORD)
    page.get_by_label("Mật khẩu", exact=True).press("Enter")
    expect(page.get_by_role("navigation", name="Điều hướng chính")).to_be_visible()


def find_and_open(page: Page) -> None:
    page.get_by_role("searchbox").first.fill("ngoc anh")
    page.get_by_role("searchbox").first.press("Enter")
    page.get_by_role("link", name="Nguyễn Thị Ngọc Ánh").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Nguyễn Thị Ngọc Ánh")


def the_main_job(page: Page) -> None:
    """Find, open, edit, see the change, log an interaction, enter somebody new."""
    find_and_open(page)

    page.get_by_role("link", name="Sửa", exact=True).click()
    page.get_by_label("Sở thích").fill("Đồ bếp, trà thảo mộc")
    page.get_by_label("Thu nhập hằng tháng").fill("15tr")
    page.get_by_role("button", name="Lưu khách hàng").click()
    expect(page.get_by_text("Đã lưu Nguyễn Thị Ngọc Ánh.")).to_be_visible()

    page.get_by_role("link", name="Thay đổi").click()
    timeline = page.locator("#timeline")
    expect(timeline.get_by_role("link", name="Thay đổi")).to_have_attribute("aria-current", "true")
    expect(timeline.get_by_text("Trần Thu Hà").first).to_be_visible()
    summary = timeline.locator("summary")
    if summary.count():
        summary.first.click()
    expect(timeline.get_by_text("Đồ bếp, trà thảo mộc")).to_be_visible()
    expect(timeline.get_by_text("15.000.000 ₫")).to_be_visible()

    page.get_by_label("Nội dung chính").fill("Hỏi máy lọc nước")
    page.get_by_role("textbox", name="Ghi chú").fill("Muốn loại có nước nóng")
    page.get_by_role("button", name="Lưu tương tác").click()
    expect(page.get_by_text("Đã ghi tương tác").first).to_be_visible()
    page.locator(".chips").get_by_role("link", name="Tất cả").click()
    expect(timeline.get_by_text("Hỏi máy lọc nước")).to_be_visible()

    page.get_by_role("link", name="Thêm mới").first.click()
    page.get_by_label("Họ và tên").fill("Phạm Gia Huy")
    page.get_by_label("Điện thoại").fill("0987 654 321")
    page.get_by_role("button", name="Lưu khách hàng").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Phạm Gia Huy")


def assert_done(cast) -> None:
    anh = Customer.objects.get(pk=cast.anh.pk)
    assert (anh.preferences, anh.income_band) == ("Đồ bếp, trà thảo mộc", "from_15")
    assert Interaction.objects.get().customer == anh
    assert str(Customer.objects.get(given_name="Huy").phones.get()) == "+84987654321"


def test_the_main_job_with_script(page, live_server, cast, complaints):
    log_in(page, live_server.url, "ha")
    the_main_job(page)
    assert_done(cast)
    assert complaints == []


def test_the_main_job_without_script(browser, browser_context_args, live_server, cast):
    context = browser.new_context(**browser_context_args, java_script_enabled=False)
    page = context.new_page()
    log_in(page, live_server.url, "ha")
    the_main_job(page)
    assert_done(cast)
    context.close()


def test_wards_follow_the_province_without_script(browser, browser_context_args, live_server, cast):
    context = browser.new_context(**browser_context_args, java_script_enabled=False)
    page = context.new_page()
    log_in(page, live_server.url, "ha")
    page.goto(f"{live_server.url}/customers/new/")
    page.get_by_label("Họ và tên").fill("Phạm Gia Huy")
    page.get_by_label("Tỉnh/thành phố").select_option("Hà Nội")
    page.get_by_role("button", name="Chọn phường/xã").click()
    page.get_by_label("Phường/xã/đặc khu").select_option("Phường Hoàn Kiếm")
    page.get_by_role("button", name="Lưu khách hàng").click()
    expect(page.get_by_text("Phường Hoàn Kiếm, Hà Nội")).to_be_visible()
    context.close()


def test_parts_of_the_form_follow_what_is_typed(visit, cast, complaints):
    """More phones, the wards of a province: each changes its part and keeps what stands in the others."""
    page = visit("/customers/new/", user=cast.ha)
    page.get_by_label("Họ và tên").fill("Phạm Gia Huy")
    page.get_by_label("Điện thoại").fill("0987 654 321")
    page.get_by_role("button", name="Thêm số điện thoại").click()
    expect(page.get_by_label("Điện thoại")).to_have_count(3)
    page.get_by_label("Điện thoại").nth(2).fill("024 3825 0000")
    page.get_by_label("Tỉnh/thành phố").select_option("Đà Nẵng")
    wards = page.get_by_label("Phường/xã/đặc khu")
    expect(wards.locator("option", has_text="Phường Hải Châu")).to_have_count(1)
    wards.select_option("Phường Hải Châu")
    page.get_by_role("textbox", name="Ghi chú").focus()
    page.keyboard.press("Control+Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("Phạm Gia Huy")
    huy = Customer.objects.get(given_name="Huy")
    assert [str(phone) for phone in huy.phones.all()] == ["+84987654321", "+842438250000"]
    assert str(huy.ward) == "Phường Hải Châu"
    assert complaints == []


def test_enter_saves_and_errors_take_the_focus(visit, cast):
    page = visit("/customers/new/", user=cast.ha)
    page.get_by_label("Ngày sinh").fill("31/02/1990")
    page.get_by_label("Ngày sinh").press("Enter")
    summary = page.get_by_role("alert").first
    expect(summary).to_be_focused()
    summary.get_by_role("link", name="Họ và tên").click()
    expect(page.get_by_label("Họ và tên")).to_be_focused()
    expect(page.get_by_label("Ngày sinh")).to_have_value("31/02/1990")


def test_an_interaction_with_a_mistake_keeps_every_word(visit, cast, complaints):
    page = visit(f"/customers/{cast.anh.pk}/", user=cast.ha)
    page.get_by_role("textbox", name="Ghi chú").fill("Muốn loại có nước nóng")
    page.get_by_text("Zalo", exact=True).last.click()
    page.get_by_text("Thời điểm, chiều và giai đoạn").click()
    page.locator("[name=happened_at]").fill("31/02/2026 09:00")
    page.get_by_role("button", name="Lưu tương tác").click()
    expect(page.get_by_text("không có ngày 31").first).to_be_visible()
    page.locator("[name=happened_at]").fill("")
    expect(page.get_by_role("textbox", name="Ghi chú")).to_have_value("Muốn loại có nước nóng")
    page.get_by_label("Nội dung chính").fill("Máy lọc")
    page.get_by_label("Nội dung chính").press("Control+Enter")
    expect(page.locator("#timeline").get_by_text("Máy lọc")).to_be_visible()
    expect(page.get_by_label("Nội dung chính")).to_have_value("")
    assert Interaction.objects.get().channel == "zalo"
    # The answer 422 to the first attempt is the only thing the browser notes.
    assert [text for text in complaints if "422" not in text] == []


def test_older_things_are_added_at_the_end(visit, cast, complaints):
    InteractionFactory.create_batch(65, customer=cast.anh, by=cast.ha)
    page = visit(f"/customers/{cast.anh.pk}/?kind=interaction", user=cast.ha)
    items = page.locator(".timeline__item")
    for expected in (30, 60, 65):
        expect(items).to_have_count(expected)
        if expected < 65:
            page.get_by_role("link", name="Xem thêm").click()
    expect(page.get_by_role("link", name="Xem thêm")).to_have_count(0)
    expect(page.get_by_role("heading", name="Hôm nay")).to_have_count(3)
    assert complaints == []


def begin_conflict(page: Page, cast) -> None:
    """Huy saves between Hà's opening of the form and her saving it."""
    customer = Customer.objects.get(pk=cast.anh.pk)
    entered = CustomerInput({"notes": "của Huy", "needs": "nồi"}, [Contact("+84912345678", "mobile")])
    update_customer(customer=customer, expected_version=customer.version, entered=entered, by=cast.huy)
    page.get_by_role("textbox", name="Ghi chú").fill("của Hà")
    page.get_by_role("button", name="Lưu khách hàng").click()
    expect(page.get_by_text("Phạm Quốc Huy đã lưu lúc")).to_be_visible()


def test_a_conflict_is_decided_by_the_person(visit, cast):
    page = visit(f"/customers/{cast.anh.pk}/edit/", user=cast.ha)
    begin_conflict(page, cast)
    page.get_by_role("radio", name="Đang lưu").check()
    page.get_by_role("button", name="Lưu lựa chọn").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Nguyễn Thị Ngọc Ánh")
    anh = Customer.objects.get(pk=cast.anh.pk)
    assert (anh.notes, anh.needs) == ("của Huy", "nồi")


@pytest.mark.parametrize("width", [1440, 360])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_is_accessible_and_fits(visit, cast, assert_accessible, theme, width):
    Customer.objects.filter(pk=cast.anh.pk).update(special_requests="Gọi sau 16:30", birth_year=1992)
    InteractionFactory(customer=cast.anh, by=cast.ha, notes="Muốn loại có nước nóng", mood="happy")
    PurchaseLineFactory.create_batch(8, purchase=PurchaseFactory(customer=cast.anh, beneficiary="family"))
    record = f"/customers/{cast.anh.pk}/"
    for path in (
        record,
        f"{record}edit/",
        f"{record}deactivate/",
        f"{record}interactions/new/",
        "/customers/new/",
    ):
        page = visit(path, user=cast.ha, theme=theme, width=width)
        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    page = visit(f"{record}edit/", user=cast.ha, theme=theme, width=width)
    begin_conflict(page, cast)
    assert_accessible(page)
    page.goto(page.url.replace(f"{cast.anh.pk}/edit", "new"))
    page.get_by_role("button", name="Lưu khách hàng").click()
    expect(page.get_by_role("alert").first).to_be_focused()
    assert_accessible(page)
