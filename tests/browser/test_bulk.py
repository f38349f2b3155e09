"""A manager changes many customers at once and takes it back, in a real browser."""

import itertools
import re

from playwright.sync_api import expect

from customers.models import ChangeBatch, Customer
from tests.factories import TagFactory


def test_customers_are_ticked_changed_and_restored(visit, cast, complaints, assert_accessible):
    page = visit("/customers/", user=cast.huy)
    bar = page.locator(".selection")
    expect(bar).to_be_hidden()
    page.get_by_label("Chọn Nguyễn Thị Ngọc Ánh").check()
    expect(bar.get_by_role("status")).to_have_text("Đã chọn: 1")
    page.get_by_label("Chọn cả trang").check()
    expect(bar.get_by_role("status")).to_have_text("Đã chọn: 3")
    page.get_by_label("Chọn Lê Thị Cúc").uncheck()
    expect(bar.get_by_role("status")).to_have_text("Đã chọn: 2")
    assert_accessible(page)
    page.get_by_role("button", name="Sửa khách đã chọn").click()
    expect(page.get_by_role("heading", name="Đã chọn 2 khách hàng")).to_be_visible()
    page.get_by_role("link", name="Nguồn").first.click()
    page.get_by_label("Nguồn").select_option("event")
    page.get_by_label("Lý do").fill("Hội thảo tháng 11")
    page.get_by_role("button", name="Xem trước").click()
    expect(page.get_by_role("row", name="Trần Văn Bình")).to_contain_text("Sự kiện, chương trình")
    assert_accessible(page)
    page.get_by_role("button", name="Sửa 2 khách hàng").click()
    expect(page.get_by_text("Đã sửa xong 2 khách hàng.")).to_be_visible()
    assert set(Customer.objects.filter(source="event")) == {cast.anh, cast.binh}
    Customer.objects.filter(pk=cast.binh.pk).update(source="hotline")
    page.get_by_role("button", name="Hoàn tác 2 khách hàng").click()
    expect(page.get_by_text("1 khách đã về giá trị cũ, 1 khách được giữ nguyên.")).to_be_visible()
    expect(page.get_by_text("Đã có người sửa sau đó.")).to_be_visible()
    assert dict(Customer.objects.values_list("pk", "source")) == {
        cast.anh.pk: "",
        cast.binh.pk: "hotline",
        cast.cuc.pk: "",
    }
    assert complaints == []


def test_all_that_match_get_a_tag_without_script(browser, visit, cast):
    """Every step is a page of its own."""
    TagFactory(name="Khách quen")
    cookies = visit("/customers/?q=nguyen", user=cast.huy).context.cookies()
    with browser.new_context(java_script_enabled=False, locale="vi-VN") as context:
        context.add_cookies(cookies)
        page = context.new_page()
        page.goto(visit("/customers/?q=nguyen", user=cast.huy).url)
        page.get_by_role("button", name=re.compile("^Sửa tất cả$")).click()
        page.get_by_role("link", name="Gắn thẻ").click()
        page.get_by_label("Thẻ").select_option(label="Khách quen")
        page.get_by_label("Lý do").fill("Mua từ lâu")
        page.get_by_role("button", name="Xem trước").click()
        page.get_by_role("button", name="Sửa 1 khách hàng").click()
        expect(page.get_by_text("Đã sửa xong 1 khách hàng.")).to_be_visible()
    assert [given.tag.name for given in cast.anh.customer_tags.all()] == ["Khách quen"]


def test_rows_are_chosen_with_a_thumb(visit, cast, complaints, assert_accessible):
    """A touch anywhere at the edge of a row ticks it; the rest of the row opens the customer."""
    page = visit("/customers/", user=cast.huy, width=360)
    rows, bar = page.locator("tbody tr"), page.locator(".selection")
    for number in range(2):
        box = rows.nth(number).bounding_box()
        assert box is not None
        page.mouse.click(box["x"] + 26, box["y"] + 8)
        page.mouse.click(box["x"] + 8, box["y"] + box["height"] - 8)
        expect(rows.nth(number).locator(".tick > input")).not_to_be_checked()
        page.mouse.click(box["x"] + 40, box["y"] + box["height"] / 2)
        expect(rows.nth(number).locator(".tick > input")).to_be_checked()
    expect(bar.get_by_role("status")).to_have_text("Đã chọn: 2")
    # The bar stands above the navigation at the foot of the screen.
    navigation, place = page.locator(".rail").bounding_box(), bar.bounding_box()
    assert navigation is not None
    assert place is not None
    assert place["y"] + place["height"] <= navigation["y"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert_accessible(page)
    bar.get_by_label("Cả trang").check()
    expect(bar.get_by_role("status")).to_have_text("Đã chọn: 3")
    page.get_by_role("button", name="Sửa khách đã chọn").click()
    expect(page.get_by_role("heading", name="Đã chọn 3 khách hàng")).to_be_visible()
    page.go_back()
    page.mouse.click(200, rows.nth(0).bounding_box()["y"] + 20)
    expect(page.locator(".record")).to_be_visible()
    assert complaints == []


def test_axe_finds_nothing(visit, cast, assert_accessible):
    TagFactory(name="Khách quen")
    page = visit("/customers/", user=cast.quan)
    page.get_by_label("Chọn cả trang").check()
    page.get_by_role("button", name="Sửa khách đã chọn").click()
    expect(page.get_by_role("heading", name="Đã chọn 3 khách hàng")).to_be_visible()
    chosen = ChangeBatch.objects.get().pk
    paths = (f"{chosen}/", f"{chosen}/set-place/value/", f"{chosen}/give-tag/value/", "")
    for path, theme, width in itertools.product(paths, ("light", "dark"), (1440, 360)):
        page = visit(f"/customers/bulk/{path}", user=cast.quan, theme=theme, width=width)
        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
