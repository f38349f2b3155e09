"""How a list is written is found out: encodings of before Unicode, delimiters, headers, spreadsheets."""

import datetime
import io
import random
import unicodedata
import zipfile

import pytest
import xlsxwriter
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from customers.importing import sheet_to_csv, tables
from customers.importing.encodings import TCVN3, Encoding, find_encoding, from_tcvn3, is_text, utf_8_lines
from customers.importing.errors import ImportFileError
from customers.importing.fields import CUSTOMER_FIELDS, guess_columns, unique_titles
from customers.importing.judging import day_first, guess_date_order
from customers.importing.tables import look_at, read_rows

TEXT = (
    "Họ và tên,Địa chỉ\nNguyễn Thị Ngọc Tú,Phường Cầu Giấy\nĐặng Văn Hoà,Số 5 ngõ 12\nTRẦN THỊ HƯƠNG,Hà Nội\n"
)
TONES = "\u0300\u0301\u0303\u0309\u0323"


def as_windows_1258(text):
    """Letters with a tone are two bytes there."""
    out = ""
    for letter in text:
        apart = unicodedata.normalize("NFD", letter)
        tone = "".join(mark for mark in apart if mark in TONES)
        bare = unicodedata.normalize("NFC", "".join(mark for mark in apart if mark not in TONES))
        out += bare + tone
    return out.encode("cp1258")


def as_tcvn3(text):
    """As the fonts named .VnTime write it; capitals with a tone are small letters in a font of capitals."""
    letters = {letter: chr(code) for code, letter in TCVN3.items() if letter.islower() or letter in "ĂÂÊÔƠƯĐ"}
    return "".join(letters.get(letter, letters.get(letter.lower(), letter)) for letter in text)


WRITTEN = {
    Encoding.UTF_8: TEXT.encode(),
    Encoding.UTF_8_BOM: TEXT.encode("utf-8-sig"),
    Encoding.UTF_16_LE: TEXT.encode("utf-16"),
    Encoding.UTF_16_BE: b"\xfe\xff" + TEXT.encode("utf-16-be"),
    Encoding.WINDOWS_1258: as_windows_1258(TEXT),
    Encoding.TCVN3: as_tcvn3(TEXT).encode("latin-1"),
}


@pytest.mark.parametrize("encoding", WRITTEN)
def test_the_encoding_is_found_and_read(tmp_path, encoding):
    path = tmp_path / "list"
    path.write_bytes(WRITTEN[encoding])
    assert find_encoding(path) == encoding
    layout = look_at(path, CUSTOMER_FIELDS)
    assert layout.header == ("Họ và tên", "Địa chỉ")
    assert [record.cells for record in read_rows(path, layout)] == [
        ["Nguyễn Thị Ngọc Tú", "Phường Cầu Giấy"],
        ["Đặng Văn Hoà", "Số 5 ngõ 12"],
        ["TRẦN THỊ HƯƠNG", "Hà Nội"],
    ]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_its_mark(tmp_path, encoding):
    path = tmp_path / "list"
    path.write_bytes(TEXT.encode(encoding))
    assert find_encoding(path) == encoding


def test_tcvn3_letters_that_were_pasted_into_unicode(tmp_path):
    path = tmp_path / "list"
    path.write_text(as_tcvn3(TEXT), encoding="utf-8")
    assert find_encoding(path) == Encoding.TCVN3
    assert "".join(utf_8_lines(path, Encoding.TCVN3)) == TEXT


def test_words_of_other_languages_are_left_alone(tmp_path):
    path = tmp_path / "list"
    path.write_bytes("Name\nFrançois Müller\n".encode("cp1252"))
    assert find_encoding(path) == Encoding.WINDOWS_1252
    path.write_text("Name\nFrançois Müller\n", encoding="utf-8")
    assert find_encoding(path) == Encoding.UTF_8


@given(
    st.text(
        alphabet="aăâbcdđeêghiklmnoôơpqrstuưvxyàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợ ", max_size=40
    )
)
def test_small_letters_survive_tcvn3(text):
    assert from_tcvn3(as_tcvn3(text)) == text


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiter_and_header_are_found_beneath_a_title(tmp_path, delimiter):
    rows = [["Họ tên", "SĐT", "Ghi chú"], ["Vũ An", "0912000001", ""], ["Vũ Bình", "0912000002", "x, y; z"]]
    lines = [delimiter.join(f'"{cell}"' if set(cell) & set(",;|") else cell for cell in row) for row in rows]
    path = tmp_path / "list"
    path.write_text("\n".join(["DANH SÁCH KHÁCH HÀNG, THÁNG 11", "", *lines]), encoding="utf-8")
    layout = look_at(path, CUSTOMER_FIELDS)
    assert (layout.delimiter, layout.header_line) == (delimiter, 3)
    assert [(record.line, record.cells[2]) for record in read_rows(path, layout)] == [(4, ""), (5, "x, y; z")]


