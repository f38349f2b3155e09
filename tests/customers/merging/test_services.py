"""Merging two customers and parting them again: all rows follow, and all come back."""

import datetime

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from customers.merging import rows
from customers.merging.services import (
    LaterMergeError,
    NotUndoableError,
    SameCustomerError,
    forget_expired_merges,
    merge_customers,
    unmerge_customers,
)
from customers.models import Customer, CustomerBehaviour, CustomerMerge, DuplicatePair, Email, Phone
from customers.services import StaleCustomerError, deactivate_customer
from customers.tasks import compare_customers
from customers.trash import erase_expired, trash_customer
from interactions.models import Interaction
from purchases.models import Purchase, PurchaseLine
from segments.refresh import refresh_now
from tests.customers.merging.samples import SAMPLES, STAYING, everything, name_of
from tests.factories import (
    CustomerFactory,
    EmailFactory,
    InteractionFactory,
    PhoneFactory,
    PurchaseFactory,
    PurchaseLineFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def twins(cast):
    """Ánh twice: Hà's customer, and the record that somebody made a second time."""
    cast.again = CustomerFactory(
        middle_name="Ngọc", owner=cast.ha, branch=cast.cau_giay, phone="+84866120934"
    )
    return read_again(cast)


def read_again(cast):
    for name in ("anh", "again"):
        setattr(cast, name, Customer.objects.get(pk=getattr(cast, name).pk))
    return cast


def merge(cast, **more):
    read_again(cast)
    return merge_customers(keep=cast.anh, duplicate=cast.again, by=cast.huy, **more)


def test_every_table_of_a_customer_has_a_sample():
    assert {name_of(key) for key in rows.customer_keys()} == SAMPLES.keys() | STAYING


def test_the_database_knows_no_other_foreign_key_to_customers():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text FROM pg_constraint"
            " WHERE contype = 'f' AND confrelid = 'customers_customer'::regclass"
        )
        found = {table for (table,) in cursor.fetchall()}
    assert found <= {key.model._meta.db_table for key in rows.customer_keys()}


@pytest.mark.parametrize("name", SAMPLES)
def test_a_row_of_every_table_follows_and_comes_back(twins, name):
    row = SAMPLES[name](twins.again)
    column = name.rpartition(".")[2]
    before = everything()

    done = merge(twins)

    row.refresh_from_db()
    assert getattr(row, f"{column}_id") == twins.anh.pk
    for key in rows.owned():
        assert not key.model._base_manager.filter(**{key.name: twins.again.pk}).exists()
    unmerge_customers(merge=done, by=twins.huy)
    row.refresh_from_db()
    assert getattr(row, f"{column}_id") == twins.again.pk
    assert everything() == before


def test_the_merged_record_is_gone_and_its_contacts_come_after_the_kept_ones(twins):
    EmailFactory(customer=twins.again, address="anh@example.vn")
    done = merge(twins)

    assert not Customer.objects.filter(pk=twins.again.pk).exists()
    assert not CustomerBehaviour.objects.filter(customer_id=twins.again.pk).exists()
    assert [str(phone) for phone in twins.anh.phones.all()] == ["+84912345678", "+84866120934"]
    assert [str(email) for email in twins.anh.emails.all()] == ["anh@example.vn"]
    assert done.duplicate_name == "Nguyễn Ngọc Ánh"
    assert CustomerMerge.objects.kept_for(twins.again.pk) == twins.anh.pk


def test_chosen_values_are_taken_and_texts_joined(twins):
    Customer.objects.filter(pk=twins.anh.pk).update(notes="Thích trà", birth_year=1992)
    Customer.objects.filter(pk=twins.again.pk).update(
        notes="Đi xe máy", occupation_text="Giáo viên tiểu học", birth_year=1991
    )
    merge(twins, taken={"full_name", "occupation_text"}, joined={"notes"})
    anh = Customer.objects.get(pk=twins.anh.pk)
    assert (anh.full_name, anh.occupation_text, anh.notes, anh.birth_year) == (
        "Nguyễn Ngọc Ánh",
        "Giáo viên tiểu học",
        "Thích trà\nĐi xe máy",
        1992,
    )


def test_the_same_phone_stays_once_and_is_there_twice_again(twins):
    PhoneFactory(customer=twins.again, number="+84912345678", position=3)
    before = everything()
    done = merge(twins)
    assert [str(phone) for phone in twins.anh.phones.all()] == ["+84912345678", "+84866120934"]
    unmerge_customers(merge=done, by=twins.huy)
    assert everything() == before


def test_purchases_of_the_same_number_both_stay(twins):
    PurchaseFactory(customer=twins.anh, number="DH1", net=100)
    other = PurchaseLineFactory(
        purchase__customer=twins.again, purchase__number="DH1", purchase__net=200
    ).purchase
    before = everything()

    done = merge(twins)

    assert sorted(Purchase.objects.filter(customer=twins.anh).values_list("number", "net")) == [
        ("DH1", 100),
        (f"DH1 (KH-{twins.again.pk:06d})", 200),
    ]
    assert PurchaseLine.objects.get(purchase=other).customer_id == twins.anh.pk
    unmerge_customers(merge=done, by=twins.huy)
    assert everything() == before


