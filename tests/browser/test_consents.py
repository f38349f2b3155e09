"""An officer records what a customer agrees to, and what comes next, in a real browser."""

from __future__ import annotations

import datetime
import itertools

from django.utils import timezone
from playwright.sync_api import Page, expect

from customers.models import Consent
from interactions.models import FollowUp, Interaction
from tests.browser.test_officer import log_in
from tests.factories import ConsentFactory, FollowUpFactory

TOMORROW = datetime.timedelta(days=1)


def typed(day: datetime.date) -> str:
    return f"{day:%d/%m/%Y}"


def record_consent(page: Page) -> None:
    """Given on a form, then withdrawn on the phone."""
    page.locator("#consents").get_by_role("link", name="Ghi sự đồng ý", exact=True).click()
    form = page.get_by_role("form", name="Ghi sự đồng ý")
    form.get_by_label("Mục đích xử lý").select_option("Tiếp thị qua cuộc gọi")
    form.get_by_role("radio", name="Đồng ý", exact=True).check()
    form.get_by_role("button", name="Lưu").click()
    expect(form.get_by_role("alert")).to_be_visible()
    form.get_by_label("Bằng chứng").fill("Phiếu số 12")
    form.get_by_role("button", name="Lưu").click()
    # The words of the choices stand in the form too, while it waits for the answer.
    expect(form).to_have_count(0)
    expect(page.locator("#consents .row", has_text="Tiếp thị qua cuộc gọi đồng ý")).to_contain_text(
        "phiếu có chữ ký"
    )

    page.locator("#consents").get_by_role("link", name="Ghi sự đồng ý", exact=True).click()
    form.get_by_label("Mục đích xử lý").select_option("Tiếp thị qua cuộc gọi")
    form.get_by_role("radio", name="Rút lại sự đồng ý").check()
    form.get_by_label("Cách thu thập").select_option("nói qua điện thoại")
    form.get_by_role("button", name="Lưu").click()
    expect(form).to_have_count(0)
    expect(page.locator("#consents .row", has_text="Tiếp thị qua cuộc gọi rút lại")).to_contain_text(
        "nói qua điện thoại"
    )


def assert_recorded(cast) -> None:
    lines = Consent.objects.filter(customer=cast.anh, purpose="call").order_by("pk")
    assert [(line.is_given, line.is_current) for line in lines] == [(True, False), (False, True)]


def test_consent_is_recorded_with_script(visit, cast, complaints):
    page = visit(cast.anh.get_absolute_url(), user=cast.ha)
    address = page.url
    record_consent(page)
    assert page.url == address
    page.locator("#consents").get_by_role("link", name="Sổ ghi sự đồng ý").click()
    expect(page.get_by_text("Phiếu số 12")).to_be_visible()
    assert_recorded(cast)
    assert [text for text in complaints if "422" not in text] == []


def test_a_next_step_is_planned_with_a_contact_and_done(visit, cast, complaints):
    page = visit(cast.anh.get_absolute_url(), user=cast.ha)
    composer, card = page.locator("#composer"), page.locator("#follow-ups")
    composer.get_by_label("Nội dung chính").fill("Hỏi máy lọc nước")
    composer.get_by_text("Việc tiếp theo").first.click()
    composer.get_by_label("Việc tiếp theo").fill("Gửi báo giá")
    composer.get_by_role("button", name="Lưu tương tác").click()
    expect(composer.get_by_text("Ghi hạn đến ngày nào.")).to_be_visible()
    day = timezone.localdate() + TOMORROW
    composer.get_by_label("Hạn xử lý").fill(f"{typed(day)} 9h30")
    composer.get_by_role("button", name="Lưu tương tác").click()
    expect(card).to_contain_text(f"{typed(day)} 09:30")
    expect(page.locator("#timeline").get_by_text("Hỏi máy lọc nước")).to_be_visible()

    card.get_by_role("link", name="Hẹn việc tiếp theo").click()
    card.get_by_label("Việc cần làm").fill("Mời dùng thử")
    card.get_by_label("Hạn xử lý").fill(typed(day))
    card.get_by_role("button", name="Lưu").click()
    expect(card.get_by_text("Mời dùng thử")).to_be_visible()
    card.get_by_role("button", name="Xong: Gửi báo giá").click()
    expect(card.get_by_text("Gửi báo giá")).to_have_count(0)
    card.get_by_role("link", name="Hủy: Mời dùng thử").click()
    page.get_by_label("Lý do").fill("Khách bận")
    page.get_by_role("button", name="Hủy việc này").click()
    expect(card).to_contain_text("Chưa hẹn việc gì.")
    assert Interaction.objects.count() == 1
    assert sorted(FollowUp.objects.values_list("subject", "cancel_reason")) == [
        ("Gửi báo giá", ""),
        ("Mời dùng thử", "Khách bận"),
    ]
    assert [text for text in complaints if "422" not in text] == []


def test_consent_is_recorded_without_script(browser, browser_context_args, live_server, cast):
    context = browser.new_context(**browser_context_args, java_script_enabled=False)
    page = context.new_page()
    log_in(page, live_server.url, "ha")
    page.goto(live_server.url + cast.anh.get_absolute_url())
    record_consent(page)
    assert_recorded(cast)
    context.close()


def test_the_chips_of_the_list_get_their_numbers_and_lose_them_with_a_condition(visit, cast, complaints):
    ConsentFactory(customer=cast.anh)
    page = visit("/customers/?rule=consent.given.call,next_contact.unknown", user=cast.huy)
    expect(page.locator("#count-rule-0")).to_have_text("1")
    expect(page.locator("#count-rule-1")).to_have_text("3")
    address = page.url
    page.locator(".chip__drop").first.click()
    expect(page.locator("#count-rule-0")).to_have_text("3")
    expect(page.locator("#count-rule-1")).to_have_count(0)
    assert page.url != address
    assert "counts" not in page.url
    assert complaints == []


def test_axe_finds_nothing(visit, cast, assert_accessible):
    ConsentFactory(customer=cast.anh)
    ConsentFactory(customer=cast.anh, purpose="contact", is_given=False)
    step = FollowUpFactory(customer=cast.anh, due_on=timezone.localdate() - TOMORROW)
    record = cast.anh.get_absolute_url()
    paths = (
        record,
        *(
            f"{record}{path}"
            for path in ("consents/", "consents/new/", "next/new/", f"next/{step.pk}/cancel/")
        ),
        "/customers/?rule=consent.given.call&columns=last_contact,next_contact,consent",
    )
    for path, theme, width in itertools.product(paths, ("light", "dark"), (1440, 360)):
        page = visit(path, user=cast.ha, theme=theme, width=width)
        if path == record:
            for card in ("#consents", "#follow-ups"):
                page.locator(card).locator(".section__note").click()
                expect(page.locator(card).get_by_role("button", name="Lưu")).to_be_visible()
        if "rule" in path:
            expect(page.locator("#count-rule-0")).to_have_text("1")
        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
