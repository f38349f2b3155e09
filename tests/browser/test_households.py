"""An officer keeps a household, in a real browser."""

from __future__ import annotations

import itertools

from playwright.sync_api import expect

from customers.models import Customer
from tests.factories import CustomerFactory, HouseholdFactory


def household(cast) -> str:
    home = HouseholdFactory()
    born = {"household": home, "household_role": "head", "child_birth_years": [2015, 2023]}
    Customer.objects.filter(pk=cast.anh.pk).update(**born)
    CustomerFactory(given_name="Bảo", owner=cast.ha, branch=cast.cau_giay, household=home)
    return home.get_absolute_url()


def test_a_household_is_put_in_order(visit, cast, complaints):
    household(cast)
    CustomerFactory(given_name="Lụa", owner=cast.ha, branch=cast.cau_giay)
    page = visit(cast.anh.get_absolute_url(), user=cast.ha)
    page.get_by_role("link", name="Nhà chị Ánh").click()
    page.get_by_role("link", name="Thêm thành viên").click()
    page.get_by_label("Người kia").fill("Lụa")
    page.get_by_label("Vai trò trong hộ").select_option("Chủ hộ")
    page.get_by_role("button", name="Thêm thành viên").click()
    expect(page.locator("main .row").first).to_contain_text("Nguyễn Thị Ngọc Lụa Chủ hộ")
    page.get_by_role("link", name="Sửa").click()
    page.get_by_label("Địa chỉ chung").fill("12 Lý Thái Tổ")
    page.get_by_label("Điện thoại chung").fill("0912 345 678")
    page.get_by_role("button", name="Lưu").click()
    expect(page.get_by_text("12 Lý Thái Tổ")).to_be_visible()
    page.get_by_role("button", name="Nguyễn Thị Ngọc Bảo rời hộ gia đình").click()
    page.goto(
        page.url.rsplit("/customers/")[0]
        + Customer.objects.get(given_name="Ánh").household.get_absolute_url()
    )
    expect(page.get_by_role("heading", name="Thành viên trước đây")).to_be_visible()
    assert complaints == []


def test_axe_finds_nothing(visit, cast, assert_accessible):
    home = household(cast)
    parts, themes, widths = ("", "edit/", "members/new/"), ("light", "dark"), (1440, 360)
    for part, theme, width in itertools.product(parts, themes, widths):
        page = visit(home + part, user=cast.ha, theme=theme, width=width)
        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (part, width)
