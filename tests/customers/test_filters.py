"""The conditions of the list: each narrows it to whom it says, and what cannot be read does no harm."""

import datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.http import QueryDict
from django.utils import timezone

from customers.choices import Gender
from customers.listing import CustomerList
from customers.models import Customer, CustomerBehaviour, Ward
from customers.registry import SegmentChoice
from tests.customers.offered import offer_segments

pytestmark = pytest.mark.django_db

CHAMPIONS = SegmentChoice(pk=7, name="Tốt nhất", family="rfm", family_name="Nhóm RFM")
LOST = SegmentChoice(pk=8, name="Đã mất", family="rfm", family_name="Nhóm RFM")


@pytest.fixture(autouse=True)
def _two_segments(monkeypatch):
    offer_segments(monkeypatch, CHAMPIONS, LOST)


def listing(user, query: str) -> CustomerList:
    return CustomerList(user, QueryDict(query))


def given_names(user, query: str) -> set[str]:
    return {customer.given_name for customer in listing(user, query).rows}


def behave(customer: Customer, **figures: object) -> None:
    CustomerBehaviour.objects.filter(customer=customer).update(**figures)


@pytest.fixture
def three(cast) -> SimpleNamespace:
    """Ánh bought a lot lately, Bình a little long ago, Cúc never."""
    behave(
        cast.anh,
        spend=Decimal(5_000_000),
        orders=4,
        segment_ids=[7],
        last_purchase_on=datetime.date(2026, 5, 4),
    )
    behave(
        cast.binh,
        spend=Decimal(1_200_000),
        orders=1,
        segment_ids=[8],
        last_purchase_on=datetime.date(2025, 1, 2),
    )
    ward = Ward.objects.filter(province_id="01").first()
    Customer.objects.filter(pk=cast.anh.pk).update(
        gender=Gender.FEMALE,
        education="university",
        occupation="2",
        income_band="from_20",
        marital_status="married",
        source="referral",
        children_count=2,
        province="01",
        ward=ward,
    )
    Customer.objects.filter(pk=cast.binh.pk).update(gender=Gender.MALE, children_count=0, province="79")
    return cast


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {"Ánh", "Bình", "Cúc"}),
        ("gender=female", {"Ánh"}),
        ("gender=unknown", {"Cúc"}),
        ("education=university", {"Ánh"}),
        ("occupation=2", {"Ánh"}),
        ("income_band=from_20", {"Ánh"}),
        ("marital_status=married", {"Ánh"}),
        ("source=referral", {"Ánh"}),
        ("children=yes", {"Ánh"}),
        ("children=no", {"Bình"}),
        ("province=79", {"Bình"}),
        ("province=01&gender=female", {"Ánh"}),
        ("province=79&gender=female", set()),
        ("segment=7", {"Ánh"}),
        ("segment=8", {"Bình"}),
        ("spend_min=1tr2", {"Ánh", "Bình"}),
        ("spend_min=1tr3", {"Ánh"}),
        ("spend_max=1.200.000", {"Bình", "Cúc"}),
        ("last_purchase_from=04/05/2026", {"Ánh"}),
        ("last_purchase_to=02/01/2025", {"Bình"}),
        ("last_purchase_from=02/01/2025&last_purchase_to=2026-05-04", {"Ánh", "Bình"}),
        ("q=binh&segment=8", {"Bình"}),
    ],
)
def test_a_condition_narrows_the_list_to_whom_it_says(three, query, expected):
    assert given_names(three.quan, query) == expected


def test_children_may_be_known_by_their_birth_years_alone(three):
    Customer.objects.filter(pk=three.cuc.pk).update(child_birth_years=[2018])
    assert given_names(three.quan, "children=yes") == {"Ánh", "Cúc"}


def test_a_ward_counts_only_in_its_province(three):
    ward = Customer.objects.get(pk=three.anh.pk).ward_id
    assert given_names(three.quan, f"province=01&ward={ward}") == {"Ánh"}
    assert given_names(three.quan, f"ward={ward}") == {"Ánh"}
    assert listing(three.quan, f"province=79&ward={ward}").filter.errors.keys() == {"ward"}


def test_status_is_active_unless_asked_otherwise(three):
    Customer.objects.filter(pk=three.cuc.pk).update(is_active=False)
    assert given_names(three.quan, "") == {"Ánh", "Bình"}
    assert given_names(three.quan, "status=inactive") == {"Cúc"}
    assert given_names(three.quan, "status=all") == {"Ánh", "Bình", "Cúc"}


def test_me_is_whoever_asks(three):
    assert given_names(three.huy, "owner=me") == set()
    Customer.objects.filter(pk=three.cuc.pk).update(owner=three.huy)
    assert given_names(three.huy, "owner=me") == {"Cúc"}
    assert given_names(three.huy, f"owner={three.nam.pk}") == {"Bình"}


def test_a_manager_chooses_among_their_own_people_and_branches(three):
    assert given_names(three.mai, f"branch={three.dong_da.pk}") == {"Cúc"}
    # Another branch is no choice of hers: the condition is left out and told, and widens nothing.
    elsewhere = listing(three.mai, f"branch={three.cau_giay.pk}&owner={three.ha.pk}")
    assert elsewhere.filter.errors.keys() == {"branch", "owner"}
    assert {customer.given_name for customer in elsewhere.rows} == {"Cúc"}


def test_staff_have_no_such_choice(three):
    own = listing(three.ha, f"owner={three.nam.pk}&branch={three.dong_da.pk}")
    assert "owner" not in own.filter_form.fields
    assert {customer.given_name for customer in own.rows} == {"Ánh"}


def test_staff_of_a_counter_may_choose_a_colleague(three):
    three.cau_giay.staff_read_all = True
    three.cau_giay.save()
    three.ha.branch.refresh_from_db()
    assert given_names(three.ha, f"owner={three.nam.pk}") == {"Bình"}


def test_created_days_are_days_in_viet_nam(three):
    just_after_midnight = datetime.datetime(2026, 3, 5, 0, 30, tzinfo=timezone.get_default_timezone())
    Customer.objects.filter(pk=three.anh.pk).update(created_at=just_after_midnight)
    Customer.objects.filter(pk=three.binh.pk).update(
        created_at=just_after_midnight - datetime.timedelta(hours=1)
    )
    assert given_names(three.quan, "created_from=05/03/2026&created_to=05/03/2026") == {"Ánh"}
    assert given_names(three.quan, "created_to=04/03/2026") == {"Bình"}


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("gender=robot", "gender"),
        ("status=maybe", "status"),
        ("segment=99", "segment"),
        ("segment=x", "segment"),
        ("province=zz", "province"),
        ("province=%00", "province"),
        ("owner=nobody", "owner"),
        ("owner=99999999999999999999", "owner"),
        ("branch=-1", "branch"),
        ("spend_min=1x2", "spend_min"),
        ("spend_max=-5", "spend_max"),
        ("spend_min=99999999999999999", "spend_min"),
        ("last_purchase_from=31/02/2026", "last_purchase_from"),
        ("last_purchase_to=99/99/9999", "last_purchase_to"),
        ("created_to=31/12/9999", "created_to"),
        ("created_from=1/1/1", "created_from"),
    ],
)
def test_what_cannot_be_read_is_told_at_its_field_and_left_out(three, query, field):
    asked = listing(three.quan, f"{query}&gender=female" if field != "gender" else query)
    expected = {"Ánh"} if field != "gender" else {"Ánh", "Bình", "Cúc"}
    assert asked.filter.errors.keys() == {field}
    assert {customer.given_name for customer in asked.rows} == expected
    assert asked.filter_form.errors.keys() == {field}
