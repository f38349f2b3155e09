import datetime
import stat
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from customers.forms.fields import IncomeField
from customers.importing.customer_import import import_customers
from customers.importing.locks import IMPORT_LOCKS
from customers.importing.mapping import ImportMapping
from customers.models import Customer, CustomerIdentifier, Email, Phone
from tests.factories import BranchFactory, UserFactory
from tests.importing import counts, rejects, run, write

pytestmark = pytest.mark.django_db

CANONICAL_ROW = {
    "external_id": "KH9",
    "full_name": "NGUYỄN Thị Ngọc Ánh",
    "honorific": "chị",
    "gender": "Nữ",
    "birth_date": "14/05/1992",
    "phone": "0912 345 678 / 01681234567",
    "email": "an@example.vn; AN@example.vn ; b@c.vn",
    "province": "TP. Hà Nội",
    "ward": "Ba Đình",
    "address": "12 Lý Thái Tổ",
    "education": "Đại học",
    "occupation": "5",
    "monthly_income": "18tr5",
    "marital_status": "Đã kết hôn",
    "household_size": "4",
    "children": "2",
    "owner": "ha@EXAMPLE.vn",
    "branch": "cg",
    "source": "Mạng xã hội",
    "created_at": "03/02/2024 17:30",
}


def one(tmp_path, **cells):
    """Import a list with one customer, whose number is 1 unless said."""
    cells = {"external_id": "1", **cells}
    quoted = ('"' + value.replace('"', '""') + '"' for value in cells.values())
    path = write(tmp_path / "list.csv", ",".join(cells) + "\n" + ",".join(quoted) + "\n")
    return run("import_customers", path), path


def customer(number="1", source="import"):
    return Customer.objects.get(identifiers__kind=f"import:{source}", identifiers__value=number)


def refusal(tmp_path, **cells):
    summary, path = one(tmp_path, **cells)
    assert counts(summary) == (0, 0, 0, 1)
    assert not Customer.objects.exists()
    return rejects(path)[0]["reason"]


def test_every_canonical_column_arrives(tmp_path):
    branch = BranchFactory(code="CG", name="Chi nhánh Cầu Giấy")
    officer = UserFactory(username="ha", email="Ha@example.vn", branch=branch)
    text = ",".join(CANONICAL_ROW) + "\n" + ",".join(CANONICAL_ROW.values()) + "\n"
    path = write(tmp_path / "list.csv", text, "utf-8-sig")
    assert counts(run("import_customers", path, "--source", "pos")) == (1, 0, 0, 0)
    found = customer("KH9", "pos")
    assert (found.family_name, found.middle_name, found.given_name) == ("NGUYỄN", "Thị Ngọc", "Ánh")
    assert (found.honorific, found.gender, found.birth_date) == ("chi", "female", datetime.date(1992, 5, 14))
    assert [(phone.number, phone.position) for phone in found.phones.all()] == [
        ("+84912345678", 0),
        ("+84381234567", 1),
    ]
    assert [email.address for email in found.emails.all()] == ["an@example.vn", "b@c.vn"]
    assert (found.province_id, found.ward.name, found.address) == ("01", "Phường Ba Đình", "12 Lý Thái Tổ")
    assert (found.education, found.occupation) == ("university", "5")
    assert (found.monthly_income, found.income_band) == (Decimal(18_500_000), "from_15")
    assert (found.marital_status, found.household_size, found.children_count) == ("married", 4, 2)
    assert (found.owner, found.branch, found.source) == (officer, branch, "social")
    assert timezone.localtime(found.created_at).isoformat() == "2024-02-03T17:30:00+07:00"
    assert found.behaviour.orders == 0


def test_only_the_number_is_needed(tmp_path):
    summary, _path = one(tmp_path)
    assert counts(summary) == (1, 0, 0, 0)
    assert (customer().full_name, customer().gender, customer().source) == ("", "unknown", "import")


