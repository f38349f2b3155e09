"""What the form and the import refuse, with the words in which they say so."""

import uuid

import pytest
from django.test import Client
from django.utils import timezone, translation

from customers.models import Customer
from customers.organisations import is_organisation_name
from customers.persons import refusal_of_name
from tests.customers.test_editing import NEW, edit_data, edit_url, new_data
from tests.customers.test_forms import errors, new, values

OUT_OF_DATE = "Trang này đã cũ: hãy tải lại trang rồi sửa lại."


@pytest.fixture
def ha(cast, as_user) -> Client:
    return as_user(cast.ha)


def phones(customer: Customer) -> list[str]:
    return [phone.number for phone in customer.phones.order_by("pk")]


# Pages that are out of date


@pytest.mark.parametrize("name", ["TOTAL_FORMS", "INITIAL_FORMS"])
@pytest.mark.parametrize("value", ["-1", "", "hai", "9" * 5000, "1.5", None])
def test_a_page_that_does_not_count_its_rows_changes_nothing(cast, ha, name, value):
    before = phones(cast.anh)
    assert before
    data = edit_data(cast.ha, cast.anh, notes="gõ dở", **{f"phones-{name}": value})
    if value is None:
        del data[f"phones-{name}"]
    answer = ha.post(edit_url(cast.anh), data)
    page = answer.content.decode()

    assert answer.status_code == 422
    assert page.count(OUT_OF_DATE) == 1
    assert "_FORMS," not in page
    assert "ManagementForm" not in page
    assert "gõ dở" in page
    assert f'value="{data["phones-0-value"]}"' in page
    assert phones(cast.anh) == before
    assert Customer.objects.get(pk=cast.anh.pk).notes == cast.anh.notes


def test_rows_that_were_not_sent_at_all_are_shown_as_they_stand(cast, ha):
    data = edit_data(cast.ha, cast.anh)
    kept = data["phones-0-value"]
    data = {name: value for name, value in data.items() if not name.startswith("phones-")}
    answer = ha.post(edit_url(cast.anh), data)
    assert answer.status_code == 422
    assert f'value="{kept}"' in answer.content.decode()
    assert phones(cast.anh)


@pytest.mark.parametrize("value", ["-1", "9" * 5000])
def test_another_row_is_added_to_a_page_that_does_not_count_its_rows(cast, ha, value):
    data = new_data(cast.ha, then="more_phones", **{"phones-TOTAL_FORMS": value, "phones-0-value": "0912 x"})
    answer = ha.post(NEW, data)
    assert answer.status_code == 200
    assert 'value="0912 x"' in answer.content.decode()


@pytest.mark.parametrize("version", ["abc", "-1", "9" * 30, ""])
def test_a_page_without_its_version_is_out_of_date(cast, ha, version):
    answer = ha.post(edit_url(cast.anh), edit_data(cast.ha, cast.anh, notes="khác", version=version))
    assert answer.status_code == 422
    assert answer.content.decode().count(OUT_OF_DATE) == 1
    assert Customer.objects.get(pk=cast.anh.pk).notes == cast.anh.notes


def test_a_garbled_submission_is_out_of_date(cast, ha):
    answer = ha.post(NEW, new_data(cast.ha, submission="zz"))
    assert answer.status_code == 422
    assert answer.content.decode().count(OUT_OF_DATE) == 1
    assert not Customer.objects.filter(given_name="Huy").exists()
    assert ha.post(NEW, new_data(cast.ha, submission=str(uuid.uuid4()))).status_code == 302


# Names


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("...", "Họ tên cần có ít nhất một chữ cái"),
        ("12", "Họ tên cần có ít nhất một chữ cái"),
        ("?!", "Họ tên cần có ít nhất một chữ cái"),
        ("an@gmail.com", "Đây là email; hãy nhập vào ô Email"),
        ("0912 345 678", "Đây là số điện thoại; hãy nhập vào ô Điện thoại"),
        ("<b>An</b>", "Họ tên không có dấu < hoặc >"),
        ("=SUM(A1)", "Họ tên không bắt đầu bằng “=”"),
        ("+An", "Họ tên không bắt đầu bằng “+”"),
    ],
)
def test_texts_that_are_no_names_are_refused(cast, name, said):
    assert said in errors(new(cast.ha, full_name=name), "full_name")[0]
    parts = {"full_name": "", "family_name": "", "middle_name": "", "given_name": name}
    assert errors(new(cast.ha, **parts), "full_name")


def test_parts_that_are_no_name_are_refused(cast):
    form = new(cast.ha, full_name="An @", given_name="@", family_name="An")
    assert errors(form, "full_name")


@pytest.mark.parametrize("name", ["An", "D'Arc Jeanne", "Nguyễn Thị Ánh (Bé)", "李 明", "Lê Văn 2"])
def test_unusual_names_of_persons_pass(cast, name):
    assert values(new(cast.ha, full_name=name))["given_name"]


