"""What the policy on styles and scripts refuses, on pages and in the parts that are swapped into them."""

import pytest
from playwright.sync_api import expect

from segments.refresh import refresh_now
from tests.factories import CustomerFactory, InteractionFactory, PurchaseFactory

REFUSED = """
addEventListener("securitypolicyviolation", (event) => console.error(
  `${event.violatedDirective} refused at ${event.sourceFile}:${event.lineNumber}`
))
"""


@pytest.fixture(autouse=True)
def _refusals_are_complaints(page, complaints):
    """Also those that the browser reports without writing them to the console."""
    page.add_init_script(REFUSED)


def test_the_browser_complains_of_a_refused_style(visit, cast, complaints):
    page = visit("/help/", user=cast.ha)
    with page.expect_console_message(lambda message: "style-src-attr refused" in message.text):
        page.evaluate("document.body.insertAdjacentHTML('beforeend', '<p style=\"color: red\">')")
    assert any("style-src-attr refused" in text for text in complaints)


def test_the_list_and_what_is_swapped_into_it(visit, cast, complaints):
    CustomerFactory.create_batch(60, gender="female", owner=cast.ha, branch=cast.cau_giay)
    page = visit("/customers/", user=cast.ha)
    page.get_by_role("link", name="Điều kiện", exact=True).click()
    page.get_by_label("Giới tính").select_option("female")
    page.get_by_role("button", name="Xem khách hàng").click()
    expect(page.locator(".page-head__note")).to_have_text("60 khách hàng")
    page.get_by_role("link", name="Tổng chi tiêu").click()
    expect(page.get_by_role("columnheader", name="Tổng chi tiêu")).to_have_attribute(
        "aria-sort", "descending"
    )
    page.get_by_role("link", name="Trang sau").click()
    expect(page.locator("tbody .row-link")).to_have_count(10)
    page.go_back()
    expect(page.locator("tbody .row-link")).to_have_count(50)
    assert complaints == []


def test_a_record_and_its_timeline(visit, cast, complaints):
    PurchaseFactory(customer=cast.anh)
    InteractionFactory(customer=cast.anh, by=cast.ha)
    page = visit(cast.anh.get_absolute_url(), user=cast.ha)
    timeline = page.locator("#timeline")
    expect(timeline.locator(".timeline__item")).not_to_have_count(0)
    timeline.get_by_role("link", name="Thay đổi").click()
    expect(timeline.get_by_role("link", name="Thay đổi")).to_have_attribute("aria-current", "true")
    page.get_by_role("link", name="Sửa", exact=True).click()
    expect(page.get_by_label("Họ và tên")).to_be_visible()
    assert complaints == []


def test_the_report(visit, cast, complaints):
    run = refresh_now(as_of=PurchaseFactory(customer=cast.anh).purchased_at.date())
    for path in ("/segments/", "/segments/rfm/", "/segments/age/", f"/segments/runs/{run.pk}/"):
        visit(path, user=cast.huy)
        assert complaints == [], path
