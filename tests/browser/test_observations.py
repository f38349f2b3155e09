"""An officer notes what a customer needs, changes it later and looks back, in a real browser."""

from __future__ import annotations

import datetime
import itertools

from playwright.sync_api import expect

from customers import observations
from customers.models import Customer, Observation


def test_a_need_is_noted_on_the_record_and_changes(visit, cast, complaints):
    page = visit(cast.anh.get_absolute_url(), user=cast.ha)
    known = page.locator("#observations")
    known.get_by_role("link", name="Ghi thêm").click()
    known.get_by_role("button", name="Lưu").click()
    expect(known.get_by_role("alert")).to_be_visible()
    known.get_by_label("Nội dung").fill("Máy lọc nước cho bếp nhỏ")
    known.get_by_label("Ghim lên đầu").check()
    known.get_by_role("button", name="Lưu").click()
    expect(page.locator("#pinned")).to_contain_text("Máy lọc nước cho bếp nhỏ")
    expect(known.get_by_role("button", name="Lưu")).to_have_count(0)

    known.get_by_role("link", name="Đổi: Nhu cầu").click()
    known.get_by_label("Nội dung").fill("Tủ lạnh")
    known.get_by_label("Ghim lên đầu").uncheck()
    known.get_by_role("button", name="Lưu").click()
    expect(known.get_by_text("Tủ lạnh")).to_be_visible()
    expect(page.locator("#pinned")).to_be_hidden()

    known.get_by_role("link", name="Lịch sử").click()
    expect(page.get_by_text("Máy lọc nước cho bếp nhỏ")).to_be_visible()
    page.get_by_role("button", name="Kết thúc: Nhu cầu").click()
    expect(page.get_by_text("Chưa ghi nhu cầu, mục tiêu")).to_be_visible()
    assert not Observation.objects.running().exists()
    assert [text for text in complaints if "422" not in text] == []


def look_back(cast) -> None:
    """Ánh is recorded since January, with a budget noted in March."""
    since = datetime.datetime(2026, 1, 10, tzinfo=datetime.UTC)
    Customer.objects.filter(pk=cast.anh.pk).update(created_at=since, marital_status="single")
    values = {"source": "said", "from_on": datetime.date(2026, 3, 1), "text": ""}
    budget = {"kind": "budget", "budget_min": 500_000, "budget_max": 2_000_000, "is_pinned": True}
    observations.record(customer=cast.anh, values=values | budget, by=cast.ha)


def test_the_record_is_shown_as_of_a_past_day(visit, cast):
    look_back(cast)
    page = visit(cast.anh.get_absolute_url(), user=cast.ha)
    page.get_by_role("link", name="Vào ngày trước đây").click()
    page.get_by_label("Vào cuối ngày").fill("28/02/2026")
    page.get_by_role("button", name="Xem").click()
    expect(page.get_by_text("Chưa ghi gì.")).to_be_visible()
    page.get_by_label("Vào cuối ngày").fill("01/03/2026")
    page.get_by_role("button", name="Xem").click()
    expect(page.get_by_text("500.000\u00a0₫ – 2.000.000\u00a0₫")).to_be_visible()


def test_axe_finds_nothing(visit, cast, assert_accessible):
    look_back(cast)
    record = cast.anh.get_absolute_url()
    replaced = Observation.objects.get().pk
    paths = (
        record,
        *(f"{record}{path}" for path in ("known/", f"known/{replaced}/", "as-of/?on=01/04/2026")),
    )
    for path, theme, width in itertools.product(paths, ("light", "dark"), (1440, 360)):
        page = visit(path, user=cast.ha, theme=theme, width=width)
        if path == record:
            page.locator("#observations").get_by_role("link", name="Ghi thêm").click()
            expect(page.locator("#observations").get_by_role("button", name="Lưu")).to_be_visible()
        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
