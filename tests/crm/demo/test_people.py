"""Who the customers and the officers of the demo are, against the recipe."""

from collections import Counter

import pytest
from django.db.models import Count, F, Q

from accounts.models import Branch, User
from accounts.roles import Role
from crm.demo import firm
from customers.models import NEEDS_CONTACT, Consent, Customer, Email, Household, Phone
from customers.vietnamese.facts import read_rows
from customers.vietnamese.names import clean
from customers.vietnamese.phones import parse_phone
from interactions.models import FollowUp, Interaction
from tests.crm.demo.one_load import AS_OF, CUSTOMERS, share


def test_what_is_known_of_customers(demo):
    people = Customer.objects.all()
    assert share(people, gender="female") == pytest.approx(0.56, abs=0.07)
    assert share(people, birth_year=None) == pytest.approx(0.3, abs=0.06)
    assert share(people, birth_year__isnull=False, birth_day=None) == pytest.approx(0.1, abs=0.04)
    assert share(people, phones=None) == pytest.approx(0.06, abs=0.03)
    assert share(people, is_active=False) == pytest.approx(0.03, abs=0.02)
    assert share(people, old_address="") == pytest.approx(0.65, abs=0.07)
    assert share(people, income_band="unknown") == pytest.approx(0.4, abs=0.08)
    assert not people.filter(is_active=False, inactive_reason="").exists()
    assert not people.exclude(ward=None).exclude(ward__province=F("province")).exists()


def test_family_fits_age(demo):
    for person in Customer.objects.exclude(birth_year=None).prefetch_related("household__members"):
        age = AS_OF.year - person.birth_year
        if age < 20:
            assert person.marital_status in {"single", "unknown"}
            assert not person.children_count
        if person.household_role in {"head", "spouse"}:
            assert person.marital_status in {"married", "unknown"}
        assert all(18 <= year - person.birth_year <= 60 for year in person.child_birth_years)
        assert max(person.child_birth_years, default=0) <= AS_OF.year
        if person.honorific in {"ong", "ba"}:
            assert age >= 64
    assert Customer.objects.exclude(child_birth_years=[]).count() > CUSTOMERS / 10


def test_households(demo):
    households = Household.objects.annotate(people=Count("members"))
    assert share(Customer.objects, household__isnull=False) == pytest.approx(0.35, abs=0.08)
    assert set(households.values_list("people", flat=True)) == {2, 3, 4}
    for household in households.prefetch_related("members"):
        members = list(household.members.all())
        roles = Counter(member.household_role for member in members)
        assert roles["head"] == 1
        assert roles["spouse"] == 1
        assert (
            len({(member.address, member.ward_id, member.province_id, member.owner_id) for member in members})
            == 1
        )
        parents = [member for member in members if member.household_role in {"head", "spouse"}]
        family_names = {member.name_search.split()[0] for member in parents}
        for child in (member for member in members if member.household_role == "child"):
            assert child.name_search.split()[0] in family_names
            for parent in parents:
                if child.birth_year and parent.birth_year:
                    assert child.birth_year - parent.birth_year >= 18
                assert (
                    child.birth_year is None
                    or not parent.child_birth_years
                    or child.birth_year in parent.child_birth_years
                )


def test_citizen_ids_agree_with_the_person(demo):
    known = {row["cccd_prefix"]: row["current_nso_code"] for row in read_rows("cccd_province_codes.csv")}
    people = list(Customer.objects.exclude(citizen_id=""))
    assert len(people) / CUSTOMERS == pytest.approx(0.39, abs=0.07)
    for person in people:
        assert known[person.citizen_id[:3]] == person.province_id
        if person.birth_year:
            assert int(person.citizen_id[4:6]) == person.birth_year % 100
            assert int(person.citizen_id[3]) // 2 == person.birth_year // 100 - 19
        if person.gender in {"male", "female"}:
            assert int(person.citizen_id[3]) % 2 == (person.gender == "female")


def test_names_are_clean_and_some_are_badly_typed(demo):
    names = [customer.full_name for customer in Customer.objects.all()]
    assert all(name == clean(name) for name in names)
    assert sum(name == name.upper() for name in names) / len(names) == pytest.approx(0.08, abs=0.04)
    assert sum(name.isascii() for name in names) / len(names) == pytest.approx(0.13, abs=0.05)
    assert share(Customer.objects, family_name="") == 0
    assert sum(Counter(names).values()) > len(set(names)) > 0.9 * len(names)


def test_contacts(demo):
    assert all(
        parse_phone(number).number == number for number in Phone.objects.values_list("number", flat=True)
    )
    assert not Email.objects.exclude(address__regex=r"@example\.(com|net|org)$").exists()
    shared = Phone.objects.filter(label="family", position=0)
    assert shared.count() / CUSTOMERS == pytest.approx(0.03, abs=0.02)


def test_the_firm(demo, settings):
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.Argon2PasswordHasher",
        *settings.PASSWORD_HASHERS,
    ]
    roles = {"chuyenvien": Role.STAFF, "quanly": Role.MANAGER, "quantri": Role.ADMIN}
    for username, role in roles.items():
        person = User.objects.get(username=username)
        assert person.role == role
        assert person.check_password(firm.DEMO_LOGIN)
    assert not any(person.has_usable_password() for person in User.objects.exclude(username__in=roles))
    assert Branch.objects.filter(kind="division").count() == 1
    assert not Customer.objects.exclude(owner__branch=F("branch")).exists()
    assert not Interaction.objects.exclude(by=F("customer__owner")).exists()
    ha, huy = User.objects.get(username="chuyenvien"), User.objects.get(username="quanly")
    hers, his = set(Customer.objects.visible_to(ha)), set(Customer.objects.visible_to(huy))
    assert len(hers) > 20
    assert hers <= his < set(Customer.objects.all())


def test_interactions_speak_of_their_customer(demo):
    assert not Interaction.objects.filter(Q(notes__contains="{") | Q(subject="")).exists()
    calling = Interaction.objects.filter(customer__honorific="chi", notes__icontains="chị").select_related(
        "customer"
    )
    assert calling.count() > 100
    assert all(talk.customer.given_name in talk.notes for talk in calling)
    assert share(Interaction.objects, mood="upset") < 0.15
    assert Interaction.objects.values("notes").distinct().count() > 300


def test_consents_hold_as_the_database_itself_would_say(demo):
    newest = {}
    for line in Consent.objects.order_by("from_on", "pk"):
        newest[line.customer_id, line.purpose] = line.pk
    assert set(Consent.objects.current().values_list("pk", flat=True)) == set(newest.values())
    held = Consent.objects.current()
    assert 0.6 < held.values("customer").distinct().count() / CUSTOMERS < 0.95
    assert 0.4 < share(held.filter(purpose="call"), is_given=True) < 0.75
    no_contact = held.filter(purpose="contact", is_given=False).values("customer")
    assert no_contact.exists()
    assert not held.filter(customer__in=no_contact, purpose__in=NEEDS_CONTACT, is_given=True).exists()


def test_next_steps_lie_around_the_last_day(demo):
    waiting = FollowUp.objects.open()
    assert 0.01 < waiting.count() / CUSTOMERS < 0.1
    assert waiting.filter(due_on__lt=AS_OF).exists()
    assert FollowUp.objects.filter(done_at__isnull=False).exists()