def test_a_person_may_say_otherwise(tmp_path):
    path = tmp_path / "list"
    path.write_text("a;b,c\n1;2,3\n4;5,6\n", encoding="utf-8")
    layout = look_at(path, CUSTOMER_FIELDS, delimiter=";", header_line=2, encoding="cp1258")
    assert (layout.encoding, layout.header) == ("cp1258", ("1", "2,3"))


def workbook(path, rows, *, first=0):
    with xlsxwriter.Workbook(path, {"default_date_format": "dd/mm/yyyy"}) as book:
        book.add_worksheet("Trống")
        sheet = book.add_worksheet("Khách")
        for number, row in enumerate(rows, first):
            for place, cell in enumerate(row):
                sheet.write(number, place, cell)
    return path


def test_a_spreadsheet_is_read_as_people_see_it(tmp_path):
    born = datetime.datetime.fromisoformat("1992-05-14")
    path = workbook(
        tmp_path / "list",
        [
            ["Họ tên", "SĐT", "Ngày sinh", "Ghi chú"],
            ["Vũ An", 912000001, born, "hai\ndòng"],
            [],
            ["Vũ, Bình", "", 1979, 1.5],
        ],
        first=2,
    )
    layout = look_at(path, CUSTOMER_FIELDS)
    assert (layout.is_sheet, layout.sheet, layout.header_line) == (True, "Khách", 3)
    assert [(record.line, record.cells) for record in read_rows(path, layout)] == [
        (4, ["Vũ An", "912000001", "1992-05-14", "hai\ndòng"]),
        (6, ["Vũ, Bình", "", "1979", "1.5"]),
    ]


def several_sheets(path):
    with xlsxwriter.Workbook(path) as book:
        for name, rows in (
            ("Ẩn", [["Họ tên", "SĐT"], ["Vũ Ẩn", "0912000009"]]),
            ("Trống", []),
            ("Hà Nội", [["Họ tên", "SĐT"], ["Vũ An", "0912000001"]]),
            ("-- Huế", [[], ["Danh sách"], ["Tên", "Email"], ["Vũ Bình", "b@example.vn"]]),
        ):
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
            if name == "Hà Nội":
                sheet.activate()
                sheet.set_first_sheet()
        book.get_worksheet_by_name("Ẩn").hide()
    return path


def test_the_first_sheet_with_rows_is_read_unless_another_is_asked_for(tmp_path):
    path = several_sheets(tmp_path / "list")
    layout = look_at(path, CUSTOMER_FIELDS)
    assert layout.sheet == "Hà Nội"
    assert layout.sheets == (("Ẩn", False), ("Trống", True), ("Hà Nội", True), ("-- Huế", True))
    other = look_at(path, CUSTOMER_FIELDS, sheet="-- Huế")
    assert (other.sheet, other.header_line, other.header) == ("-- Huế", 3, ("Tên", "Email"))
    hidden = look_at(path, CUSTOMER_FIELDS, sheet="Ẩn")
    assert [record.cells for record in read_rows(path, hidden)] == [["Vũ Ẩn", "0912000009"]]
    with pytest.raises(ImportFileError, match="Trống"):
        look_at(path, CUSTOMER_FIELDS, sheet="Trống")


def test_a_hidden_sheet_is_read_where_there_is_nothing_else(tmp_path):
    with xlsxwriter.Workbook(tmp_path / "list") as book:
        book.add_worksheet("Trống").activate()
        hidden = book.add_worksheet("Ẩn")
        hidden.write_row(0, 0, ["Họ tên"])
        hidden.hide()
    assert look_at(tmp_path / "list", CUSTOMER_FIELDS).sheet == "Ẩn"


def test_a_zip_bomb_is_refused(tmp_path, monkeypatch):
    path = workbook(tmp_path / "list", [["Họ tên"], ["Vũ An"]])
    monkeypatch.setattr(tables, "LARGEST_UNPACKED", 1000)
    with pytest.raises(ImportFileError):
        look_at(path, CUSTOMER_FIELDS)


def sheet_with(path, cells):
    """A workbook whose sheet has these cells as they are written inside."""
    good = workbook(path.with_name("good"), [["x"]])
    out = io.BytesIO()
    with zipfile.ZipFile(good) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name.endswith("sheet2.xml"):
                start, end = (
                    content.index(b"<sheetData>") + len(b"<sheetData>"),
                    content.index(b"</sheetData>"),
                )
                content = content[:start] + cells + content[end:]
            new.writestr(name, content)
    path.write_bytes(out.getvalue())
    return path


def test_a_sheet_with_a_cell_in_its_last_corner_ends_no_server(tmp_path):
    """Some kilobytes that ask for hundreds of gigabytes."""
    cells = b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    with pytest.raises(ImportFileError):
        look_at(sheet_with(tmp_path / "list", cells), CUSTOMER_FIELDS)


def test_memory_of_the_reading_process_is_limited():
    assert sheet_to_csv.MEMORY < 2 * 1024**3


