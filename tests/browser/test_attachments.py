"""An officer keeps files with a customer and with a call, in a real browser."""

from __future__ import annotations

import itertools

from playwright.sync_api import expect

from customers.attachments import attach
from customers.forms.files import judged
from tests.customers.files import CONTENTS, upload

# The panel is read when it comes into sight, and the element replaced.
TO_FILES = "document.querySelector('#files').scrollIntoView()"


def chosen(name: str, content: bytes | None = None) -> dict[str, object]:
    file = upload(name, content)
    return {"name": name, "mimeType": "application/octet-stream", "buffer": file.read()}


def test_a_file_is_added_fetched_and_deleted(visit, cast, complaints):
    page = visit(cast.anh.get_absolute_url(), user=cast.ha)
    files = page.locator("#files")
    page.evaluate(TO_FILES)
    expect(files.get_by_text("Chưa có tệp nào")).to_be_visible()
    files.get_by_role("link", name="Thêm tệp").click()

    page.get_by_label("Tệp").set_input_files([chosen("ảnh.png", b"<script>alert(1)</script>")])
    page.get_by_role("button", name="Thêm các tệp").click()
    expect(page.get_by_text("“ảnh.png” không đúng với tên: Văn bản thuần")).to_be_visible()
    page.get_by_label("Tệp").set_input_files([chosen("Hợp đồng.pdf"), chosen("ảnh nhà.jpg")])
    page.get_by_role("button", name="Thêm các tệp").click()
    expect(page.get_by_text("Đã thêm 2 tệp")).to_be_visible()

    with page.expect_download() as download:
        page.get_by_role("link", name="Hợp đồng.pdf", exact=True).click()
    assert download.value.suggested_filename == "Hợp đồng.pdf"
    assert download.value.path().read_bytes() == CONTENTS["pdf"]

    page.get_by_role("link", name="Xóa ảnh nhà.jpg").click()
    page.get_by_role("button", name="Xóa tệp").click()
    expect(page.get_by_text("Trần Thu Hà xóa ngày")).to_be_visible()
    # 422 is the answer to the file that was refused.
    assert [text for text in complaints if "422" not in text] == []


def test_a_call_is_logged_with_its_file_also_after_a_slip(visit, cast):
    page = visit(cast.anh.get_absolute_url(), user=cast.ha)
    composer = page.locator("#composer")
    composer.get_by_text("Đính kèm tệp").click()
    composer.get_by_label("Tệp", exact=True).set_input_files([chosen("báo giá.xlsx")])
    composer.get_by_role("button", name="Lưu tương tác").click()
    expect(composer.get_by_role("alert")).to_be_visible()
    composer.get_by_label("Nội dung chính", exact=True).fill("Gửi báo giá")
    composer.get_by_role("button", name="Lưu tương tác").click()
    first = page.locator(".timeline__item").first
    expect(first).to_contain_text("Gửi báo giá")
    expect(first.get_by_role("link", name="báo giá.xlsx")).to_be_visible()
    expect(composer.get_by_label("Tệp", exact=True)).to_have_value("")
    first.get_by_role("link", name="Đính kèm tệp").click()
    page.get_by_label("Tệp").set_input_files([chosen("ảnh.webp")])
    page.get_by_role("button", name="Thêm các tệp").click()
    expect(page.locator(".timeline__item").first.get_by_role("link", name="ảnh.webp")).to_be_visible()


def test_axe_finds_nothing(visit, cast, assert_accessible):
    names = ["hợp đồng.pdf", f"{'tên rất dài ' * 16}.txt"]
    first, _long = attach(customer=cast.anh, files=[judged(upload(name)) for name in names], by=cast.ha)
    record = cast.anh.get_absolute_url()
    paths = (record, f"{record}files/", f"{record}files/new/", f"{record}files/{first.pk}/delete/")
    for path, theme, width in itertools.product(paths, ("light", "dark"), (1440, 360)):
        page = visit(path, user=cast.ha, theme=theme, width=width)
        if path == record:
            page.evaluate(TO_FILES)
            expect(page.locator("#files").get_by_text("hợp đồng.pdf")).to_be_visible()
        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
