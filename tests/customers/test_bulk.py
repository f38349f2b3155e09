"""Changing many customers at once: exactly the confirmed number, and back again as one."""

import datetime
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.models import User
from customers.bulk import running, services
from customers.bulk.actions import ACTIONS
from customers.models import ChangeBatch, ChangeRow, Customer, CustomerTag, Province, Tag, Ward
from customers.timeline import timeline_of
from tests.factories import CustomerFactory, CustomerTagFactory, TagFactory

REASON = "Chiến dịch Tết"
URL = "/customers/bulk/"


def batch_of(user: User, *customers: Customer) -> ChangeBatch:
    chosen = Customer.objects.filter(pk__in=[customer.pk for customer in customers])
    return services.open_batch(customers=chosen, by=user, query="", conditions="Chọn từng khách")


def previewed(batch: ChangeBatch, action: str, value: Any = None) -> ChangeBatch:
    one = ACTIONS[action]
    words = "" if value is None else str(value)
    found = services.choose_change(
        batch=batch, action=one, writes=one.writes(value), words=words, reason=REASON
    )
    assert found is not None
    return found


def carried_out(user: User, action: str, value: Any, *customers: Customer) -> ChangeBatch:
    batch = previewed(batch_of(user, *customers), action, value)
    assert services.confirm(batch=batch, number=batch.to_change)
    batch.refresh_from_db()
    return batch


def undone(batch: ChangeBatch, by: User | None = None) -> ChangeBatch:
    assert services.request_undo(batch=batch, by=by or batch.asked_by)
    batch.refresh_from_db()
    return batch


def now(customer: Customer) -> Customer:
    return Customer.everyone.get(pk=customer.pk)


def sources() -> dict[int, str]:
    return dict(Customer.everyone.values_list("pk", "source"))


def because(batch: ChangeBatch) -> dict[int, str]:
    kept = batch.rows.filter(state=ChangeRow.State.KEPT)
    return dict(kept.values_list("customer_pk", "kept_because"))


@pytest.fixture
def three(cast) -> SimpleNamespace:
    """Ánh and Bình came by referral, Cúc in no known way."""
    Customer.objects.filter(pk__in=[cast.anh.pk, cast.binh.pk]).update(source="referral")
    return cast


# Choosing


def test_a_selection_is_frozen_and_holds_only_whom_the_person_may_change(three, as_user):
    three.cau_giay.staff_read_all = True
    three.cau_giay.save()
    ha = as_user(three.ha)
    ha.post(f"{URL}new/?status=all", {"who": "all"})
    batch = ChangeBatch.objects.get()
    assert list(batch.rows.values_list("customer_pk", flat=True)) == [three.anh.pk]
    CustomerFactory(owner=three.ha, branch=three.cau_giay)
    assert previewed(batch, "set-source", "social").to_change == 1
    assert "Trạng thái: Đang và ngừng hoạt động" in batch.conditions


def test_all_that_match_are_those_of_the_list(three, as_user):
    huy = as_user(three.huy)
    huy.post(f"{URL}new/?rule=source.is.referral", {"who": "all"})
    batch = ChangeBatch.objects.get()
    assert set(batch.rows.values_list("customer_pk", flat=True)) == {three.anh.pk, three.binh.pk}
    assert "Nguồn" in batch.conditions
    page = huy.get(f"{URL}{batch.pk}/").text
    assert "Đã chọn 2 khách hàng" in page


@pytest.mark.parametrize("query", ["rule=broken((", "q=zzzz", "rule=source.is.social"])
def test_nobody_chosen_leads_back_to_the_list(three, as_user, query):
    answer = as_user(three.huy).post(f"{URL}new/?{query}", {"who": "all"}, follow=True)
    assert "Chưa chọn khách nào" in answer.text
    assert not ChangeBatch.objects.exists()


@pytest.mark.parametrize("ticks", [["x"], ["9" * 30], ["-1"], ["٣"], [""], [], ["1' OR 1=1"], ["\x00"]])
def test_hostile_ticks_choose_nobody(three, as_user, ticks):
    as_user(three.huy).post(f"{URL}new/", {"who": "ticked", "customers": ticks})
    assert not ChangeBatch.objects.exists()


# Carrying out


