"""Households: members now and before, what they share and spend, and who may change them."""

from __future__ import annotations

import datetime
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from customers.forms import CustomerForm
from customers.households import children_by_age, join_household, sheet_of
from customers.merging.services import merge_customers, unmerge_customers
from customers.models import Customer, CustomerBehaviour, Household
from customers.services import HEAD_CONSTRAINT
from customers.trash import erase_expired, restore_customer, trash_customer
from tests.customers.test_forms import filled
from tests.factories import CustomerFactory, HouseholdFactory

TODAY = datetime.date(2026, 11, 22)


@pytest.fixture
def home(cast) -> Household:
    """Ánh heads a household with Bảo, who is Hà's customer too."""
    home = HouseholdFactory()
    Customer.objects.filter(pk=cast.anh.pk).update(household=home, household_role="head")
    cast.bao = CustomerFactory(
        given_name="Bảo", owner=cast.ha, branch=cast.cau_giay, household=home, household_role="child"
    )
    CustomerBehaviour.objects.filter(customer__in=[cast.anh, cast.bao]).update(spend=1_000_000)
    return home


def url(home: Household, part: str = "") -> str:
    return f"/customers/households/{home.pk}/{part}"


def names(people) -> list[str]:
    return [person.given_name for person in people]


def sheet(home: Household, viewer):
    return sheet_of(home, viewer=viewer)


def form(**more: object) -> dict[str, object]:
    return {"name": "Nhà chị Ánh", "address": "12 Lý Thái Tổ", "phone": "0912 345 678"} | more


def test_the_head_comes_first_and_all_spend_together(cast, home):
    found = sheet(home, cast.ha)
    assert names(found.members) == ["Ánh", "Bảo"]
    assert found.spend == 2_000_000
    assert (found.hidden, found.may_edit) == (0, True)


def test_whom_one_does_not_see_is_counted_and_leaves_no_total(cast, home, as_user):
    Customer.objects.filter(pk=cast.cuc.pk).update(household=home)
    page = as_user(cast.ha).get(url(home)).text
    assert "1 thành viên ngoài danh mục" in page
    assert "Thị Cúc" not in page
    assert "2.000.000" not in page
    assert sheet(home, cast.quan).spend == 2_000_000
    assert as_user(cast.nam).get(url(home)).status_code == 404


def test_members_have_their_days_and_those_who_left_too(cast, home):
    moved = timezone.now() - datetime.timedelta(days=30)
    events = apps.get_model("customers", "CustomerEvent").objects
    other = HouseholdFactory()
    anh = Customer.objects.get(pk=cast.anh.pk)
    # The day on which the fixture gave Ánh the household.
    events.filter(pgh_obj=anh.pk).update(pgh_created_at=moved)
    Customer.objects.filter(pk=cast.bao.pk).update(household=other, household_role="spouse")

    found = sheet(home, cast.ha)

    assert names(found.members) == ["Ánh"]
    assert found.members[0].joined_at == moved
    [bao] = found.former
    bao_left = events.get(pgh_obj=cast.bao.pk).pgh_created_at
    assert (bao.given_name, bao.left_at, bao.last_role) == ("Bảo", bao_left, "child")
    assert bao.joined_at == Customer.objects.get(pk=bao.pk).created_at
    assert sheet(other, cast.ha).members[0].joined_at == bao_left


def test_somebody_who_came_back_is_a_member_and_not_a_former_one(cast, home):
    for household in (None, home):
        Customer.objects.filter(pk=cast.bao.pk).update(household=household, household_role="")
    found = sheet(home, cast.ha)
    assert names(found.members) == ["Ánh", "Bảo"]
    assert found.former == []
    last = apps.get_model("customers", "CustomerEvent").objects.filter(pgh_obj=cast.bao.pk).latest("pgh_id")
    assert found.members[1].joined_at == last.pgh_created_at


def test_former_members_of_others_are_not_named(cast, home, as_user):
    Customer.objects.filter(pk=cast.bao.pk).update(
        household=None, household_role="", owner=cast.duc, branch=cast.dong_da
    )
    assert "Bảo" not in as_user(cast.ha).get(url(home)).text


def test_children_are_counted_by_age_once_for_both_parents():
    mother = CustomerFactory.build(child_birth_years=[2018, 2022, 2022])
    father = CustomerFactory.build(child_birth_years=[2005, 2018, 2022, 2030])
    assert children_by_age([mother, father], TODAY) == [
        ("dưới 6 tuổi", 2),
        ("6–11 tuổi", 1),
        ("từ 18 tuổi", 1),
    ]
    assert children_by_age([], TODAY) == []


