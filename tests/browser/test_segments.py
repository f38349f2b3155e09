"""A manager's main job in a real browser: calculate, read the report, open the customers behind a figure."""

import re

import pytest
from playwright.sync_api import expect

from segments import tasks
from segments.models import RefreshRun
from segments.refresh import refresh_now
from tests.factories import PurchaseFactory

WIDTHS = (1440, 360)
THEMES = ("light", "dark")


def test_a_manager_calculates_and_opens_the_customers_behind_a_figure(visit, cast, complaints):
    PurchaseFactory(customer=cast.anh)
    page = visit("/segments/", user=cast.huy)
    page.get_by_role("button", name="Tính phân khúc").click()
    expect(page.get_by_text("Đang chờ tiến trình nền")).to_be_visible()
    tasks.refresh(RefreshRun.objects.get().pk)
    # The page finds out by itself.
    expect(page.get_by_text("Phân khúc đã được cập nhật.")).to_be_visible()
    page.get_by_role("link", name="Xem phân khúc").click()
    page.get_by_role("link", name="Tần suất mua").click()
    row = page.get_by_role("row", name=re.compile("^Mua một lần"))
    expect(row).to_contain_text("100,0 %")
    row.get_by_role("link", name="1", exact=True).click()
    expect(page.get_by_role("link", name="Nguyễn Thị Ngọc Ánh")).to_be_visible()
    expect(page.get_by_role("link", name="Trần Văn Bình")).to_have_count(0)
    assert complaints == []


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("theme", THEMES)
def test_the_report_is_accessible_and_fits(visit, cast, assert_accessible, theme, width):
    PurchaseFactory(customer=cast.anh)
    run = refresh_now(as_of=PurchaseFactory(customer=cast.binh).purchased_at.date())
    for path in ("/segments/", "/segments/rfm/", "/segments/age/", f"/segments/runs/{run.pk}/"):
        page = visit(path, user=cast.huy, theme=theme, width=width)
        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
