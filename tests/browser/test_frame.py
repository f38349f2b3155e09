"""The frame in a real browser: logging in, languages, themes, keys, and no fault that axe can find."""

import itertools

import pytest
from playwright.sync_api import expect

from tests.factories import PASSWORD

WIDTHS = (1440, 360)
THEMES = ("light", "dark")
OUTSIDE = ("/accounts/login/", "/accounts/password/reset/", "/no-such-page")
INSIDE = ("/help/", "/accounts/password/change/", "/no-such-page")


def test_a_person_logs_in_and_out(page, live_server, cast, complaints):
    page.goto(live_server.url)
    expect(page).to_have_title("Đăng nhập · Sổ Khách")
    page.get_by_label("Tên đăng nhập hoặc email").fill("ha@example.vn")
    page.get_by_label("Mật khẩu", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập").click()
    expect(page.get_by_role("navigation", name="Điều hướng chính")).to_be_visible()
    page.get_by_role("button", name="Trần Thu Hà").click()
    page.get_by_role("button", name="Đăng xuất").click()
    expect(page.get_by_role("heading", name="Chào mừng trở lại")).to_be_visible()
    page.goto(live_server.url + "/help/")
    expect(page.get_by_role("heading", name="Chào mừng trở lại")).to_be_visible()
    assert complaints == []


def test_the_password_can_be_shown(visit, cast):
    page = visit("/accounts/login/")
    box = page.get_by_label("Mật khẩu", exact=True)
    box.fill("bí mật")
    page.get_by_role("button", name="Hiện mật khẩu").click()
    expect(box).to_have_attribute("type", "text")


def test_the_language_switch_stays_on_the_page(visit, cast, live_server):
    page = visit("/help/", user=cast.ha)
    page.get_by_role("button", name="VI , chuyển sang English").click()
    expect(page.get_by_role("heading", name="Help", exact=True)).to_be_visible()
    assert page.url == live_server.url + "/help/"
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_no_group_of_the_account_menu_is_empty(visit, cast):
    for user in (cast.ha, cast.quan):
        page = visit("/help/", user=user, width=360)
        page.locator("[popovertarget=account-menu]:visible").click()
        expect(page.get_by_role("button", name="Đăng xuất")).to_be_visible()
        expect(page.locator("#account-menu .menu__group:not(:has(*))")).to_have_count(0)


def test_the_theme_changes_at_once_and_is_kept(visit, cast):
    page = visit("/help/", user=cast.ha, theme="light")
    light = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    page.get_by_role("button", name="Sáng hay tối").click()
    page.locator("#theme-menu").get_by_role("button", name="Tối").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    dark = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert dark != light
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_the_theme_changes_without_script(browser, live_server, cast, visit, page):
    visit("/help/", user=cast.ha)
    context = browser.new_context(java_script_enabled=False)
    context.add_cookies(page.context.cookies())
    plain = context.new_page()
    plain.goto(live_server.url + "/help/")
    plain.get_by_role("button", name="Sáng hay tối").click()
    plain.locator("#theme-menu").get_by_role("button", name="Tối").click()
    expect(plain.locator("html")).to_have_attribute("data-theme", "dark")
    context.close()


def test_keys(visit, cast):
    page = visit("/help/", user=cast.ha)
    page.get_by_role("searchbox", name="Tìm khách hàng").press("?")
    expect(page.locator("#shortcuts")).to_be_hidden()
    page.get_by_role("searchbox", name="Tìm khách hàng").blur()
    page.keyboard.press("?")
    expect(page.locator("#shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#shortcuts")).to_be_hidden()


def test_a_part_that_cannot_be_loaded_says_so(visit, cast):
    page = visit("/help/", user=cast.ha)
    page.route("**/customers/**", lambda route: route.abort())
    page.evaluate("htmx.ajax('GET', '/customers/', {target: '#main'}).catch(() => null)")
    alert = page.get_by_role("alert").filter(has_text="Chưa tải được phần này.")
    expect(alert).to_be_visible()
    alert.get_by_role("button", name="Đóng").click()
    expect(alert).to_have_count(0)


def test_a_session_that_ended_shows_the_login_page_and_not_a_piece_of_it(visit, cast):
    page = visit("/help/", user=cast.ha)
    page.context.clear_cookies(name="sessionid")
    page.evaluate("htmx.ajax('GET', '/customers/', {target: '#main'}).catch(() => null)")
    expect(page).to_have_title("Đăng nhập · Sổ Khách")
    expect(page.get_by_role("navigation")).to_have_count(0)


@pytest.mark.parametrize("logged_in", [False, True])
def test_axe_finds_nothing(visit, cast, assert_accessible, logged_in):
    paths = INSIDE if logged_in else OUTSIDE
    for path, theme, width in itertools.product(paths, THEMES, WIDTHS):
        page = visit(path, user=cast.quan if logged_in else None, theme=theme, width=width)
        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)


def test_axe_finds_nothing_in_menus_and_dialog(visit, cast, assert_accessible):
    for theme in THEMES:
        page = visit("/help/", user=cast.quan, theme=theme)
        page.get_by_role("button", name="Đỗ Minh Quân").click()
        expect(page.get_by_role("link", name="Đổi mật khẩu")).to_be_visible()
        assert_accessible(page)
        page.keyboard.press("Escape")
        page.keyboard.press("?")
        expect(page.locator("#shortcuts")).to_be_visible()
        assert_accessible(page)