def test_undo_keeps_what_was_added_and_changed_since(twins):
    mine = PurchaseLineFactory(purchase__customer=twins.again).purchase
    Customer.objects.filter(pk=twins.again.pk).update(notes="Đi xe máy", address="12 Trần Quý Kiên")
    done = merge(twins, taken={"notes", "address"})
    called = InteractionFactory(customer_id=twins.anh.pk)
    line = PurchaseLineFactory(purchase=Purchase.objects.get(pk=mine.pk))
    Customer.objects.filter(pk=twins.anh.pk).update(address="88 Cầu Giấy")
    Phone.objects.get(number="+84866120934").delete()

    again = unmerge_customers(merge=done, by=twins.huy)

    anh = Customer.objects.get(pk=twins.anh.pk)
    assert (anh.notes, anh.address) == ("", "88 Cầu Giấy")
    assert (again.notes, again.address) == ("Đi xe máy", "12 Trần Quý Kiên")
    assert Interaction.objects.get(pk=called.pk).customer == anh
    # The line was added to a purchase that is the other's.
    assert PurchaseLine.objects.get(pk=line.pk).customer == again
    assert not again.phones.exists()


def test_the_latest_merge_is_undone_first(twins):
    third = CustomerFactory(owner=twins.ha, branch=twins.cau_giay)
    first = merge(twins)
    kept = Customer.objects.get(pk=twins.anh.pk)
    second = merge_customers(keep=third, duplicate=kept, by=twins.huy)
    assert CustomerMerge.objects.kept_for(twins.again.pk) == third.pk

    with pytest.raises(LaterMergeError) as refused:
        unmerge_customers(merge=first, by=twins.huy)
    assert refused.value.later == second

    unmerge_customers(merge=second, by=twins.huy)
    unmerge_customers(merge=first, by=twins.huy)
    assert Phone.objects.get(number="+84866120934").customer_id == twins.again.pk


def test_undo_is_once_and_within_thirty_days(twins):
    done = merge(twins)
    unmerge_customers(merge=done, by=twins.huy)
    with pytest.raises(NotUndoableError):
        unmerge_customers(merge=done, by=twins.huy)

    old = merge(twins)
    CustomerMerge.objects.filter(pk=old.pk).update(merged_at=timezone.now() - datetime.timedelta(days=30))
    with pytest.raises(NotUndoableError):
        unmerge_customers(merge=old, by=twins.huy)
    assert forget_expired_merges() == 1
    old.refresh_from_db()
    assert (old.former_row, old.journal) == ({}, [])
    assert CustomerMerge.objects.kept_for(twins.again.pk) == twins.anh.pk


def test_a_record_that_changed_since_it_was_read_is_not_merged(twins):
    deactivate_customer(customer=Customer.objects.get(pk=twins.again.pk), reason="Chuyển đi", by=twins.ha)
    with pytest.raises(StaleCustomerError):
        merge_customers(keep=twins.anh, duplicate=twins.again, by=twins.huy)
    with pytest.raises(SameCustomerError):
        merge_customers(keep=twins.anh, duplicate=twins.anh, by=twins.huy)
    assert not CustomerMerge.objects.exists()


def test_a_form_from_before_the_merge_or_the_undo_is_out_of_date(twins):
    before = (twins.anh.version, twins.again.version)
    done = merge(twins)
    merged = Customer.objects.get(pk=twins.anh.pk).version
    again = unmerge_customers(merge=done, by=twins.huy)
    assert before[0] < merged < Customer.objects.get(pk=twins.anh.pk).version
    assert before[1] < again.version


def test_figures_are_those_of_both_and_then_of_each_again(twins):
    for customer, net in ((twins.anh, 100), (twins.anh, 50), (twins.again, 400)):
        PurchaseFactory(customer=customer, net=net)
    refresh_now(as_of=timezone.localdate())
    before = everything()

    done = merge(twins)

    figures = CustomerBehaviour.objects.get(customer_id=twins.anh.pk)
    assert (figures.orders, figures.spend) == (3, 550)
    assert figures.segment_ids
    unmerge_customers(merge=done, by=twins.huy)
    assert everything() == before


def test_nothing_is_written_where_a_row_cannot_follow(twins, monkeypatch):
    InteractionFactory(customer=twins.again)
    kept = [key for key in rows.owned() if key.model is not Interaction]
    monkeypatch.setattr(rows, "owned", lambda: kept)
    with pytest.raises(IntegrityError), transaction.atomic():
        merge(twins)
    assert Customer.objects.filter(pk=twins.again.pk).exists()
    assert Email.objects.count() == 0


def test_every_night_pairs_are_looked_for_and_old_merges_forgotten(twins):
    done = merge(twins)
    CustomerMerge.objects.filter(pk=done.pk).update(merged_at=timezone.now() - datetime.timedelta(days=31))
    CustomerFactory(phone="+84912345678")
    compare_customers(timestamp=0)
    assert DuplicatePair.objects.get().evidence == ["phone", "name"]
    assert CustomerMerge.objects.get().journal == []


def test_erasing_the_kept_record_erases_what_was_written_under_the_other_number(twins):
    Customer.objects.filter(pk=twins.again.pk).update(notes="Đi xe máy")
    merge(twins)
    kept = Customer.objects.get(pk=twins.anh.pk)
    events = [apps.get_model("customers", name) for name in ("CustomerEvent", "PhoneEvent")]
    assert events[0].objects.filter(pgh_obj=twins.again.pk).exists()

    trash_customer(customer=kept, reason="Khách yêu cầu", by=twins.ha)
    Customer.trash.update(trashed_at=timezone.now() - datetime.timedelta(days=31))
    assert erase_expired() == 1

    assert not events[0].objects.filter(pgh_obj__in=[twins.again.pk, kept.pk]).exists()
    assert not events[1].objects.filter(customer__in=[twins.again.pk, kept.pk]).exists()
    assert not CustomerMerge.objects.exists()
