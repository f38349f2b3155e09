"""Who is in charge of whom, since when, and how a manager changes it."""

from __future__ import annotations

import datetime

import pghistory
import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import Cover, User
from customers import portfolio
from customers.models import Assignment, Customer, CustomerBehaviour
from tests.factories import CustomerFactory, UserFactory

DAY = datetime.timedelta(days=1)


def history_of(customer: Customer) -> list[tuple[str, bool, str]]:
    """Each person in charge, whether the time is over, and the reason; the oldest first."""
    rows = Assignment.objects.filter(customer=customer).select_related("owner").order_by("pk")
    return [(row.owner.username, row.until is not None, row.reason) for row in rows]


# The history that the database keeps


def test_a_new_customer_begins_a_history_with_the_moment_of_its_creation(cast):
    row = Assignment.objects.get(customer=cast.anh)
    assert (row.owner, row.since, row.until) == (
        cast.ha,
        Customer.objects.get(pk=cast.anh.pk).created_at,
        None,
    )


def test_nobody_in_charge_begins_no_history(cast):
    assert history_of(CustomerFactory(branch=cast.cau_giay)) == []


def test_a_bulk_update_is_kept_with_the_person_and_the_reason(cast):
    with pghistory.context(user=cast.huy.pk, reason="Chia lại địa bàn"):
        Customer.objects.filter(owner=cast.ha).update(owner=cast.nam)
    assert history_of(cast.anh) == [("ha", True, ""), ("nam", False, "Chia lại địa bàn")]
    assert Assignment.objects.get(customer=cast.anh, until=None).by == cast.huy


def test_plain_sql_is_kept_too(cast):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE customers_customer SET owner_id = NULL WHERE id = %s", [cast.anh.pk])
        cursor.execute(
            "UPDATE customers_customer SET owner_id = %s WHERE id = %s", [cast.duc.pk, cast.anh.pk]
        )
    assert history_of(cast.anh) == [("ha", True, ""), ("duc", False, "")]


def test_another_change_leaves_the_history_alone(cast):
    Customer.objects.filter(pk=cast.anh.pk).update(notes="Thích trà", owner=cast.ha)
    assert history_of(cast.anh) == [("ha", False, "")]


def test_one_update_of_several_customers_keeps_each_of_them_apart(cast):
    Customer.objects.filter(pk__in=[cast.anh.pk, cast.binh.pk]).update(owner=cast.nam)
    assert history_of(cast.anh) == [("ha", True, ""), ("nam", False, "")]
    assert history_of(cast.binh) == [("nam", False, "")]


def test_two_people_in_charge_at_once_are_refused(cast):
    with pytest.raises(IntegrityError, match="assignment_one_at_a_time"), transaction.atomic():
        Assignment.objects.create(customer=cast.anh, owner=cast.nam, since=timezone.now())


# Giving customers to colleagues


def test_reassigning_moves_to_the_branch_of_whoever_takes_over(cast):
    moved = portfolio.reassign(
        customers=Customer.objects.filter(pk=cast.anh.pk), to=cast.duc, by=cast.huy, reason="Chuyển nhà"
    )
    anh = Customer.objects.get(pk=cast.anh.pk)
    assert (moved, anh.owner, anh.branch) == (1, cast.duc, cast.dong_da)
    assert history_of(cast.anh)[-1] == ("duc", False, "Chuyển nhà")


def test_whoever_has_a_customer_already_is_not_counted(cast):
    both = Customer.objects.filter(pk__in=[cast.anh.pk, cast.binh.pk])
    version = cast.anh.version
    assert portfolio.reassign(customers=both, to=cast.ha, by=cast.huy) == 1
    assert Customer.objects.get(pk=cast.anh.pk).version == version


def test_customers_without_anybody_in_charge_can_be_given_to_somebody(cast):
    nobody = CustomerFactory(branch=cast.cau_giay)
    alone = portfolio.portfolio_of(None, seen_by=cast.huy)
    assert portfolio.reassign(customers=alone, to=cast.ha, by=cast.huy) == 1
    assert history_of(nobody) == [("ha", False, "")]


