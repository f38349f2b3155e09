"""A wrong click does not throw away what somebody typed."""

from django.urls import reverse
from playwright.sync_api import Page, expect

from tests.browser.test_officer import log_in


def test_leaving_a_form_asks_first(live_server, cast, page: Page):
    log_in(page, live_server.url, "ha")
    page.goto(live_server.url + reverse("customers:edit", args=[cast.anh.pk]))
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.get_by_label("Sở thích").fill("Trà sen")
    page.get_by_role("link", name="Trợ giúp").first.click()
    expect(page.get_by_label("Sở thích")).to_have_value("Trà sen")
    assert asked == ["beforeunload"]


def test_saving_does_not_ask(live_server, cast, page: Page):
    log_in(page, live_server.url, "ha")
    page.goto(live_server.url + reverse("customers:edit", args=[cast.anh.pk]))
    page.get_by_label("Sở thích").fill("Trà sen")
    page.get_by_role("button", name="Lưu khách hàng").click()
    expect(page.get_by_text("Đã lưu Nguyễn Thị Ngọc Ánh.")).to_be_visible()
