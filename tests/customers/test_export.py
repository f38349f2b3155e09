import csv
import datetime
import stat
import tracemalloc
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from python_calamine import CalamineWorkbook

from customers import exporting
from customers.export_columns import known_columns
from customers.exporting import export_customers, safe_text, write_csv, write_xlsx
from customers.models import Customer, CustomerBehaviour
from customers.registry import SegmentChoice, registry
from tests.factories import CustomerFactory, EmailFactory, IdentifierFactory, PhoneFactory
from tests.importing import counts, run

EVERYTHING = "code,external_id,full_name,gender,birth_date,phone,email,province,owner,branch,orders,spend"


def export(path, columns, *options):
    call_command("export_customers", path, "--columns", columns, "--language", "en", *options)
    if path.suffix == ".xlsx":
        rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
        return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def anh(cast):
    customer = cast.anh
    customer.gender = "female"
    customer.birth_year, customer.birth_month, customer.birth_day = 1992, 5, 14
    customer.province_id, customer.ward_id = "01", "00004"
    customer.save()
    PhoneFactory(customer=customer, number="+14155552671", position=1)
    EmailFactory(customer=customer, address="anh@example.vn")
    IdentifierFactory(customer=customer, kind="import:pos", value="0017")
    IdentifierFactory(customer=customer, kind="zalo", value="zalo-id")
    CustomerBehaviour.objects.filter(customer=customer).update(
        first_purchase_on=datetime.date(2023, 1, 2),
        last_purchase_on=datetime.date(2024, 5, 14),
        orders=12,
        units=Decimal("20.5"),
        spend=5_250_000,
        recency_score=5,
        main_channel="store",
        channels_12m=["store", "website"],
    )
    return customer


def test_a_csv_has_what_the_record_has(tmp_path, anh):
    columns = (
        EVERYTHING + ",first_purchase_on,units,recency_score,monetary_score,main_channel,channels_12m,ward"
    )
    row = next(row for row in export(tmp_path / "out.csv", columns) if row["code"] == anh.code)
    assert list(row) == columns.split(",")
    assert row == {
        "code": anh.code,
        "external_id": "0017",
        "full_name": "Nguyễn Thị Ngọc Ánh",
        "gender": "Female",
        "birth_date": "1992-05-14",
        "phone": "0912 345 678; +1 415-555-2671",
        "email": "anh@example.vn",
        "province": "Hà Nội",
        "owner": "ha",
        "branch": "Chi nhánh Cầu Giấy",
        "orders": "12",
        "spend": "5250000",
        "first_purchase_on": "2023-01-02",
        "units": "20.500",
        "recency_score": "5",
        "monetary_score": "",
        "main_channel": "In store",
        "channels_12m": "In store; Website or app",
        "ward": "Phường Ba Đình",
    }


def test_a_workbook_has_numbers_dates_and_texts(tmp_path, anh):
    columns = "code,external_id,orders,spend,units,last_purchase_on,birth_date,monetary_score"
    row = next(row for row in export(tmp_path / "out.xlsx", columns) if row["code"] == anh.code)
    assert row == {
        "code": anh.code,
        "external_id": "0017",
        "orders": 12.0,
        "spend": 5_250_000.0,
        "units": 20.5,
        "last_purchase_on": datetime.date(2024, 5, 14),
        "birth_date": datetime.date(1992, 5, 14),
        "monetary_score": "",
    }


@pytest.mark.django_db
def test_birth_dates_are_written_as_far_as_known(tmp_path):
    CustomerFactory(birth_year=1992)
    CustomerFactory(birth_month=5, birth_day=14)
    CustomerFactory()
    for name in ("out.csv", "out.xlsx"):
        assert [row["birth_date"] for row in export(tmp_path / name, "code,birth_date")] == [
            "1992",
            "14/05",
            "",
        ]


def test_what_goes_out_comes_back_in(tmp_path, anh):
    columns = (
        "external_id,full_name,honorific,gender,birth_date,phone,email,province,ward,education,owner,branch"
    )
    path = tmp_path / "out.csv"
    export(path, columns)
    kept = [row for row in path.read_text("utf-8-sig").splitlines() if "0017" in row or "external_id" in row]
    path.write_text("\n".join(kept) + "\n", encoding="utf-8")
    for language in ("vi", "en"):
        assert counts(run("import_customers", path, "--source", "pos", "--language", language)) == (
            0,
            0,
            1,
            0,
        )


def test_only_whom_a_user_may_see_leaves(tmp_path, cast):
    def codes(username):
        return {row["code"] for row in export(tmp_path / "out.csv", "code", "--user", username)}

    assert codes("ha") == {cast.anh.code}
    assert codes("huy") == {cast.anh.code, cast.binh.code, cast.cuc.code}
    assert codes("MAI") == {cast.cuc.code}
    Customer.objects.filter(owner=cast.ha).update(owner=cast.nam)
    cast.ha.is_active = False
    cast.ha.save()
    with pytest.raises(CommandError, match="ha"):
        codes("ha")