def test_the_whole_way_over_the_pages(three, as_user):
    huy = as_user(three.huy)
    ticked = {"who": "ticked", "customers": [three.anh.pk, three.binh.pk, three.cuc.pk]}
    address = huy.post(f"{URL}new/", ticked).url
    batch = ChangeBatch.objects.get()
    assert "Đặt giá trị" in huy.get(address).text
    value = f"{address}set-source/value/"
    assert huy.post(value, {"value": "social", "reason": " "}).status_code == 422
    assert huy.post(value, {"value": "mars", "reason": REASON}).status_code == 422
    assert huy.post(value, {"value": "referral", "reason": REASON}).url == address
    preview = huy.get(address).text
    assert "Sửa 1 khách hàng" in preview
    assert "Lê Thị Cúc" in preview
    assert "Nguyễn Thị Ngọc Ánh" not in preview
    assert REASON in preview
    result = huy.post(f"{address}confirm/", {"number": "1"}, follow=True).text
    assert "Đã sửa xong 1 khách hàng." in result
    assert now(three.cuc).source == "referral"
    assert (now(three.anh).version, now(three.cuc).version) == (2, 2)
    assert "Đã hoàn tác lần sửa." in huy.post(f"{address}undo/", follow=True).text
    assert now(three.cuc).source == ""
    assert REASON in huy.get(URL).text
    batch.refresh_from_db()
    assert (batch.changed, batch.restored, batch.kept) == (1, 1, 0)


def test_each_change_is_told_with_who_and_why(committed_cast):
    anh, huy = committed_cast.anh, committed_cast.huy
    batch = carried_out(huy, "set-source", "social", anh)
    [row] = batch.rows.all()
    assert (row.before, row.version, row.state) == ({"source": ""}, 1, "changed")
    read = Customer.objects.select_related("owner", "branch", "created_by").get(pk=anh.pk)
    newest = timeline_of(read).days[0].items[0]
    assert newest.item.actor == "Phạm Quốc Huy"
    assert newest.describe(newest.item).text == REASON


def test_the_number_that_is_confirmed_is_the_number_that_is_changed(three):
    """Bình is changed by somebody else after the preview: nothing happens before the new one is confirmed."""
    batch = previewed(batch_of(three.huy, three.anh, three.binh, three.cuc), "set-source", "social")
    assert batch.to_change == 3
    Customer.objects.filter(pk=three.binh.pk).update(source="social")
    assert not services.confirm(batch=batch, number=3)
    assert now(three.anh).source == "referral"
    batch.refresh_from_db()
    assert (batch.state, batch.to_change, batch.same) == ("previewed", 2, 1)
    assert services.confirm(batch=batch, number=2)
    batch.refresh_from_db()
    assert (batch.state, batch.changed, batch.same) == ("done", 2, 1)


def test_a_change_between_two_steps_stops_before_the_number_is_wrong(three, monkeypatch):
    monkeypatch.setattr(running, "STEP", 1)
    batch = previewed(batch_of(three.huy, three.anh, three.binh, three.cuc), "set-source", "social")
    change = running._change

    def change_then_interfere(*args: Any) -> bool:
        done = change(*args)
        Customer.objects.filter(pk=three.cuc.pk).update(owner=None, branch=None, source="website")
        return done

    monkeypatch.setattr(running, "_change", change_then_interfere)
    assert services.confirm(batch=batch, number=3)
    batch.refresh_from_db()
    assert (batch.state, batch.changed, batch.to_change, batch.lost) == ("previewed", 2, 0, 1)
    assert now(three.cuc).source == "website"
    assert undone(batch).restored == 2
    assert (now(three.anh).source, now(three.binh).source) == ("referral", "referral")


def test_who_lost_the_customer_or_the_right_changes_nothing(three):
    batch = previewed(batch_of(three.mai, three.cuc), "set-source", "social")
    Customer.objects.filter(pk=three.cuc.pk).update(owner=three.ha, branch=three.cau_giay)
    assert not services.confirm(batch=batch, number=1)
    batch.refresh_from_db()
    assert (batch.to_change, batch.lost) == (0, 1)
    Customer.objects.filter(pk=three.cuc.pk).update(owner=three.duc, branch=three.dong_da)
    three.mai.groups.clear()
    assert services.confirm(batch=ChangeBatch.objects.get(), number=1) is False
    assert now(three.cuc).source == ""


def test_large_batches_are_left_to_the_worker_and_can_be_stopped(three, monkeypatch):
    monkeypatch.setattr(services, "CHANGED_AT_ONCE", 1)
    batch = previewed(batch_of(three.huy, three.anh, three.binh), "set-source", "social")
    assert services.confirm(batch=batch, number=2)
    assert now(three.anh).source == "referral"
    asked = ProcrastinateJob.objects.filter(task_name=services.RUN_TASK, args={"batch_id": batch.pk})
    assert asked.count() == 1
    assert services.cancel(batch=batch)
    running.run_batch(batch.pk)
    batch.refresh_from_db()
    assert (batch.state, batch.changed) == ("cancelled", 0)
    assert not services.cancel(batch=batch)


