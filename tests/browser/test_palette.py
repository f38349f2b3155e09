"""The palette in a real browser: by keys alone, the focus where it was, no fault that axe finds."""

import itertools
import re

import pytest
from playwright.sync_api import expect

from tests.factories import CustomerFactory

ANSWERS = "**/customers/palette/*"


@pytest.fixture
def hung(cast):
    return CustomerFactory(
        family_name="Lê", middle_name="Văn", given_name="Hùng", owner=cast.ha, phone="+84987000111"
    )


def box(page):
    return page.get_by_role("combobox", name="Tìm và mở nhanh")


@pytest.fixture
def answers(page):
    """Answers to the palette come only after they are let go."""
    held = []
    page.route(ANSWERS, lambda answer: held.append(answer))

    def let_go():
        for answer in held:
            answer.continue_()
        page.unroute(ANSWERS)

    return let_go


def test_a_customer_is_opened_by_keys_alone(visit, cast, hung, complaints):
    page = visit("/help/", user=cast.ha)
    page.keyboard.press("Control+k")
    expect(box(page)).to_be_focused()
    expect(page.get_by_role("option", name="Thêm mới")).to_be_visible()
    page.keyboard.type("hung", delay=30)
    found = page.get_by_role("option", name="Lê Văn Hùng")
    expect(found).to_have_attribute("aria-selected", "true")
    expect(found.locator("u")).to_have_text("Hùng")
    expect(page.locator("#palette-said")).to_have_text("Đang hiện 1 khách hàng")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Lê Văn Hùng")).to_be_visible()
    assert complaints == []


@pytest.mark.parametrize(
    ("key", "address"), [("Enter", r"/customers/{pk}/$"), ("Control+Enter", r"/customers/\?q=0987000111$")]
)
def test_enter_waits_for_what_was_typed(visit, cast, hung, answers, complaints, key, address):
    """Somebody quicker than the answers still comes to whom they typed, not to who stood there before."""
    page = visit("/help/", user=cast.ha)
    with page.expect_request(ANSWERS):
        page.keyboard.press("/")
    page.keyboard.type("0987000111")
    page.keyboard.press(key)
    # Longer than the box waits for the next letter: it would ask again by now.
    page.wait_for_timeout(200)
    answers()
    expect(page).to_have_url(re.compile(address.format(pk=hung.pk)))
    assert complaints == []


def test_a_late_answer_leads_nowhere_once_the_palette_is_closed(visit, cast, hung, answers):
    page = visit("/help/", user=cast.ha)
    with page.expect_request(ANSWERS):
        page.keyboard.press("/")
    page.keyboard.type("0987000111")
    page.keyboard.press("Enter")
    page.locator("#palette").evaluate("palette => palette.close()")
    with page.expect_response(lambda answer: "q=0987000111" in answer.url):
        answers()
    expect(page.locator("#palette-hits")).to_contain_text("Lê Văn Hùng")
    expect(page).to_have_url(re.compile(r"/help/$"))


def test_arrows_wait_for_what_was_typed(visit, cast, hung, answers):
    """A list that is about to be replaced is not gone through."""
    page = visit("/help/", user=cast.ha)
    with page.expect_request(ANSWERS):
        page.keyboard.press("/")
    page.keyboard.type("hung")
    page.keyboard.press("ArrowDown")
    answers()
    chosen = page.locator('[role="option"][aria-selected="true"]')
    expect(chosen).to_contain_text("Thêm khách hàng “hung”")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/customers/new/\?full_name=hung$"))


def test_arrows_choose_and_the_choice_is_told(visit, cast, hung):
    page = visit("/help/", user=cast.ha)
    page.keyboard.press("/")
    page.keyboard.type("hung")
    expect(page.get_by_role("option", name="Lê Văn Hùng")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowDown")
    chosen = page.locator('[role="option"][aria-selected="true"]')
    expect(chosen).to_contain_text("Thêm khách hàng “hung”")
    assert box(page).get_attribute("aria-activedescendant") == chosen.get_attribute("id")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(chosen).to_contain_text("Tìm “hung” trong danh sách")
    page.keyboard.press("Control+Enter")
    expect(page).to_have_url(re.compile(r"/customers/\?q=hung$"))


def test_escape_gives_the_focus_back(visit, cast):
    page = visit("/customers/", user=cast.ha)
    link = page.locator("main .row-link").first
    link.focus()
    page.keyboard.press("Control+k")
    expect(box(page)).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#palette")).to_be_hidden()
    expect(link).to_be_focused()


def test_a_slash_in_a_field_is_a_slash(visit, cast):
    page = visit("/customers/new/", user=cast.ha)
    page.get_by_label("Họ và tên").press("/")
    expect(page.locator("#palette")).to_be_hidden()


def test_without_script_it_is_a_page(browser, visit, page, live_server, cast, hung):
    visit("/help/", user=cast.ha)
    context = browser.new_context(java_script_enabled=False)
    context.add_cookies(page.context.cookies())
    plain = context.new_page()
    plain.goto(f"{live_server.url}/customers/palette/")
    plain.get_by_role("main").get_by_role("searchbox").fill("0987 000 111")
    plain.get_by_role("main").get_by_role("button", name="Tìm").click()
    plain.get_by_role("link", name="Lê Văn Hùng").click()
    expect(plain.get_by_role("heading", name="Lê Văn Hùng")).to_be_visible()
    context.close()


def test_axe_finds_nothing(visit, cast, hung, assert_accessible):
    for theme, width in itertools.product(("light", "dark"), (1440, 360)):
        page = visit("/customers/palette/?q=hung", user=cast.ha, theme=theme, width=width)
        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.keyboard.press("Control+k")
        expect(page.get_by_role("option", name="Thêm mới")).to_be_visible()
        assert_accessible(page)
        page.keyboard.type("hung")
        expect(page.get_by_role("option", name="Lê Văn Hùng")).to_be_visible()
        assert_accessible(page)
