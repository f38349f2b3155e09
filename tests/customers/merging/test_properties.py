"""Whatever two records hold: a merge loses and doubles nothing, and undoing it changes nothing."""

from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.db import transaction
from django.db.models import Count, Sum
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.merging.comparison import CHOICES
from customers.merging.services import merge_customers, unmerge_customers
from customers.models import Customer, CustomerBehaviour, CustomerIdentifier, Email, Phone
from interactions.models import Interaction
from purchases.models import Purchase, PurchaseLine, Return
from segments.refresh import refresh_now
from tests.customers.merging.samples import everything
from tests.factories import (
    CustomerFactory,
    EmailFactory,
    HouseholdFactory,
    IdentifierFactory,
    InteractionFactory,
    PhoneFactory,
    PurchaseFactory,
    PurchaseLineFactory,
    ReturnFactory,
)

pytestmark = pytest.mark.django_db

# Few different values, so that both records often hold the same.
PHONES = ["+84912345678", "+84866120934", "+842438250000"]
NUMBERS = ["DH1", "DH2", "D" * 60]
TEXTS = st.sampled_from(["", "Thích trà", "Đi xe máy"])

purchases = st.fixed_dictionaries(
    {
        "net": st.integers(0, 5_000_000).map(Decimal),
        "status": st.sampled_from(["completed", "cancelled", "returned"]),
        "channel": st.sampled_from(["store", "website"]),
        "lines": st.integers(0, 2),
        "is_returned": st.booleans(),
    }
)
records = st.fixed_dictionaries(
    {
        "facts": st.fixed_dictionaries(
            {
                "middle_name": st.sampled_from(["Thị Ngọc", "Ngọc"]),
                "notes": TEXTS,
                "needs": TEXTS,
                "address": TEXTS,
                "birth_year": st.sampled_from([None, 1991, 1992]),
                "monthly_income": st.sampled_from([None, Decimal(12_000_000)]),
                "child_birth_years": st.sampled_from([[], [2018], [2018, 2022]]),
                "is_active": st.booleans(),
            }
        ),
        "in_household": st.booleans(),
        "phones": st.lists(st.sampled_from(PHONES), unique=True),
        "emails": st.lists(st.sampled_from(["a@example.vn", "A@example.vn"]), max_size=1),
        "identifiers": st.integers(0, 2),
        "interactions": st.integers(0, 2),
        "purchases": st.dictionaries(st.sampled_from(NUMBERS), purchases),
    }
)
choices = st.sets(st.sampled_from([choice.name for choice in CHOICES if choice.name != "owner"]))
texts = st.sets(st.sampled_from([choice.name for choice in CHOICES if choice.is_text]))


def make(cast: SimpleNamespace, drawn: dict) -> Customer:
    home = HouseholdFactory() if drawn["in_household"] else None
    customer = CustomerFactory(owner=cast.ha, branch=cast.cau_giay, household=home, **drawn["facts"])
    for place, number in enumerate(drawn["phones"]):
        PhoneFactory(customer=customer, number=number, position=place)
    for address in drawn["emails"]:
        EmailFactory(customer=customer, address=address)
    IdentifierFactory.create_batch(drawn["identifiers"], customer=customer)
    InteractionFactory.create_batch(drawn["interactions"], customer=customer, by=cast.ha)
    for number, bought in drawn["purchases"].items():
        make_purchase(customer, number, **bought)
    return Customer.objects.get(pk=customer.pk)


def make_purchase(customer, number, *, lines, is_returned, **values) -> None:
    purchase = PurchaseFactory(customer=customer, number=number, **values)
    PurchaseLineFactory.create_batch(lines, purchase=purchase, product=None, category=None)
    if is_returned:
        ReturnFactory(purchase=purchase, number=number)


def totals() -> dict[str, object]:
    """What the firm knows of all customers together."""
    money = {model.__name__: Sum("net") for model in (Purchase, PurchaseLine)}
    counted = (Purchase, PurchaseLine, Return, Interaction, CustomerIdentifier)
    figures = ("orders", "units", "gross", "discount", "spend", "returned", "orders_12m", "spend_12m")
    return {
        **{model.__name__: model.objects.count() for model in counted},
        "money": [model.objects.aggregate(sum=money[model.__name__]) for model in (Purchase, PurchaseLine)],
        "returned": Return.objects.aggregate(Sum("amount")),
        "numbers": Phone.objects.aggregate(Count("number", distinct=True)),
        "addresses": sorted({email.address.lower() for email in Email.objects.all()}),
        "figures": CustomerBehaviour.objects.aggregate(**{f"sum_{name}": Sum(name) for name in figures}),
    }


@given(records, records, choices, texts)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_merge_changes_no_total_and_undoing_it_changes_nothing(cast, one, other, taken, joined):
    with transaction.atomic():
        keep, duplicate = make(cast, one), make(cast, other)
        refresh_now(as_of=timezone.localdate())
        before, sums = everything(), totals()

        done = merge_customers(keep=keep, duplicate=duplicate, by=cast.huy, taken=taken, joined=joined)

        assert totals() == sums
        assert not Customer.objects.filter(pk=duplicate.pk).exists()
        unmerge_customers(merge=done, by=cast.huy)
        assert totals() == sums
        assert everything() == before
        transaction.set_rollback(True)
