"""A database of its own for what `load_demo` commits, and the plan that these tests share."""

import datetime
import io

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from psycopg import sql

from crm.demo import bulk
from crm.demo.load import TABLES
from customers.models import CustomerBehaviour
from tests.conftest import assert_test_database

CUSTOMERS = 500
AS_OF = datetime.date(2026, 11, 22)
ARGUMENTS = ("load_demo", "--customers", str(CUSTOMERS), "--as-of", AS_OF.isoformat())
CATALOGUE = """
    SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid), convalidated::text
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL
    SELECT 'index', tablename, indexname, indexdef, '' FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL
    SELECT 'trigger', tgrelid::regclass::text, tgname, tgenabled::text, ''
    FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL
    SELECT 'option', oid::regclass::text, '', reloptions::text, '' FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND reloptions IS NOT NULL
    ORDER BY 1, 2, 3, 4
"""
END_SESSIONS = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s"
DIGEST = sql.SQL("SELECT count(*), sum(hashtextextended(t::text, 0)::numeric) FROM {table} AS t")


class OwnDatabase:
    """A copy of the empty test database, so that what is committed here meets no other test."""

    def __init__(self, name):
        self.template = settings.DATABASES["default"]["NAME"]
        self.name = f"{self.template}_{name}"

    def __enter__(self):
        assert_test_database()
        with self._maintenance() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')
            # PostgreSQL copies only what nobody uses; a thread of the live server may have kept its session.
            cursor.execute(END_SESSIONS, [self.template])
            cursor.execute(f'CREATE DATABASE "{self.name}" TEMPLATE "{self.template}"')
        connection.settings_dict["NAME"] = self.name
        return self

    def __exit__(self, *exception):
        connection.settings_dict["NAME"] = self.template
        with self._maintenance() as cursor:
            cursor.execute(f'DROP DATABASE "{self.name}" WITH (FORCE)')

    def _maintenance(self):
        connection.close()
        return connection._nodb_cursor()


def load(name, *more):
    """Load into a database of its own and answer with a number for all rows of every loaded table."""
    with OwnDatabase(name):
        call_command(*ARGUMENTS, *more, stdout=io.StringIO())
        return digest()


def digest():
    return {
        table: bulk.rows(DIGEST.format(table=sql.Identifier(table)))
        for table in TABLES
        if table != CustomerBehaviour._meta.db_table  # The next step writes there.
    }


def share(rows, **wanted):
    """Part of the rows of a queryset that are as wanted."""
    return rows.filter(**wanted).count() / rows.count()
