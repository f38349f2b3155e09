"""The copy of the test database that loads commit to."""

import pytest
from django.db import OperationalError, connection

from tests.crm.demo.one_load import OwnDatabase


@pytest.fixture(scope="module")
def kept(django_db_setup, django_db_blocker):
    """A session that a thread of the live server kept while the database was copied."""
    with django_db_blocker.unblock():
        session = connection.copy()
        session.ensure_connection()
        with OwnDatabase("beside"):
            yield session
        session.close()


def test_the_copy_is_made_and_whoever_used_its_template_is_out(kept, db):
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_database()")
        assert cursor.fetchone()[0].endswith("_beside")
    with pytest.raises(OperationalError), kept.cursor() as cursor:
        cursor.execute("SELECT 1")