def test_a_split_is_equal_in_number_and_in_worth(cast):
    customers = [cast.anh, *(CustomerFactory(owner=cast.ha, branch=cast.cau_giay) for _more in range(6))]
    for place, customer in enumerate(customers):
        CustomerBehaviour.objects.filter(pk=customer.pk).update(spend=(7 - place) * 1_000_000)
    parts = portfolio.split(
        customers=Customer.objects.filter(owner=cast.ha), among=[cast.nam, cast.duc], by=cast.huy
    )
    # Nam gets 7, 4 and 3 million; Đức 6, 5, 2 and 1.
    assert [(part.to, part.number) for part in parts] == [(cast.nam, 3), (cast.duc, 4)]
    figures = CustomerBehaviour.objects.filter(customer__in=customers)
    worth = [sum(figures.filter(owner=who).values_list("spend", flat=True)) for who in (cast.nam, cast.duc)]
    assert worth == [14_000_000, 14_000_000]


@pytest.mark.parametrize(("rows", "number"), [(0, 3), (1, 3), (7, 3), (9, 2), (10, 4)])
def test_parts_differ_by_one_at_most_and_lose_nobody(rows, number):
    parts = portfolio.dealt(range(rows), number)
    sizes = [len(part) for part in parts]
    assert max(sizes) - min(sizes) <= 1
    assert sorted(pk for part in parts for pk in part) == list(range(rows))


# Cover during leave


def cover(cast, *, begins: int = 0, ends: int = 0, **who: User) -> Cover:
    """Nam stands in for Hà, from some days after today to others."""
    today = timezone.localdate()
    people = {"away": cast.ha, "stand_in": cast.nam} | who
    return portfolio.arrange_cover(
        **people, from_on=today + begins * DAY, until_on=today + ends * DAY, reason="", by=cast.huy
    )


def sees(user: User) -> set[Customer]:
    return set(Customer.objects.visible_to(User.objects.get(pk=user.pk)))


def edits(user: User) -> set[Customer]:
    return set(Customer.objects.editable_by(User.objects.get(pk=user.pk)))


@pytest.mark.parametrize(
    ("begins", "ends", "is_open"), [(0, 0, True), (-3, 0, True), (0, 3, True), (1, 3, False), (-3, -1, False)]
)
def test_a_cover_shows_and_lets_edit_from_the_first_to_the_last_day(cast, begins, ends, is_open):
    cover(cast, begins=begins, ends=ends)
    expected = {cast.binh, cast.anh} if is_open else {cast.binh}
    assert sees(cast.nam) == edits(cast.nam) == expected
    figures = CustomerBehaviour.objects.visible_to(User.objects.get(pk=cast.nam.pk))
    assert {row.pk for row in figures} == {customer.pk for customer in expected}


def test_the_person_on_leave_keeps_their_customers(cast):
    cover(cast)
    assert sees(cast.ha) == edits(cast.ha) == {cast.anh}
    assert Customer.objects.get(pk=cast.anh.pk).owner == cast.ha


def test_a_cover_that_was_ended_shows_nothing_any_more(cast):
    ended = cover(cast, ends=5)
    assert portfolio.end_cover(cover=ended)
    assert not portfolio.end_cover(cover=ended)
    assert sees(cast.nam) == {cast.binh}


def test_a_cover_is_not_handed_on(cast):
    cover(cast)
    cover(cast, away=cast.nam, stand_in=cast.duc)
    assert sees(cast.duc) == {cast.cuc, cast.binh}


def test_a_stand_in_from_another_branch_works_as_the_person_in_charge(cast, as_user):
    assert as_user(cast.duc).get(cast.anh.get_absolute_url()).status_code == 404
    cover(cast, stand_in=cast.duc)
    page = as_user(cast.duc).get(cast.anh.get_absolute_url())
    assert page.status_code == 200
    assert "bạn trực thay" in page.text
    assert f"/customers/{cast.anh.pk}/edit/" in page.text
    assert "Nguyễn Thị Ngọc Ánh" in as_user(cast.duc).get("/customers/").text


@pytest.mark.parametrize(
    ("who", "days", "name"),
    [({"stand_in": "ha"}, (0, 1), "cover_by_somebody_else"), ({}, (2, 1), "cover_ends_after_it_begins")],
)
def test_the_database_refuses_a_cover_that_makes_no_sense(cast, who, days, name):
    people = {key: getattr(cast, person) for key, person in who.items()}
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        cover(cast, begins=days[0], ends=days[1], **people)


