"""Putting conditions together in a real browser: with script, without it, and on a phone."""

import re

import pytest
from playwright.sync_api import expect

from tests.factories import CustomerFactory

BUILDER = "/customers/filter/groups/"


@pytest.fixture
def crowd(cast):
    for name, gender, income in (
        ("Lan", "female", "from_20"),
        ("Mai", "female", "from_5"),
        ("Nam", "male", "from_20"),
        ("Phong", "male", "from_5"),
    ):
        CustomerFactory(
            given_name=name, gender=gender, income_band=income, owner=cast.ha, branch=cast.cau_giay
        )
    return cast


def rows(page):
    return page.locator("tbody .row-link")


def test_a_nested_filter_is_put_together_shown_and_shared(visit, crowd, complaints, assert_accessible):
    page = visit("/customers/", user=crowd.ha)
    page.get_by_role("link", name="Và / hoặc").click()
    page.get_by_role("combobox", name="Trường").select_option(label="Giới tính")
    # There are segments of the same names: what counts is that the row is about the other field now.
    expect(page.locator("#value-0-0-female")).to_be_attached()
    page.locator(".rule-pick summary").click()
    page.get_by_label("Nữ", exact=True).check()
    expect(page.locator(".builder__count")).to_have_text("2 khách hàng")
    expect(page.locator(".rule-pick__chosen")).to_contain_text("Nữ")
    page.get_by_role("button", name="Nhóm điều kiện").first.click()
    inner = page.get_by_role("combobox", name="Trường").nth(1)
    expect(inner).to_be_visible()
    inner.select_option(label="Mức thu nhập")
    expect(page.locator("#value-0-1-0-from_20")).to_be_attached()
    page.locator(".rule-pick summary").nth(1).click()
    page.locator(".rule-pick").nth(1).get_by_label("20 đến dưới 30 triệu").check()
    expect(page.locator(".builder__count")).to_have_text("1 khách hàng")
    expect(page.locator(".builder__sentence")).to_contain_text("Giới tính là Nữ và (Mức thu nhập là 20")
    assert_accessible(page)
    page.get_by_role("button", name="Xem khách hàng").last.click()
    expect(rows(page)).to_have_text(["Nguyễn Thị Ngọc Lan"])
    expect(page).to_have_url(re.compile(r"\?rule=gender\.is\.female,any\(income_band\.is\.from_20\)$"))
    # Each part is a chip; without the group, both women are there.
    page.get_by_role("link", name="Bỏ điều kiện Nhóm").click()
    expect(rows(page)).to_have_count(2)
    assert complaints == []


def test_without_script_every_step_is_a_page(browser, browser_context_args, visit, crowd, live_server, page):
    visit(BUILDER, user=crowd.ha)
    context = browser.new_context(**browser_context_args, java_script_enabled=False)
    context.add_cookies(page.context.cookies())
    plain = context.new_page()
    plain.goto(live_server.url + BUILDER)
    plain.get_by_role("combobox", name="Trường").select_option(label="Giới tính")
    plain.get_by_role("button", name="Đếm lại").click()
    plain.locator(".rule-pick summary").click()
    plain.get_by_label("Nam", exact=True).check()
    plain.get_by_role("button", name="Điều kiện", exact=True).click()
    expect(plain.get_by_role("combobox", name="Trường")).to_have_count(2)
    plain.get_by_role("button", name="Bỏ điều kiện").last.click()
    plain.get_by_role("button", name="Xem khách hàng").last.click()
    expect(plain.locator("tbody .row-link")).to_have_count(2)
    context.close()


def test_a_phone_shows_the_builder_without_scrolling_sideways(visit, crowd, assert_accessible):
    rule = "spend_12m.gte.5000000,last_purchase.ago_over.60,any(gender.is.female,segment.is_not.1)"
    page = visit(f"{BUILDER}?rule={rule}", user=crowd.ha, width=360, theme="dark")
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert_accessible(page)
