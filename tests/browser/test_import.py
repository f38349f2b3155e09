"""A manager brings a list in a real browser: columns, check, corrections, import, failures, undo."""

import csv
import gzip
from pathlib import Path

import pytest
import xlsxwriter
from playwright.sync_api import Page, expect

from customers import tasks
from customers.models import Customer, ImportRun

WIDTHS = (1440, 360)
THEMES = ("light", "dark")
LIST = (
    "Tên KH;SĐT;NS;GT;Địa chỉ\n"
    "Nguyễn Thị Thanh Tuyền;098 44 12;12/08/1988;Nữ;Cầu Giấy\n"
    "Lê Hoàng Anh Khoa;0905 118 204;31/02/1991;Nam;Hải Châu\n"
    "Đoàn Thị Xuân Quỳnh;01234567890;19/05/1983;Nữ;Gia Lâm\n"
    "Nguyễn Thị Ngọc Ánh;0912345678;14/05/1992;Nữ;\n"
    ";0936271440;1979;;\n"
)
REAL = Path(__file__).parents[1] / "data" / "customer_personality" / "marketing_campaign.csv.gz"
MEANINGS = {
    "Tình trạng hôn nhân": {
        "Together": "Đã kết hôn",
        "Alone": "Độc thân",
        "YOLO": "để trống ô này",
        "Absurd": "để trống ô này",
    },
    "Trình độ học vấn": {"Graduation": "Đại học", "2n Cycle": "Sau đại học", "Basic": "Tiểu học"},
}


def bring(page: Page, path: Path) -> ImportRun:
    page.get_by_role("link", name="Tải danh sách lên").first.click()
    return upload(page, path)


def upload(page: Page, path: Path) -> ImportRun:
    page.get_by_label("Tệp Excel hoặc CSV").set_input_files(path)
    page.get_by_role("button", name="Tải tệp lên").click()
    expect(page.get_by_text("Nhận ra: ")).to_be_visible()
    return ImportRun.objects.latest("pk")


def check(page: Page, run: ImportRun) -> None:
    page.get_by_role("button", name="Kiểm tra danh sách").click()
    expect(page.get_by_text("Đang chờ tiến trình nền")).to_be_visible()
    tasks.check_import(run.pk)
    # The page finds out by itself.
    expect(page.get_by_text("Chưa có gì được ghi vào sổ.")).to_be_visible()


def test_a_manager_brings_a_list_corrects_it_imports_it_and_undoes_it(visit, cast, tmp_path, complaints):
    path = tmp_path / "khach.csv"
    path.write_text(LIST, encoding="utf-8")
    page = visit("/customers/imports/", user=cast.huy)
    run = bring(page, path)
    page.get_by_role("button", name="Tiếp tục").click()
    check(page, run)
    expect(page.get_by_role("button", name="Nhập 2 dòng")).to_be_visible()
    row = page.get_by_role("row", name="Lê Hoàng Anh Khoa")
    row.get_by_label("Ngày sinh, dòng 3").fill("28/02/1991")
    page.get_by_role("button", name="Kiểm tra lại các ô đã sửa").click()
    expect(page.get_by_text("Đã sửa 1 ô.")).to_be_visible()
    page.get_by_role("button", name="Nhập 3 dòng").click()
    expect(page.get_by_text("Đang chờ tiến trình nền")).to_be_visible()
    tasks.write_import(run.pk)
    expect(page.get_by_text("Đã nhập xong danh sách.")).to_be_visible()
    assert Customer.objects.get(given_name="Khoa").birth_day == 28
    with page.expect_download() as download:
        page.get_by_role("link", name="Tải các dòng lỗi").click()
    with Path(download.value.path()).open(encoding="utf-8-sig", newline="") as file:
        assert [row["dòng"] for row in csv.DictReader(file)] == ["2", "6"]
    Customer.objects.filter(given_name="Quỳnh").update(notes="Khách quen")
    page.get_by_role("link", name="Hoàn tác lần nhập").click()
    page.get_by_role("button", name="Hoàn tác lần nhập").click()
    expect(page.get_by_text("Đang chờ tiến trình nền")).to_be_visible()
    tasks.undo_import(run.pk)
    expect(page.get_by_text("Đã hoàn tác lần nhập.")).to_be_visible()
    expect(page.get_by_text("Đã có người sửa khách hàng này sau đó.")).to_be_visible()
    assert not Customer.objects.filter(given_name="Khoa").exists()
    assert complaints == []


def workbook(path: Path) -> Path:
    """A sheet that is not meant, a hidden one, and one of old addresses, two of them in a divided ward."""
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("Hướng dẫn").write_row(0, 0, ["Ghi chú", "Tên"])
        book.add_worksheet("Nháp").hide()
        sheet = book.add_worksheet("Khách 2024")
        for number, row in enumerate(
            (
                ("Tên KH", "SĐT", "Địa chỉ"),
                ("Lê Thị Na", "0912000001", "3 Đội Cấn, P. Điện Biên, Q. Ba Đình, Hà Nội"),
                ("Lê Thị Mơ", "0912000002", "5 Đội Cấn, P. Điện Biên, Q. Ba Đình, Hà Nội"),
                ("Lê Thị Đào", "0912000003", "12 Lê Lợi, Phường Bến Nghé, Quận 1, TP.HCM"),
            )
        ):
            sheet.write_row(number, 0, row)
    return path


