"""Small firms at random: customers of every kind, purchases around the edges of days and years."""

from __future__ import annotations

import datetime
import random
from decimal import Decimal

from customers.choices import Channel, Education, Gender, IncomeBand, MaritalStatus, Occupation
from customers.models import Customer
from purchases.models import Purchase, PurchaseLine, Return
from tests.segments.oracle import HERE, year_before

STATUSES = ["completed"] * 7 + ["cancelled", "returned"]
# Few different amounts, so that many customers tie.
AMOUNTS = [0, 120_000, 120_000, 200_000, 500_000, 999_999, 1_000_000, 4_000_000, 21_000_000]


def make_world(seed: int, as_of: datetime.date, *, customers: int = 60) -> None:
    chance = random.Random(seed)
    people = Customer.objects.bulk_create(random_customer(chance, as_of) for _ in range(customers))
    for person in people:
        for number in range(chance.choice([0, 0, 1, 1, 2, 3, 5, 9, 30])):
            make_purchase(chance, as_of, person, number)


def random_customer(chance: random.Random, as_of: datetime.date) -> Customer:
    year = chance.choice([None, *(as_of.year - age for age in (-1, 0, 12, 13, 19, 20, 30, 40, 59, 60, 61))])
    month, day = chance.choice(
        [(None, None), (as_of.month, as_of.day), (as_of.month, None), (1, 1), (12, 31)]
    )
    if (month, day) == (2, 29):
        day = 28
    years = [as_of.year - age for age in (-1, 0, 5, 6, 17, 18, 30)]
    return Customer(
        given_name="Ánh",
        gender=chance.choice(Gender.values),
        birth_year=year,
        birth_month=month,
        birth_day=day,
        income_band=chance.choice(IncomeBand.values),
        education=chance.choice(Education.values),
        occupation=chance.choice(Occupation.values),
        marital_status=chance.choice(MaritalStatus.values),
        household_size=chance.choice([None, 0, 1, 2, 3, 4, 5, 11]),
        children_count=chance.choice([None, 0, 1, 2]),
        child_birth_years=chance.sample(years, chance.choice([0, 0, 1, 2])),
        is_active=chance.random() < 0.8,
    )


def make_purchase(chance: random.Random, as_of: datetime.date, customer: Customer, number: int) -> None:
    net = Decimal(chance.choice(AMOUNTS))
    discount = Decimal(chance.choice([0, 0, 10_000]))
    purchase = Purchase.objects.create(
        customer=customer,
        number=f"DH{number}",
        purchased_at=random_moment(chance, as_of),
        channel=chance.choice(Channel.values),
        status=chance.choice(STATUSES),
        gross=net + discount,
        discount=discount,
        net=net,
    )
    for _line in range(chance.choice([0, 1, 2])):
        quantity = Decimal(chance.choice(["0.5", "1", "2", "5", "20", "0"]))
        PurchaseLine.objects.create(
            customer=customer, purchase=purchase, quantity=quantity, gross=net, discount=0, net=net
        )
    if chance.random() < 0.2:
        Return.objects.create(
            customer=customer,
            purchase=purchase,
            number=f"TH{number}",
            returned_at=purchase.purchased_at + datetime.timedelta(days=chance.choice([0, 1, 400])),
            amount=chance.choice([0, 50_000]),
            units=chance.choice([0, 1]),
        )


def random_moment(chance: random.Random, as_of: datetime.date) -> datetime.datetime:
    day = chance.choice(
        [
            as_of,
            as_of + datetime.timedelta(days=chance.choice([1, 200])),
            year_before(as_of),
            year_before(as_of) + datetime.timedelta(days=1),
            as_of - datetime.timedelta(days=chance.choice([1, 30, 31, 90, 91, 180, 181, 365, 366, 1000])),
            as_of - datetime.timedelta(days=chance.randrange(900)),
        ]
    )
    time = chance.choice(
        [datetime.time(), datetime.time(23, 59, 59, 999999), datetime.time(6, 59), datetime.time(7)]
    )
    return datetime.datetime.combine(day, time, tzinfo=HERE)
