"""The list in a real browser: typing, narrowing without a reload, the back button, no script, a phone."""

import datetime
import re
from decimal import Decimal

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import expect

from customers.models import CustomerBehaviour
from tests.factories import CustomerFactory


@pytest.fixture
def crowd(cast):
    """Sixty of Hà's customers, so that there is a second page."""
    for number in range(60):
        customer = CustomerFactory(
            given_name=f"Hoa {number:02d}",
            gender="female" if number % 2 else "male",
            owner=cast.ha,
            branch=cast.cau_giay,
            phone=f"+84912000{number:03d}",
        )
        CustomerBehaviour.objects.filter(customer=customer).update(orders=3, spend=Decimal(number * 1000))
    return cast


def rows(page):
    return page.locator("tbody .row-link")


def test_an_officer_finds_a_customer_by_typing_without_accents(visit, crowd, complaints):
    page = visit("/customers/", user=crowd.ha)
    page.get_by_role("searchbox", name="Tìm khách hàng").fill("ngoc anh")
    page.keyboard.press("Enter")
    expect(rows(page)).to_have_text(["Nguyễn Thị Ngọc Ánh"])
    rows(page).first.click()
    expect(page.get_by_role("heading", name="Nguyễn Thị Ngọc Ánh")).to_be_visible()
    assert complaints == []


def test_the_language_changes_on_the_list_as_it_was_narrowed(visit, crowd):
    page = visit("/customers/", user=crowd.ha)
    page.get_by_role("link", name="Tổng chi tiêu").click()
    page.get_by_role("link", name="Trang sau").click()
    expect(page).to_have_url(re.compile("cursor="))
    narrowed = page.url
    page.get_by_role("button", name="VI , chuyển sang English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    assert page.url == narrowed


def test_the_list_is_narrowed_sorted_and_left_again_without_a_reload(visit, crowd, complaints):
    page = visit("/customers/", user=crowd.ha)
    page.evaluate("window.stillHere = true")
    page.get_by_role("link", name="Điều kiện", exact=True).click()
    page.get_by_label("Giới tính").select_option("female")
    page.get_by_role("button", name="Xem khách hàng").click()
    expect(page.locator(".page-head__note")).to_have_text("30 khách hàng")
    expect(page).to_have_url(re.compile(r"/customers/\?gender=female$"))
    page.get_by_role("link", name="Tổng chi tiêu").click()
    expect(rows(page).first).to_have_text("Nguyễn Thị Ngọc Hoa 59")
    expect(page.get_by_role("columnheader", name="Tổng chi tiêu")).to_have_attribute(
        "aria-sort", "descending"
    )
    page.get_by_role("link", name="Bỏ điều kiện Giới tính").click()
    expect(page.locator(".page-head__note")).to_have_text("61 khách hàng")
    assert page.evaluate("window.stillHere")
    page.go_back()
    expect(page.locator(".page-head__note")).to_have_text("30 khách hàng")
    expect(page.get_by_role("navigation", name="Điều hướng chính")).to_be_visible()
    assert complaints == []


def test_pages_turn_and_turn_back(visit, crowd):
    page = visit("/customers/", user=crowd.ha)
    expect(rows(page)).to_have_count(50)
    page.get_by_role("link", name="Trang sau").click()
    expect(rows(page)).to_have_count(11)
    page.get_by_role("link", name="Trang trước").click()
    expect(rows(page).first).to_have_text("Nguyễn Thị Ngọc Ánh")


def test_everything_works_without_script(browser, visit, page, live_server, crowd):
    visit("/customers/", user=crowd.ha)
    context = browser.new_context(java_script_enabled=False)
    context.add_cookies(page.context.cookies())
    plain = context.new_page()
    plain.goto(f"{live_server.url}/customers/")
    plain.get_by_role("link", name="Điều kiện", exact=True).click()
    plain.get_by_label("Giới tính").select_option("female")
    plain.get_by_label("Tổng chi tiêu từ").fill("1x2")
    plain.get_by_role("button", name="Xem khách hàng").click()
    expect(plain.get_by_text("Không hiểu số tiền này")).to_be_visible()
    expect(plain.locator(".page-head__note")).to_have_text("30 khách hàng")
    plain.get_by_label("Tổng chi tiêu từ").fill("50k")
    plain.get_by_role("button", name="Xem khách hàng").click()
    expect(plain.locator(".page-head__note")).to_have_text("5 khách hàng")
    assert plain.url == f"{live_server.url}/customers/?gender=female&spend_min=50k"
    context.close()


def test_seventeen_customers_are_seen_at_once(visit, crowd):
    page = visit("/customers/", user=crowd.ha)
    box = rows(page).nth(16).bounding_box()
    assert box["y"] + box["height"] <= 900


@pytest.mark.parametrize(
    "path", ["/customers/", "/customers/?q=zzz", "/customers/?q=%25", "/customers/filter/"]
)
def test_nothing_sticks_out_on_a_phone(visit, crowd, path):
    page = visit(path, user=crowd.huy, width=360)
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_the_order_is_chosen_on_a_phone(visit, crowd):
    page = visit("/customers/", user=crowd.ha, width=360)
    page.get_by_role("button", name="Tên A–Y").click()
    page.get_by_role("link", name="Chi tiêu cao nhất").click()
    expect(rows(page).first).to_have_text("Nguyễn Thị Ngọc Hoa 59")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 360])
@pytest.mark.parametrize(
    "path", ["/customers/?gender=female&sort=-spend", "/customers/?q=zzz", "/customers/filter/?spend_min=x"]
)
def test_axe_finds_no_fault(visit, crowd, path, width, theme):
    page = visit(path, user=crowd.huy, width=width, theme=theme)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


RIGHT_ENDS = """cells => cells.map(cell => {
  const shown = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT)
  const range = document.createRange()
  do { shown.nextNode() } while (!shown.currentNode.data.trim())
  range.setStart(shown.currentNode, 0)
  range.setEnd(shown.currentNode, shown.currentNode.data.trimEnd().length)
  return range.getBoundingClientRect().right
})"""


@pytest.mark.parametrize("width", [1440, 1280, 1024])
def test_the_dates_of_the_last_purchase_stand_in_line_and_the_table_fits(visit, crowd, width):
    for number, days in enumerate((0, 1, 24, 280, 1061)):
        CustomerBehaviour.objects.filter(customer__given_name=f"Hoa {number:02d}").update(
            last_purchase_on=timezone.localdate() - datetime.timedelta(days=days)
        )
    page = visit("/customers/?sort=-last_purchase", user=crowd.huy, width=width)
    ends = page.locator("td.dated").evaluate_all(RIGHT_ENDS)
    assert len(ends) == 50
    assert max(ends) - min(ends) < 2
    assert page.locator(".table-frame").evaluate("frame => frame.scrollWidth <= frame.clientWidth")
