"""Telling from a sample that very many match: never of too few, and soon of very many."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers import sampling
from customers.counting import Countable, Found
from customers.models import Customer


class Everybody:
    """Customers with numbers from 1, of whom those match for whom `matches` says so."""

    def __init__(self, matches):
        self.matches = matches
        self.asked = 0

    def count_among(self, numbers):
        self.asked += 1
        return sum(map(self.matches, map(int, numbers.ids.strip("{}").split(","))))


@pytest.fixture
def million(monkeypatch):
    monkeypatch.setattr(sampling, "_extent", lambda _when: (1, 1_000_000))


def test_very_many_are_told_from_few_numbers(million):
    rows = Everybody(lambda number: number % 4 == 0)
    assert sampling.is_surely_more(rows, 10_000)
    assert rows.asked == 1


def test_what_is_rare_is_left_to_counting_at_once(million):
    rows = Everybody(lambda number: number < 500)
    assert not sampling.is_surely_more(rows, 10_000)
    assert rows.asked == 1


@pytest.mark.parametrize("first", [0, 400_000, 990_000])
def test_too_few_are_never_told_to_be_more_wherever_they_stand(million, first):
    """Exactly as many as are counted: in one block, and scattered by chance, a hundred times over."""
    assert not sampling.is_surely_more(Everybody(lambda number: first < number <= first + 10_000), 10_000)
    for seed in range(100):
        chosen = set(random.Random(f"{first} {seed}").sample(range(1, 1_000_001), 10_000))
        assert not sampling.is_surely_more(Everybody(chosen.__contains__), 10_000)


def test_among_few_customers_everybody_is_counted(monkeypatch):
    monkeypatch.setattr(sampling, "_extent", lambda _when: (1, 150_000))
    rows = Everybody(lambda number: True)
    assert not sampling.is_surely_more(rows, 10_000)
    assert rows.asked == 0


@given(st.floats(min_value=0.5, max_value=500))
def test_the_bound_is_that_of_bernstein(expected):
    beyond = sampling.least_certain(expected) - expected
    chance = math.exp(-(beyond**2) / (2 * (expected + beyond / 3)))
    assert chance == pytest.approx(sampling.CHANCE_OF_ERROR, rel=1e-6)


@pytest.mark.parametrize("size", sampling.SIZES)
def test_a_sample_has_one_number_of_each_stretch(size):
    numbers = [int(number) for number in sampling._sample(1, 1_000_000, size).ids.strip("{}").split(",")]
    assert len(set(numbers)) == size
    stretch = 1_000_000 / size
    assert all(
        place * stretch - 1 < number - 1 < (place + 1) * stretch for place, number in enumerate(numbers)
    )


@pytest.mark.django_db
def test_the_sample_is_asked_with_the_conditions_of_the_list(cast, monkeypatch):
    """On real rows: of three customers two are active, and both are more than one."""
    Customer.objects.filter(pk=cast.cuc.pk).update(is_active=False)
    rows = Countable(Customer.objects.active())
    everybody = Found.of([cast.anh.pk, cast.binh.pk, cast.cuc.pk])
    assert rows.count_among(everybody) == 2
    assert rows.find_any(10).number == 2
    assert rows.find_any(2).ids == ""
    assert Countable(Customer.objects.none()).count_among(everybody) == 0
    assert Countable(Customer.objects.none()).find_any(10) == Found(0, "{}")
