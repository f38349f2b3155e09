"""Who is recognised as perhaps the same customer, who only as family, and how much of it is told to whom."""

from typing import Any

import pytest

from customers.duplicate_scan import set_apart
from customers.duplicates import Identity, Match, Sign, confirmation, find
from customers.models import Customer, Email, Phone
from customers.vietnamese.dates import PartialDate
from tests.factories import CustomerFactory

BORN = PartialDate(1992, 5, 14)


@pytest.fixture
def anh(cast) -> Customer:
    Customer.objects.filter(pk=cast.anh.pk).update(
        birth_year=1992, birth_month=5, birth_day=14, citizen_id="001192000123"
    )
    Email.objects.create(customer=cast.anh, address="Anh@Example.vn")
    return cast.anh


def signs(matches: list[Match]) -> list[tuple[Any, tuple[Sign, ...], bool]]:
    return [(match.customer, match.signs, match.is_hint) for match in matches]


@pytest.mark.parametrize(
    ("identity", "expected", "is_hint"),
    [
        (Identity("Lê Lan", phones=("+84912345678",)), (Sign.PHONE,), True),
        (Identity("NGUYEN THI NGOC ANH", phones=("+84912345678",)), (Sign.PHONE,), False),
        (Identity("Lê Lan", emails=("anh@example.vn",)), (Sign.EMAIL,), False),
        (Identity("Lê Lan", citizen_id="001192000123"), (Sign.CITIZEN_ID,), False),
        (Identity("Nguyễn Thị Ngọc Anh", birth=BORN), (Sign.NAME_AND_BIRTH,), False),
        (
            Identity("Lê Lan", citizen_id="001192000123", phones=("+84912345678",)),
            (Sign.CITIZEN_ID, Sign.PHONE),
            False,
        ),
    ],
)
def test_signs_of_the_same_customer(anh, cast, identity, expected, is_hint):
    assert signs(find(identity, viewer=cast.ha)) == [(anh, expected, is_hint)]


@pytest.mark.parametrize(
    "identity",
    [
        Identity("Nguyễn Thị Ngọc Ánh"),
        Identity("Nguyễn Thị Ngọc Ánh", birth=PartialDate(1992)),
        Identity("Nguyễn Thị Ngọc Ánh", birth=PartialDate(1992, 5, 15)),
        Identity("Nguyễn Thị Ngọc Ánh", phones=("+84912345679",), emails=("an@example.vn",)),
    ],
)
def test_a_name_alone_is_no_sign(anh, cast, identity):
    assert find(identity, viewer=cast.ha) == []


def test_a_match_that_one_may_not_see_says_only_that_it_is_there(anh, cast):
    identity = Identity("Nguyễn Thị Ngọc Ánh", phones=("+84912345678",))
    for viewer in (cast.nam, cast.duc, cast.mai):
        (match,) = find(identity, viewer=viewer)
        assert match.customer is None
    for viewer in (cast.ha, cast.huy, cast.quan):
        (match,) = find(identity, viewer=viewer)
        assert match.customer == anh


def test_a_customer_is_no_duplicate_of_itself(anh, cast):
    assert find(Identity.of(anh), viewer=cast.ha, exclude=anh.pk) == []


def test_two_queries_whatever_is_looked_up(anh, cast, django_assert_num_queries):
    identity = Identity("Nguyễn Thị Ngọc Ánh", BORN, "001192000123", ("+84912345678",), ("anh@example.vn",))
    assert cast.ha.has_perm("customers.view_customer")
    assert not cast.ha.covered_ids
    with django_assert_num_queries(2):
        assert len(find(identity, viewer=cast.ha)) == 1
    with django_assert_num_queries(0):
        assert find(Identity("Nguyễn Thị Ngọc Ánh"), viewer=cast.ha) == []


def test_a_number_that_many_have_does_not_hide_a_citizen_id(anh, cast):
    for _number in range(25):
        Phone.objects.create(customer=CustomerFactory(given_name="Lan"), number="+84900000000")
    identity = Identity("Lê Minh", citizen_id="001192000123", phones=("+84900000000",))
    found = find(identity, viewer=cast.quan)
    assert anh in [match.customer for match in found]
    assert len(found) == 21


def test_a_confirmation_stands_for_these_matches_only():
    def matches(*pks: int, is_hint: bool = False) -> list[Match]:
        return [Match(None, pk, (Sign.PHONE,), is_hint) for pk in pks]

    assert confirmation(matches(1, 2)) == confirmation([*matches(1, 2), *matches(3, is_hint=True)])
    assert confirmation(matches(1, 2)) != confirmation(matches(1))
    assert confirmation(matches(3, is_hint=True)) == ""


def test_whom_somebody_set_apart_is_not_brought_up_again(anh, cast):
    same = Identity("Lê Lan", emails=("anh@example.vn",))
    assert find(same, viewer=cast.huy, exclude=cast.binh.pk)
    set_apart(one=cast.binh, other=anh, by=cast.huy)
    assert find(same, viewer=cast.huy, exclude=cast.binh.pk) == []
    assert find(same, viewer=cast.huy, exclude=cast.cuc.pk)
