"""Purchases brought in through the pages: checked by a rehearsal, written and undone exactly."""

import pytest
from django.urls import reverse

from customers import tasks
from customers.models import Customer, CustomerIdentifier, ImportRun
from customers.said import told
from purchases.importing import wizard
from purchases.importing.journal import whole
from purchases.models import Product, Purchase, PurchaseLine
from tests.factories import ReturnFactory
from tests.import_wizard import bring, brought, counts, undone, written

pytestmark = pytest.mark.django_db

HEADER = "Mã KH,Số đơn,Ngày,Mã hàng,Tên hàng,SL,Thành tiền,Giảm giá,Trạng thái\n"
LIST = HEADER + (
    "A1,D1,01/02/2026,NC,Nồi chiên,1,2390000,0,\n"
    "A1,D1,01/02/2026,KM,Khẩu trang,2,60000,0,\n"
    "A1,D2,31/02/2026,NC,Nồi chiên,1,2390000,0,\n"
    "A1,D2,01/03/2026,KM,Khẩu trang,2,60000,0,\n"
    "B9,D3,01/03/2026,KM,Khẩu trang,2,60000,0,\n"
    "C1,D4,01/03/2026,KM,Khẩu trang,2,60000,0,\n"
)


@pytest.fixture
def client(cast, as_user):
    for value, customer in (("A1", cast.anh), ("C1", cast.cuc)):
        CustomerIdentifier.objects.create(kind="import:pos", value=value, customer=customer)
    return as_user(cast.huy)


def checked(client, text, **manner):
    return brought(client, text, kind="purchases", source="pos", **manner)


def test_the_check_writes_nothing_and_names_each_fault_in_its_cell(cast, client):
    run = checked(client, LIST)
    assert counts(run) == (3, 0, 0, 0, 3)
    assert not Purchase.objects.exists()
    assert not Product.objects.exists()
    (date,) = run.rows.get(line=4).problems
    assert (date["field"], run.header[date["column"]]) == ("purchased_at", "Ngày")
    assert "4" in told(run.rows.get(line=5).problems[0])
    assert run.rows.get(line=6).problems[0]["field"] == "customer_external_id"
    page = client.get(reverse("customers:import_check", args=[run.pk])).content.decode()
    assert "31/02/2026" in page
    assert "\x1f" not in page


def test_corrected_lines_are_checked_with_their_purchase_and_written(cast, client):
    run = checked(client, LIST)
    client.post(reverse("customers:import_check", args=[run.pk]), {"cell-4-2": "28/02/2026"})
    tasks.check_import(run.pk)
    run.refresh_from_db()
    assert counts(run) == (5, 0, 0, 0, 1)
    written(client, run)
    assert counts(run) == (5, 0, 0, 0, 1)
    assert Purchase.objects.get(number="D2").net == 2_450_000
    assert Purchase.objects.get(number="D1").lines.count() == 2
    again = checked(client, LIST)
    assert counts(again) == (0, 0, 3, 0, 3)


def test_a_manager_writes_no_purchase_of_a_customer_elsewhere(cast, client, as_user):
    run = checked(as_user(cast.mai), LIST)
    assert counts(run) == (1, 0, 0, 0, 5)
    # That Ánh exists is not told: to Mai, her number is as unknown as one that nobody has.
    unknown, hidden = (told(run.rows.get(line=line).problems[0]) for line in (6, 2))
    assert unknown == hidden
    written(as_user(cast.mai), run)
    assert set(Purchase.objects.values_list("customer", flat=True)) == {cast.cuc.pk}


def test_undo_takes_new_purchases_away_and_puts_changed_ones_back(cast, client):
    first = written(client, checked(client, LIST))
    d1 = Purchase.objects.get(number="D1")
    ReturnFactory(purchase=d1, customer=d1.customer)
    before = whole([d1.pk])
    changed = LIST.replace("60000", "50000").replace("D4", "D5")
    run = written(client, checked(client, changed))
    assert counts(run) == (1, 2, 0, 0, 3)
    assert whole([d1.pk]) != before
    undone(client, run)
    assert (run.restored, run.kept) == (2, 0)
    assert whole([d1.pk]) == before
    assert set(Purchase.objects.values_list("number", flat=True)) == {"D1", "D4"}
    # What has been put back no longer is what the first import left: its keys are, its return is new.
    undone(client, first)
    assert (first.restored, first.kept) == (1, 1)
    assert set(Purchase.objects.values_list("number", flat=True)) == {"D1"}


def test_undo_keeps_a_purchase_that_somebody_changed(cast, client):
    run = written(client, checked(client, LIST))
    PurchaseLine.objects.filter(purchase__number="D4").update(quantity=3)
    undone(client, run)
    assert (run.restored, run.kept) == (1, 1)
    assert set(Purchase.objects.values_list("number", flat=True)) == {"D4"}


def test_customers_who_are_missing_are_made_where_asked_and_go_with_the_undo(cast, client):
    run = written(client, checked(client, LIST, create_missing="on"))
    made = Customer.objects.get(identifiers__value="B9")
    assert made.branch == cast.division
    assert Purchase.objects.filter(customer=made).exists()
    undone(client, run)
    assert not Customer.objects.filter(pk=made.pk).exists()
    assert Customer.objects.filter(pk=cast.anh.pk).exists()


def test_a_killed_import_goes_on_and_can_still_be_undone(cast, client, monkeypatch):
    monkeypatch.setattr(wizard, "LINES_A_BATCH", 1)
    run = checked(client, LIST)
    client.post(reverse("customers:import_write", args=[run.pk]))
    save_batch = wizard.save_batch

    def dies_in_the_second(**about):
        # With one line a batch, the first purchase, which has two, is in the second.
        if about["batch"] > 1:
            raise KeyboardInterrupt
        return save_batch(**about)

    monkeypatch.setattr(wizard, "save_batch", dies_in_the_second)
    with pytest.raises(KeyboardInterrupt):
        tasks.write_import(run.pk)
    monkeypatch.setattr(wizard, "save_batch", save_batch)
    assert Purchase.objects.count() == 1
    tasks.write_import(run.pk)
    run.refresh_from_db()
    assert (run.state, counts(run)) == (ImportRun.State.DONE, (3, 0, 0, 0, 3))
    undone(client, run)
    assert not Purchase.objects.exists()


def test_which_columns_a_list_of_purchases_needs_is_said(cast, client):
    run = bring(client, "a,b\n1,2\n", kind="purchases")
    answer = client.post(
        reverse("customers:import_columns", args=[run.pk]), {"scale": "1", "date_order": "dmy"}
    )
    assert answer.status_code == 422
    assert "Số đơn hàng" in answer.content.decode()


def test_check_and_import_cost_the_same_queries_for_any_number_of_lines(
    cast, client, django_assert_max_num_queries
):
    lines = "".join(f"A1,D{number},01/02/2026,NC,Nồi chiên,1,2390000,0,\n" for number in range(200))
    with django_assert_max_num_queries(110):
        run = checked(client, HEADER + lines)
    with django_assert_max_num_queries(80):
        written(client, run)
    assert run.created == 200