@pytest.mark.parametrize(
    "content", [b"PK\x03\x04 no archive", b"\xd0\xcf\x11\xe0 no workbook", b"", b"\n\n  \n"]
)
def test_what_is_no_list_is_refused_with_a_reason(tmp_path, content):
    path = tmp_path / "list"
    path.write_bytes(content)
    with pytest.raises(ImportFileError) as refused:
        look_at(path, CUSTOMER_FIELDS)
    assert str(path) not in refused.value.message


def test_hostile_cells_stay_texts(tmp_path):
    path = tmp_path / "list"
    path.write_bytes(
        "Họ tên,Ghi chú\n<script>,\u202eabc\n=1+1,a\0b\n".encode() + b"x," + b"y" * 200_000 + b"\n"
    )
    rows = list(read_rows(path, look_at(path, CUSTOMER_FIELDS)))
    assert [row.cells[0] for row in rows] == ["<script>", "=1+1", "x"]
    assert rows[1].problem


def test_headings_are_known_in_both_languages_and_once_each():
    header = ["Mã KH", "Họ", "Tên đệm", "Tên", "SĐT 1", "SĐT 2", "Ngày sinh", "Date of Birth", "Lạ"]
    assert guess_columns(header, CUSTOMER_FIELDS) == [
        *("external_id", "full_name", "full_name", "full_name", "phone", "phone", "birth_date", "", ""),
    ]
    assert unique_titles(["Tên", "", "Tên", " "]) == ["Tên", "#2", "Tên (2)", "#4"]


def test_the_order_of_dates_is_found():
    assert guess_date_order(["03/04/1990", "12/31/1990"]) == "mdy"
    assert guess_date_order(["03/04/1990", "31/12/1990"]) == ""
    assert guess_date_order(["1990-12-31", "1990"]) == ""
    assert day_first("12/31/1990") == "31/12/1990"
    assert day_first("12/31/1990 17:05") == "31/12/1990 17:05"
    assert day_first("1990-12-31") == "1990-12-31"


@pytest.mark.parametrize("name", ["csv", "xlsx", "sheet without numbers"])
def test_a_list_with_a_row_too_many_is_refused_and_no_shorter_one(tmp_path, monkeypatch, name):
    monkeypatch.setattr(tables, "MOST_ROWS", 3000)

    def listed(count):
        path = tmp_path / "list"
        if name == "csv":
            path.write_text('Họ tên\n\n"Vũ\nAn"\n' + "Vũ An\n\n" * (count - 1), encoding="utf-8")
        elif name == "xlsx":
            workbook(path, [["DANH SÁCH"], ["Họ tên"], *([["Vũ An"], []] * count)])
        else:
            # Rows without numbers take a few bytes of the archive each.
            sheet_with(path, b'<row><c t="str"><v>An</v></c></row>' * (count + 1))
        return path

    assert look_at(listed(3000), CUSTOMER_FIELDS).header
    with translation.override("vi"), pytest.raises(ImportFileError, match=r"hơn 3\.000 dòng"):
        look_at(listed(3001), CUSTOMER_FIELDS)


def test_rows_are_counted_before_they_are_read(tmp_path, monkeypatch):
    """What stands behind the last row that is wanted is never looked at, however much it is."""
    monkeypatch.setattr(tables, "MOST_ROWS", 100)
    path = sheet_with(tmp_path / "list", b'<row><c t="str"><v>An</v></c></row>' * 200 + b"</not xml>")
    with translation.override("en"), pytest.raises(ImportFileError, match="more than 100 rows"):
        look_at(path, CUSTOMER_FIELDS)


def test_rows_without_anything_do_not_count(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "MOST_ROWS", 100)
    empty = b'<row><c s="1"/></row>' * 500
    path = sheet_with(tmp_path / "list", b'<row><c t="str"><v>Ten</v></c></row>' * 90 + empty)
    assert len(list(read_rows(path, look_at(path, CUSTOMER_FIELDS)))) == 89


def refusal_of(path, content):
    path.write_bytes(content)
    with translation.override("en"), pytest.raises(ImportFileError) as refused:
        look_at(path, CUSTOMER_FIELDS)
    return refused.value.message


@pytest.mark.parametrize("size", [300, 5000])
@pytest.mark.parametrize("start", [b"", b"\xff\xd8\xff", b"\x1f\x8b\x08", b"\x7fELF"])
def test_what_is_no_text_is_said_to_be_none(tmp_path, start, size):
    content = start + random.Random(size).randbytes(size)
    assert "nor a text file" in refusal_of(tmp_path / "list", content)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize(
    "start",
    [
        "<html><body>",
        "\r\n <!DOCTYPE html>",
        "<TABLE border=1>",
        '<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>',
    ],
)
def test_a_web_page_that_is_called_a_spreadsheet_is_refused(tmp_path, start, encoding):
    page = f"{start}<tr><td>Họ tên</td></tr>\n<tr><td>Vũ An</td></tr>"
    assert "save it as .xlsx" in refusal_of(tmp_path / "list", page.encode(encoding))


@given(st.lists(st.text(alphabet=st.characters(exclude_categories=["Cc", "Cs"]), min_size=1), min_size=1))
def test_a_text_is_a_text(lines):
    assert is_text("\t\r\n".join(lines))
