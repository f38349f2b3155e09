import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from customers.vietnamese.citizen_id import (
    CitizenIdError,
    birth_year_of,
    check_citizen_id,
    mask_citizen_id,
    registration_province,
)
from customers.vietnamese.facts import read_rows


@pytest.fixture(autouse=True)
def _in_vietnamese():
    with translation.override("vi"):
        yield


@pytest.mark.parametrize(
    ("typed", "gender", "birth_year"),
    [
        ("001190012345", "female", 1990),
        ("001 090 012 345", "male", 1990),
        ("'079.304.012345", "female", 2004),
        ("001190012345", "", None),
        ("001190012345", "unknown", None),
    ],
)
def test_numbers_that_fit(typed, gender, birth_year):
    checked = check_citizen_id(typed, gender, birth_year)
    assert len(checked.number) == 12
    assert checked.number.isdecimal()
    assert checked.warnings == ()


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("", "Số định danh cá nhân chỉ gồm chữ số. Kiểm tra xem có lẫn chữ cái không."),
        ("00119O012345", "Số định danh cá nhân chỉ gồm chữ số. Kiểm tra xem có lẫn chữ cái không."),
        ("012345678", "Đây là số CMND cũ 9 chữ số. Nhập 12 chữ số trên thẻ căn cước."),
        (
            "1190012345",
            "Số định danh cá nhân có 12 chữ số; số này có 10. Nếu số bắt đầu bằng 0 thì nhập cả số 0.",
        ),
    ],
)
def test_what_cannot_be_a_number(typed, message):
    with pytest.raises(CitizenIdError) as refusal:
        check_citizen_id(typed)
    assert refusal.value.message == message


@pytest.mark.parametrize(
    ("number", "gender", "birth_year", "warning"),
    [
        ("999190012345", "female", 1990, "Không có tỉnh/thành phố nào mang mã 999 ở đầu số này."),
        ("001190012345", "male", 1990, "Số này là của nữ; giới tính đã nhập thì khác."),
        ("001090012345", "female", 1990, "Số này là của nam; giới tính đã nhập thì khác."),
        ("001190012345", "female", 1991, "Số này là của người sinh năm 1990, không phải 1991."),
        ("001490012345", "", None, "Theo số này thì năm sinh là 2190."),
    ],
)
def test_what_does_not_fit_warns_and_never_blocks(number, gender, birth_year, warning):
    assert check_citizen_id(number, gender, birth_year).warnings == (warning,)


def test_several_warnings_at_once():
    assert len(check_citizen_id("999190012345", "male", 2000).warnings) == 3


@given(
    st.sampled_from([row["cccd_prefix"] for row in read_rows("cccd_province_codes.csv")]),
    st.sampled_from(["male", "female"]),
    st.integers(1900, 2026),
    st.integers(0, 999_999),
)
def test_a_number_made_by_the_rule_fits(prefix, gender, year, random):
    century = (year - 1900) // 100 * 2 + (gender == "female")
    number = f"{prefix}{century}{year % 100:02d}{random:06d}"
    assert check_citizen_id(number, gender, year).warnings == ()
    assert birth_year_of(number) == year
    assert registration_province(number)


def test_the_63_provinces_of_registration():
    assert registration_province("001190012345") == "Hà Nội"
    assert registration_province("999190012345") == ""
    assert len(read_rows("cccd_province_codes.csv")) == 63


def test_masking():
    assert mask_citizen_id("001190012345") == "001******345"
    assert mask_citizen_id("") == ""
    assert mask_citizen_id("1234") == "****"
