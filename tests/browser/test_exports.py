"""An officer takes a list away as a file, in a real browser."""

import itertools

from playwright.sync_api import expect
from python_calamine import CalamineWorkbook

from tests.factories import CustomerFactory


def test_a_list_is_taken_away_as_a_workbook(visit, cast, complaints, tmp_path):
    CustomerFactory(given_name="=Hương", owner=cast.ha, branch=cast.cau_giay)
    page = visit("/customers/?q=ngoc", user=cast.ha)
    page.get_by_role("link", name="Xuất file").click()
    expect(page.get_by_text("Tìm kiếm: ngoc")).to_be_visible()
    page.get_by_role("button", name="Tạo tệp").click()
    page.get_by_label("Tệp dùng để làm gì?").fill("Gửi thư mời khai trương")
    page.get_by_role("checkbox", name="Email").uncheck()
    page.get_by_role("button", name="Tạo tệp").click()
    expect(page.get_by_text("Tệp có 2 khách hàng.")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Tải tệp về").click()
    download.value.save_as(tmp_path / "file.xlsx")
    heading, *rows = CalamineWorkbook.from_path(str(tmp_path / "file.xlsx")).get_sheet_by_index(0).to_python()
    assert "email" not in heading
    assert {row[1] for row in rows} == {"Nguyễn Thị Ngọc Ánh", "Nguyễn Thị Ngọc =Hương"}
    page.goto(page.url.rsplit("/", 2)[0] + "/")
    page.get_by_role("link", name="Gửi thư mời khai trương").click()
    expect(page.get_by_role("link", name="Tải tệp về")).to_be_visible()
    assert complaints == []


def test_axe_finds_nothing(visit, cast, assert_accessible):
    page = visit("/customers/export/", user=cast.quan)
    page.get_by_label("Tệp dùng để làm gì?").fill("Gửi thư mời khai trương")
    page.get_by_role("button", name="Tạo tệp").click()
    expect(page.get_by_role("link", name="Tải tệp về")).to_be_visible()
    paths = (page.url.split("/customers/")[1], "exports/", "export/?q=ngoc", "export/?q=xyzzyx")
    for path, theme, width in itertools.product(paths, ("light", "dark"), (1440, 360)):
        page = visit(f"/customers/{path}", user=cast.quan, theme=theme, width=width)
        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