def test_another_sheet_is_chosen_and_a_divided_ward_is_asked_about(visit, cast, tmp_path, complaints):
    page = visit("/customers/imports/new/", user=cast.huy)
    run = upload(page, workbook(tmp_path / "khach.xlsx"))
    sheet = page.get_by_label("Trang tính")
    expect(sheet).to_have_value("Hướng dẫn")
    expect(sheet.get_by_role("option", name="Nháp (ẩn)")).to_be_attached()
    sheet.select_option("Khách 2024")
    page.get_by_role("button", name="Đọc trang tính này").click()
    expect(page.get_by_role("row", name="Địa chỉ")).to_be_visible()
    page.get_by_role("button", name="Tiếp tục").click()
    check(page, run)
    page.get_by_role("link", name="Cần chọn phường/xã 2").click()
    expect(page.get_by_role("row", name="Bến Nghé")).to_have_count(0)
    page.get_by_role("row", name="3 Đội Cấn").get_by_role("combobox").select_option("Phường Hoàn Kiếm")
    page.get_by_role("button", name="Kiểm tra lại các ô đã sửa").click()
    expect(page.get_by_role("link", name="Cần chọn phường/xã 1")).to_be_visible()
    page.get_by_role("button", name="Nhập 3 dòng").click()
    expect(page.get_by_text("Đang chờ tiến trình nền")).to_be_visible()
    tasks.write_import(run.pk)
    expect(page.get_by_text("Đã nhập xong danh sách.")).to_be_visible()
    places = (
        Customer.objects.filter(family_name="Lê", middle_name="Thị").exclude(pk=cast.cuc.pk).order_by("pk")
    )
    assert list(places.values_list("address", "ward__name", "old_address")) == [
        ("3 Đội Cấn", "Phường Hoàn Kiếm", "3 Đội Cấn, P. Điện Biên, Q. Ba Đình, Hà Nội"),
        ("5 Đội Cấn", None, "5 Đội Cấn, P. Điện Biên, Q. Ba Đình, Hà Nội"),
        ("12 Lê Lợi", "Phường Sài Gòn", "12 Lê Lợi, Phường Bến Nghé, Quận 1, TP.HCM"),
    ]
    assert complaints == []


def test_real_customers_with_their_dirt_reported_row_by_row(visit, cast, tmp_path, complaints):
    real = tmp_path / "marketing_campaign.csv"
    real.write_bytes(gzip.decompress(REAL.read_bytes()))
    page = visit("/customers/imports/", user=cast.quan)
    run = bring(page, real)
    # Dollars a year; whatever the rate, the decimals are kept.
    page.get_by_label("Nhân số tiền với").fill("2100")
    page.get_by_role("button", name="Tiếp tục").click()
    page.get_by_label("Tên hệ thống khác").fill("marketing")
    check(page, run)
    lines = {row.line: row.problems for row in run.rows.exclude(problems=[])}
    with real.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for line, row in enumerate(rows, 2):
        said = {problem["field"] for problem in lines.get(line, []) if problem["level"] == "error"}
        assert ("birth_date" in said) == (int(row["Year_Birth"]) < 1900), line
        assert ("marital_status" in said) == (row["Marital_Status"] in MEANINGS["Tình trạng hôn nhân"]), line
        assert ("education" in said) == (row["Education"] in MEANINGS["Trình độ học vấn"]), line
        assert said <= {"birth_date", "marital_status", "education"}
    for label, words in MEANINGS.items():
        for word, meaning in words.items():
            page.get_by_label(f"{label}: {word}").select_option(meaning)
    page.get_by_role("button", name="Dùng các nghĩa này và kiểm tra lại").click()
    expect(page.get_by_text("Đang chờ tiến trình nền")).to_be_visible()
    tasks.check_import(run.pk)
    expect(page.get_by_text("Chưa có gì được ghi vào sổ.")).to_be_visible()
    page.get_by_role("button", name="Nhập 2.238 dòng").click()
    expect(page.get_by_text("Đang chờ tiến trình nền")).to_be_visible()
    tasks.write_import(run.pk)
    expect(page.get_by_text("Đã nhập xong danh sách.")).to_be_visible()
    run.refresh_from_db()
    assert (run.created, run.failed) == (2238, 2)
    assert Customer.objects.filter(identifiers__kind="import:marketing").count() == run.created
    assert complaints == []


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("theme", THEMES)
def test_every_step_is_accessible_and_fits(visit, cast, tmp_path, assert_accessible, theme, width):
    path = tmp_path / "khach.csv"
    asked = "Vũ Bình;0912000008;;;P. Điện Biên, Q. Ba Đình, Hà Nội\n"
    path.write_text(LIST + "Vũ An;0912000009;;Nhầm;\n" + asked, encoding="utf-8")
    page = visit("/customers/imports/", user=cast.huy, theme=theme, width=width)

    def looks_right(name: str) -> None:
        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name

    looks_right("list-empty")
    page.get_by_role("link", name="Tải danh sách lên").first.click()
    expect(page.get_by_label("Tệp Excel hoặc CSV")).to_be_visible()
    looks_right("new")
    run = upload(page, path)
    looks_right("columns")
    page.get_by_role("button", name="Tiếp tục").click()
    expect(page.get_by_role("button", name="Kiểm tra danh sách")).to_be_visible()
    looks_right("manner")
    check(page, run)
    looks_right("check")
    page.get_by_role("button", name="Nhập 3 dòng").click()
    expect(page.get_by_text("Đang chờ tiến trình nền")).to_be_visible()
    looks_right("progress")
    tasks.write_import(run.pk)
    expect(page.get_by_text("Đã nhập xong danh sách.")).to_be_visible()
    looks_right("result")
    page.get_by_role("link", name="Các lần nhập").click()
    expect(page.get_by_role("row", name="khach.csv")).to_be_visible()
    looks_right("list")
