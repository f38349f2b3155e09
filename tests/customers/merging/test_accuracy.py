"""How many of the duplicates that the demo generator made are found, and how many of those found are true."""

import io

import pytest
from django.core.management import call_command

from crm.demo import bulk
from customers.evidence import ALMOST_CERTAIN
from tests.crm.demo.one_load import AS_OF, OwnDatabase

CUSTOMERS = 4000

# All records that were drawn from one person, the first of them among them, are each other's duplicates.
MEASURE = """
WITH person AS (
    SELECT customer.id, coalesce(truth.of_customer_id, customer.id) AS person
    FROM customers_customer customer LEFT JOIN demo_truth.duplicate truth ON truth.customer_id = customer.id
), true_pair AS (
    SELECT one.id AS customer_id, other.id AS other_id
    FROM person one JOIN person other ON other.person = one.person AND other.id > one.id
)
SELECT
    (SELECT count(*) FROM true_pair),
    count(*),
    count(true_pair.customer_id),
    count(*) FILTER (WHERE found.score >= %(certain)s),
    count(true_pair.customer_id) FILTER (WHERE found.score >= %(certain)s)
FROM customers_duplicatepair found
LEFT JOIN true_pair ON (true_pair.customer_id, true_pair.other_id) = (found.customer_id, found.other_id)
"""
# Two people of one household who share a phone, whom the scan must not take for one.
SHARED_PHONES = """
SELECT count(*), count(pair.id) FROM customers_phone one
JOIN customers_phone other ON other.number = one.number AND other.customer_id > one.customer_id
JOIN customers_customer a ON a.id = one.customer_id
JOIN customers_customer b ON b.id = other.customer_id AND b.name_search <> a.name_search
LEFT JOIN customers_duplicatepair pair ON (pair.customer_id, pair.other_id) = (a.id, b.id)
"""


@pytest.fixture(scope="module")
def measured(django_db_setup, django_db_blocker):
    """True pairs, pairs found and true ones among them; the same of those that are almost certain."""
    with django_db_blocker.unblock(), OwnDatabase("duplicates"):
        arguments = ("load_demo", "--customers", str(CUSTOMERS), "--as-of", AS_OF.isoformat())
        call_command(*arguments, stdout=io.StringIO())
        said = io.StringIO()
        call_command("find_duplicates", stdout=said)
        [figures] = bulk.rows(MEASURE, {"certain": ALMOST_CERTAIN})
        [households] = bulk.rows(SHARED_PHONES)
        yield {"figures": figures, "households": households, "said": said.getvalue()}


@pytest.mark.slow
def test_precision_and_recall_on_the_dirty_demo_data(measured, db):
    true, found, found_true, certain, certain_true = measured["figures"]
    assert true > 100
    assert found_true / found >= 0.98, measured["figures"]
    assert found_true / true >= 0.88, measured["figures"]
    assert certain_true == certain > 0
    assert str(found) in measured["said"]


@pytest.mark.slow
def test_households_that_share_a_phone_are_left_alone(measured, db):
    households, taken_for_one = measured["households"]
    assert households > 20
    assert taken_for_one == 0