def test_what_members_share_is_saved_with_its_history(cast, home, as_user):
    client = as_user(cast.ha)
    assert client.post(url(home, "edit/"), form(head=cast.bao.pk)).status_code == 302
    home.refresh_from_db()
    assert (home.name, home.address, home.phone) == ("Nhà chị Ánh", "12 Lý Thái Tổ", "+84912345678")
    roles = dict(Customer.objects.filter(household=home).values_list("pk", "household_role"))
    assert roles == {cast.anh.pk: "", cast.bao.pk: "head"}
    kept = apps.get_model("customers", "HouseholdEvent").objects.get()
    assert (kept.address, kept.pgh_context["user"]) == ("", cast.ha.pk)
    assert "0912" in client.get(url(home)).text
    client.post(url(home, "edit/"), form(head=""))
    assert not Customer.objects.filter(household_role="head").exists()


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"phone": "chưa có"}, "phone"),
        ({"address": "x" * 256}, "address"),
        ({"head": "999999"}, "head"),
        ({"notes": "a\x00b"}, "notes"),
    ],
)
def test_bad_input_is_told_at_its_field(cast, home, as_user, sent, field):
    answer = as_user(cast.ha).post(url(home, "edit/"), form(**sent))
    assert answer.status_code == 422
    assert field in answer.context["form"].errors


def test_the_head_stays_where_not_everybody_may_be_changed(cast, home, as_user):
    Customer.objects.filter(pk=cast.anh.pk).update(household_role="")
    Customer.objects.filter(pk=cast.cuc.pk).update(household=home, household_role="head")
    client = as_user(cast.ha)
    page = client.get(url(home, "edit/"))
    assert "head" not in page.context["form"].fields
    client.post(url(home, "edit/"), form(head=cast.anh.pk))
    assert Customer.objects.get(household_role="head") == cast.cuc
    refused = client.post(url(home, "members/new/"), {"who": "Ánh", "role": "head"})
    assert "role" in refused.context["form"].errors


def test_a_member_joins_and_leaves(cast, home, as_user):
    client = as_user(cast.ha)
    mother = CustomerFactory(given_name="Lụa", owner=cast.ha, branch=cast.cau_giay)
    assert client.post(url(home, "members/new/"), {"who": "Lụa", "role": "parent"}).status_code == 302
    assert names(sheet(home, cast.ha).members) == ["Ánh", "Bảo", "Lụa"]
    again = client.post(url(home, "members/new/"), {"who": mother.code})
    assert "đã ở trong hộ này" in again.text
    assert client.post(f"/customers/{mother.pk}/household/leave/").status_code == 302
    assert names(sheet(home, cast.ha).former) == ["Lụa"]
    twice = client.post(f"/customers/{mother.pk}/household/leave/", follow=True)
    assert "không thuộc hộ gia đình nào" in twice.text


def test_a_new_head_takes_the_place_of_the_former(cast, home, as_user):
    CustomerFactory(given_name="Lụa", owner=cast.ha, branch=cast.cau_giay)
    as_user(cast.ha).post(url(home, "members/new/"), {"who": "Lụa", "role": "head"})
    assert Customer.objects.get(household_role="head").given_name == "Lụa"


def test_nobody_is_taken_in_whom_one_may_not_change(cast, home, as_user):
    cast.cau_giay.staff_read_all = True
    cast.cau_giay.save()
    client = as_user(cast.ha)
    refused = client.post(url(home, "members/new/"), {"who": cast.binh.code})
    assert "không được sửa" in refused.text
    unseen = client.post(url(home, "members/new/"), {"who": cast.cuc.code})
    assert "who" in unseen.context["form"].errors
    assert as_user(cast.nam).get(url(home)).status_code == 200
    assert as_user(cast.nam).get(url(home, "edit/")).status_code == 403


def test_an_edit_begun_before_a_member_left_is_out_of_date(cast, home, as_user):
    bao = Customer.objects.get(pk=cast.bao.pk)
    as_user(cast.ha).post(f"/customers/{bao.pk}/household/leave/")
    assert Customer.objects.get(pk=bao.pk).version > bao.version


def test_the_last_member_takes_the_household_along_when_erased(cast, home):
    Household.objects.filter(pk=home.pk).update(address="12 Lý Thái Tổ")
    for number, person in enumerate((cast.anh, cast.bao), 1):
        trash_customer(customer=person, reason="Khách yêu cầu", by=cast.ha)
        Customer.trash.update(trashed_at=timezone.now() - datetime.timedelta(days=31))
        assert erase_expired() == 1
        assert Household.objects.filter(pk=home.pk).exists() == (number == 1)
    assert not apps.get_model("customers", "HouseholdEvent").objects.exists()


def test_a_household_costs_as_many_queries_for_many(cast, home, as_user, django_assert_num_queries):
    client = as_user(cast.ha)
    client.get(url(home))
    for number in (2, 20):
        CustomerFactory.create_batch(number, owner=cast.ha, branch=cast.cau_giay, household=home)
        left = CustomerFactory.create_batch(number, owner=cast.ha, branch=cast.cau_giay, household=home)
        Customer.objects.filter(pk__in=[one.pk for one in left]).update(household=None)
        # Session, person; household, members, those before.
        with django_assert_num_queries(5):
            client.get(url(home))


