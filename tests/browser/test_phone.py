"""Every main page on a small phone: nothing stands out beyond the edge, and nothing is cut off."""

import pytest

from segments.models import Family
from segments.refresh import refresh_now
from tests.factories import InteractionFactory, PurchaseFactory, PurchaseLineFactory

# Texts of a page that touch the edge of the screen or reach beyond it although nothing around them scrolls.
CUT_OFF = """() => {
  const EDGE = 8
  const isScrolled = (element) => {
    for (let box = element; box && box !== document.body; box = box.parentElement) {
      const {overflowX, clipPath, position} = getComputedStyle(box)
      if (["auto", "scroll"].includes(overflowX) || clipPath !== "none" || position === "fixed") return true
    }
    return false
  }
  const found = []
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (walker.nextNode()) {
    const text = walker.currentNode
    if (!text.data.trim() || !text.parentElement.checkVisibility()) continue
    const range = document.createRange()
    range.selectNodeContents(text)
    const {left, right, width} = range.getBoundingClientRect()
    if (width > 1 && (left < EDGE || right > innerWidth - EDGE) && !isScrolled(text.parentElement)) {
      found.push(text.data.trim())
    }
  }
  return found
}"""


@pytest.fixture
def firm(cast):
    """Long names and large amounts in the cast, and figures calculated."""
    cast.anh.family_name, cast.anh.middle_name, cast.anh.given_name = "Huỳnh", "Nguyễn Thiên", "Trường"
    cast.anh.save()
    for status in ("completed", "cancelled"):
        purchase = PurchaseFactory(customer=cast.anh, net=72_315_000, gross=72_315_000, status=status)
        PurchaseLineFactory(customer=cast.anh, purchase=purchase)
    InteractionFactory(customer=cast.anh)
    refresh_now(as_of=purchase.purchased_at.date())
    return cast


def paths(cast) -> list[str]:
    record = cast.anh.get_absolute_url()
    return [
        "/customers/",
        "/customers/?status=all&gender=unknown&spend_min=1tr&q=truong",
        "/customers/?q=nobody",
        "/customers/filter/",
        "/customers/new/",
        record,
        *(f"{record}{part}/" for part in ("edit", "deactivate", "timeline", "interactions/new")),
        "/segments/",
        *(f"/segments/{family}/" for family in Family if family != Family.RFM_CELL),
        "/help/",
        "/accounts/password/change/",
    ]


def wrong_on_a_small_phone(visit, paths, **seen) -> dict[str, object]:
    wrong = {}
    for path in paths:
        page = visit(path, width=360, **seen)
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wrong[path] = "scrolls sideways"
        elif cut := page.evaluate(CUT_OFF):
            wrong[path] = cut
    return wrong


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_page_fits_a_small_phone(visit, firm, language):
    assert wrong_on_a_small_phone(visit, paths(firm), user=firm.huy, language=language) == {}


def test_words_that_hardly_end_fit_a_small_phone(visit, firm):
    word = "Wolfeschlegelsteinhausenbergerdorff"
    firm.anh.family_name = firm.anh.given_name = firm.anh.preferences = firm.anh.notes = word
    firm.anh.save()
    record = firm.anh.get_absolute_url()
    pages = [record, *(f"{record}{part}/" for part in ("edit", "deactivate", "delete")), "/customers/?q=wolf"]
    assert wrong_on_a_small_phone(visit, pages, user=firm.huy) == {}


def test_the_kinds_of_an_interaction_stand_in_a_grid_without_scrolling(visit, firm):
    for width in (360, 768, 1024, 1280, 1440):
        page = visit(firm.anh.get_absolute_url(), user=firm.ha, width=width)
        kinds = page.locator(".composer__kinds")
        assert kinds.evaluate("box => box.scrollWidth <= box.clientWidth"), width
        lines = kinds.evaluate("box => new Set([...box.children].map(kind => kind.offsetTop)).size")
        assert lines <= 2, width