def test_again_writes_nothing_at_all(tmp_path):
    cells = {
        "full_name": "Lê Văn Cúc",
        "phone": "0912345678",
        "email": "c@d.vn",
        "province": "Huế",
        "notes": "a\nb",
    }
    one(tmp_path, **cells)
    before = Customer.objects.values().get()
    with CaptureQueriesContext(connection) as queries:
        summary, _path = one(tmp_path, **cells)
    assert counts(summary) == (0, 0, 1, 0)
    assert Customer.objects.values().get() == before
    assert before["version"] == 1
    assert not customer().events.exists()
    stored = [query["sql"] for query in queries if "customers_" in query["sql"]]
    assert stored
    assert not [sql for sql in stored if not sql.startswith("SELECT")]


def test_an_update_writes_what_differs_with_its_history(tmp_path):
    one(tmp_path, full_name="Lê Văn Cúc", address="12 Lý Thái Tổ", phone="0912345678")
    summary, _path = one(tmp_path, full_name="Lê Văn Cường", address="", phone="0988111222;0912345678")
    assert counts(summary) == (0, 1, 0, 0)
    found = customer()
    assert (found.full_name, found.address, found.version) == ("Lê Văn Cường", "12 Lý Thái Tổ", 2)
    assert [phone.number for phone in found.phones.all()] == ["+84912345678", "+84988111222"]
    event = found.events.get()
    assert event.given_name == "Cúc"
    assert event.pgh_context == {"command": "import_customers", "source": "import"}


def test_a_new_phone_alone_leaves_the_customer_row_alone(tmp_path):
    one(tmp_path, phone="0912345678")
    summary, _path = one(tmp_path, phone="0988111222")
    assert counts(summary) == (0, 1, 0, 0)
    assert (customer().version, Phone.objects.count()) == (1, 2)


def test_another_source_is_another_customer(tmp_path):
    path = write(tmp_path / "list.csv", "external_id\n7\n")
    for source in ("pos", "web"):
        assert counts(run("import_customers", path, "--source", source)) == (1, 0, 0, 0)
    assert Customer.objects.count() == 2


@pytest.mark.parametrize("number", ["17850", "17850.0", "'17850", " 17850 ", "１７８５０"])
def test_a_number_is_the_same_however_a_spreadsheet_left_it(tmp_path, number):
    one(tmp_path, external_id="17850")
    summary, _path = one(tmp_path, external_id=number)
    assert counts(summary) == (0, 0, 1, 0)


def test_a_number_twice_in_a_file_is_one_customer(tmp_path):
    text = "external_id,full_name\n1,Lê An\n2,Lê Bình\n1,Lê An\n1,Lê Khác\n"
    path = write(tmp_path / "list.csv", text)
    for expected in ((2, 0, 1, 1), (0, 0, 3, 1)):
        assert counts(run("import_customers", path)) == expected
        assert [(row["line"], row["full_name"]) for row in rejects(path)] == [("5", "Lê Khác")]
        assert customer("1").given_name == "An"


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("external_id", "", "empty"),
        ("external_id", "1.785E+04", "shortened"),
        ("external_id", "x" * 121, "121 characters"),
        ("full_name", "Công ty TNHH An Phát", "organisation"),
        ("full_name", "An Phát Co., Ltd", "organisation"),
        ("full_name", "x" * 201, "201 characters"),
        ("gender", "robot", "Allowed: male, female, other, unknown"),
        ("birth_date", "30/02/1990", "28"),
        ("birth_date", "2190", "must be from 1900 to"),
        ("birth_date", "1899", "must be from 1900 to"),
        ("full_name", "an@example.vn", "email address"),
        ("full_name", "0912345678", "phone number"),
        ("full_name", "...", "at least one letter"),
        ("full_name", "<b>", "no < or >"),
        ("full_name", "=An", "does not begin with"),
        ("phone", "1900 1234", "1900"),
        ("phone", "0912345678; 123", "phone"),
        ("email", "an(at)example.vn", "not an email"),
        ("address", "x" * 256, "256 characters"),
        ("education", "Hogwarts", "Allowed"),
        ("monthly_income", "-5000000", "negative"),
        ("monthly_income", "15", "Did you mean 15 million? Then write 15tr."),
        ("monthly_income", "99999", "very little for a month"),
        ("monthly_income", "10000000001", "Check the number of zeros"),
        ("monthly_income", "lots", "monthly_income"),
        ("household_size", "2.5", "whole number"),
        ("children", "-1", "whole number"),
        ("owner", "nobody", "No active user"),
        ("branch", "nowhere", "No branch"),
        ("source", "sky", "Allowed"),
        ("created_at", "yesterday", "created_at"),
        ("citizen_id", "0101234567", "tax code"),
        ("citizen_id", "0101234567-001", "tax code"),
        ("citizen_id", "12345", "12 digits"),
    ],
)
def test_a_row_that_cannot_be_read_is_refused_with_field_and_reason(tmp_path, column, value, said):
    reason = refusal(tmp_path, **{column: value})
    assert reason.startswith(f"{column}: ")
    assert said in reason