def test_a_segment_can_be_chosen(tmp_path, cast, monkeypatch):
    monkeypatch.setattr(registry, "segment_choices", lambda: [SegmentChoice(7, "Loyal", "rfm", "RFM group")])
    CustomerBehaviour.objects.filter(customer=cast.binh).update(segment_ids=[3, 7])
    assert [row["code"] for row in export(tmp_path / "out.csv", "code", "--segment", "7")] == [cast.binh.code]
    with pytest.raises(CommandError, match=r"7 Loyal \(RFM group\)"):
        export(tmp_path / "out.csv", "code", "--segment", "8")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "columns", "said"),
    [
        ("out.csv", "code,colour,size", "no column colour, size. Known are: code, external_id, full_name"),
        ("out.csv", " , ", "Name at least one column"),
        ("out.pdf", "code", ".csv or .xlsx"),
        ("nowhere/out.csv", "code", "cannot be written"),
    ],
)
def test_what_cannot_be_made_is_explained(tmp_path, name, columns, said):
    with pytest.raises(CommandError, match=said.replace(".", r"\.")):
        export(tmp_path / name, columns)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+84912345678",
        "-2",
        "@SUM(A1)",
        "\t=1",
        "\rx",
        "\nx",
        " =1+1",
        "\u200b=1+1",
        "\u202e=1+1",
        "\ufeff=1",
        "＝1+1",
        "＋1",
        "－1",
        "＠x",
        "=cmd|' /C calc'!A0",
    ],
)
def test_texts_that_a_spreadsheet_would_run_are_disarmed(text):
    assert safe_text(text) == "'" + text


@pytest.mark.parametrize("text", ["", "An", "a=b", "12 - 3", "0912 345 678", "Đặng", "'=1"])
def test_other_texts_stay_as_they_are(text):
    assert safe_text(text) == text


@pytest.mark.django_db
def test_a_workbook_has_no_formula_however_the_text_looks(tmp_path):
    texts = ["=1+1", "{=1}", "http://example.vn", "internal:A1", "0012", "1e5", "x" * 40_000]
    for text in texts:
        CustomerFactory(notes=text)
    found = [row["notes"] for row in export(tmp_path / "out.xlsx", "notes")]
    assert found[:-1] == texts[:-1]
    assert len(found[-1]) == 32_767
    assert found[-1].endswith("…")
    for row in export(tmp_path / "out.csv", "notes"):
        assert row["notes"].removeprefix("'") in texts


def test_numbers_below_zero_are_numbers_not_texts(tmp_path):
    write_csv(tmp_path / "out.csv", ["n"], [[Decimal(-5)], [-5], ["-5"]])
    assert (tmp_path / "out.csv").read_text("utf-8-sig").split() == ["n", "-5", "-5", "'-5"]


def test_a_full_sheet_goes_on_in_the_next(tmp_path, monkeypatch):
    monkeypatch.setattr(exporting, "ROWS_A_SHEET", 3)
    assert write_xlsx(tmp_path / "out.xlsx", ["n"], [[number] for number in range(7)]) == 7
    workbook = CalamineWorkbook.from_path(str(tmp_path / "out.xlsx"))
    sheets = [workbook.get_sheet_by_index(place).to_python() for place in range(len(workbook.sheet_names))]
    assert sheets == [
        [["n"], [0.0], [1.0], [2.0]],
        [["n"], [3.0], [4.0], [5.0]],
        [["n"], [6.0]],
    ]


@pytest.mark.django_db
def test_nobody_is_a_file_with_a_header(tmp_path):
    for name in ("out.csv", "out.xlsx"):
        assert export(tmp_path / name, "code") == []
        assert (tmp_path / name).exists()


@pytest.mark.django_db
def test_the_file_is_the_owners_and_appears_when_complete(tmp_path, monkeypatch):
    path = tmp_path / "out.csv"
    CustomerFactory()
    export(path, "code")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before = path.read_bytes()
    monkeypatch.setattr(exporting, "_csv_cell", lambda value: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        export(path, "code")
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.django_db
def test_columns_come_from_apps_above_too_and_have_labels(tmp_path):
    with translation.override("en"):
        columns = known_columns()
    assert {"segments", "rfm_group"} <= set(columns)
    assert all(column.label for column in columns.values())
    CustomerFactory()
    call_command(
        "export_customers", tmp_path / "out.csv", "--columns", "gender", "--labels", "--language", "vi"
    )
    assert (tmp_path / "out.csv").read_text("utf-8-sig").split("\n")[0].strip() == "giới tính"


@pytest.mark.django_db
def test_every_column_can_be_read_for_a_bare_customer(tmp_path):
    CustomerFactory(family_name="", middle_name="", given_name="")
    names = ",".join(known_columns())
    for name in ("out.csv", "out.xlsx"):
        assert len(export(tmp_path / name, names)) == 1


@pytest.mark.django_db
def test_more_customers_cost_no_more_queries_within_a_portion(tmp_path):
    def queries(count):
        for _number in range(count):
            customer = CustomerFactory()
            PhoneFactory(customer=customer)
            EmailFactory(customer=customer)
        with CaptureQueriesContext(connection) as captured:
            export(tmp_path / "out.csv", ",".join(known_columns()))
        return len(captured)

    assert queries(2) == queries(30)


@pytest.mark.django_db
def test_memory_does_not_grow_with_the_number_of_customers(tmp_path, monkeypatch):
    monkeypatch.setattr(exporting, "CHUNK", 100)
    Customer.objects.bulk_create(Customer(given_name=f"An {n}", notes="x" * 1000) for n in range(4000))

    def peak(count):
        tracemalloc.start()
        last = Customer.objects.order_by("pk")[count - 1].pk
        tracemalloc.reset_peak()
        customers = Customer.objects.filter(pk__lte=last)
        assert (
            export_customers(path=tmp_path / "o.xlsx", customers=customers, columns=["code", "notes"])
            == count
        )
        _now, highest = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return highest

    peak(200)
    assert peak(4000) < 1.5 * peak(400)
