"""What `load_demo` promises as a whole: the database is as before, the rows repeat, nothing is mixed."""

import io

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from crm.demo import bulk, recipe
from crm.demo.load import TABLES, Plan
from customers.models import Customer, CustomerBehaviour, Email, Household, Phone
from interactions.models import Interaction
from purchases.models import Category, Product, Purchase, PurchaseLine, Return
from tests.crm.demo.one_load import ARGUMENTS, AS_OF, CUSTOMERS


def test_every_index_constraint_and_trigger_is_back(demo):
    assert demo["after"] == demo["before"]
    assert any(row[0] == "constraint" and row[3].startswith("FOREIGN KEY") for row in demo["after"])


def test_says_how_long_each_step_took(demo):
    assert "Purchases, lines and interactions: " in demo["said"]
    assert "500 customers as of 22/11/2026" in demo["said"]


def test_makes_what_was_asked_for(demo):
    assert Customer.objects.count() == CUSTOMERS
    assert CustomerBehaviour.objects.count() == CUSTOMERS
    assert Purchase.objects.count() / CUSTOMERS == pytest.approx(recipe.PURCHASES_A_CUSTOMER, rel=0.2)
    assert Interaction.objects.count() / CUSTOMERS == pytest.approx(recipe.INTERACTIONS_A_CUSTOMER, rel=0.15)
    assert PurchaseLine.objects.count() / Purchase.objects.count() == pytest.approx(2, abs=0.2)
    assert Category.objects.count() == 12
    assert Product.objects.count() == 240


def test_the_same_plan_gives_the_same_rows(demo):
    assert demo["digest"] == demo["again"]


def test_another_seed_gives_other_rows(demo):
    assert not [table for table in TABLES if demo["digest"].get(table, 1) == demo["other"].get(table, 2)]


def test_the_next_rows_can_be_added(demo):
    customer = Customer.objects.create(family_name="Trần", given_name="Mới")
    assert customer.pk == CUSTOMERS + 1
    assert CustomerBehaviour.objects.filter(customer=customer).exists()
    Phone.objects.create(customer=customer, number="+84912345678")
    Email.objects.create(customer=customer, address="moi@example.com")
    Household.objects.create(name="Nhà Trần")
    purchase = Purchase.objects.create(
        customer=customer, number="A1", purchased_at=Plan(1, 1, AS_OF).start, gross=1, net=1
    )
    PurchaseLine.objects.create(customer=customer, purchase=purchase, gross=1, net=1)
    Return.objects.create(
        customer=customer, purchase=purchase, number="R1", returned_at=Plan(1, 1, AS_OF).start, amount=1
    )
    Interaction.objects.create(
        customer=customer, by=User.objects.get(username="chuyenvien"), subject="Hỏi thăm"
    )


def test_refuses_to_mix_with_customers(demo):
    with pytest.raises(CommandError, match=r"customers already.*dev.py demo --reset"):
        call_command(*ARGUMENTS)
    assert Customer.objects.count() == CUSTOMERS


def test_if_empty_leaves_customers_alone(demo):
    said = io.StringIO()
    call_command(*ARGUMENTS, "--if-empty", stdout=said)
    assert "nothing was loaded" in said.getvalue()
    assert Customer.objects.count() == CUSTOMERS


def test_a_load_that_broke_off_is_recognised(demo):
    bulk.run("UPDATE demo_truth.load SET finished_at = NULL")
    with pytest.raises(CommandError, match=r"did not come to its end.*dev.py demo --reset"):
        call_command(*ARGUMENTS, "--if-empty")


def test_duplicates_are_known_outside_the_product_only(demo):
    pairs = bulk.rows("SELECT customer_id, of_customer_id FROM demo_truth.duplicate")
    assert len(pairs) / CUSTOMERS == pytest.approx(0.04, abs=0.025)
    people = Customer.objects.in_bulk()
    twins = {twin for twin, _original in pairs}
    for twin, original in pairs:
        assert original not in twins
        assert people[twin].name_search == people[original].name_search
        assert people[twin].gender == people[original].gender
    for (table,) in bulk.rows(
        "SELECT table_name FROM information_schema.columns WHERE column_name ILIKE '%%archetype%%'"
    ):
        assert table == "archetype"
    assert {
        table
        for (table,) in bulk.rows(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'demo_truth'"
        )
    } == {"load", "archetype", "duplicate"}
