"""When `load_demo` refuses: it never touches a database that somebody works with."""

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from customers.models import Customer
from tests.factories import BranchFactory, CustomerFactory, ProductFactory, UserFactory


@pytest.mark.parametrize("factory", [BranchFactory, ProductFactory])
def test_refuses_a_database_that_is_not_empty(db, factory):
    factory()
    with pytest.raises(CommandError, match="not empty"):
        call_command("load_demo", "--customers", "10")


def test_refuses_where_somebody_has_the_name_of_a_demo_login(db):
    UserFactory(username="quantri", branch=None)
    with pytest.raises(CommandError, match="quantri"):
        call_command("load_demo", "--customers", "10")
    assert User.objects.count() == 1


def test_refuses_customers_of_others(db):
    CustomerFactory()
    with pytest.raises(CommandError, match="customers already"):
        call_command("load_demo", "--customers", "10")
    assert Customer.objects.count() == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--customers", "3"], "--customers must be between"),
        (["--as-of", "2031-02-01"], "--as-of must be between"),
    ],
)
def test_refuses_what_it_cannot_make(db, arguments, sentence):
    with pytest.raises(CommandError, match=sentence):
        call_command("load_demo", *arguments)