def test_a_second_try_goes_on_where_the_first_ended(three, monkeypatch):
    monkeypatch.setattr(running, "STEP", 1)
    monkeypatch.setattr(services, "CHANGED_AT_ONCE", 0)
    batch = previewed(batch_of(three.huy, three.anh, three.binh), "set-source", "social")
    services.confirm(batch=batch, number=2)
    with monkeypatch.context() as patch:
        patch.setattr(running, "_finish", lambda batch: 1 / 0)
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            running.run_batch(batch.pk)
    running.run_batch(batch.pk)
    running.run_batch(batch.pk)
    batch.refresh_from_db()
    assert (batch.state, batch.changed) == ("done", 2)
    assert (now(three.anh).version, now(three.anh).source) == (3, "social")


def test_a_fault_of_the_database_is_told(three, monkeypatch):
    batch = previewed(batch_of(three.huy, three.anh), "set-source", "social")
    batch.writes = {"source": "x" * 100}
    batch.save()
    services.confirm(batch=batch, number=1)
    batch.refresh_from_db()
    assert (batch.state, batch.fault, batch.changed) == ("failed", "database", 0)


# Each kind of change


def test_a_place_takes_the_ward_of_another_province_away(three):
    hanoi, other = Province.objects.get(pk="01"), Province.objects.exclude(pk="01").first()
    here = Ward.objects.filter(province=hanoi).first()
    there = Ward.objects.filter(province=other).first()
    Customer.objects.filter(pk=three.anh.pk).update(province=hanoi, ward=here)
    Customer.objects.filter(pk=three.binh.pk).update(province=other, ward=there)
    batch = carried_out(three.huy, "set-place", (hanoi, None), three.anh, three.binh, three.cuc)
    assert (batch.changed, batch.same) == (2, 1)
    assert (now(three.anh).ward, now(three.binh).ward, now(three.binh).province) == (here, None, hanoi)
    undone(batch)
    assert (now(three.binh).ward, now(three.binh).province, now(three.cuc).province) == (there, other, None)
    batch = carried_out(three.huy, "clear-place", None, three.anh, three.binh, three.cuc)
    assert (batch.changed, now(three.anh).ward_id, now(three.anh).province_id) == (2, None, None)


def test_a_band_leaves_exact_incomes_alone(three):
    Customer.objects.filter(pk=three.anh.pk).update(monthly_income=12_000_000, income_band="from_10")
    batch = carried_out(three.huy, "set-income_band", "from_20", three.anh, three.binh)
    assert (batch.changed, batch.barred) == (1, 1)
    assert (now(three.binh).income_band, now(three.binh).income_noted_on) == ("from_20", timezone.localdate())
    assert now(three.anh).income_band == "from_10"
    undone(batch)
    assert (now(three.binh).income_band, now(three.binh).income_noted_on) == ("unknown", None)


def test_reassigning_moves_customers_and_comes_back(three):
    batch = carried_out(three.huy, "reassign", three.duc, three.anh, three.cuc)
    assert (batch.changed, batch.same) == (1, 1)
    assert (now(three.anh).owner, now(three.anh).branch) == (three.duc, three.dong_da)
    assert now(three.anh).assignments.filter(until__isnull=True).get().reason == REASON
    undone(batch)
    assert (now(three.anh).owner, now(three.anh).branch) == (three.ha, three.cau_giay)


def test_nobody_who_has_left_is_put_in_charge_again(three):
    batch = carried_out(three.huy, "reassign", three.duc, three.anh)
    User.objects.filter(pk=three.ha.pk).update(is_active=False)
    undone(batch)
    assert because(batch) == {three.anh.pk: "owner_left"}
    assert now(three.anh).owner == three.duc


def test_a_colleague_or_tag_that_is_gone_stops_it(three):
    tag = TagFactory(name="Tết")
    for action, value in (("give-tag", tag), ("reassign", three.duc)):
        batch = previewed(batch_of(three.huy, three.anh), action, value)
        Customer.objects.filter(owner=three.duc).update(owner=three.nam)
        User.objects.filter(pk=three.duc.pk).update(is_active=False)
        Tag.objects.update(is_active=False)
        services.confirm(batch=batch, number=1)
        batch.refresh_from_db()
        assert (batch.state, batch.fault, batch.changed) == ("cancelled", "target", 0)


