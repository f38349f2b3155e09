"""One load for all tests of this folder."""

import io

import pytest
from django.core.management import call_command

from crm.demo import bulk
from tests.crm.demo.one_load import ARGUMENTS, CATALOGUE, OwnDatabase, digest, load


@pytest.fixture(scope="package")
def loaded(django_db_setup, django_db_blocker):
    """The database after one load, its catalogue before and after, and what other loads would have made."""
    with django_db_blocker.unblock():
        again, other = load("again"), load("other", "--seed", "7")
        with OwnDatabase("demo"):
            before = bulk.rows(CATALOGUE)
            said = io.StringIO()
            call_command(*ARGUMENTS, stdout=said)
            yield {
                "before": before,
                "after": bulk.rows(CATALOGUE),
                "said": said.getvalue(),
                "digest": digest(),
                "again": again,
                "other": other,
            }


@pytest.fixture
def demo(loaded, db):
    return loaded
