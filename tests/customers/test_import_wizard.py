"""Lists brought in through the pages: columns, check, corrections, writing, failures, undo, and who may."""

import csv
import io
import os

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from customers import tasks
from customers.models import Customer, CustomerIdentifier, ImportRow, ImportRun, Phone
from customers.models.imports import KEPT_FOR
from tests.factories import CustomerFactory

pytestmark = pytest.mark.django_db

LIST = (
    "Họ và tên;SĐT;Ngày sinh;Giới tính\n"
    "Nguyễn Thị Ngọc Ánh;0912345678;14/05/1992;Nữ\n"
    "Lê Hoàng Anh Khoa;0905 118 204;31/02/1991;Nam\n"
    "Đoàn Thị Xuân Quỳnh;01234567890;19/05/1983;Nữ\n"
    ";0936271440;1979;\n"
    "Công ty TNHH Minh Phát;0243 556 7788;;\n"
)


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    settings.IMPORT_DIR = tmp_path / "imports"


@pytest.fixture
def client(cast, as_user):
    return as_user(cast.huy)


def bring(client, text, name="khach.csv"):
    """Upload a list; gives the import."""
    content = text if isinstance(text, bytes) else text.encode()
    answer = client.post(
        reverse("customers:import_new"),
        {"kind": "customers", "file": SimpleUploadedFile(name, content)},
    )
    assert answer.status_code == 302, answer.content.decode()
    return ImportRun.objects.latest("pk")


def choose(client, run, columns=None, **more):
    """Say what the columns mean, as found unless told."""
    columns = columns or run.columns
    data = {f"column-{place}": name for place, name in enumerate(columns)}
    answer = client.post(
        reverse("customers:import_columns", args=[run.pk]),
        {"scale": "1", "date_order": "dmy", **data, **more},
    )
    assert answer.status_code == 302, answer.content.decode()


def checked(client, run, **manner):
    """Have the list checked."""
    data = {"mode": "both", "match_key": "phone", "branch": run.asked_by.branch_id, **manner}
    answer = client.post(reverse("customers:import_manner", args=[run.pk]), data)
    assert answer.status_code == 302, answer.content.decode()
    tasks.check_import(run.pk)
    run.refresh_from_db()
    assert run.state == ImportRun.State.CHECKED, run.error
    return run


def written(client, run):
    client.post(reverse("customers:import_write", args=[run.pk]))
    tasks.write_import(run.pk)
    run.refresh_from_db()
    return run


def undone(client, run):
    client.post(reverse("customers:import_undo", args=[run.pk]))
    tasks.undo_import(run.pk)
    run.refresh_from_db()
    assert run.state == ImportRun.State.UNDONE
    return run


def through(client, text, **manner):
    """Bring, check and write a list with what is found of it."""
    run = bring(client, text)
    choose(client, run)
    return written(client, checked(client, run, **manner))


def counts(run):
    return run.created, run.updated, run.unchanged, run.skipped, run.failed


def test_a_list_is_found_out_about_checked_and_written(cast, client):
    run = bring(client, LIST)
    assert (run.encoding, run.delimiter, run.header_line) == ("utf-8", ";", 1)
    assert run.columns == ["full_name", "phone", "birth_date", "gender"]
    choose(client, run)
    checked(client, run)
    # Ánh is known by phone and name, and has news; the impossible date, the missing name, the firm are out.
    assert counts(run) == (1, 1, 0, 0, 3)
    assert Customer.objects.count() == 3
    page = client.get(reverse("customers:import_check", args=[run.pk])).content.decode()
    assert "Nhập 2 dòng" in page
    assert "31/02/1991" in page
    written(client, run)
    assert (run.state, counts(run)) == (ImportRun.State.DONE, (1, 1, 0, 0, 3))
    cast.anh.refresh_from_db()
    assert (cast.anh.birth_year, cast.anh.gender) == (1992, "female")
    quynh = Customer.objects.get(given_name="Quỳnh")
    assert (quynh.branch, quynh.owner, quynh.source) == (cast.division, None, "import")
    assert quynh.phones.get().number == "+84834567890"


