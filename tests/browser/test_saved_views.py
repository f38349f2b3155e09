"""A view in a real browser: saved, changed, shared with a colleague, and narrowed by a click on a cell."""

import pytest
from playwright.sync_api import expect

from tests.factories import CustomerFactory


@pytest.fixture
def crowd(cast):
    for number in range(6):
        gender = "female" if number % 2 else "male"
        for owner in (cast.ha, cast.nam):
            CustomerFactory(
                given_name=f"{owner.username} {number}", gender=gender, owner=owner, branch=cast.cau_giay
            )
    return cast


def rows(page):
    return page.locator("tbody .row-link")


def test_a_view_is_saved_changed_and_shared(visit, crowd, complaints, assert_accessible):
    page = visit("/customers/?gender=female", user=crowd.ha)
    page.get_by_role("link", name="Lưu bộ lọc").click()
    page.get_by_label("Tên bộ lọc").fill("Khách nữ")
    page.get_by_label("Chia sẻ với chi nhánh của tôi").check()
    page.get_by_label("Ghim trên danh sách").check()
    assert_accessible(page)
    page.get_by_role("button", name="Lưu bộ lọc").click()
    expect(page.get_by_role("heading", name="Khách nữ", level=1)).to_be_visible()
    expect(rows(page)).to_have_count(3)

    # Another order is a change: it can be taken back, or kept.
    page.get_by_role("link", name="Tổng chi tiêu").click()
    expect(page.get_by_text("Bộ lọc đã đổi")).to_be_visible()
    page.get_by_role("link", name="Hủy", exact=True).click()
    expect(page.get_by_text("Bộ lọc đã đổi")).to_have_count(0)
    page.get_by_role("link", name="Tổng chi tiêu").click()
    expect(page.get_by_text("Bộ lọc đã đổi")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="Lưu bộ lọc").click()
    expect(page.get_by_role("columnheader", name="Tổng chi tiêu")).to_have_attribute(
        "aria-sort", "descending"
    )
    expect(page.get_by_text("Bộ lọc đã đổi")).to_have_count(0)

    # A colleague of the branch finds it in the menu, with their own customers.
    page = visit("/customers/", user=crowd.nam)
    page.get_by_role("button", name="Các bộ lọc đã lưu").click()
    page.get_by_role("link", name="Khách nữ").click()
    expect(page.get_by_role("heading", name="Khách nữ", level=1)).to_be_visible()
    expect(rows(page)).to_have_count(3)
    assert all("nam" in name for name in rows(page).all_inner_texts())
    assert complaints == []


def test_a_click_on_a_cell_filters_by_it_without_a_reload(visit, crowd, complaints):
    page = visit("/customers/?columns=gender,phone", user=crowd.ha)
    page.evaluate("window.stillHere = true")
    page.locator(".cell-filter", has_text="Nữ").first.click()
    expect(rows(page)).to_have_count(3)
    expect(page.get_by_text("Giới tính là Nữ")).to_be_visible()
    assert page.evaluate("window.stillHere")
    assert complaints == []


def test_columns_are_moved_and_shown(visit, crowd, complaints, assert_accessible):
    page = visit("/customers/?columns=phone,gender", user=crowd.ha)
    page.get_by_role("link", name="Cột", exact=True).click()
    page.get_by_role("button", name="Đưa Giới tính lên").click()
    expect(page.locator(".column-list label").first).to_have_text("Giới tính")
    assert_accessible(page)
    page.get_by_role("button", name="Hiện các cột").last.click()
    expect(page.get_by_role("columnheader").nth(2)).to_have_text("Giới tính")
    assert complaints == []
