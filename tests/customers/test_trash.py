"""Deleting, restoring and erasing customers."""

from __future__ import annotations

import datetime
from decimal import Decimal

from django.apps import apps
from django.db import connection
from django.db.models import Sum
from django.utils import timezone

from accounts.models import User
from customers import portfolio, trash
from customers.forms import CustomerForm
from customers.models import Customer, CustomerBehaviour, CustomerIdentifier, Phone
from segments.models import RefreshRun, SegmentFigure
from segments.refresh import refresh_now
from tests.customers.test_forms import filled
from tests.factories import (
    CustomerFactory,
    CustomerTagFactory,
    EmailFactory,
    IdentifierFactory,
    InteractionFactory,
    PurchaseFactory,
    PurchaseLineFactory,
    ReturnFactory,
)

REASON = "Nhập nhầm"


def throw_away(customer: Customer, by: User) -> None:
    assert trash.trash_customer(customer=customer, reason=REASON, by=by)


# Vanishing


def test_a_trashed_customer_is_on_no_page_and_in_no_count(cast, as_user):
    throw_away(cast.anh, cast.ha)
    for person in (cast.ha, cast.huy, cast.quan):
        client = as_user(person)
        assert client.get(cast.anh.get_absolute_url()).status_code == 404
        assert client.get(f"{cast.anh.get_absolute_url()}edit/").status_code == 404
        for query in (
            "",
            "?q=0912345678",
            "?q=anh",
            "?sort=-spend",
            "?status=all",
            "?status=inactive",
            "?sort=-spend&status=all",
        ):
            assert "Ngọc Ánh" not in client.get(f"/customers/{query}").text, query
    assert as_user(cast.huy).get("/customers/").context["listing"].count.number == 2


def test_nothing_that_starts_from_customers_or_figures_finds_them(cast):
    throw_away(cast.anh, cast.ha)
    for rows in (
        Customer.objects,
        Customer.objects.visible_to(cast.quan),
        Customer.objects.editable_by(cast.ha),
    ):
        assert not rows.filter(pk=cast.anh.pk).exists()
    assert not CustomerBehaviour.objects.filter(pk=cast.anh.pk).exists()
    assert list(Customer.trash.visible_to(cast.ha)) == [cast.anh]


def test_what_belongs_to_them_stays_as_it_was(cast):
    PurchaseFactory(customer=cast.anh)
    before = (cast.anh.purchases.count(), cast.anh.phones.count(), cast.anh.assignments.count())
    throw_away(cast.anh, cast.ha)
    trash.restore_customer(customer=cast.anh, by=cast.ha)
    after = Customer.objects.get(pk=cast.anh.pk)
    assert (after.purchases.count(), after.phones.count(), after.assignments.count()) == before == (1, 1, 1)
    assert (after.trashed_at, after.trashed_by, after.trash_reason) == (None, None, "")


def test_deleting_and_restoring_twice_does_nothing_the_second_time(cast):
    throw_away(cast.anh, cast.ha)
    assert not trash.trash_customer(customer=cast.anh, reason="khác", by=cast.nam)
    assert Customer.trash.get().trashed_by == cast.ha
    assert trash.restore_customer(customer=cast.anh, by=cast.ha).done
    assert not trash.restore_customer(customer=cast.anh, by=cast.ha).done


# What a trashed customer held


def test_a_new_customer_may_take_an_identifier_and_restoring_leaves_it_with_them(cast):
    IdentifierFactory(customer=cast.anh, kind="card", value="THE-1")
    IdentifierFactory(customer=cast.anh, kind="card", value="THE-2")
    throw_away(cast.anh, cast.ha)
    taken = IdentifierFactory(customer=cast.binh, kind="card", value="THE-1")
    restored = trash.restore_customer(customer=cast.anh, by=cast.ha)
    assert restored == trash.Restored(done=True, given_away=("THE-1",))
    assert set(CustomerIdentifier.objects.values_list("customer", "value")) == {
        (taken.customer_id, "THE-1"),
        (cast.anh.pk, "THE-2"),
    }


def new_customer(user: User, **more: str) -> dict[str, object]:
    phone = {"phones-0-value": "0912 345 678", "phones-0-label": "mobile"}
    return filled(CustomerForm(user=user), full_name="Nguyễn Thị Ánh") | phone | more


def test_restoring_is_offered_where_the_same_person_is_entered_again(cast, as_user):
    throw_away(cast.anh, cast.ha)
    client = as_user(cast.ha)
    page = client.post("/customers/new/", new_customer(cast.ha))
    assert page.status_code == 422
    assert f'formaction="/customers/trash/{cast.anh.pk}/restore/"' in page.text
    assert REASON in page.text
    assert Customer.objects.filter(given_name="Ánh").count() == 0
    answer = client.post("/customers/new/", new_customer(cast.ha, confirm="trash"))
    assert answer.status_code == 302
    assert Customer.objects.get(given_name="Ánh").pk != cast.anh.pk


def test_a_relative_with_the_same_phone_is_offered_nothing(cast, as_user):
    throw_away(cast.anh, cast.ha)
    answer = as_user(cast.ha).post("/customers/new/", new_customer(cast.ha, full_name="Nguyễn Văn Nam"))
    assert answer.status_code == 302


