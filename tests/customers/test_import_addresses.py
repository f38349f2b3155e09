"""Addresses in lists: today's ward behind those of before July 2025, and what is asked where several are."""

from collections import defaultdict

import pytest
from django.urls import reverse

from customers.importing.addressing import ANSWER, AddressReader
from customers.importing.fields import CUSTOMER_FIELDS, guess_columns
from customers.models import Customer
from customers.vietnamese.facts import read_rows
from tests.import_wizard import brought, counts, written
from tests.importing import counts as counts_of_command
from tests.importing import run as run_command
from tests.importing import write

pytestmark = pytest.mark.django_db

SAI_GON, HOAN_KIEM = "26740", "00070"
IN_ONE = "12 Lê Lợi, Phường Bến Nghé, Quận 1, TP.HCM"
DIVIDED = "Phường Điện Biên, Quận Ba Đình, Hà Nội"


@pytest.fixture(scope="module")
def reader(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        yield AddressReader()


@pytest.fixture
def client(cast, as_user):
    return as_user(cast.huy)


def read(reader, street="", ward="", district="", province=""):
    return reader.read(street=street, ward=ward, district=district, province=province)


def asked(address):
    return {code for warning in address.warnings for code, _name in warning.choices}


def test_every_former_address_becomes_todays_or_a_question_about_all_that_came_of_it(reader):
    today = defaultdict(set)
    for row in read_rows("ward_changes_2025.csv.gz"):
        if row["old_ward"]:
            today[row["old_ward"], row["old_district"], row["old_province"]].add(row["new_ward_code"])
    for (ward, district, province), codes in today.items():
        verbatim = f"1 Lê Lợi, {ward}, {district}, {province}"
        for address in (read(reader, verbatim), read(reader, "1 Lê Lợi", ward, district, province)):
            found = address.fields.get("ward_id")
            assert ({found} if found else asked(address)) == codes, verbatim
            assert (address.fields["address"], address.fields["old_address"]) == ("1 Lê Lợi", verbatim)


def test_every_address_of_today_stays_what_it_is(reader):
    provinces = {row["nso_code"]: row["name"] for row in read_rows("provinces.csv")}
    for row in read_rows("wards.csv"):
        address = read(reader, f"1 Lê Lợi, {row['full_name']}, {provinces[row['province_code']]}")
        assert address.fields == {
            "address": "1 Lê Lợi",
            "province_id": row["province_code"],
            "ward_id": row["code"],
        }


@pytest.mark.parametrize(
    "text",
    [
        IN_ONE,
        "12 Lê Lợi, P. Bến Nghé, Q.1, Tp HCM, Việt Nam",
        "12 Lê Lợi, P.Bến Nghé, Q1, Sài Gòn",
        "12 Lê Lợi, bến nghé, quận 01, thành phố hồ chí minh 700000",
        "12 Le Loi, Ben Nghe Ward, District 1, Ho Chi Minh City",
        "12 Lê Lợi,Phường Bến Nghé , Quận 1",
    ],
)
def test_the_ways_in_which_one_address_is_written(reader, text):
    fields = read(reader, text).fields
    assert (fields["province_id"], fields["ward_id"], fields["old_address"]) == ("79", SAI_GON, text)
    assert fields["address"] in {"12 Lê Lợi", "12 Le Loi"}


@pytest.mark.parametrize(
    ("parts", "province", "ward"),
    [
        ({"ward": "Phường Bến Nghé", "province": "TP.HCM"}, "79", SAI_GON),
        ({"ward": "Phường Bến Nghé", "district": "Quận 1"}, "79", SAI_GON),
        ({"ward": "Phường Bến Nghé, Quận 1, TP.HCM"}, "79", SAI_GON),
        ({"street": "5 Lê Lợi, P. Bến Nghé", "district": "Q1", "province": "HCM"}, "79", SAI_GON),
        # A district that was none any more in 2025, and a ward that kept its name beside a district's.
        ({"ward": "Phường Thảo Điền", "district": "Quận 2", "province": "HCM"}, "79", "27094"),
        ({"ward": "Phường Cầu Giấy", "district": "Quận Cầu Giấy", "province": "Hà Nội"}, "01", "00166"),
        # The province is today's already, the ward is not.
        ({"ward": "Phú Thủy", "district": "Phan Thiết", "province": "Lâm Đồng"}, "68", "22924"),
        # Today's reading comes first where nothing says that an address is older.
        ({"ward": "Phường Hoàn Kiếm", "province": "Hà Nội"}, "01", HOAN_KIEM),
    ],
)
def test_addresses_in_columns(reader, parts, province, ward):
    fields = read(reader, **parts).fields
    assert (fields["province_id"], fields["ward_id"]) == (province, ward)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hải Châu", {"address": "Hải Châu"}),
        ("Lê Lợi, Nghệ An", {"address": "Lê Lợi", "province_id": "40"}),
        ("Số 5, hẻm 3", {"address": "Số 5, hẻm 3"}),
        (
            "12 Lê Lợi, Quận 1, TP.HCM",
            {"address": "12 Lê Lợi", "province_id": "79", "old_address": "12 Lê Lợi, Quận 1, TP.HCM"},
        ),
    ],
)
def test_what_cannot_be_told_is_kept(reader, text, expected):
    assert read(reader, text).fields == expected


