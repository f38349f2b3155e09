"""Creating, changing and deactivating customers, also by several people at once."""

import threading
import uuid
from collections.abc import Callable

import pytest
from django.db import connection

from customers.models import Customer, CustomerBehaviour, CustomerIdentifier, Email, Household, Phone
from customers.services import (
    Contact,
    CustomerInput,
    StaleCustomerError,
    create_customer,
    deactivate_customer,
    reactivate_customer,
    update_customer,
)

NAME = {"family_name": "Phạm", "middle_name": "Gia", "given_name": "Huy"}
LAN = Contact("+84912345678", "mobile")
HOME = Contact("+842438250000", "home")


def test_a_customer_is_created_with_contacts_in_order(cast):
    entered = CustomerInput({**NAME, "owner": cast.ha}, [HOME, LAN], [Contact("huy@example.vn", "work")])

    customer = create_customer(entered=entered, submission=uuid.uuid4(), by=cast.ha)

    customer = Customer.objects.get(pk=customer.pk)
    assert str(customer) == "Phạm Gia Huy"
    assert customer.created_by == cast.ha
    assert [(phone.number, phone.label) for phone in customer.phones.all()] == [
        ("+842438250000", "home"),
        ("+84912345678", "mobile"),
    ]
    assert [str(email) for email in customer.emails.all()] == ["huy@example.vn"]
    assert customer.behaviour.orders == 0


def test_the_same_submission_makes_one_customer(cast):
    submission = uuid.uuid4()
    first = create_customer(entered=CustomerInput(NAME), submission=submission, by=cast.ha)
    again = create_customer(entered=CustomerInput(NAME, [LAN]), submission=submission, by=cast.ha)

    assert again == first
    assert Customer.objects.filter(given_name="Huy").count() == 1
    assert not first.phones.exists()


def test_a_customer_can_begin_a_household(cast):
    entered = CustomerInput({**NAME, "household_role": "head"}, begins_household=True)
    customer = create_customer(entered=entered, submission=uuid.uuid4(), by=cast.ha)
    assert customer.household == Household.objects.get(name__endswith="Phạm Gia Huy")


def test_an_update_writes_what_differs_and_counts_the_version_up(cast):
    entered = CustomerInput({"given_name": "Ánh", "notes": "Thích trà"}, [LAN])
    assert update_customer(customer=cast.anh, expected_version=1, entered=entered, by=cast.ha)

    changed = Customer.objects.get(pk=cast.anh.pk)
    assert (changed.notes, changed.version) == ("Thích trà", 2)


@pytest.mark.parametrize("position", [0, 7])
def test_saving_what_is_there_already_writes_nothing(cast, position):
    """Whatever numbers the places of phones have: imported phones all stand at 0."""
    Phone.objects.create(customer=cast.anh, number=HOME.value, label="home", position=position)
    Phone.objects.filter(number=LAN.value).update(position=0)
    entered = CustomerInput({"given_name": "Ánh", "child_birth_years": []}, [LAN, HOME])

    assert not update_customer(customer=cast.anh, expected_version=1, entered=entered, by=cast.ha)
    assert Customer.objects.get(pk=cast.anh.pk).version == 1


@pytest.mark.parametrize(
    ("phones", "emails"),
    [
        ([], []),
        ([HOME], []),
        ([LAN, HOME], []),
        ([HOME, LAN], []),
        ([Contact(LAN.value, "zalo")], []),
        ([LAN], [Contact("anh@example.vn", "personal")]),
    ],
)
def test_changes_of_contacts_alone_count_the_version_up(cast, phones, emails):
    entered = CustomerInput({"given_name": "Ánh"}, phones, emails)
    assert update_customer(customer=cast.anh, expected_version=1, entered=entered, by=cast.ha)

    customer = Customer.objects.get(pk=cast.anh.pk)
    assert customer.version == 2
    assert [Contact(str(phone), phone.label) for phone in customer.phones.all()] == phones
    assert [Contact(str(email), email.label) for email in customer.emails.all()] == emails


def test_a_corrected_number_changes_its_row(cast):
    phone = cast.anh.phones.get()
    entered = CustomerInput({}, [Contact("+84987654321", "mobile")])
    update_customer(customer=cast.anh, expected_version=1, entered=entered, by=cast.ha)
    assert Phone.objects.get(pk=phone.pk).number == "+84987654321"


def test_emails_are_the_same_in_any_case(cast):
    Email.objects.create(customer=cast.anh, address="Anh@Example.vn")
    entered = CustomerInput({}, [LAN], [Contact("anh@example.vn", "personal")])
    assert update_customer(customer=cast.anh, expected_version=1, entered=entered, by=cast.ha)
    assert [str(email) for email in cast.anh.emails.all()] == ["anh@example.vn"]


