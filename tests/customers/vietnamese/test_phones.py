import phonenumbers
import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from customers.vietnamese.facts import read_rows
from customers.vietnamese.phones import (
    PhoneError,
    format_phone,
    mask_phone,
    parse_phone,
    phone_search_candidates,
)
from tests.customers.vietnamese.strategies import read_or_refused


@pytest.mark.parametrize(
    "typed",
    [
        "0912 345 678",
        "+84 912 345 678",
        "84912345678",
        "0084912345678",
        "(84) 912.345.678",
        "+84 (0)912 345 678",
        "840912345678",
        "912345678",
        "912345678.0",
        "'0912345678",
        "0912-345-678",
        "０９１２３４５６７８",
        " 0912\u00a0345\u00a0678\u200b",
    ],
)
def test_one_number_in_all_its_spellings(typed):
    phone = parse_phone(typed)
    assert (phone.number, phone.kind, phone.extension) == ("+84912345678", "mobile", "")


@pytest.mark.parametrize(
    ("typed", "number", "kind"),
    [
        ("024 3825 1234", "+842438251234", "landline"),
        ("04 3825 1234", "+842438251234", "landline"),
        ("0320 385 1234", "+842203851234", "landline"),
        ("022 385 1234", "+842123851234", "landline"),
        ("0511 3821 234", "+842363821234", "landline"),
        # 08 was Hồ Chí Minh City; 083 is a mobile prefix today, and today's plan wins.
        ("08 3822 1234", "+84838221234", "mobile"),
        # 84 is the country code before a whole number, and a mobile prefix before seven digits.
        ("841234567", "+84841234567", "mobile"),
        ("0841234567", "+84841234567", "mobile"),
        ("84841234567", "+84841234567", "mobile"),
        ("841682345678", "+84382345678", "mobile"),
        ("+1 415 555 2671", "+14155552671", "foreign"),
        ("0081 3 1234 5678", "+81312345678", "foreign"),
    ],
)
def test_kinds_of_numbers(typed, number, kind):
    phone = parse_phone(typed)
    assert (phone.number, phone.kind) == (number, kind)


@pytest.mark.parametrize(
    "typed", ["028 3822 1234 máy lẻ 12", "028 3822 1234 (ext. 12)", "02838221234 x12", "02838221234#12"]
)
def test_the_extension_behind_a_switchboard(typed):
    phone = parse_phone(typed)
    assert (phone.number, phone.extension) == ("+842838221234", "12")


@pytest.mark.parametrize("row", read_rows("phone_prefix_2018.csv"), ids=lambda row: row["old_prefix_11"])
def test_every_prefix_that_changed_in_2018(row):
    phone = parse_phone(row["old_prefix_11"] + "2345678")
    assert (phone.number, phone.kind) == (f"+84{row['new_prefix_10'][1:]}2345678", "mobile")


# The codes whose old numbers read as mobile numbers of today.
MOBILE_TODAY = {
    *("08", "030", "031", "033", "036", "037", "038", "039"),
    *("052", "056", "058", "059", "070", "076", "077", "079"),
}
# The codes whose old numbers read as numbers of today that lack a digit.
UNCLEAR_TODAY = {"020", "026", "027", "029"}


@pytest.mark.parametrize("row", read_rows("area_codes_2017.csv"), ids=lambda row: row["province"])
def test_every_area_code_that_changed_in_2017(row):
    subscriber = "38251234" if len(row["new_code"]) == 3 else "3851234"
    new_number = f"+84{row['new_code'][1:]}{subscriber}"
    assert phonenumbers.number_type(phonenumbers.parse(new_number)) == phonenumbers.PhoneNumberType.FIXED_LINE
    assert parse_phone(row["new_code"] + subscriber).number == new_number
    old_number = row["old_code"] + subscriber
    if row["old_code"] in UNCLEAR_TODAY:
        with pytest.raises(PhoneError):
            parse_phone(old_number)
    elif row["old_code"] in MOBILE_TODAY:
        assert parse_phone(old_number).number == f"+84{old_number[1:]}"
    else:
        assert parse_phone(old_number).number == new_number


def test_the_area_code_table_is_whole():
    rows = read_rows("area_codes_2017.csv")
    assert len({row["province"] for row in rows}) == 59
    assert len({row["old_code"] for row in rows}) == len({row["new_code"] for row in rows}) == 59


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("", "Nhập số điện thoại. Ví dụ: 0912 345 678"),
        ("0912 345", "Thiếu 3 chữ số. Ví dụ: 0912 345 678"),
        ("09123456789", "Thừa 1 chữ số. Ví dụ: 0912 345 678"),
        ("0203 385 123", "Thiếu 1 chữ số. Ví dụ: 0912 345 678"),
        ("024 3825 123", "Thiếu 1 chữ số. Ví dụ: 0912 345 678"),
        (
            "0892345678",
            "Không có số điện thoại nào ở Việt Nam bắt đầu bằng 089. Kiểm tra lại các chữ số đầu.",
        ),
        ("0912 E45 678", "Chỉ viết số điện thoại bằng chữ số, không có chữ cái. Ví dụ: 0912 345 678"),
        ("9.12346E+08", "Bảng tính đã rút gọn số này. Định dạng cột là văn bản rồi nhập lại đủ các chữ số."),
        ("1900 6017", "Số 1800 và 1900 là tổng đài. Nhập số riêng của khách hàng."),
        ("18001234", "Số 1800 và 1900 là tổng đài. Nhập số riêng của khách hàng."),
        ("+84 1900 6017", "Số 1800 và 1900 là tổng đài. Nhập số riêng của khách hàng."),
        ("0912345678 / 0987654321", "Ở đây có nhiều số. Nhập riêng từng số."),
        ("+1 415", "Số nước ngoài này chưa đủ. Viết dấu + và mã quốc gia, rồi đến số điện thoại."),
    ],
)
def test_refusals_say_what_to_do(typed, message):
    with translation.override("vi"), pytest.raises(PhoneError) as refusal:
        parse_phone(typed)
    assert refusal.value.message == message