def test_history_tells_who_imported(cast, client):
    through(client, LIST)
    context = Phone.objects.get(customer__given_name="Quỳnh").events.get().pgh_context
    assert context["user"] == cast.huy.pk


def test_the_same_list_again_writes_nothing(cast, client):
    through(client, LIST)
    versions = dict(Customer.objects.values_list("pk", "version"))
    again = through(client, LIST)
    assert counts(again) == (0, 0, 2, 0, 3)
    assert dict(Customer.objects.values_list("pk", "version")) == versions


@pytest.mark.parametrize(
    ("mode", "expected"),
    [("create", (1, 0, 0, 1, 3)), ("update", (0, 1, 0, 1, 3)), ("both", (1, 1, 0, 0, 3))],
)
def test_the_manner_says_what_is_written(cast, client, mode, expected):
    # Without a name, a row that would only update is left out before anybody asks for the name.
    run = through(client, LIST, mode=mode)
    if mode == "update":
        expected = (0, 1, 0, 2, 2)
    assert counts(run) == expected


def test_a_corrected_cell_is_checked_at_once(cast, client):
    run = bring(client, LIST)
    choose(client, run)
    checked(client, run)
    url = reverse("customers:import_check", args=[run.pk])
    assert client.post(url, {"cell-3-2": "28/02/1991"}).status_code == 302
    run.refresh_from_db()
    assert counts(run) == (2, 1, 0, 0, 2)
    assert run.rows.get(line=3).problems == []
    client.post(
        url, {"cell-6-0": "Phạm Minh Phát", "cell-5-0": "=cmd()", "cell-999-0": "x", "cell-3-99": "y"}
    )
    run.refresh_from_db()
    assert counts(run) == (3, 1, 0, 0, 1)
    written(client, run)
    assert Customer.objects.filter(given_name="Phát").exists()
    assert Customer.objects.get(given_name="Khoa").birth_day == 28


def test_two_rows_about_one_customer_and_the_one_that_is_set_free(cast, client):
    text = "Tên,SĐT\nVũ An,0912000001\nVũ An,0912 000 001\n"
    run = bring(client, text)
    choose(client, run)
    checked(client, run)
    assert counts(run) == (1, 0, 0, 0, 1)
    assert "2" in run.rows.get(line=3).problems[0]["text"]
    client.post(reverse("customers:import_check", args=[run.pk]), {"cell-2-1": "0912000009"})
    run.refresh_from_db()
    assert counts(run) == (2, 0, 0, 0, 0)


def test_a_shared_phone_with_another_name_is_a_new_customer_and_said(cast, client):
    run = bring(client, "Tên,SĐT\nNguyễn Văn Tú,0912345678\n")
    choose(client, run)
    checked(client, run)
    assert counts(run) == (1, 0, 0, 0, 0)
    (problem,) = run.rows.get().problems
    assert problem["level"] == "warning"
    assert "Nguyễn Thị Ngọc Ánh" in problem["text"]


def test_the_failed_rows_can_be_downloaded_corrected_and_brought_again(cast, client):
    run = through(client, LIST.replace("Công ty TNHH Minh Phát", "=HYPERLINK(1)"))
    answer = client.get(reverse("customers:import_failures", args=[run.pk]))
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["dòng"] for row in rows] == ["3", "5", "6"]
    assert all(row["lý do"] for row in rows)
    assert rows[2]["Họ và tên"] == "'=HYPERLINK(1)"
    again = bring(client, text.replace("31/02/1991", "01/02/1991"))
    assert again.columns == ["full_name", "phone", "birth_date", "gender", "", ""]
    choose(client, again)
    checked(client, again)
    assert counts(again) == (1, 0, 0, 0, 2)
    assert again.rows.get(line=4).cells[0] == "=HYPERLINK(1)"