# The pages


def test_the_list_counts_what_the_manager_sees(cast, as_user):
    CustomerFactory(owner=cast.ha, branch=cast.cau_giay)
    CustomerFactory(branch=cast.cau_giay)
    cover(cast, ends=2)
    page = as_user(cast.huy).get("/customers/portfolio/")
    sizes = {officer.username: officer.size for officer, _covers in page.context["rows"]}
    assert sizes == {"ha": 2, "nam": 1, "duc": 1, "huy": 0, "mai": 0, "quan": 0}
    assert page.context["without"] == 1
    assert "Lê Hoài Nam trực thay từ" in page.text


def test_a_manager_of_one_branch_sees_its_officers_only(cast, as_user):
    page = as_user(cast.mai).get("/customers/portfolio/")
    assert {officer.username for officer, _covers in page.context["rows"]} == {"duc", "mai"}


def test_the_list_costs_the_same_however_many_officers(cast, as_user, django_assert_num_queries):
    client = as_user(cast.huy)
    client.get("/customers/portfolio/")
    with django_assert_num_queries(6):
        client.get("/customers/portfolio/")
    for number in range(5):
        officer = UserFactory(full_name=f"Chuyên viên {number}", branch=cast.cau_giay)
        CustomerFactory(owner=officer, branch=cast.cau_giay)
        cover(cast, away=officer)
    with django_assert_num_queries(6):
        client.get("/customers/portfolio/")


def test_ticked_customers_go_to_a_colleague(cast, as_user):
    other = CustomerFactory(owner=cast.ha, branch=cast.cau_giay)
    answer = as_user(cast.huy).post(
        f"/customers/portfolio/{cast.ha.pk}/",
        {"customers": [other.pk], "to": cast.duc.pk, "reason": "Xa nhà"},
    )
    assert answer.status_code == 302
    assert history_of(other)[-1] == ("duc", False, "Xa nhà")
    assert history_of(cast.anh) == [("ha", False, "")]


@pytest.mark.parametrize("ticked", [[], ["x"], ["999999999"], ["other"]])
def test_ticking_nobody_or_somebody_elses_customer_changes_nothing(cast, as_user, ticked):
    ticked = [str(cast.cuc.pk) if pk == "other" else pk for pk in ticked]
    answer = as_user(cast.huy).post(
        f"/customers/portfolio/{cast.ha.pk}/", {"customers": ticked, "to": cast.nam.pk}
    )
    assert answer.status_code == 422
    assert Customer.objects.get(pk=cast.cuc.pk).owner == cast.duc


def test_nobody_outside_the_branches_can_be_given_customers(cast, as_user):
    answer = as_user(cast.mai).post(f"/customers/portfolio/{cast.duc.pk}/move/", {"to": cast.nam.pk})
    assert answer.status_code == 422
    assert Customer.objects.get(pk=cast.cuc.pk).owner == cast.duc


def test_who_has_left_is_given_nothing(cast, as_user):
    Customer.objects.filter(owner=cast.nam).update(owner=cast.ha)
    User.objects.filter(pk=cast.nam.pk).update(is_active=False)
    answer = as_user(cast.huy).post(f"/customers/portfolio/{cast.ha.pk}/move/", {"to": cast.nam.pk})
    assert answer.status_code == 422


def test_a_whole_portfolio_goes_and_is_split(cast, as_user):
    client = as_user(cast.huy)
    assert client.post(f"/customers/portfolio/{cast.ha.pk}/move/", {"to": cast.nam.pk}).status_code == 302
    assert sees(cast.nam) == {cast.anh, cast.binh}
    answer = client.post(f"/customers/portfolio/{cast.nam.pk}/split/", {"among": [cast.ha.pk, cast.duc.pk]})
    assert answer.status_code == 302
    assert [len(sees(who)) for who in (cast.nam, cast.ha, cast.duc)] == [0, 1, 2]


def test_customers_without_a_person_in_charge_are_split_too(cast, as_user):
    for _number in range(4):
        CustomerFactory(branch=cast.cau_giay)
    among = [cast.ha.pk, cast.nam.pk]
    answer = as_user(cast.huy).post("/customers/portfolio/nobody/split/", {"among": among})
    assert answer.status_code == 302
    assert [len(sees(who)) for who in (cast.ha, cast.nam)] == [3, 3]