def refusals(field: IncomeField, text: str) -> list[str]:
    """What a form says of a text, in English."""
    with translation.override("en"):
        try:
            field.clean(text)
        except ValidationError as error:
            return error.messages
    return []


@pytest.mark.parametrize("amount", ["0", "1", "15", "15000", "99999", "100000", "10000000000", "10000000001"])
def test_a_list_and_the_form_believe_the_same_incomes(tmp_path, amount):
    path = write(tmp_path / "list.csv", f"external_id,full_name,monthly_income\n1,Lan,{amount}\n")
    said = [f"monthly_income: {refusal}" for refusal in refusals(IncomeField(), amount)]
    rejected = run("import_customers", path)["rejected"]
    assert [row["reason"] for row in (rejects(path) if rejected else [])] == said


def test_an_income_counted_in_thousands_is_not_asked_whether_it_meant_millions(tmp_path):
    path = write(tmp_path / "list.csv", "external_id,full_name,monthly_income\n1,Lan,15\n2,Mai,15000\n")
    mapping = write(tmp_path / "m.toml", "[scale]\nmonthly_income = 1000")
    assert counts(run("import_customers", path, "--mapping", str(mapping))) == (1, 0, 0, 1)
    assert "Check the unit of the column" in rejects(path)[0]["reason"]


def test_the_reason_names_the_column_as_the_file_does_and_speaks_the_language(tmp_path):
    path = write(tmp_path / "list.csv", "Mã,Sinh\n1,30/02/1990\n")
    mapping = write(tmp_path / "m.toml", '[columns]\nexternal_id = "Mã"\nbirth_date = "Sinh"')
    run("import_customers", path, "--mapping", str(mapping), "--language", "vi")
    assert rejects(path)[0]["reason"].startswith("birth_date (Sinh): Tháng 2/1990 không có ngày 30")


def test_rejects_can_be_corrected_and_imported_again(tmp_path):
    text = 'external_id;full_name;gender;notes\n1;"An; Bé";robot;\n2;"Lê\nBình";nam;\n3;Chi;robot;=1+1\n'
    path = write(tmp_path / "list.csv", text)
    assert counts(run("import_customers", path)) == (1, 0, 0, 2)
    beside = tmp_path / "list.csv.rejects.csv"
    assert stat.S_IMODE(beside.stat().st_mode) == 0o600
    assert [(row["line"], row["full_name"], row["notes"]) for row in rejects(path, ";")] == [
        ("2", "An; Bé", ""),
        ("5", "Chi", "=1+1"),
    ]
    corrected = write(tmp_path / "corrected.csv", beside.read_text("utf-8-sig").replace("robot", "nữ"))
    summary = run("import_customers", corrected)
    assert counts(summary) == (2, 0, 0, 0)
    assert summary["ignored_columns"] == ["line", "reason"]
    assert customer("3").notes == "=1+1"


def test_old_rejects_do_not_outlive_a_clean_import(tmp_path):
    path = write(tmp_path / "list.csv", "external_id,gender\n1,robot\n")
    run("import_customers", path)
    write(path, "external_id,gender\n1,nam\n")
    assert run("import_customers", path)["rejects_file"] is None
    assert not (tmp_path / "list.csv.rejects.csv").exists()