def test_undo_gives_back_what_was_and_deletes_what_was_new(cast, client):
    before = Customer.objects.values().get(pk=cast.anh.pk)
    run = through(client, LIST.replace("0912345678", "0912345678 / 0912000111"))
    assert cast.anh.phones.count() == 2
    undone(client, run)
    after = Customer.objects.values().get(pk=cast.anh.pk)
    assert {**after, "version": 0, "updated_at": 0} == {**before, "version": 0, "updated_at": 0}
    assert [phone.number for phone in cast.anh.phones.all()] == ["+84912345678"]
    assert not Customer.objects.filter(given_name="Quỳnh").exists()
    assert (run.restored, run.kept) == (2, 0)


def test_undo_keeps_what_somebody_edited_since_and_says_so(cast, client):
    run = through(client, LIST)
    Customer.objects.filter(pk=cast.anh.pk).update(birth_year=1990)
    quynh = Customer.objects.get(given_name="Quỳnh")
    Customer.objects.filter(pk=quynh.pk).update(notes="Khách quen")
    undone(client, run)
    cast.anh.refresh_from_db()
    assert (cast.anh.birth_year, cast.anh.birth_day, cast.anh.gender) == (1990, None, "unknown")
    assert Customer.objects.filter(pk=quynh.pk).exists()
    assert (run.restored, run.kept) == (0, 2)
    page = client.get(reverse("customers:import_run", args=[run.pk])).content.decode()
    assert "Năm sinh" in page
    assert quynh.code in page


def test_undo_keeps_a_new_customer_who_has_bought(cast, client):
    from tests.factories import PurchaseFactory

    run = through(client, LIST)
    PurchaseFactory(customer=Customer.objects.get(given_name="Quỳnh"))
    undone(client, run)
    assert run.kept == 1
    assert Customer.objects.filter(given_name="Quỳnh").exists()


def test_a_manager_imports_into_their_branches_only(cast, as_user):
    mai = as_user(cast.mai)
    text = (
        "Mã KH,Họ tên,SĐT,Chi nhánh,Người phụ trách\n"
        "1,Nguyễn Thị Ngọc Ánh,0912345678,,\n"
        "2,Vũ An,0912000001,CG,\n"
        "3,Vũ Bình,0912000002,DD,ha\n"
        "4,Vũ Chi,0912000003,DD,duc\n"
    )
    run = bring(mai, text)
    choose(mai, run)
    checked(mai, run, source="KiotViet", match_key="phone")
    # Ánh belongs to another branch: whoever Mai brings under that number is somebody new to her.
    assert counts(run) == (2, 0, 0, 0, 2)
    (hint,) = run.rows.get(line=2).problems
    assert "Ánh" not in hint["text"]
    written(mai, run)
    new = Customer.objects.get(given_name="Ánh", branch=cast.dong_da)
    assert new.pk != cast.anh.pk
    assert Customer.objects.visible_to(cast.mai).filter(given_name="Chi", owner=cast.duc).exists()
    # A number of somebody else's customer says that it is taken, and no more.
    taken = CustomerFactory(branch=cast.cau_giay, family_name="Bí", middle_name="", given_name="Mật")
    CustomerIdentifier.objects.create(kind="import:KiotViet", value="77", customer=taken)
    run = through(mai, "Mã KH,Họ tên\n77,Vũ Dần\n", source="KiotViet", match_key="number")
    assert counts(run) == (0, 0, 0, 0, 1)
    assert "Mật" not in run.rows.get().problems[0]["text"]


@pytest.mark.parametrize(("name", "status"), [("ha", 403), ("mai", 404), ("quan", 302)])
def test_a_list_is_for_who_brought_it_and_for_administrators(cast, client, as_user, name, status):
    run = bring(client, LIST)
    other = as_user(getattr(cast, name))
    assert other.get(reverse("customers:import_run", args=[run.pk])).status_code == status


def test_what_was_said_of_the_same_columns_is_remembered(cast, client):
    first = bring(client, "Cột lạ,SĐT\nVũ An,0912000001\n")
    assert first.columns == ["", "phone"]
    choose(client, first, ["full_name", "phone"])
    checked(client, first, mode="create")
    second = bring(client, "Cột lạ,SĐT\nVũ Bình,0912000002\n")
    assert (second.columns, second.mode) == (["full_name", "phone"], "create")