def test_somebody_elses_trash_is_not_told_of(cast, as_user):
    throw_away(cast.anh, cast.ha)
    assert as_user(cast.duc).post("/customers/new/", new_customer(cast.duc)).status_code == 302


# The pages


def test_a_customer_is_deleted_with_a_reason_and_restored_from_the_trash(cast, as_user):
    client = as_user(cast.ha)
    url = f"/customers/{cast.anh.pk}/delete/"
    assert url in client.get(cast.anh.get_absolute_url()).text
    assert client.post(url, {"reason": " "}).status_code == 422
    assert client.post(url, {"reason": REASON}).status_code == 302
    page = client.get("/customers/trash/").text
    erased_on = timezone.localdate() + datetime.timedelta(days=30)
    assert all(word in page for word in ("Ngọc Ánh", REASON, "Trần Thu Hà", f"{erased_on:%d/%m/%Y}"))
    assert "Ngọc Ánh" not in as_user(cast.duc).get("/customers/trash/").text
    assert client.post(f"/customers/trash/{cast.anh.pk}/restore/").status_code == 302
    assert client.get(cast.anh.get_absolute_url()).status_code == 200


def test_the_trash_costs_the_same_however_full(cast, as_user, django_assert_num_queries):
    client = as_user(cast.ha)
    throw_away(cast.anh, cast.ha)
    client.get("/customers/trash/")
    with django_assert_num_queries(4):
        client.get("/customers/trash/")
    for _number in range(5):
        throw_away(CustomerFactory(owner=cast.ha, branch=cast.cau_giay), cast.ha)
    with django_assert_num_queries(4):
        client.get("/customers/trash/")


def test_whoever_leaves_hands_over_their_trash_too(cast):
    throw_away(cast.anh, cast.ha)
    assert portfolio.size_in_care_of(cast.ha) == 1
    portfolio.hand_over(officer=cast.ha, to=[cast.nam], by=cast.quan)
    assert Customer.trash.get().owner == cast.nam


def test_reports_count_them_no_more_from_the_next_refresh_and_again_once_restored(cast):
    PurchaseFactory(customer=cast.anh)
    PurchaseFactory(customer=cast.binh)
    refresh_now(as_of=timezone.localdate())
    before = totals()
    throw_away(cast.anh, cast.ha)
    refresh_now(as_of=timezone.localdate())
    assert totals() == (before[0] - 1, before[1] - 1, before[2] / 2)
    trash.restore_customer(customer=cast.anh, by=cast.ha)
    refresh_now(as_of=timezone.localdate())
    assert totals() == before


def totals() -> tuple[int, int, Decimal]:
    """Customers, buyers and revenue of the last run, which its figures add up to."""
    run = RefreshRun.objects.latest("pk")
    figures = SegmentFigure.objects.filter(run=run, segment__family="gender")
    added = figures.aggregate(all=Sum("customers"), buyers=Sum("buyers"), revenue=Sum("revenue"))
    assert (added["all"], added["buyers"]) == (run.customers, run.buyers)
    return added["all"], added["buyers"], added["revenue"]


# Erasing


def full_record(cast) -> Customer:
    """Ánh with a row in every kind of table."""
    line = PurchaseLineFactory(purchase=PurchaseFactory(customer=cast.anh))
    ReturnFactory(purchase=line.purchase)
    InteractionFactory(customer=cast.anh, by=cast.ha)
    EmailFactory(customer=cast.anh)
    IdentifierFactory(customer=cast.anh)
    CustomerTagFactory(customer=cast.anh)
    Phone.objects.filter(customer=cast.anh).update(number="+84912000111")
    Customer.objects.filter(pk=cast.anh.pk).update(notes="Thích trà", owner=cast.nam)
    return Customer.objects.get(pk=cast.anh.pk)


def traces(pk: int) -> dict[str, int]:
    """The rows of every table that name a customer, by table."""
    found = {}
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.local_fields:
            if field.remote_field is not None and field.remote_field.model is Customer:
                number = model._base_manager.filter(**{field.attname: pk}).count()
                if number:
                    found[model._meta.db_table] = found.get(model._meta.db_table, 0) + number
    return found


def test_after_thirty_days_nothing_is_left_of_them(cast):
    customer = full_record(cast)
    assert len(traces(customer.pk)) >= 9
    others = traces(cast.binh.pk)
    throw_away(customer, cast.ha)
    assert trash.erase_expired() == 0
    Customer.trash.update(trashed_at=timezone.now() - trash.KEPT_FOR)
    assert trash.erase_expired() == 1
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert traces(customer.pk) == {}
    assert not Customer.everyone.filter(pk=customer.pk).exists()
    assert traces(cast.binh.pk) == others


def test_more_than_one_step_are_erased(cast, monkeypatch):
    monkeypatch.setattr(trash, "ERASED_AT_ONCE", 1)
    for customer in (cast.anh, cast.binh):
        throw_away(customer, cast.ha)
    Customer.trash.update(trashed_at=timezone.now() - trash.KEPT_FOR)
    assert trash.erase_expired() == 2
    assert Customer.everyone.count() == 1
