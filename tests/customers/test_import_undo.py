"""An import is taken back, but for what people have worked on since; in the end it is forgotten."""

import os

import pytest
from django.urls import reverse
from django.utils import timezone

from customers import tasks
from customers.models import Customer, ImportRun, Relation, RelationKind
from customers.models.imports import KEPT_FOR
from tests.factories import PurchaseFactory
from tests.import_wizard import CUSTOMERS, through, undone

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(cast, as_user):
    return as_user(cast.huy)


def test_undo_gives_back_what_was_and_deletes_what_was_new(cast, client):
    before = Customer.objects.values().get(pk=cast.anh.pk)
    run = through(client, CUSTOMERS.replace("0912345678", "0912345678 / 0912000111"))
    assert cast.anh.phones.count() == 2
    undone(client, run)
    after = Customer.objects.values().get(pk=cast.anh.pk)
    assert {**after, "version": 0, "updated_at": 0} == {**before, "version": 0, "updated_at": 0}
    assert [phone.number for phone in cast.anh.phones.all()] == ["+84912345678"]
    assert not Customer.objects.filter(given_name="Quỳnh").exists()
    assert (run.restored, run.kept) == (2, 0)


def test_undo_keeps_what_somebody_edited_since_and_says_so(cast, client):
    run = through(client, CUSTOMERS)
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
    run = through(client, CUSTOMERS)
    PurchaseFactory(customer=Customer.objects.get(given_name="Quỳnh"))
    undone(client, run)
    assert run.kept == 1
    assert Customer.objects.filter(given_name="Quỳnh").exists()


def test_undo_keeps_a_new_customer_whom_somebody_else_names(cast, client):
    run = through(client, CUSTOMERS)
    quynh = Customer.objects.get(given_name="Quỳnh")
    Relation.objects.create(customer=cast.anh, other=quynh, kind=RelationKind.FRIEND)
    undone(client, run)
    assert run.kept == 1
    assert Customer.objects.filter(pk=quynh.pk).exists()


def test_after_thirty_days_the_list_is_forgotten_and_what_it_did_stays_told(cast, client, settings):
    run = through(client, CUSTOMERS)
    young = through(client, CUSTOMERS)
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