def test_words_that_are_not_known_are_given_a_meaning_once(cast, client):
    run = bring(client, "Tên,Tình trạng hôn nhân\nVũ An,Together\nVũ Bình,Together\nVũ Chi,YOLO\n")
    choose(client, run)
    checked(client, run)
    assert run.failed == 3
    page = client.get(reverse("customers:import_check", args=[run.pk])).content.decode()
    assert "Together" in page
    client.post(
        reverse("customers:import_words", args=[run.pk]),
        {
            "word-0": "marital_status:together",
            "meaning-0": "married",
            "word-1": "marital_status:yolo",
            "meaning-1": "-",
        },
    )
    tasks.check_import(run.pk)
    run.refresh_from_db()
    assert counts(run) == (3, 0, 0, 0, 0)
    written(client, run)
    assert Customer.objects.filter(marital_status="married").count() == 2


def test_a_run_that_was_killed_goes_on_where_it_was(cast, client, monkeypatch):
    from customers.importing import runs

    rows = "".join(f"Vũ An {number},09120000{number:02d}\n" for number in range(10))
    run = bring(client, "Tên,SĐT\n" + rows)
    choose(client, run)
    checked(client, run)
    monkeypatch.setattr(runs, "BATCH", 4)
    client.post(reverse("customers:import_write", args=[run.pk]))
    batches = []
    write_batch = runs._write_batch

    def dies_in_the_second(*arguments):
        batches.append(1)
        write_batch(*arguments)
        if len(batches) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(runs, "_write_batch", dies_in_the_second)
    with pytest.raises(KeyboardInterrupt):
        tasks.write_import(run.pk)
    assert Customer.objects.filter(family_name="Vũ").count() == 4
    tasks.write_import(run.pk)
    run.refresh_from_db()
    assert (run.state, counts(run)) == (ImportRun.State.DONE, (10, 0, 0, 0, 0))
    assert Customer.objects.filter(family_name="Vũ").count() == 10


def test_an_import_can_be_stopped_and_undone(cast, client, monkeypatch):
    from customers.importing import runs

    rows = "".join(f"Vũ An {number},09120000{number:02d}\n" for number in range(10))
    run = bring(client, "Tên,SĐT\n" + rows)
    choose(client, run)
    checked(client, run)
    monkeypatch.setattr(runs, "BATCH", 4)
    client.post(reverse("customers:import_write", args=[run.pk]))
    client.post(reverse("customers:import_cancel", args=[run.pk]))
    tasks.write_import(run.pk)
    run.refresh_from_db()
    assert (run.state, run.created) == (ImportRun.State.CANCELLED, 4)
    undone(client, run)
    assert not Customer.objects.filter(family_name="Vũ").exists()


def test_nothing_is_written_twice_however_often_the_button_is_pressed(cast, client):
    run = through(client, LIST)
    client.post(reverse("customers:import_write", args=[run.pk]))
    tasks.write_import(run.pk)
    assert Customer.objects.filter(given_name="Quỳnh").count() == 1
    run.refresh_from_db()
    assert run.state == ImportRun.State.DONE
    assert ImportRow.objects.filter(run=run).count() == 5


def test_the_check_costs_the_same_queries_for_any_number_of_rows(
    cast, client, django_assert_num_queries, django_assert_max_num_queries
):
    rows = "".join(f"Vũ An {number},0912{number:06d},31/02/1991\n" for number in range(60))
    run = bring(client, "Tên,SĐT,Ngày sinh\n" + rows)
    choose(client, run)
    with django_assert_max_num_queries(45):
        checked(client, run)
    url = reverse("customers:import_check", args=[run.pk])
    client.get(url)
    with django_assert_num_queries(6):
        page = client.get(url).content.decode()
    assert page.count('aria-invalid="true"') == 25
    second = client.get(f"{url}?after=26").content.decode()
    assert 'id="line-27"' in second
    assert 'id="line-26"' not in second
    back = client.get(f"{url}?before=27").content.decode()
    assert 'id="line-26"' in back
    assert 'id="line-27"' not in back


