"""A fact is edited in its place on the record, and two edits of one fact meet, in a real browser."""

import itertools

from playwright.sync_api import expect

from customers.models import Customer
from tests.conftest import make_cast
from tests.factories import CustomerFactory


def test_a_fact_is_edited_with_the_keyboard(visit, complaints, assert_accessible):
    cast = make_cast()
    Customer.objects.filter(pk=cast.anh.pk).update(notes="Thích trà")
    page = visit(cast.anh.get_absolute_url(), user=cast.ha)
    page.get_by_role("link", name="Sửa: Ghi chú").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#fact_notes")).to_be_focused()
    assert_accessible(page)
    page.keyboard.press("Escape")
    expect(page.locator("#fact-notes form")).to_have_count(0)
    page.locator("#fact-notes dd").click()
    expect(page.locator("#fact_notes")).to_be_focused()
    page.locator("#fact_notes").fill("Thích cà phê")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#fact-notes")).to_contain_text("Thích cà phê")
    expect(page.locator("#fact-notes form")).to_have_count(0)
    assert Customer.objects.get(pk=cast.anh.pk).notes == "Thích cà phê"
    assert complaints == []


def test_what_stands_typed_elsewhere_outlasts_the_saving_of_a_fact(visit, complaints):
    cast = make_cast()
    Customer.objects.filter(pk=cast.anh.pk).update(notes="Thích trà", needs="Nồi")
    page = visit(cast.anh.get_absolute_url(), user=cast.ha)
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.evaluate("window.stillHere = true")
    page.get_by_label("Nội dung chính").fill("Hỏi máy lọc nước")
    for name in ("notes", "needs", "full_name"):
        page.locator(f"#fact-{name} dd").click()
        expect(page.locator(f"#fact-{name} form")).to_be_visible()
    page.locator("#fact_notes").fill("Thích cà phê")
    page.locator("#fact_full_name").fill("Lê Thị Lan")
    page.locator("#fact-full_name").get_by_role("button", name="Lưu", exact=True).click()
    expect(page.get_by_role("heading", name="Lê Thị Lan")).to_be_visible()
    expect(page.locator("#fact-full_name form")).to_have_count(0)
    expect(page.locator("#timeline")).to_contain_text("Lê Thị Lan")
    expect(page).to_have_title("Lê Thị Lan · Sổ Khách")
    expect(page.get_by_label("Nội dung chính")).to_have_value("Hỏi máy lọc nước")
    expect(page.locator("#fact_notes")).to_have_value("Thích cà phê")
    expect(page.locator("#fact_needs")).to_have_value("Nồi")
    page.get_by_role("link", name="Trợ giúp").first.click()
    expect(page.get_by_label("Nội dung chính")).to_have_value("Hỏi máy lọc nước")
    assert asked == ["beforeunload"]
    page.locator("#fact-notes").get_by_role("button", name="Lưu", exact=True).click()
    expect(page.locator("#fact-notes dd")).to_contain_text("Thích cà phê")
    # The first edit was this person's own, in this place.
    expect(page.locator("#toasts .toast--info")).to_have_count(0)
    saved = Customer.objects.get(pk=cast.anh.pk)
    assert (saved.full_name, saved.notes, saved.needs) == ("Lê Thị Lan", "Thích cà phê", "Nồi")
    assert page.evaluate("window.stillHere")
    assert complaints == []


