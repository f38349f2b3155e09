"""What is to be done next for a customer: planned with a contact or by itself, done, cancelled, found."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import IntegrityError, transaction
from django.utils import timezone

from customers.models import Customer
from customers.rules.checks import Choices, read_rule
from customers.rules.words import sentence
from interactions import follow_ups
from interactions.follow_ups import ClosedError, Due, NextStep
from interactions.models import FollowUp, Interaction
from tests.factories import FollowUpFactory, InteractionFactory

A_DAY = datetime.timedelta(days=1)


@pytest.fixture
def today() -> datetime.date:
    return timezone.localdate()


def url(customer: Customer, *parts: object) -> str:
    return "/".join(["/customers", str(customer.pk), "next", *map(str, parts), ""])


def typed(day: datetime.date) -> str:
    return f"{day:%d/%m/%Y}"


def form(day: datetime.date, **more: object) -> dict[str, object]:
    return {"subject": "Gọi lại báo giá", "due": typed(day), "note": ""} | more


def logged(**more: object) -> dict[str, object]:
    sent = {"channel": "call", "direction": "outgoing", "stage": "after", "subject": "Hỏi máy lọc nước"}
    return sent | more


def card_in(page: str) -> str:
    return page.split('id="follow-ups"')[1].split("</section>")[0]


def test_the_earliest_open_one_comes_first_and_what_is_closed_is_gone(cast, today):
    later = FollowUpFactory(customer=cast.anh, due_on=today + 5 * A_DAY)
    timed = FollowUpFactory(customer=cast.anh, due_on=today + A_DAY, due_time=datetime.time(9))
    any_time = FollowUpFactory(customer=cast.anh, due_on=today + A_DAY)
    done = FollowUpFactory(customer=cast.anh)
    follow_ups.finish(follow_up=done, by=cast.ha)
    assert list(follow_ups.open_of(cast.anh)) == [timed, any_time, later]
    follow_ups.cancel(follow_up=timed, reason="Khách bận", by=cast.ha)
    assert list(follow_ups.open_of(cast.anh)) == [any_time, later]


@pytest.mark.parametrize("how", [follow_ups.finish, lambda **more: follow_ups.cancel(reason="Bận", **more)])
def test_what_is_closed_is_not_closed_again(cast, how):
    step = FollowUpFactory(customer=cast.anh)
    follow_ups.finish(follow_up=step, by=cast.ha)
    with pytest.raises(ClosedError):
        how(follow_up=step, by=cast.huy)
    step.refresh_from_db()
    assert (step.done_by, step.cancelled_at) == (cast.ha, None)


NOW = datetime.datetime(2026, 11, 22, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"subject": " "}, "follow_up_says_what"),
        ({"done_at": NOW}, "follow_up_done_by_somebody"),
        ({"cancelled_at": NOW}, "follow_up_cancelled_for_a_reason"),
        ({"cancel_reason": "Bận"}, "follow_up_cancelled_for_a_reason"),
        ({"owner": None}, "owner_id"),
        ({"due_on": None}, "due_on"),
    ],
)
def test_the_database_keeps_no_promise_of_nobody_or_for_no_day(cast, values: dict[str, Any], name):
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        FollowUpFactory(customer=cast.anh, created_by=cast.ha, **values)


# The pages


def test_a_step_is_planned_shown_and_done(cast, as_user, today):
    client = as_user(cast.ha)
    sent = form(today, due=f"{typed(today + A_DAY)} 16h30", subject="Báo <b>giá</b>", note="Mang mẫu")
    card = card_in(client.post(url(cast.anh, "new"), sent, follow=True).text)
    step = FollowUp.objects.get()
    assert (step.due_on, step.due_time, step.owner, step.created_by) == (
        today + A_DAY,
        datetime.time(16, 30),
        cast.ha,
        cast.ha,
    )
    assert "Báo &lt;b&gt;giá&lt;/b&gt;" in card
    assert f"{typed(today + A_DAY)} 16:30" in card
    card = card_in(client.post(url(cast.anh, step.pk, "done"), follow=True).text)
    assert "Báo" not in card
    step.refresh_from_db()
    assert step.done_by == cast.ha
    again = client.post(url(cast.anh, step.pk, "done"), follow=True).text
    assert "Đã có người làm xong" in again


def test_a_manager_may_leave_it_to_the_person_in_charge(cast, as_user, today):
    client = as_user(cast.huy)
    client.post(url(cast.anh, "new"), form(today))
    client.post(url(cast.anh, "new"), form(today, owner=cast.ha.pk))
    assert [step.owner for step in FollowUp.objects.order_by("pk")] == [cast.huy, cast.ha]
    response = client.post(url(cast.anh, "new"), form(today, owner=cast.nam.pk))
    assert response.status_code == 422
    assert "owner" in response.context["form"].errors


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"subject": " "}, "subject"),
        ({"subject": "x" * 161}, "subject"),
        ({"due": ""}, "due"),
        ({"due": "hôm nào đó"}, "due"),
        ({"due": "31/02/2027"}, "due"),
        ({"due": "01/01/2020"}, "due"),
        ({"due": "01/01/2099"}, "due"),
        ({"due": "01/01/2027 25:00"}, "due"),
        ({"note": "x" * 501}, "note"),
        ({"subject": "\x00"}, "subject"),
    ],
)
def test_what_makes_no_sense_is_told_at_its_field(cast, as_user, today, sent, field):
    response = as_user(cast.ha).post(url(cast.anh, "new"), form(today, **sent))
    assert response.status_code == 422
    assert field in response.context["form"].errors
    assert not FollowUp.objects.exists()


def test_cancelling_needs_a_reason(cast, as_user):
    client = as_user(cast.ha)
    step = FollowUpFactory(customer=cast.anh, owner=cast.ha)
    assert client.post(url(cast.anh, step.pk, "cancel"), {"reason": " "}).status_code == 422
    client.post(url(cast.anh, step.pk, "cancel"), {"reason": "Khách đã mua nơi khác"})
    step.refresh_from_db()
    assert (step.cancelled_by, step.cancel_reason) == (cast.ha, "Khách đã mua nơi khác")


def test_a_step_of_another_customer_is_not_there(cast, as_user):
    step = FollowUpFactory(customer=cast.binh)
    for verb in ("done", "cancel"):
        assert as_user(cast.ha).post(url(cast.anh, step.pk, verb), {"reason": "x"}).status_code == 404


def test_what_is_overdue_is_said_so(cast, as_user, today):
    FollowUpFactory(customer=cast.anh, due_on=today)
    client = as_user(cast.ha)
    assert "quá hạn" not in card_in(client.get(cast.anh.get_absolute_url()).text)
    FollowUpFactory(customer=cast.anh, due_on=today - A_DAY)
    assert "quá hạn" in card_in(client.get(cast.anh.get_absolute_url()).text)


def test_without_the_permissions_nothing_is_planned_or_closed(cast, as_user, today):
    step = FollowUpFactory(customer=cast.anh)
    for codename in ("add_followup", "change_followup"):
        Permission.objects.get(codename=codename).group_set.clear()
    client = as_user(cast.ha)
    assert client.post(url(cast.anh, "new"), form(today)).status_code == 403
    assert client.post(url(cast.anh, step.pk, "done")).status_code == 403
    client.post(
        f"/customers/{cast.anh.pk}/interactions/new/", logged(next_due=typed(today), next_subject="Gọi")
    )
    assert Interaction.objects.exists()
    card = card_in(client.get(cast.anh.get_absolute_url()).text)
    assert "Gọi lại báo giá" in card
    assert "<form" not in card
    assert "next/new" not in card
    assert FollowUp.objects.open().get() == step
    Permission.objects.get(codename="view_followup").group_set.clear()
    assert 'id="follow-ups"' not in as_user(cast.ha).get(cast.anh.get_absolute_url()).text


# With an interaction


def test_the_next_step_is_planned_with_the_contact_once(cast, as_user, today):
    client = as_user(cast.ha)
    sent = logged(
        next_due=typed(today + A_DAY),
        next_subject="Gửi báo giá",
        submission="6f1c3bfe-7c70-4c3c-8d3f-0f5d6f7a1e11",
    )
    for _again in range(2):
        client.post(f"/customers/{cast.anh.pk}/interactions/new/", sent)
    step = FollowUp.objects.get()
    assert (step.subject, step.due_on, step.owner) == ("Gửi báo giá", today + A_DAY, cast.ha)
    assert Interaction.objects.count() == 1


def test_a_day_alone_is_about_the_same(cast, as_user, today):
    as_user(cast.ha).post(f"/customers/{cast.anh.pk}/interactions/new/", logged(next_due=typed(today)))
    assert FollowUp.objects.get().subject == "Hỏi máy lọc nước"


@pytest.mark.parametrize("sent", [{"next_subject": "Gửi báo giá"}, {"next_due": "01/01/2020"}])
def test_a_step_without_a_day_to_come_is_asked_for_it_and_nothing_is_logged(cast, as_user, sent):
    response = as_user(cast.ha).post(f"/customers/{cast.anh.pk}/interactions/new/", logged(**sent))
    assert response.status_code == 422
    assert "next_due" in response.context["form"].errors
    assert not Interaction.objects.exists()


def test_the_card_comes_along_with_the_answer(cast, as_user, today):
    client = as_user(cast.ha)
    address, htmx = f"/customers/{cast.anh.pk}/interactions/new/", {"HX-Request": "true"}
    assert 'id="follow-ups"' not in client.post(address, logged(), headers=htmx).text
    answer = client.post(address, logged(next_due=typed(today)), headers=htmx).text
    assert "Hỏi máy lọc nước" in card_in(answer)


# Filters and columns


def test_a_filter_says_in_both_languages_whom_it_finds(cast):
    rule = read_rule("next_contact.in_within.7", Choices(cast.ha))
    assert sentence(rule, cast.ha, "vi") == "Khách hàng: Lần liên hệ tiếp theo trong 7 ngày tới."
    assert sentence(rule, cast.ha, "en") == "Customers: Next contact in the next 7 days."
    overdue = read_rule("next_contact.overdue", Choices(cast.ha))
    assert sentence(overdue, cast.ha, "vi") == "Khách hàng: Lần liên hệ tiếp theo đã quá hạn."


def test_the_list_is_narrowed_to_what_is_overdue(cast, as_user, today):
    plan = follow_ups.plan
    step = NextStep("Gọi lại", Due(today - A_DAY))
    overdue = plan(customer=cast.anh, step=step, owner=cast.ha, by=cast.ha)
    plan(customer=cast.binh, step=NextStep("Gọi lại", Due(today)), owner=cast.ha, by=cast.ha)
    client = as_user(cast.huy)

    def ids() -> list[int]:
        return list(client.get("/customers/?rule=next_contact.overdue").context["listing"].page.ids)

    assert ids() == [cast.anh.pk]
    follow_ups.finish(follow_up=overdue, by=cast.ha)
    assert ids() == []


def test_the_list_shows_the_last_contact_and_the_next(cast, as_user, today):
    at = timezone.now() - 3 * A_DAY
    InteractionFactory(customer=cast.anh, happened_at=at)
    InteractionFactory(customer=cast.anh, channel="note")
    FollowUpFactory(customer=cast.anh, due_on=today + A_DAY)
    FollowUpFactory(customer=cast.anh, due_on=today - 9 * A_DAY, done_at=at, done_by=cast.ha)
    page = as_user(cast.ha).get("/customers/?columns=last_contact,next_contact").text
    assert f"{typed(timezone.localdate(at))} <span" in page
    assert "3 ngày trước" in page
    assert f">{typed(today + A_DAY)}<" in page
    assert "quá hạn" not in page