def test_tags_are_given_and_taken(three):
    tag = TagFactory(name="Tết")
    CustomerTagFactory(customer=three.anh, tag=tag, by=three.ha)
    since = CustomerTag.objects.get().since
    batch = carried_out(three.huy, "give-tag", tag, three.anh, three.binh)
    assert (batch.changed, batch.same) == (1, 1)
    assert CustomerTag.objects.get(customer=three.binh).by == three.huy
    taken = carried_out(three.huy, "take-tag", tag, three.anh, three.binh, three.cuc)
    assert (taken.changed, taken.same, CustomerTag.objects.count()) == (2, 1, 0)
    undone(taken)
    again = CustomerTag.objects.get(customer=three.anh)
    assert (again.by, again.since) == (three.ha, since)
    undone(batch)
    assert set(CustomerTag.objects.values_list("customer", flat=True)) == {three.anh.pk}


def test_staff_may_not_reassign_and_everybody_only_their_own(three, as_user):
    ha = as_user(three.ha)
    batch = batch_of(three.ha, three.anh, three.binh)
    assert batch.total == 1
    assert "Bàn giao cho đồng nghiệp" not in ha.get(f"{URL}{batch.pk}/").text
    assert ha.get(f"{URL}{batch.pk}/reassign/value/").status_code == 404
    assert ha.get(f"{URL}{batch.pk}/no-such/value/").status_code == 404
    assert as_user(three.huy).get(f"{URL}{batch.pk}/").status_code == 404
    three.ha.groups.clear()
    for name in ("", "value/", "confirm/", "undo/"):
        assert as_user(three.ha).post(f"{URL}{batch.pk}/{name}").status_code in {403, 404, 405}
    assert as_user(three.ha).post(f"{URL}new/").status_code == 403
    assert as_user(three.ha).get(URL).status_code == 403


@pytest.mark.parametrize("number", ["", "0", "-1", "x", "9" * 30, "1.0", "²"])
def test_a_hostile_number_changes_nothing(three, as_user, number):
    batch = previewed(batch_of(three.huy, three.anh), "set-source", "social")
    answer = as_user(three.huy).post(f"{URL}{batch.pk}/confirm/", {"number": number}, follow=True)
    assert "đây là số khách mới" in answer.text
    assert now(three.anh).source == "referral"


def test_markup_in_a_reason_is_shown_harmless(three, as_user):
    batch = batch_of(three.huy, three.anh)
    huy: Client = as_user(three.huy)
    reason = "<script>alert(1)</script>"
    page = huy.post(
        f"{URL}{batch.pk}/set-source/value/", {"value": "social", "reason": reason}, follow=True
    ).text
    page += huy.post(f"{URL}{batch.pk}/confirm/", {"number": "1"}, follow=True).text + huy.get(URL).text
    assert "<script>alert" not in page
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 3


# Undoing


def test_undoing_keeps_what_somebody_has_changed_since(three):
    more = [CustomerFactory(owner=three.nam, branch=three.cau_giay, source="website") for _one in range(3)]
    batch = carried_out(three.huy, "set-source", "social", three.anh, three.binh, three.cuc, *more)
    Customer.objects.filter(pk=three.anh.pk).update(source="store")
    Customer.objects.filter(pk=three.binh.pk).update(notes="Another field")
    Customer.objects.filter(pk=three.cuc.pk).update(trashed_at=timezone.now())
    Customer.objects.filter(pk=more[0].pk).update(owner=None, branch=None)
    undone(batch)
    assert because(batch) == {three.anh.pk: "changed", three.cuc.pk: "gone", more[0].pk: "not_yours"}
    assert (batch.restored, batch.kept) == (3, 3)
    assert now(three.anh).source == "store"
    assert (now(three.binh).source, now(three.binh).notes) == ("referral", "Another field")
    assert now(more[1]).source == "website"


def test_only_once_and_not_after_thirty_days(three):
    batch = carried_out(three.huy, "set-source", "social", three.anh)
    undone(batch)
    assert not services.request_undo(batch=batch, by=three.huy)
    old = carried_out(three.huy, "set-source", "store", three.anh)
    ChangeBatch.objects.filter(pk=old.pk).update(created_at=timezone.now() - datetime.timedelta(days=31))
    assert not services.request_undo(batch=old, by=three.huy)
    draft = batch_of(three.huy, three.anh)
    ChangeBatch.objects.filter(pk=draft.pk).update(created_at=timezone.now() - datetime.timedelta(days=2))
    assert services.forget_expired_batches() == 1
    assert not old.rows.exists()
    assert batch.rows.exists()
    assert set(ChangeBatch.objects.values_list("pk", flat=True)) == {batch.pk, old.pk}