def test_nothing_is_lost_of_a_hostile_file(tmp_path):
    lines = [
        b"external_id,full_name,notes",
        b"1,An\0,x",
        b'2,"An,x',
        b"3,\xff\xfe,x",
        b"4," + b"y" * 3_000_000 + b",x",
        b"5,An",
        "6,\u202eAn\u200b Bé,=cmd|' /C calc'!A0".encode(),
        b"7,Cuc,x,y,z",
        b'8,"Duc",ok',
        b'9,"An" Be,x',
    ]
    path = write(tmp_path / "list.csv", b"\n".join(lines) + b"\n")
    assert counts(run("import_customers", path)) == (2, 0, 0, 7)
    assert [row["line"] for row in rejects(path)] == ["2", "3", "4", "5", "6", "8", "10"]
    assert customer("6").full_name == "An Bé"
    assert customer("6").notes == "=cmd|' /C calc'!A0"


def test_a_header_alone_is_no_mistake(tmp_path):
    assert counts(run("import_customers", write(tmp_path / "list.csv", "external_id\n"))) == (0, 0, 0, 0)


@pytest.mark.parametrize("text", ["", "name\nAn\n", "external_id,external_id\n1,2\n"])
def test_a_file_that_cannot_be_imported_ends_the_command_with_a_sentence(tmp_path, text):
    with pytest.raises(CommandError, match=r"\.$|\]\.$"):
        call_command("import_customers", write(tmp_path / "list.csv", text))


def test_birth_dates_are_kept_as_far_as_known(tmp_path):
    path = write(tmp_path / "list.csv", "external_id,birth_date\n1,1992\n2,14/05\n3,1992-05-14\n4,1957.0\n")
    assert counts(run("import_customers", path)) == (4, 0, 0, 0)
    known = [(c.birth_year, c.birth_month, c.birth_day) for c in Customer.objects.order_by("pk")]
    assert known == [(1992, None, None), (None, 5, 14), (1992, 5, 14), (1957, None, None)]


def test_notes_keep_their_lines(tmp_path):
    one(tmp_path, notes="thích trà \n\n  không đường  ")
    assert customer().notes == "thích trà\n\nkhông đường"


def test_the_mapping_says_how_dates_are_written(tmp_path):
    path = write(
        tmp_path / "list.csv",
        "external_id,birth_date,created_at\n1,05/14/1992,12/01/2024\n2,1992,12/13/2024\n",
    )
    mapping = write(tmp_path / "m.toml", '[options]\ndate_format = "%m/%d/%Y"')
    assert counts(run("import_customers", path, "--mapping", str(mapping))) == (2, 0, 0, 0)
    assert customer("1").birth_date == datetime.date(1992, 5, 14)
    assert timezone.localdate(customer("1").created_at) == datetime.date(2024, 12, 1)
    assert customer("2").birth_year == 1992


@pytest.mark.parametrize(
    ("province", "ward", "address", "warnings", "expected"),
    [
        ("ha noi", "", "", 0, ("01", None, "", "")),
        ("79", "", "", 0, ("79", None, "", "")),
        ("Sài Gòn", "", "", 0, ("79", None, "", "")),
        ("Thành phố Hà Nội", "P. Hoàn Kiếm", "5 Hàng Bài", 0, ("01", "Phường Hoàn Kiếm", "5 Hàng Bài", "")),
        ("", "00070", "", 0, ("01", "Phường Hoàn Kiếm", "", "")),
        # Merged in 2025: found, and the old words kept.
        ("Bình Dương", "", "9 Đại lộ", 0, ("79", None, "9 Đại lộ", "9 Đại lộ, Bình Dương")),
        ("Hà Nội", "Phường Phúc Xá", "", 0, ("01", "Phường Hồng Hà", "", "Phường Phúc Xá, Hà Nội")),
        ("Hà Nội", "Phường Nào Đó", "", 1, ("01", None, "", "Phường Nào Đó, Hà Nội")),
        # A ward's code against another province is no ward of it.
        ("Huế", "00070", "", 1, ("46", None, "", "00070, Huế")),
        ("Atlantis", "Phường Ba Đình", "", 1, (None, None, "", "Phường Ba Đình, Atlantis")),
    ],
)
def test_places_are_found_or_kept_as_they_stand(tmp_path, province, ward, address, warnings, expected):
    summary, _path = one(tmp_path, province=province, ward=ward, address=address)
    found = customer()
    name = found.ward.name if found.ward else None
    assert (found.province_id, name, found.address, found.old_address) == expected
    assert len(summary["warnings"]) == warnings