def test_two_edits_of_one_fact_meet_and_a_value_is_chosen(visit, complaints, assert_accessible):
    cast = make_cast()
    page = visit(cast.anh.get_absolute_url(), user=cast.ha)
    page.get_by_text("trường trống").click()
    page.locator("#fact-needs dd").click()
    expect(page.locator("#fact_needs")).to_be_focused()
    page.locator("#fact_needs").fill("Nồi chiên")
    Customer.objects.filter(pk=cast.anh.pk).update(needs="Máy lọc nước", notes="Gọi buổi sáng")
    page.locator("#fact-needs").get_by_role("button", name="Lưu", exact=True).click()
    expect(page.get_by_role("heading", name="Hồ sơ vừa được người khác sửa")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("radio", name="Máy lọc nước").check()
    page.get_by_role("button", name="Lưu lựa chọn").click()
    expect(page.locator("#fact-needs dd")).to_contain_text("Máy lọc nước")
    saved = Customer.objects.get(pk=cast.anh.pk)
    assert (saved.needs, saved.notes) == ("Máy lọc nước", "Gọi buổi sáng")
    # The browser notes every answer that is not a page, the one with the conflict too.
    assert [text for text in complaints if "422" not in text] == []


def test_a_phone_is_added_in_its_place_and_says_whose_it_is(visit, complaints, assert_accessible):
    cast = make_cast()
    twin = CustomerFactory(owner=cast.ha, branch=cast.cau_giay, phone="+84987654321")
    page = visit(cast.anh.get_absolute_url(), user=cast.ha)
    page.get_by_role("link", name="Sửa: Điện thoại").focus()
    page.keyboard.press("Enter")
    fact = page.locator("#fact-phones")
    expect(fact.get_by_label("Điện thoại 2")).to_be_focused()
    fact.get_by_role("button", name="Thêm số điện thoại").click()
    expect(fact.get_by_label("Điện thoại 3")).to_be_visible()
    expect(fact.get_by_label("Điện thoại 2")).to_be_focused()
    fact.get_by_label("Điện thoại 3").press_sequentially("0987 654 321")
    fact.get_by_label("Loại số 3").select_option("work")
    # While typing.
    expect(fact.get_by_role("status")).to_contain_text(twin.code)
    expect(fact.get_by_role("status")).to_contain_text("cùng số điện thoại, cùng tên đã bỏ dấu")
    assert_accessible(page)
    fact.get_by_role("button", name="Lưu", exact=True).click()
    expect(fact.get_by_role("alert")).to_contain_text("Chưa lưu")
    expect(fact.get_by_role("alert")).to_be_focused()
    assert_accessible(page)
    assert cast.anh.phones.count() == 1
    fact.get_by_role("button", name="Vẫn lưu").click()
    expect(page.locator("#fact-phones form")).to_have_count(0)
    expect(page.locator("#fact-phones")).to_contain_text("0987 654 321")
    assert list(cast.anh.phones.values_list("number", "label")) == [
        ("+84912345678", "mobile"),
        ("+84987654321", "work"),
    ]
    assert [text for text in complaints if "422" not in text] == []


def test_phones_are_edited_without_script(browser, visit):
    cast = make_cast()
    cookies = visit(cast.anh.get_absolute_url(), user=cast.ha).context.cookies()
    address = visit(cast.anh.get_absolute_url(), user=cast.ha).url
    with browser.new_context(java_script_enabled=False, locale="vi-VN") as context:
        context.add_cookies(cookies)
        page = context.new_page()
        page.goto(address)
        page.get_by_role("link", name="Sửa: Điện thoại").press("Enter")
        page.get_by_role("button", name="Thêm số điện thoại").click()
        page.get_by_label("Điện thoại 1").fill("")
        page.get_by_label("Điện thoại 3").fill("0987654321")
        page.get_by_role("button", name="Lưu", exact=True).click()
        expect(page.locator("#fact-phones")).to_contain_text("0987 654 321")
    assert [str(phone) for phone in cast.anh.phones.all()] == ["+84987654321"]


def test_a_new_customer_is_recognised_while_typing(visit, complaints, assert_accessible):
    cast = make_cast()
    for theme, width in (("light", 1440), ("dark", 360)):
        page = visit("/customers/new/", user=cast.ha, theme=theme, width=width)
        page.get_by_label("Họ và tên").press_sequentially("nguyen thi ngoc anh")
        page.get_by_label("Điện thoại").first.press_sequentially("0912345678")
        said = page.locator("#look-alikes")
        expect(said).to_contain_text(cast.anh.code)
        expect(said).to_contain_text("có thể trùng")
        expect(page.get_by_label("Điện thoại").first).to_be_focused()
        assert_accessible(page)
        page.get_by_label("Họ và tên").fill("Lê Lan")
        expect(said).to_contain_text("có thể cùng hộ")
        page.get_by_label("Điện thoại").first.fill("")
        expect(said).to_be_empty()
        page.get_by_label("Họ và tên").fill("")
        page.evaluate(
            "window.addEventListener('beforeunload', event => event.stopImmediatePropagation(), true)"
        )
    assert complaints == []


def test_axe_finds_nothing(visit, assert_accessible):
    cast = make_cast()
    facts = ("address", "income", "full_name", "phones", "citizen_id")
    for name, theme, width in itertools.product(facts, ("light", "dark"), (1440, 360)):
        page = visit(f"{cast.anh.get_absolute_url()}facts/{name}/", user=cast.ha, theme=theme, width=width)
        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (name, width)
