"""A wrong click does not throw away what somebody typed."""

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from tests.browser.test_officer import log_in
from tests.factories import PASSWORD


def test_leaving_a_form_asks_first(live_server, cast, page: Page):
    log_in(page, live_server.url, "ha")
    page.goto(live_server.url + reverse("customers:edit", args=[cast.anh.pk]))
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.get_by_label("Sở thích").fill("Trà sen")
    page.get_by_role("link", name="Trợ giúp").first.click()
    expect(page.get_by_label("Sở thích")).to_have_value("Trà sen")
    assert asked == ["beforeunload"]


@pytest.mark.parametrize("button", ["VI , chuyển sang English", "Đăng xuất"])
def test_the_forms_of_the_frame_save_nothing_and_so_ask(visit, cast, button):
    page = visit(cast.anh.get_absolute_url(), user=cast.ha)
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.get_by_label("Nội dung chính").fill("Hỏi máy lọc nước")
    page.get_by_role("button", name="Trần Thu Hà").click()
    page.get_by_role("button", name=button).click()
    expect(page.get_by_label("Nội dung chính")).to_have_value("Hỏi máy lọc nước")
    assert asked == ["beforeunload"]


def test_what_is_sent_is_asked_for_again_by_whoever_stays(visit, cast):
    page = visit(cast.anh.get_absolute_url(), user=cast.ha)
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.evaluate("""() => {
        const other = document.createElement("form")
        other.method = "post"
        other.innerHTML = '<label>Lời nhắn <input name="other"></label><button>Gửi thử</button>'
        document.getElementById("main").prepend(other)
    }""")
    page.get_by_label("Lời nhắn").fill("một")
    page.get_by_label("Nội dung chính").fill("hai")
    page.get_by_label("Lời nhắn").press("Enter")
    expect(page.get_by_label("Lời nhắn")).to_have_value("một")
    page.get_by_label("Nội dung chính").evaluate("box => box.form.remove()")
    page.get_by_role("link", name="Trợ giúp").first.click()
    expect(page.get_by_label("Lời nhắn")).to_have_value("một")
    assert asked == ["beforeunload", "beforeunload"]


def test_saving_does_not_ask(live_server, cast, page: Page):
    log_in(page, live_server.url, "ha")
    page.goto(live_server.url + reverse("customers:edit", args=[cast.anh.pk]))
    page.get_by_label("Sở thích").fill("Trà sen")
    page.get_by_role("button", name="Lưu khách hàng").click()
    expect(page.get_by_text("Đã lưu Nguyễn Thị Ngọc Ánh.")).to_be_visible()


def test_a_session_that_ended_asks_for_the_login_and_gives_back_what_was_typed(live_server, cast, page: Page):
    log_in(page, live_server.url, "ha")
    page.goto(live_server.url + reverse("customers:detail", args=[cast.anh.pk]))
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.get_by_label("Nội dung chính").fill("Hỏi máy lọc nước")
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="Lưu tương tác").click()
    expect(page.get_by_text("Bạn đã bị đăng xuất. Hãy đăng nhập lại")).to_be_visible()
    assert asked == []
    page.get_by_label("Tên đăng nhập hoặc email").fill("ha")
    page.get_by_label("Mật khẩu", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập").click()
    expect(page.get_by_label("Nội dung chính")).to_have_value("Hỏi máy lọc nước")
    expect(page.get_by_text("Nội dung đã nhập vẫn ở đây nhưng chưa được lưu.")).to_be_visible()