def test_refusals_speak_english_too():
    with translation.override("en"):
        with pytest.raises(PhoneError, match=r"^3 digits are missing\. Example: 0912 345 678$"):
            parse_phone("0912 345")
        with pytest.raises(PhoneError, match=r"^1 digit is missing\."):
            parse_phone("0912 345 67")


mobile_numbers = st.builds(
    "{}{}".format,
    st.sampled_from(
        ["901", "912", "987", "321", "399", "561", "703", "799", "815", "841", "866", "896", "898"]
    ),
    st.integers(0, 999_999).map("{:06d}".format),
)


@given(
    mobile_numbers,
    st.sampled_from(["0", "+84", "84", "0084", "+84 0", "(+84)", "'0"]),
    st.sampled_from(["", " ", ".", "-"]),
)
def test_every_mobile_number_in_every_dress(number, prefix, separator):
    typed = prefix + separator.join((number[:2], number[2:5], number[5:]))
    assert parse_phone(typed).number == f"+84{number}"


@given(mobile_numbers)
def test_a_formatted_number_is_read_back(number):
    canonical = f"+84{number}"
    shown = format_phone(canonical)
    assert shown == f"0{number[:3]}\u00a0{number[3:6]}\u00a0{number[6:]}"
    assert parse_phone(shown).number == canonical
    assert parse_phone(canonical).number == canonical


@given(mobile_numbers, st.integers(4, 9))
def test_what_is_typed_of_a_number_finds_it(number, size):
    canonical = f"+84{number}"
    for typed in (
        "0" + number[: size - 1],
        number[:size],
        "+84" + number[: size - 2],
        "84" + number[:size],
    ):
        search = phone_search_candidates(typed)
        assert search is not None
        assert any(canonical.startswith(prefix) for prefix in search.prefixes)
    by_end = phone_search_candidates(number[-size:])
    assert by_end is not None
    assert canonical.endswith(by_end.suffix)


@given(st.text(max_size=25) | st.text("0123456789+() .-/ext#,", max_size=25))
def test_any_text_is_a_number_or_refused_with_a_message(text):
    phone, refusal = read_or_refused(lambda: parse_phone(text))
    if phone is None:
        assert refusal
    else:
        assert phone.number.startswith("+")
        assert phone.number[1:].isdecimal()
        assert phone.number.isascii()
        # Numbers that the canonical form loses would be stored twice.
        assert parse_phone(phone.number).number == phone.number


@pytest.mark.parametrize(
    ("typed", "prefixes", "suffix"),
    [
        ("0912", ("+84912",), "0912"),
        ("84912", ("+8484912", "+84912"), "84912"),
        ("+84912", ("+84912",), ""),
        ("01683", ("+841683", "+84383"), "01683"),
        ("5678", ("+845678",), "5678"),
        ("0912 345 678", ("+84912345678",), ""),
        ("+1 415", ("+1415",), ""),
    ],
)
def test_search_candidates(typed, prefixes, suffix):
    search = phone_search_candidates(typed)
    assert (search.prefixes, search.suffix) == (prefixes, suffix)


@pytest.mark.parametrize("typed", ["", "912", "Ánh", "Ánh 0912", "1" * 16])
def test_what_is_not_a_search_for_a_number(typed):
    assert phone_search_candidates(typed) is None


@pytest.mark.parametrize(
    ("number", "shown", "masked"),
    [
        ("+84912345678", "0912 345 678", "091****678"),
        ("+842438251234", "024 3825 1234", "024*****234"),
        ("+14155552671", "+1 415-555-2671", "+14******671"),
        ("", "", ""),
        ("not a number", "not a number", "not******ber"),
    ],
)
def test_shown_and_masked(number, shown, masked):
    assert format_phone(number).replace("\u00a0", " ") == shown
    assert " " not in format_phone("+842438251234")
    assert mask_phone(number) == masked


@given(st.text("0123456789", min_size=9, max_size=9))
def test_usual_groups_of_digits_give_what_unusual_ones_give(digits):
    """The first two are read a shorter way."""
    read = set()
    for typed in (f"0{digits}", f"0{digits[:3]} {digits[3:6]} {digits[6:]}", f"0{digits[:2]} {digits[2:]}"):
        try:
            read.add(parse_phone(typed))
        except PhoneError as error:
            read.add(error.message)
    assert len(read) == 1