def test_a_ward_does_not_move_to_another_province(tmp_path):
    one(tmp_path, province="Hà Nội", ward="Ba Đình")
    one(tmp_path, province="Hà Nội", ward="")
    assert customer().ward_id == "00004"
    one(tmp_path, province="Huế", ward="")
    assert (customer().province_id, customer().ward_id) == ("46", None)


def test_work_outside_the_list_is_kept_in_its_own_words(tmp_path):
    one(tmp_path, occupation="Lái xe công nghệ")
    assert (customer().occupation, customer().occupation_text) == ("unknown", "Lái xe công nghệ")
    one(tmp_path, external_id="2", occupation="sinh viên")
    assert customer("2").occupation == "student"


def test_a_new_customer_takes_the_branch_of_the_person_in_charge(tmp_path):
    officer = UserFactory(username="ha")
    one(tmp_path, owner="HA")
    assert customer().branch == officer.branch


def test_who_has_left_is_not_in_charge_and_shared_names_are_nobody(tmp_path):
    UserFactory(username="ha", is_active=False)
    BranchFactory(name="Chi nhánh Một")
    BranchFactory(name="Chi nhánh Một")
    path = write(tmp_path / "list.csv", "external_id,owner,branch\n1,ha,\n2,,Chi nhánh Một\n")
    assert counts(run("import_customers", path)) == (0, 0, 0, 2)


def test_batches_are_saved_one_by_one(tmp_path):
    rows = "".join(f"{number},Lê Văn {number}\n" for number in range(25))
    path = write(tmp_path / "list.csv", "external_id,full_name\n" + rows)
    seen = []
    summary = import_customers(
        path=path,
        mapping=ImportMapping(),
        rejects_path=tmp_path / "r.csv",
        progress=lambda done: seen.append((done, Customer.objects.count())),
        batch_size=10,
    )
    assert summary.created == 25
    assert seen == [(10, 10), (20, 20), (25, 25)]
    assert CustomerIdentifier.objects.count() == 25


def test_a_batch_costs_the_same_number_of_queries_at_any_size(tmp_path):
    def queries(count):
        rows = "".join(f"{n}{count},Lê An,0912{n:06d},k{n}@e.vn\n" for n in range(count))
        path = write(tmp_path / "list.csv", "external_id,full_name,phone,email\n" + rows)
        with CaptureQueriesContext(connection) as captured:
            run("import_customers", path)
        return len(captured)

    assert queries(200) == queries(3)


def test_two_imports_of_a_source_at_once_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("customers.importing.locks.PATIENCE_SECONDS", 0)
    path = write(tmp_path / "list.csv", "external_id\n1\n")
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s, hashtext('pos'))", [IMPORT_LOCKS])
        with pytest.raises(CommandError, match="pos"):
            call_command("import_customers", path, "--source", "pos")
        assert counts(run("import_customers", path, "--source", "web")) == (1, 0, 0, 0)
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock_all()")
    finally:
        other.close()
    assert counts(run("import_customers", path, "--source", "pos")) == (1, 0, 0, 0)


def test_people_get_a_summary_in_words(tmp_path, capsys):
    path = write(tmp_path / "list.csv", "external_id,gender,colour\n1,nam,blue\n2,robot,red\n")
    call_command("import_customers", path, "--language", "en")
    said = capsys.readouterr().out
    assert "Rows: 2 read, 1 created, 0 updated, 0 unchanged, 1 rejected." in said
    assert "colour" in said
    assert "(lines 3): gender: “robot”" in said
    assert "list.csv.rejects.csv" in said
    assert Email.objects.count() == 0