def test_a_name_that_several_had_is_asked_about(reader):
    address = read(reader, ward="Phường 1", province="TP.HCM")
    assert len(asked(address)) > 5
    assert "ward_id" not in address.fields
    assert address.fields["old_address"] == "Phường 1, TP.HCM"


def test_an_answer_stands_in_the_cell_and_is_none_of_the_old_address(reader):
    answer = ANSWER.format(code=HOAN_KIEM, name="Phường Hoàn Kiếm")
    for parts in ({"street": DIVIDED + answer}, {"ward": "Phường Điện Biên" + answer, "province": "Hà Nội"}):
        address = read(reader, **parts)
        assert (address.fields["province_id"], address.fields["ward_id"]) == ("01", HOAN_KIEM)
        assert "→" not in address.fields["old_address"]
        assert address.warnings == []
    # What is no ward is no answer, and is not lost.
    assert "99999" in read(reader, ward="Phường Điện Biên → 99999", province="Hà Nội").fields["old_address"]


@pytest.mark.parametrize(
    "title", ["Quận/Huyện", "Quận", "Huyện", "District", "quan huyen", "Quận/Huyện/Thị xã"]
)
def test_the_heading_of_districts_is_known(title):
    assert guess_columns([title], CUSTOMER_FIELDS) == ["district"]


def test_the_check_asks_and_takes_the_answer_in_its_place(cast, client):
    text = (
        "Tên,SĐT,Phường/Xã,Quận/Huyện,Tỉnh/Thành\n"
        "Vũ An,0912000001,Phường Điện Biên,Quận Ba Đình,Hà Nội\n"
        "Vũ Bình,0912000002,Phường Điện Biên,Quận Ba Đình,Hà Nội\n"
        "Vũ Chi,0912000003,Phường Bến Nghé,Quận 1,TP.HCM\n"
    )
    run = brought(client, text)
    assert counts(run) == (3, 0, 0, 0, 0)
    url = reverse("customers:import_check", args=[run.pk])
    page = client.get(url + "?show=questions").content.decode()
    assert page.count('<select name="cell-') == 2
    cell = "Phường Điện Biên" + ANSWER.format(code=HOAN_KIEM, name="Phường Hoàn Kiếm")
    client.post(url, {"cell-2-2": cell, "cell-3-2": "Phường Điện Biên"})
    assert run.rows.get(line=2).problems == []
    assert [problem["level"] for problem in run.rows.get(line=3).problems] == ["question"]
    run.refresh_from_db()
    written(client, run)
    places = Customer.objects.filter(family_name="Vũ").order_by("pk")
    old = "Phường Điện Biên, Quận Ba Đình, Hà Nội"
    assert list(places.values_list("province_id", "ward_id", "old_address")) == [
        ("01", HOAN_KIEM, old),
        ("01", None, old),
        ("79", SAI_GON, "Phường Bến Nghé, Quận 1, TP.HCM"),
    ]


def test_the_command_reads_them_by_the_same_rules(tmp_path):
    path = write(
        tmp_path / "list.csv",
        "external_id,address,ward,district,province\n"
        f'1,"{IN_ONE}",,,\n2,5 Đội Cấn,Điện Biên,Ba Đình,Hà Nội\n',
    )
    summary = run_command("import_customers", path)
    assert counts_of_command(summary) == (2, 0, 0, 0)
    assert sum(summary["warnings"].values()) == 1
    one, two = Customer.objects.order_by("pk")
    assert (one.ward_id, one.address, one.old_address) == (SAI_GON, "12 Lê Lợi", IN_ONE)
    assert (two.province_id, two.ward_id) == ("01", None)
    assert two.old_address == "5 Đội Cấn, Điện Biên, Ba Đình, Hà Nội"
    again = run_command("import_customers", path)
    assert counts_of_command(again) == (0, 0, 2, 0)
