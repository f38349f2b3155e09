"""Pages on paper: nothing is cut off at the right, and nothing to press is printed."""

import pytest

from segments.refresh import refresh_now
from tests.factories import InteractionFactory, PhoneFactory, PurchaseFactory

A4 = 794

CONTROLS = """() => [...document.querySelectorAll("button, summary, select, .button, a.chip, nav a")]
  .filter(control => control.checkVisibility() && control.getBoundingClientRect().width > 1)
  .map(control => control.textContent.trim() || control.outerHTML)"""


@pytest.fixture
def firm(cast):
    """A customer with a telephone, with more history than a page shows, and with figures."""
    PhoneFactory(customer=cast.anh)
    InteractionFactory.create_batch(40, customer=cast.anh)
    purchase = PurchaseFactory(customer=cast.anh)
    refresh_now(as_of=purchase.purchased_at.date())
    return cast


@pytest.mark.parametrize("width", [A4, 1440])
def test_printed_pages_are_whole_and_without_controls(visit, firm, width):
    wrong = {}
    record = firm.anh.get_absolute_url()
    for path in (record, f"{record}timeline/", "/customers/?q=a&status=all", "/segments/", "/segments/rfm/"):
        page = visit(path, user=firm.huy, width=width)
        page.emulate_media(media="print")
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wrong[path] = "is cut"
        elif controls := page.evaluate(CONTROLS):
            wrong[path] = controls
        page.emulate_media(media="screen")
    assert wrong == {}


def test_the_printed_map_does_not_ask_for_a_click(visit, firm):
    page = visit("/segments/", user=firm.huy)
    note = page.get_by_text("bấm để mở danh sách")
    assert note.is_visible()
    page.emulate_media(media="print")
    assert note.is_hidden()