def test_an_edit_of_an_older_version_is_refused_and_writes_nothing(cast):
    Customer.objects.filter(pk=cast.anh.pk).update(notes="của đồng nghiệp")
    entered = CustomerInput({**NAME, "household_role": ""}, [HOME], begins_household=True)

    with pytest.raises(StaleCustomerError):
        update_customer(customer=cast.anh, expected_version=1, entered=entered, by=cast.ha)

    customer = Customer.objects.get(pk=cast.anh.pk)
    assert (customer.given_name, customer.notes) == ("Ánh", "của đồng nghiệp")
    assert [str(phone) for phone in customer.phones.all()] == [LAN.value]
    assert not Household.objects.exists()


def test_deactivating_keeps_the_reason_until_the_customer_is_back(cast):
    assert deactivate_customer(customer=cast.anh, reason="Chuyển đi nơi khác", by=cast.ha)
    assert not deactivate_customer(customer=cast.anh, reason="lần nữa", by=cast.ha)
    customer = Customer.objects.get(pk=cast.anh.pk)
    assert (customer.is_active, customer.inactive_reason) == (False, "Chuyển đi nơi khác")

    assert reactivate_customer(customer=cast.anh, by=cast.ha)
    assert not reactivate_customer(customer=cast.anh, by=cast.ha)
    customer.refresh_from_db()
    assert (customer.is_active, customer.inactive_reason) == (True, "")


def _at_once(*actions: Callable[[], object]) -> list[object]:
    """What each action gave or raised; all run at the same moment, each on a connection of its own."""
    start, results = threading.Barrier(len(actions)), [None] * len(actions)

    def run(place: int, action: Callable[[], object]) -> None:
        start.wait()
        try:
            results[place] = action()
        except StaleCustomerError as error:
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=item) for item in enumerate(actions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


class TestTwoAtOnce:
    def test_two_edits_of_one_version_leave_one(self, committed_cast):
        def edit(notes: str) -> Callable[[], object]:
            customer = Customer.objects.get(pk=committed_cast.anh.pk)
            entered = CustomerInput({"notes": notes}, [LAN if notes == "một" else HOME])
            return lambda: update_customer(
                customer=customer, expected_version=1, entered=entered, by=committed_cast.ha
            )

        results = _at_once(edit("một"), edit("hai"))

        assert sorted(isinstance(result, StaleCustomerError) for result in results) == [False, True]
        customer = Customer.objects.get(pk=committed_cast.anh.pk)
        winner = ("một", LAN.value) if results[0] is True else ("hai", HOME.value)
        assert (customer.notes, customer.phones.get().number) == winner
        assert customer.version == 2

    def test_a_form_sent_twice_at_once_makes_one_customer(self, committed_cast):
        submission = uuid.uuid4()
        entered = CustomerInput(NAME, [LAN], begins_household=True)

        def create() -> Customer:
            return create_customer(entered=entered, submission=submission, by=committed_cast.ha)

        first, second = _at_once(create, create)

        assert first == second
        assert Customer.objects.filter(given_name="Huy").count() == 1
        assert CustomerIdentifier.objects.count() == 1
        assert Household.objects.count() == 1

    def test_an_edit_does_not_bring_back_whom_somebody_deactivates(self, committed_cast):
        customer = Customer.objects.get(pk=committed_cast.anh.pk)
        entered = CustomerInput({"notes": "mới"}, [LAN])
        results = _at_once(
            lambda: update_customer(
                customer=customer, expected_version=1, entered=entered, by=committed_cast.ha
            ),
            lambda: deactivate_customer(customer=committed_cast.anh, reason="Đã mất", by=committed_cast.huy),
        )

        after = Customer.objects.get(pk=committed_cast.anh.pk)
        assert results[1] is True
        assert (after.is_active, after.inactive_reason) == (False, "Đã mất")
        assert after.notes == ("mới" if results[0] is True else "")


def test_the_figures_carry_who_looks_after_the_customer(cast):
    """Lists are narrowed by both together: whoever writes, by form, in bulk or by SQL, the copy follows."""

    def carried():
        return list(
            CustomerBehaviour.objects.order_by("pk").values_list("pk", "owner", "branch", "is_active")
        )

    def written():
        return list(Customer.objects.order_by("pk").values_list("pk", "owner", "branch", "is_active"))

    assert carried() == written()
    Customer.objects.filter(pk__in=[cast.anh.pk, cast.cuc.pk]).update(owner=cast.nam, is_active=False)
    assert carried() == written()
    Customer.objects.filter(pk=cast.binh.pk).update(branch=None)
    assert carried() == written()
    assert {owner for _pk, owner, _branch, _active in carried()} == {cast.nam.pk}
