"""What is known of customers from a day on: never rewritten, found by filters, read as of any day."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest
from django.db import IntegrityError, ProgrammingError, transaction
from django.utils import timezone

from customers import observations
from customers.merging.services import merge_customers, unmerge_customers
from customers.models import Customer, Observation
from customers.observations import ObservationEndedError, running_of
from customers.rules.compiler import Reader, compile_rule
from customers.rules.tree import Condition

SPRING = datetime.date(2026, 3, 1)
SUMMER = datetime.date(2026, 6, 1)


def note(customer: Customer, by, **more) -> Observation:
    values = {"kind": "need", "text": "Máy lọc nước", "source": "said", "from_on": SPRING} | more
    return observations.record(customer=customer, values=values, by=by)


def url(customer: Customer, *parts: object) -> str:
    return "/".join(["/customers", str(customer.pk), "known", *map(str, parts), ""])


def texts(customer: Customer, day: datetime.date) -> list[str]:
    return sorted(row.text for row in Observation.objects.filter(customer=customer).on(day))


def form(**more: object) -> dict[str, object]:
    return {"kind": "need", "text": "Tủ lạnh", "source": "noticed", "from_on": ""} | more


def test_what_changes_ends_and_the_next_begins_on_that_day(cast):
    first = note(cast.anh, cast.ha)
    observations.replace(
        observation=first,
        values={"kind": "need", "text": "Tủ lạnh", "source": "said", "from_on": SUMMER},
        by=cast.huy,
    )
    first.refresh_from_db()
    assert (first.text, first.until_on, first.ended_by) == ("Máy lọc nước", SUMMER, cast.huy)
    a_day = datetime.timedelta(days=1)
    assert texts(cast.anh, SPRING - a_day) == []
    assert texts(cast.anh, SPRING) == texts(cast.anh, SUMMER - a_day) == ["Máy lọc nước"]
    assert texts(cast.anh, SUMMER) == ["Tủ lạnh"]
    with pytest.raises(ObservationEndedError):
        observations.replace(observation=first, values=form(from_on=SUMMER), by=cast.ha)
    with pytest.raises(ObservationEndedError):
        observations.end(observation=first, by=cast.ha)
    assert Observation.objects.count() == 2


@pytest.mark.parametrize(
    "change", [{"text": "Khác"}, {"from_on": SUMMER}, {"kind": "goal"}, {"budget_max": 1}, {"source": "form"}]
)
def test_the_database_lets_nobody_rewrite_what_was_said(cast, change):
    note(cast.anh, cast.ha)
    with pytest.raises(ProgrammingError, match="Cannot update"), transaction.atomic():
        Observation.objects.update(**change)


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"text": ""}, "observation_says_something"),
        ({"kind": "budget", "text": ""}, "observation_says_something"),
        ({"budget_min": 1}, "observation_amounts_of_budgets_only"),
        ({"kind": "budget", "budget_min": 2, "budget_max": 1}, "observation_budget_in_order"),
        ({"until_on": datetime.date(2020, 1, 1)}, "observation_ends_after_it_begins"),
    ],
)
def test_the_database_refuses_what_makes_no_sense(cast, values, name):
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        note(cast.anh, cast.ha, **values)


def test_amounts_are_told_in_words(cast):
    for low, high in ((500_000, 1_500_000), (2_000_000, None), (None, 900_000)):
        note(cast.anh, cast.ha, kind="budget", text="", budget_min=low, budget_max=high)
    told = {known.text for known in running_of(cast.anh, reveal=True).known}
    assert told == {
        "500.000\u00a0₫ – 1.500.000\u00a0₫",
        "từ 2.000.000\u00a0₫",
        "đến 900.000\u00a0₫",
    }


# The pages


def test_something_is_noted_and_pinned(cast, as_user):
    client = as_user(cast.ha)
    sent = form(kind="request", text="  Gọi <b>sau</b>\u202e 16:30 ", source="said", is_pinned="on")
    page = client.post(url(cast.anh, "new"), sent, follow=True).text
    made = Observation.objects.get()
    assert (made.text, made.from_on, made.recorded_by) == (
        "Gọi <b>sau</b> 16:30",
        timezone.localdate(),
        cast.ha,
    )
    pinned = page.split('id="pinned"')[1].split("</div>\n</div>")[0]
    assert "Gọi &lt;b&gt;sau&lt;/b&gt; 16:30" in pinned
    assert "<b>sau</b>" not in page


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"text": ""}, "text"),
        ({"text": "x" * 501}, "text"),
        ({"kind": "enemy"}, "kind"),
        ({"source": ""}, "source"),
        ({"from_on": "31/02/2026"}, "from_on"),
        ({"from_on": "01/01/2199"}, "from_on"),
        ({"budget_min": "1tr"}, "kind"),
        ({"kind": "budget", "text": "", "budget_min": ""}, "text"),
        ({"kind": "budget", "budget_min": "2tr", "budget_max": "500k"}, "budget_max"),
        ({"kind": "budget", "budget_min": "nhiều"}, "budget_min"),
        ({"kind": "budget", "budget_min": "9" * 30}, "budget_min"),
    ],
)
def test_bad_input_is_told_at_its_field(cast, as_user, sent, field):
    answer = as_user(cast.ha).post(url(cast.anh, "new"), form(**sent))
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert not Observation.objects.exists()


def test_amounts_are_typed_as_people_say_them(cast, as_user):
    sent = form(kind="budget", text="", budget_min="500k", budget_max="1tr2")
    assert as_user(cast.ha).post(url(cast.anh, "new"), sent).status_code == 302
    made = Observation.objects.get()
    assert (made.budget_min, made.budget_max) == (Decimal(500_000), Decimal(1_200_000))


def test_one_form_replaces_and_the_history_shows_both(cast, as_user):
    first = note(cast.anh, cast.ha)
    client = as_user(cast.ha)
    assert "Máy lọc nước" in client.get(url(cast.anh, first.pk)).text
    early = client.post(url(cast.anh, first.pk), form(from_on="28/02/2026"))
    assert "có từ 01/03/2026" in early.text
    assert client.post(url(cast.anh, first.pk), form(from_on="01/06/2026")).status_code == 302
    page = client.get(url(cast.anh)).text
    now, before = page.split('id="before"')
    assert "Tủ lạnh" in now
    assert "Máy lọc nước" not in now
    assert "Máy lọc nước" in before
    assert "01/03/2026–01/06/2026" in before
    late = client.post(url(cast.anh, first.pk), form())
    assert late.status_code == 422
    assert "Người khác đã đổi điều này" in late.text


def test_with_script_only_its_part_of_the_record_comes_back(cast, as_user):
    client = as_user(cast.ha)
    script = {"HX-Request": "true"}
    part = client.get(url(cast.anh, "new"), headers=script).text
    assert part.lstrip().startswith("<form")
    answer = client.post(url(cast.anh, "new"), form(is_pinned="on"), headers=script)
    assert answer["HX-Retarget"] == "#observations"
    assert answer.text.lstrip().startswith("<section")
    assert 'id="pinned" hx-swap-oob="outerHTML"' in answer.text
    assert client.post(url(cast.anh, "new"), form(text=""), headers=script).status_code == 422


def test_ending_keeps_it_in_the_history(cast, as_user):
    first = note(cast.anh, cast.ha)
    client = as_user(cast.ha)
    assert client.post(url(cast.anh, first.pk, "end")).status_code == 302
    assert Observation.objects.get().until_on == timezone.localdate()
    again = client.post(url(cast.anh, first.pk, "end"), follow=True)
    assert "Người khác đã kết thúc điều này" in again.text
    assert not running_of(cast.anh, reveal=True).known


def test_an_observation_belongs_to_its_own_customer(cast, as_user):
    strange = note(cast.binh, cast.nam)
    client = as_user(cast.ha)
    assert client.get(url(cast.anh, strange.pk)).status_code == 404
    assert client.post(url(cast.anh, strange.pk, "end")).status_code == 404
    assert Observation.objects.get().until_on is None


def test_what_is_sensitive_is_hidden_from_readers(cast, as_user):
    note(cast.anh, cast.ha, kind="culture", text="Ăn chay trường", is_sensitive=True, is_pinned=True)
    cast.cau_giay.staff_read_all = True
    cast.cau_giay.save()
    day = f"/customers/{cast.anh.pk}/as-of/?on={timezone.localdate():%d/%m/%Y}"
    for address in (cast.anh.get_absolute_url(), url(cast.anh), day):
        assert "Ăn chay trường" in as_user(cast.ha).get(address).text
        page = as_user(cast.nam).get(address).text
        assert "Ăn chay trường" not in page
        assert "nhạy cảm, đã che" in page


def test_observations_follow_a_merge_and_its_undoing(cast):
    note(cast.binh, cast.nam)
    keep, duplicate = (Customer.objects.get(pk=one.pk) for one in (cast.anh, cast.binh))
    merge = merge_customers(keep=keep, duplicate=duplicate, by=cast.huy)
    assert [known.text for known in running_of(cast.anh, reveal=True).known] == ["Máy lọc nước"]
    unmerge_customers(merge=merge, by=cast.huy)
    assert not running_of(cast.anh, reveal=True).known
    assert [known.text for known in running_of(cast.binh, reveal=True).known] == ["Máy lọc nước"]


def test_the_page_costs_as_many_queries_for_many(cast, as_user, django_assert_num_queries):
    client = as_user(cast.ha)
    client.get(url(cast.anh))
    for number in (2, 20):
        for _one in range(number):
            observations.end(observation=note(cast.anh, cast.ha), by=cast.ha)
            note(cast.anh, cast.ha)
        # Session, person, customer, phones, emails; what holds, what has ended.
        with django_assert_num_queries(7):
            client.get(url(cast.anh))


# Filters


@pytest.mark.parametrize(
    ("field", "operator", "value", "found"),
    [
        ("needs", "contains", ("máy lọc",), {"anh"}),
        ("needs", "contains", ("nồi",), {"binh"}),
        ("needs", "lacks", ("nồi",), {"anh", "cuc"}),
        ("needs", "known", (), {"anh", "binh"}),
        ("needs", "unknown", (), {"cuc"}),
        ("goal", "known", (), set()),
        ("influence", "contains", ("bạn bè",), {"anh"}),
        ("influence", "contains", ("ăn chay",), set()),
        ("budget_max", "gte", ("1000000",), {"binh"}),
        ("budget_min", "lte", ("400000",), set()),
        ("budget_min", "lte", ("500000",), {"binh"}),
    ],
)
def test_filters_find_what_holds_now_and_what_the_form_says(cast, field, operator, value, found):
    note(cast.anh, cast.ha)
    note(cast.anh, cast.ha, kind="society", text="Theo bạn bè")
    note(cast.anh, cast.ha, kind="culture", text="Ăn chay", is_sensitive=True)
    observations.end(observation=note(cast.cuc, cast.duc, kind="goal"), by=cast.duc)
    note(cast.binh, cast.nam, kind="budget", text="", budget_min=500_000, budget_max=1_000_000)
    Customer.objects.filter(pk=cast.binh.pk).update(needs="Nồi chiên")
    rule = compile_rule(Condition(field, operator, value), Reader(cast.quan, timezone.localdate()))
    names = {getattr(cast, name).pk: name for name in ("anh", "binh", "cuc")}
    assert {names[pk] for pk in Customer.objects.filter(rule).values_list("pk", flat=True)} == found
