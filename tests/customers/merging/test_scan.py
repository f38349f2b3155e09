"""Which pairs of records the scan takes for one person, and what it leaves alone."""

import pytest

from customers import duplicate_scan
from customers.duplicate_scan import find_duplicates, set_apart
from customers.evidence import ALMOST_CERTAIN, LIKELY, WEIGHTS
from customers.models import Customer, DuplicatePair, Evidence
from customers.trash import trash_customer
from tests.factories import CustomerFactory, EmailFactory, PhoneFactory

pytestmark = pytest.mark.django_db

BORN = {"birth_year": 1992, "birth_month": 5, "birth_day": 14}
PHONE = "+84912345678"


def pair(one: dict, other: dict) -> DuplicatePair | None:
    """Scan two customers; `phone` and `email` are rows of their own."""
    for facts in (one, other):
        phone, email = facts.pop("phone", None), facts.pop("email", None)
        customer = CustomerFactory(**facts)
        if phone:
            PhoneFactory(customer=customer, number=phone)
        if email:
            EmailFactory(customer=customer, address=email)
    find_duplicates()
    return DuplicatePair.objects.first()


@pytest.mark.parametrize(
    ("one", "other", "evidence"),
    [
        (BORN, BORN | {"given_name": "ánh"}, ["name", "birth_date"]),
        ({"phone": PHONE}, {"phone": PHONE, "middle_name": "THI NGOC"}, ["phone", "name"]),
        ({"email": "a@example.vn"}, {"email": "A@example.vn"}, ["email", "name"]),
        (
            BORN | {"phone": PHONE},
            {"birth_year": 1992, "phone": PHONE},
            ["phone", "name", "birth_year"],
        ),
        # A slip of one part of the date: it says nothing.
        (BORN | {"phone": PHONE}, BORN | {"birth_day": 15, "phone": PHONE}, ["phone", "name"]),
        ({"citizen_id": "001092012345"}, {"citizen_id": "001092012345"}, ["citizen_id", "name"]),
        # A shorter name is no other name.
        (
            {"phone": PHONE, "email": "a@example.vn"},
            {"phone": PHONE, "email": "a@example.vn", "middle_name": ""},
            ["email", "phone"],
        ),
    ],
)
def test_pairs_that_are_shown(one, other, evidence):
    found = pair(dict(one), dict(other))
    assert found is not None
    assert found.evidence == evidence
    assert found.score == sum(WEIGHTS[sign] for sign in found.signs) >= LIKELY


@pytest.mark.parametrize(
    ("one", "other"),
    [
        # A phone in common is a household, be they a couple or twins.
        ({"phone": PHONE}, {"phone": PHONE, "given_name": "Bình"}),
        (BORN | {"phone": PHONE}, BORN | {"phone": PHONE, "given_name": "Bình"}),
        (
            {"phone": PHONE, "email": "a@example.vn"},
            {"phone": PHONE, "email": "a@example.vn", "given_name": "An"},
        ),
        # The same name alone is common, and of another day it is another person.
        ({}, {}),
        (BORN | {"phone": PHONE}, {"birth_year": 1965, "birth_month": 1, "birth_day": 2, "phone": PHONE}),
        (BORN | {"citizen_id": "001092012345"}, BORN | {"citizen_id": "001092099999"}),
    ],
)
def test_pairs_that_are_not_shown(one, other):
    assert pair(dict(one), dict(other)) is None


def test_a_shared_phone_stays_far_below_what_is_shown():
    assert WEIGHTS[Evidence.PHONE] + WEIGHTS[Evidence.OTHER_NAME] < 0 < LIKELY < ALMOST_CERTAIN


def test_a_number_of_very_many_is_no_block(monkeypatch):
    monkeypatch.setattr(duplicate_scan, "MOST_IN_A_BLOCK", 2)
    for _person in range(3):
        CustomerFactory(phone=PHONE)
    assert find_duplicates().compared == 0


def test_a_scan_follows_what_changed_and_leaves_decisions_alone(cast):
    one, other = CustomerFactory(phone=PHONE, **BORN), CustomerFactory(phone=PHONE, **BORN)
    again = CustomerFactory(phone=PHONE, **BORN, owner=cast.ha)
    first = find_duplicates()
    assert (first.found, first.new, first.gone) == (6, 6, 0)  # Ánh of the cast has the number and the name
    assert find_duplicates().new == 0

    set_apart(one=other, other=one, by=cast.ha)
    Customer.objects.filter(pk=again.pk).update(given_name="Bình", birth_year=1965, birth_month=1)
    second = find_duplicates()

    assert (second.found, second.new, second.gone) == (3, 0, 3)
    assert DuplicatePair.objects.between(one.pk, other.pk).get().verdict == "apart"
    assert not DuplicatePair.objects.of(again.pk).exists()
    assert find_duplicates().gone == 0


def test_nobody_is_compared_with_the_trash(cast):
    gone = CustomerFactory(phone=PHONE, owner=cast.ha, branch=cast.cau_giay)
    assert find_duplicates().found == 1
    trash_customer(customer=Customer.objects.get(pk=gone.pk), reason="Nhập nhầm", by=cast.ha)
    assert find_duplicates().gone == 1