def test_before_a_batch_nobody_else_is_asked_about_each_row(cast, client, django_assert_max_num_queries):
    rows = "".join(f"Vũ An {number},0912{number:06d}\n" for number in range(300))
    run = bring(client, "Tên,SĐT\n" + rows)
    choose(client, run)
    checked(client, run)
    client.post(reverse("customers:import_write", args=[run.pk]))
    with django_assert_max_num_queries(60):
        tasks.write_import(run.pk)
    run.refresh_from_db()
    assert run.created == 300


def test_corrections_outlast_the_next_check_and_an_unreadable_row_stays_one(cast, client):
    run = bring(
        client, 'Tên,SĐT,Giới tính\nVũ An,098 44 12,Nam\nVũ Bình,0912000002,Nhầm\n"Vũ Chi,0912000003,Nam\n'
    )
    choose(client, run)
    checked(client, run)
    assert counts(run) == (0, 0, 0, 0, 3)
    client.post(reverse("customers:import_check", args=[run.pk]), {"cell-2-1": "0912000001"})
    client.post(
        reverse("customers:import_words", args=[run.pk]), {"word-0": "gender:nham", "meaning-0": "female"}
    )
    tasks.check_import(run.pk)
    run.refresh_from_db()
    assert counts(run) == (2, 0, 0, 0, 1)
    assert run.rows.get(line=2).cells[1] == "0912000001"
    assert run.rows.get(line=4).unreadable


def test_after_thirty_days_the_list_is_forgotten_and_what_it_did_stays_told(cast, client, settings):
    run = through(client, LIST)
    young = through(client, LIST)
    run_folder = settings.IMPORT_DIR
    ImportRun.objects.filter(pk=run.pk).update(created_at=timezone.now() - KEPT_FOR)
    for path in run_folder.iterdir():
        os.utime(path, (0, 0))
    tasks.forget_old_lists(0)
    assert not run.rows.exists()
    assert young.rows.exists()
    assert {path.name.partition(".")[0] for path in run_folder.iterdir()} == {young.stored_as}
    assert client.get(reverse("customers:import_run", args=[run.pk])).status_code == 200
    client.post(reverse("customers:import_undo", args=[run.pk]))
    run.refresh_from_db()
    assert (run.state, run.created) == (ImportRun.State.DONE, 1)


def test_dates_that_begin_with_the_month_are_found_and_read(cast, client):
    text = "Tên,Ngày sinh\nVũ An,03/04/1990\nVũ Bình,12/31/1991\n"
    run = bring(client, text)
    assert run.date_order == "mdy"
    choose(client, run, date_order="mdy")
    written(client, checked(client, run))
    assert counts(run) == (2, 0, 0, 0, 0)
    an = Customer.objects.get(given_name="An")
    assert (an.birth_day, an.birth_month) == (4, 3)
    # Whoever brings the list knows better.
    run = bring(client, text)
    choose(client, run, date_order="dmy")
    checked(client, run)
    assert run.failed == 1


def test_a_letter_in_a_number_is_taken_for_the_digit_it_looks_like_once_somebody_agrees(cast, client):
    run = bring(client, "Tên,SĐT\nVũ An,0912 34S 678\nVũ Bình,091x\n")
    choose(client, run)
    checked(client, run)
    assert [row.problems[0]["instead"] for row in run.rows.order_by("line")] == ["0912 345 678", ""]
    url = reverse("customers:import_check", args=[run.pk])
    page = client.get(url).content.decode()
    assert page.count('name="use"') == 1
    # The button comes with the other open cells as they were typed.
    client.post(url, {"cell-2-1": "0912 34S 678", "cell-3-1": "091x", "use": "cell-2-1:0912 345 678"})
    run.refresh_from_db()
    assert counts(run) == (1, 0, 0, 0, 1)