def in_words(day: datetime.date) -> str:
    return f"{day:%d/%m/%Y}"


def test_a_cover_is_arranged_and_ended_on_the_page(cast, as_user):
    client, today = as_user(cast.huy), timezone.localdate()
    days = {"from_on": in_words(today), "until_on": in_words(today + 4 * DAY), "reason": "Nghỉ phép"}
    answer = client.post(f"/customers/portfolio/{cast.ha.pk}/cover/", {"stand_in": cast.nam.pk, **days})
    assert answer.status_code == 302
    assert cast.anh in edits(cast.nam)
    made = Cover.objects.get()
    assert (made.reason, made.created_by) == ("Nghỉ phép", cast.huy)
    assert client.post(f"/customers/portfolio/covers/{made.pk}/end/").status_code == 302
    assert cast.anh not in sees(cast.nam)


@pytest.mark.parametrize(
    ("first", "last", "field"), [(0, -1, "until_on"), (3, 2, "until_on"), (2, 3, "stand_in")]
)
def test_a_cover_that_cannot_be_is_refused_with_its_field(cast, as_user, first, last, field):
    cover(cast, away=cast.nam, stand_in=cast.duc, begins=2, ends=5)
    today = timezone.localdate()
    days = {"from_on": in_words(today + first * DAY), "until_on": in_words(today + last * DAY)}
    answer = as_user(cast.huy).post(
        f"/customers/portfolio/{cast.ha.pk}/cover/", {"stand_in": cast.nam.pk, **days}
    )
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert not Cover.objects.filter(away=cast.ha).exists()


def test_one_customer_is_reassigned_from_the_record(cast, as_user):
    client = as_user(cast.huy)
    assert f"/customers/{cast.anh.pk}/reassign/" in client.get(cast.anh.get_absolute_url()).text
    answer = client.post(f"/customers/{cast.anh.pk}/reassign/", {"to": cast.duc.pk, "reason": "Chuyển nhà"})
    assert answer.status_code == 302
    assert history_of(cast.anh) == [("ha", True, ""), ("duc", False, "Chuyển nhà")]
    page = client.get(f"/customers/{cast.anh.pk}/reassign/").text
    assert "Chuyển nhà" in page
    assert "Trần Thu Hà" in page


def test_the_record_says_since_when_somebody_is_in_charge(cast, as_user):
    moment = datetime.datetime(2025, 3, 9, tzinfo=timezone.get_current_timezone())
    Assignment.objects.filter(customer=cast.anh).update(since=moment)
    page = as_user(cast.ha).get(cast.anh.get_absolute_url()).text
    assert "phụ trách từ 09/03/2025" in page
    assert "/reassign/" not in page


# Whoever leaves


def test_the_database_lets_nobody_leave_with_customers(cast):
    with pytest.raises(IntegrityError, match="in charge of customers"), transaction.atomic():
        User.objects.filter(pk=cast.ha.pk).update(is_active=False)
    Customer.objects.filter(owner=cast.ha).update(owner=cast.nam)
    assert User.objects.filter(pk=cast.ha.pk).update(is_active=False) == 1


@pytest.mark.ignore_template_errors
def test_deactivating_asks_where_the_customers_go(cast, as_user):
    client = as_user(cast.quan)
    url = reverse("admin:accounts_user_change", args=[cast.ha.pk])
    data = {
        "username": "ha",
        "full_name": cast.ha.full_name,
        "email": cast.ha.email,
        "branch": cast.cau_giay.pk,
        "groups": [group.pk for group in cast.ha.groups.all()],
    }
    refused = client.post(url, data)
    assert "Trần Thu Hà đang phụ trách 1 khách hàng. Hãy chọn người nhận." in refused.text
    assert User.objects.get(pk=cast.ha.pk).is_active
    CustomerFactory(owner=cast.ha, branch=cast.cau_giay)
    assert client.post(url, {**data, "hand_over_to": [cast.nam.pk, cast.duc.pk]}).status_code == 302
    assert not User.objects.get(pk=cast.ha.pk).is_active
    assert [len(sees(who)) for who in (cast.nam, cast.duc)] == [2, 2]
    assert Assignment.objects.get(customer=cast.anh, until=None).by == cast.quan