@pytest.mark.parametrize(
    "name",
    [
        "Trường THPT Chu Văn An", "Trường Tiểu học Kim Đồng", "TRƯỜNG MẦM NON HOA SEN",
        "Trường Đại học Bách khoa", "Truong Dai hoc Bach khoa", "Cửa hàng Minh Anh", "UBND phường 5",
        "Ủy ban nhân dân xã", "Uỷ ban nhân dân xã", "Ngân hàng Vietcombank", "Phòng khám Đa khoa",
        "Bệnh viện Chợ Rẫy", "Hợp tác xã An Bình", "HTX An Bình", "Chi nhánh 3", "Tập đoàn FPT",
        "Doanh nghiệp tư nhân Lan", "Siêu thị Mini", "Nhà hàng Hoa Sen", "Nha hang Hoa Sen",
        "Khách sạn Sài Gòn", "khach san sai gon",
    ],
)  # fmt: skip
def test_names_of_organisations(name):
    assert is_organisation_name(name)
    with translation.override("vi"):
        assert "tổ chức" in refusal_of_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "Trường Văn Nam", "Ngân Thị Hàng", "Cửa Văn Hàng", "Ngân Hằng", "Ngan Hang", "Nhã Hằng", "Nha Hang",
        "Trương Cao Đăng", "Trương Cao Đăng Khoa", "Truong Cao Dang", "Trương Tiểu Hoc", "Chi Nhanh",
        "Chi Nhạnh Lan", "Nguyễn Công Ty", "Phòng Khâm", "Lê Thị Siêu",
    ],
)  # fmt: skip
def test_names_of_persons_that_begin_alike(name):
    assert refusal_of_name(name) == ""


# Years of birth


@pytest.mark.parametrize("typed", ["1899", "1700", "31/12/2999", "14/05/1850"])
def test_years_of_birth_have_bounds_that_are_said(cast, typed):
    said = f"Năm sinh phải từ 1900 đến {timezone.localdate().year}."
    assert errors(new(cast.ha, birth=typed), "birth") == [said]


def test_the_first_and_the_last_year_of_birth(cast):
    for year in (1900, timezone.localdate().year):
        assert values(new(cast.ha, birth=str(year)))["birth_year"] == year


# Income


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("15.00", "“15.00” là nghìn hay triệu?"),
        ("15", "Có phải bạn muốn nhập 15 triệu? Hãy ghi 15tr."),
        ("15.000", "Có phải bạn muốn nhập 15 triệu? Hãy ghi 15tr."),
        ("12.345", "Số này quá nhỏ cho một tháng."),
        ("99.999", "Số này quá nhỏ cho một tháng."),
        ("1", "Hãy ghi 1tr."),
        ("10.000.000.001", "lớn hơn 10.000.000.000"),
    ],
)
def test_incomes_that_are_slips_are_asked_about(cast, typed, said):
    assert said in errors(new(cast.ha, monthly_income=typed), "monthly_income")[0]


@pytest.mark.parametrize(("typed", "amount"), [("0", 0), ("100k", 100_000), ("10 tỷ", 10_000_000_000)])
def test_incomes_at_the_bounds_pass(cast, typed, amount):
    assert values(new(cast.ha, monthly_income=typed))["monthly_income"] == amount


# Citizen IDs and numbers


@pytest.mark.parametrize("number", ["000192000123", "999192000123"])
def test_a_citizen_id_of_no_province_is_kept_with_a_visible_warning(cast, ha, number):
    answer = ha.post(NEW, new_data(cast.ha, citizen_id=number), follow=True)
    assert Customer.objects.get(given_name="Huy").citizen_id == number
    toasts = answer.content.decode().split('id="toasts"')[1].split("<template")[0]
    assert f"Không có tỉnh/thành phố nào mang mã {number[:3]}" in toasts
    assert "toast--warning" in toasts


def test_numbers_are_refused_in_vietnamese(cast):
    assert errors(new(cast.ha, household_size="x"), "household_size") == ["Nhập một số nguyên."]
    assert errors(new(cast.ha, household_size="-1"), "household_size") == ["Hãy nhập số từ 0 trở lên."]
    assert errors(new(cast.ha, household_size="99"), "household_size") == ["Hãy nhập số không quá 30."]


@pytest.mark.parametrize(
    ("text", "vietnamese"),
    [("variety", "loại"), ("memory cost", "bộ nhớ"), ("History", "Lịch sử"), ("Home", "Trang chủ")],
)
def test_texts_of_django_are_in_vietnamese(text, vietnamese):
    with translation.override("vi"):
        assert translation.gettext(text) == vietnamese
        corrected = translation.ngettext(
            "Please correct the error below.", "Please correct the errors below.", 1
        )
    assert corrected == "Hãy sửa các lỗi bên dưới."
