"""Lists that were checked are written: as it was said, once, to the end, with what failed told."""

import csv
import io

import pytest
from django.urls import reverse

from customers import tasks
from customers.importing import runs
from customers.models import Customer, ImportRow, ImportRun, Phone
from tests.import_wizard import CUSTOMERS, bring, brought, checked, choose, counts, through, undone

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(cast, as_user):
    return as_user(cast.huy)


def test_history_tells_who_imported(cast, client):
    through(client, CUSTOMERS)
    context = Phone.objects.get(customer__given_name="Quỳnh").events.get().pgh_context
    assert context["user"] == cast.huy.pk


def test_the_same_list_again_writes_nothing(cast, client):
    through(client, CUSTOMERS)
    versions = dict(Customer.objects.values_list("pk", "version"))
    again = through(client, CUSTOMERS)
    assert counts(again) == (0, 0, 2, 0, 3)
    assert dict(Customer.objects.values_list("pk", "version")) == versions


@pytest.mark.parametrize(
    ("mode", "expected"),
    [("create", (1, 0, 0, 1, 3)), ("update", (0, 1, 0, 1, 3)), ("both", (1, 1, 0, 0, 3))],
)
def test_the_manner_says_what_is_written(cast, client, mode, expected):
    # Without a name, a row that would only update is left out before anybody asks for the name.
    run = through(client, CUSTOMERS, mode=mode)
    if mode == "update":
        expected = (0, 1, 0, 2, 2)
    assert counts(run) == expected


def test_the_failed_rows_can_be_downloaded_corrected_and_brought_again(cast, client):
    run = through(client, CUSTOMERS.replace("Công ty TNHH Minh Phát", "=HYPERLINK(1)"))
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


def test_a_run_that_was_killed_goes_on_where_it_was(cast, client, monkeypatch):
    rows = "".join(f"Vũ An {number},09120000{number:02d}\n" for number in range(10))
    run = brought(client, "Tên,SĐT\n" + rows)
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
    rows = "".join(f"Vũ An {number},09120000{number:02d}\n" for number in range(10))
    run = brought(client, "Tên,SĐT\n" + rows)
    monkeypatch.setattr(runs, "BATCH", 4)
    client.post(reverse("customers:import_write", args=[run.pk]))
    client.post(reverse("customers:import_cancel", args=[run.pk]))
    tasks.write_import(run.pk)
    run.refresh_from_db()
    assert (run.state, run.created) == (ImportRun.State.CANCELLED, 4)
    undone(client, run)
    assert not Customer.objects.filter(family_name="Vũ").exists()


def test_nothing_is_written_twice_however_often_the_button_is_pressed(cast, client):
    run = through(client, CUSTOMERS)
    client.post(reverse("customers:import_write", args=[run.pk]))
    tasks.write_import(run.pk)
    assert Customer.objects.filter(given_name="Quỳnh").count() == 1
    run.refresh_from_db()
    assert run.state == ImportRun.State.DONE
    assert ImportRow.objects.filter(run=run).count() == 5


def test_before_a_batch_nobody_else_is_asked_about_each_row(cast, client, django_assert_max_num_queries):
    rows = "".join(f"Vũ An {number},0912{number:06d}\n" for number in range(300))
    run = brought(client, "Tên,SĐT\n" + rows)
    client.post(reverse("customers:import_write", args=[run.pk]))
    with django_assert_max_num_queries(60):
        tasks.write_import(run.pk)
    run.refresh_from_db()
    assert run.created == 300
