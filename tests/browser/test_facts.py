"""A fact is edited in its place on the record, and two edits of one fact meet, in a real browser."""

import itertools

from playwright.sync_api import expect

from customers.models import Customer
from tests.conftest import make_cast


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


def test_axe_finds_nothing(visit, assert_accessible):
    cast = make_cast()
    for name, theme, width in itertools.product(("address", "income"), ("light", "dark"), (1440, 360)):
        page = visit(f"{cast.anh.get_absolute_url()}facts/{name}/", user=cast.ha, theme=theme, width=width)
        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (name, width)