def test_what_runs_cannot_be_chosen_anew(three):
    batch = carried_out(three.huy, "set-source", "social", three.anh)
    one = ACTIONS["clear-source"]
    again = services.choose_change(batch=batch, action=one, writes=one.writes(None), words="", reason="x")
    assert again is None
    with pytest.raises(IntegrityError), transaction.atomic():
        ChangeBatch.objects.filter(pk=batch.pk).update(reason="")


SOURCES = st.sampled_from(["", "referral", "social", "website"])
EDITS = st.lists(st.tuples(st.integers(0, 5), SOURCES), max_size=4)


@given(
    before=st.lists(SOURCES, min_size=1, max_size=6),
    chosen=st.sets(st.integers(0, 5)),
    value=st.sampled_from(["social", "website", ""]),
    meanwhile=EDITS,
    since=EDITS,
    step=st.integers(1, 3),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_batch_changes_what_was_confirmed_and_undoing_it_restores_exactly(
    cast, monkeypatch, before, chosen, value, meanwhile, since, step
):
    """Whoever edits before and after: the confirmed number is changed, and only later edits stay."""
    monkeypatch.setattr(running, "STEP", step)
    with transaction.atomic():
        Customer.objects.all().delete()
        crowd = [CustomerFactory(owner=cast.ha, branch=cast.cau_giay, source=one) for one in before]
        picked = [customer for place, customer in enumerate(crowd) if place in chosen]
        action = "set-source" if value else "clear-source"
        batch = previewed(batch_of(cast.huy, *picked), action, value)
        for place, source in meanwhile:
            Customer.objects.filter(pk=crowd[place % len(crowd)].pk).update(source=source)
        was = sources()
        due = [customer.pk for customer in picked if was[customer.pk] != value]
        if not services.confirm(batch=batch, number=batch.to_change) and due:
            assert sources() == was
            batch.refresh_from_db()
            assert services.confirm(batch=batch, number=batch.to_change)
        batch.refresh_from_db()
        assert batch.changed == len(due)
        assert batch.total == batch.changed + batch.same
        assert sources() == was | dict.fromkeys(due, value)
        for place, source in since:
            Customer.objects.filter(pk=crowd[place % len(crowd)].pk).update(source=source)
        then = sources()
        if due:
            undone(batch)
        expected = {pk: was[pk] if pk in due and source == value else source for pk, source in then.items()}
        assert sources() == expected
        assert batch.restored + batch.kept == batch.changed
        transaction.set_rollback(True)


def test_the_list_offers_it_to_whoever_may(three, as_user):
    offered = f'name="customers" value="{three.anh.pk}" form="selection"'
    assert offered in as_user(three.ha).get("/customers/").text
    role = three.ha.groups.get()
    role.permissions.remove(role.permissions.get(codename="bulk_edit_customer"))
    assert offered not in as_user(three.ha).get("/customers/").text


def test_two_workers_and_an_editor_at_once_change_everybody_exactly_once(committed_cast, monkeypatch):
    """Steps of one customer, two workers on one batch, and somebody who edits the same customers."""
    monkeypatch.setattr(running, "STEP", 1)
    monkeypatch.setattr(services, "CHANGED_AT_ONCE", 0)
    people = committed_cast
    crowd = [CustomerFactory(owner=people.ha, branch=people.cau_giay) for _one in range(8)]
    batch = previewed(batch_of(people.huy, *crowd), "set-source", "social")
    assert services.confirm(batch=batch, number=8)

    def edit() -> None:
        for customer in reversed(crowd):
            Customer.objects.filter(pk=customer.pk).update(notes="Gọi buổi sáng")

    def alone(work: Callable[[], None]) -> None:
        try:
            work()
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        list(
            pool.map(alone, [lambda: running.run_batch(batch.pk), lambda: running.run_batch(batch.pk), edit])
        )
    batch.refresh_from_db()
    assert (batch.state, batch.changed, batch.lost) == ("done", 8, 0)
    saved = Customer.objects.filter(pk__in=[customer.pk for customer in crowd])
    assert set(saved.values_list("source", "notes", "version")) == {("social", "Gọi buổi sáng", 3)}