class TestOneHead:
    """The database keeps it; whoever would make a second one is told, or has no role."""

    def test_the_database_refuses_a_second_head(self, cast, home):
        with pytest.raises(IntegrityError, match=HEAD_CONSTRAINT), transaction.atomic():
            Customer.objects.filter(pk=cast.bao.pk).update(household_role="head")
        bao = Customer.objects.get(pk=cast.bao.pk)
        bao.household_role = "head"
        with pytest.raises(ValidationError, match="Hộ này đã có chủ hộ"):
            bao.validate_constraints()

    def test_the_form_of_a_customer_says_so(self, cast, home, as_user):
        path = f"/customers/{cast.bao.pk}/edit/"
        bao = Customer.objects.get(pk=cast.bao.pk)
        sent = filled(CustomerForm(user=cast.ha, customer=bao), household_role="head")
        answer = as_user(cast.ha).post(path, sent)
        assert answer.status_code == 422
        assert "Hộ này đã có chủ hộ" in answer.text
        assert Customer.objects.get(household_role="head") == cast.anh

    @pytest.mark.parametrize("person", ["bao", None])
    def test_a_head_who_came_at_the_same_moment_is_told_of(self, cast, home, as_user, monkeypatch, person):
        """Another worker writes the head after the form has looked."""
        monkeypatch.setattr("customers.forms.customer.has_other_head", lambda *asked: False)
        customer = Customer.objects.get(pk=cast.bao.pk) if person else None
        form = CustomerForm(user=cast.ha, customer=customer)
        changes = {"household": str(home.pk), "household_role": "head", "full_name": "Vũ Bảo"}
        path = f"/customers/{cast.bao.pk}/edit/" if person else "/customers/new/"
        answer = as_user(cast.ha).post(path, filled(form, **changes))
        assert answer.status_code == 422
        assert "Hộ này đã có chủ hộ" in answer.text
        assert not Customer.objects.filter(family_name="Vũ").exists()

    def test_who_comes_back_from_the_trash_is_head_unless_somebody_else_is(self, cast, home):
        for heir in (False, True):
            trash_customer(customer=cast.anh, reason="Nhập nhầm", by=cast.ha)
            if heir:
                Customer.objects.filter(pk=cast.bao.pk).update(household_role="head")
            anh = Customer.trash.get(pk=cast.anh.pk)
            assert restore_customer(customer=anh, by=cast.ha).done
            assert Customer.objects.get(household_role="head") == (cast.bao if heir else cast.anh)

    def test_a_merge_takes_the_place_of_the_head_and_gives_it_back(self, cast, home):
        keep, duplicate = (Customer.objects.get(pk=one.pk) for one in (cast.bao, cast.anh))
        merge = merge_customers(keep=keep, duplicate=duplicate, by=cast.huy, taken={"household"})
        assert Customer.objects.get(household_role="head") == cast.bao
        unmerge_customers(merge=merge, by=cast.huy)
        assert Customer.objects.get(household_role="head") == cast.anh

    def test_parting_two_records_leaves_a_head_of_now_alone(self, cast, home):
        keep, duplicate = (Customer.objects.get(pk=one.pk) for one in (cast.binh, cast.anh))
        merge = merge_customers(keep=keep, duplicate=duplicate, by=cast.huy)
        Customer.objects.filter(pk=cast.bao.pk).update(household_role="head")
        parted = unmerge_customers(merge=merge, by=cast.huy)
        assert (parted.household, parted.household_role) == (home, "")
        assert Customer.objects.get(household_role="head") == cast.bao

    def test_the_migration_leaves_the_head_of_the_oldest_record(self, cast, home):
        with connection.cursor() as cursor:
            cursor.execute(f"DROP INDEX {HEAD_CONSTRAINT}")
            Customer.objects.filter(pk=cast.bao.pk).update(household_role="head")
            other = CustomerFactory(household=HouseholdFactory(), household_role="head")
            cursor.execute(import_module("customers.migrations.0025_one_head").ONE_HEAD)
        roles = dict(Customer.objects.filter(household__isnull=False).values_list("pk", "household_role"))
        assert roles == {cast.anh.pk: "head", cast.bao.pk: "", other.pk: "head"}


def test_two_who_become_head_at_the_same_moment_leave_one(committed_cast):
    """Each clears the former head and takes the place; neither is lost to an error of the database."""
    home = HouseholdFactory()
    people = [committed_cast.anh, committed_cast.binh, committed_cast.cuc]

    def join(person: Customer) -> None:
        try:
            join_household(household=home, person=person, role="head", by=committed_cast.quan)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(people)) as pool:
        list(pool.map(join, people))
    roles = sorted(Customer.objects.filter(household=home).values_list("household_role", flat=True))
    assert roles == ["", "", "head"]
