"""Who is recognised as perhaps the same customer, how surely, and how much of it is told to whom."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers import duplicates
from customers.duplicate_scan import find_duplicates, set_apart
from customers.duplicates import Identity, Match, confirmation, find
from customers.evidence import LIKELY, weight
from customers.models import Customer, DuplicatePair, Email, Evidence, Phone
from customers.trash import trash_customer
from customers.vietnamese.dates import PartialDate
from customers.vietnamese.names import split_name
from tests.factories import CustomerFactory, EmailFactory, HouseholdFactory, PhoneFactory

BORN = PartialDate(1992, 5, 14)
PHONE = "+84912345678"
ANH = "Nguyễn Thị Ngọc Ánh"


def person(name: str, **known: Any) -> Identity:
    return Identity(split_name(name), **known)


@pytest.fixture
def anh(cast) -> Customer:
    Customer.objects.filter(pk=cast.anh.pk).update(
        birth_year=1992, birth_month=5, birth_day=14, citizen_id="001192000123"
    )
    Email.objects.create(customer=cast.anh, address="Anh@Example.vn")
    return Customer.objects.get(pk=cast.anh.pk)


@pytest.mark.parametrize(
    ("identity", "signs", "score"),
    [
        (person("NGUYEN THI NGOC ANH", phones=(PHONE,)), ["phone", "name"], 65),
        (person("Nguyễn Ánh", phones=(PHONE,), birth=BORN), ["phone", "birth_date"], 65),
        (person("Lê Lan", citizen_id="001192000123"), ["citizen_id", "other_name"], 60),
        (person(ANH, birth=BORN), ["name", "birth_date"], 60),
        (person(ANH, emails=("anh@example.vn",)), ["email", "name"], 80),
        (person(ANH, phones=(PHONE,), birth=BORN), ["phone", "name", "birth_date"], 95),
    ],
)
def test_signs_of_the_same_customer(anh, cast, identity, signs, score):
    [match] = find(identity, viewer=cast.ha)
    assert (match.customer, list(match.signs), match.score) == (anh, signs, score)
    assert not match.is_hint
    assert match.is_almost_certain == (score >= 90)


@pytest.mark.parametrize(
    ("identity", "hint"),
    [
        (person("Lê Lan", phones=(PHONE,)), "có thể cùng hộ"),
        (person("Nguyễn Ánh", phones=(PHONE,)), "có thể cùng hộ"),
        # Twins share the day, families the address of one of them.
        (person("Lê Lan", phones=(PHONE,), birth=BORN), "có thể cùng hộ"),
        (person("Lê Lan", emails=("anh@example.vn",)), "có thể cùng hộ"),
        (person(ANH, phones=(PHONE,), birth=PartialDate(1960, 1, 2)), "có thể cùng hộ"),
        (person("Lê Lan", citizen_id="001192000123", birth=PartialDate(1960)), "kiểm tra lại số"),
    ],
)
def test_too_little_is_a_hint_and_asks_for_no_confirmation(anh, cast, identity, hint):
    [match] = find(identity, viewer=cast.ha)
    assert match.is_hint
    assert match.hint == hint
    assert confirmation([match]) == ""


@pytest.mark.parametrize(
    "identity",
    [
        person(ANH),
        person(ANH, birth=PartialDate(1992)),
        person(ANH, birth=PartialDate(1992, 5, 15)),
        person(ANH, phones=("+84912345679",), emails=("an@example.vn",)),
        person("", birth=BORN),
    ],
)
def test_a_name_alone_is_no_sign(anh, cast, identity):
    assert find(identity, viewer=cast.ha) == []


def test_the_strongest_evidence_stands_first(anh, cast):
    likely = CustomerFactory(owner=cast.ha, phone=PHONE)
    hint = CustomerFactory(owner=cast.ha, given_name="An", phone=PHONE)
    found = find(person(ANH, phones=(PHONE,), birth=BORN), viewer=cast.ha)
    assert [match.customer for match in found] == [anh, likely, hint]
    assert [match.is_hint for match in found] == [False, False, True]


def test_a_match_that_one_may_not_see_is_nobody(anh, cast):
    identity = person(ANH, phones=(PHONE,))
    for viewer in (cast.nam, cast.duc, cast.mai):
        (match,) = find(identity, viewer=viewer)
        assert match.customer is None
    for viewer in (cast.ha, cast.huy, cast.quan):
        (match,) = find(identity, viewer=viewer)
        assert match.customer == anh


def test_nobody_is_found_in_the_trash(anh, cast):
    trash_customer(customer=anh, reason="Nhập nhầm", by=cast.ha)
    assert find(person(ANH, phones=(PHONE,)), viewer=cast.ha) == []


def test_two_queries_whatever_is_looked_up(anh, cast, django_assert_num_queries):
    identity = person(ANH, birth=BORN, citizen_id="001192000123", phones=(PHONE,), emails=("anh@example.vn",))
    assert cast.ha.has_perm("customers.view_customer")
    assert not cast.ha.covered_ids
    with django_assert_num_queries(2):
        assert len(find(identity, viewer=cast.ha)) == 1
    with django_assert_num_queries(0):
        assert find(person(ANH), viewer=cast.ha) == []


def test_a_number_that_many_have_says_nothing_and_hides_nothing(anh, cast, monkeypatch):
    monkeypatch.setattr(duplicates, "MOST_IN_A_BLOCK", 4)
    for _number in range(3):
        CustomerFactory(given_name="Lan", phone="+84900000000")
    identity = person("Lê Minh", citizen_id="001192000123", phones=("+84900000000",))
    assert len(find(identity, viewer=cast.quan)) == 4
    CustomerFactory(given_name="Lan", phone="+84900000000")
    assert [match.customer for match in find(identity, viewer=cast.quan)] == [anh]


class TestAnEdit:
    """Asked is only about what the edit adds."""

    def edited(self, customer: Customer, **changes: Any) -> tuple[Customer, Identity]:
        known = Identity.of(Customer.objects.get(pk=customer.pk))
        values = {name: getattr(known, name) for name in ("name", "birth", "citizen_id", "phones", "emails")}
        return Customer.objects.get(pk=customer.pk), Identity(**values | changes)

    def found(self, cast, customer: Customer, **changes: Any) -> list[Match]:
        edited, identity = self.edited(customer, **changes)
        return find(identity, viewer=cast.huy, edited=edited)

    def test_what_stood_there_before_is_not_asked_about(self, anh, cast, django_assert_num_queries):
        twin = CustomerFactory(phone=PHONE, owner=cast.ha)
        assert self.found(cast, twin, emails=("new@example.vn",)) == []
        edited, identity = self.edited(twin)
        list(edited.phones.all())
        with django_assert_num_queries(2):  # its phones and emails
            assert find(identity, viewer=cast.huy, edited=edited) == []

    def test_more_evidence_about_the_same_record_is(self, anh, cast):
        twin = CustomerFactory(phone=PHONE, owner=cast.ha)
        [match] = self.found(cast, twin, birth=BORN)
        assert (match.customer, match.score) == (anh, 95)

    def test_a_name_makes_a_duplicate_of_whom_a_phone_was_shared_with(self, anh, cast):
        lan = CustomerFactory(family_name="Lê", given_name="Lan", phone=PHONE, owner=cast.ha)
        [match] = self.found(cast, lan, name=split_name(ANH))
        assert (match.customer, match.is_hint) == (anh, False)
        # And what takes evidence away is no reason to ask.
        assert self.found(cast, anh, name=split_name("Lê Lan"), phones=()) == []

    def test_whom_somebody_set_apart_is_not_brought_up_again(self, anh, cast):
        assert self.found(cast, cast.binh, name=split_name(ANH), phones=(PHONE,))
        set_apart(one=cast.binh, other=anh, by=cast.huy)
        assert self.found(cast, cast.binh, name=split_name(ANH), phones=(PHONE,)) == []
        assert self.found(cast, cast.cuc, name=split_name(ANH), phones=(PHONE,))

    def test_who_lives_together_is_not_told_that_they_may(self, anh, cast):
        home = HouseholdFactory()
        assert [match.is_hint for match in self.found(cast, cast.binh, phones=(PHONE,))] == [True]
        Customer.objects.filter(pk__in=[anh.pk, cast.binh.pk]).update(household=home)
        assert self.found(cast, cast.binh, phones=(PHONE,)) == []
        assert self.found(cast, cast.binh, name=split_name(ANH), phones=(PHONE,))


def test_a_confirmation_stands_for_these_matches_only():
    def matches(*pks: int, signs: tuple[Evidence, ...] = (Evidence.CITIZEN_ID,)) -> list[Match]:
        return [Match(None, pk, signs) for pk in pks]

    hint = matches(3, signs=(Evidence.PHONE,))
    assert confirmation(matches(1, 2)) == confirmation([*matches(1, 2), *hint])
    assert confirmation(matches(1, 2)) == confirmation(matches(2, 1))
    assert confirmation(matches(1, 2)) != confirmation(matches(1))
    assert confirmation(hint) == ""


RECORDS = st.fixed_dictionaries(
    {
        "family_name": st.sampled_from(["Nguyễn", "NGUYEN", "Lê", ""]),
        "middle_name": st.sampled_from(["Thị", ""]),
        "given_name": st.sampled_from(["Ánh", "anh", "Lan", ""]),
        "birth_year": st.sampled_from([None, 1992, 1960]),
        "citizen_id": st.sampled_from(["", "001192000123", "001192000124"]),
    }
)
DAYS = st.sampled_from([(None, None), (5, 14), (5, 15), (7, 1)])
CONTACTS = st.sets(st.sampled_from(["+84912000001", "+84912000002"]))
MAIL = st.sets(st.sampled_from(["a@example.vn", "A@Example.vn", "b@example.vn"]), max_size=1)
RECORD = st.tuples(RECORDS, DAYS, CONTACTS, MAIL)


def entered(record: tuple[Any, ...]) -> Customer:
    columns, (month, day), phones, mail = record
    customer = CustomerFactory(**columns, birth_month=month, birth_day=day)
    for number in phones:
        PhoneFactory(customer=customer, number=number)
    for address in mail:
        EmailFactory(customer=customer, address=address)
    return Customer.objects.get(pk=customer.pk)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(RECORD, RECORD)
def test_a_form_and_the_scan_say_the_same(cast, one, other):
    Customer.objects.filter(pk__gt=cast.cuc.pk).delete()
    Phone.objects.all().delete()
    DuplicatePair.objects.all().delete()
    there, typed = entered(one), entered(other)
    identity = Identity.of(typed)
    Customer.objects.filter(pk=typed.pk).update(trashed_at="2026-01-01T00:00:00Z")
    found = {match.pk: match for match in find(identity, viewer=cast.quan)}
    Customer.everyone.filter(pk=typed.pk).update(trashed_at=None)
    find_duplicates()
    pair = DuplicatePair.objects.between(there.pk, typed.pk).first()
    match = found.get(there.pk)
    assert (pair is not None) == (match is not None and not match.is_hint)
    if pair is not None and match is not None:
        assert (pair.score, tuple(pair.signs)) == (match.score, match.signs)
        assert weight(match.signs) >= LIKELY
