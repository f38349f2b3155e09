"""The functions in the database give what Python gives, and PostgreSQL sorts by them as Python does."""

import sys
import unicodedata

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.sql import SQL

from customers.vietnamese.names import exact_key, fold, join, sort_key
from customers.vietnamese.sql import CREATE_FUNCTIONS, DROP_FUNCTIONS
from tests.customers.vietnamese.strategies import hostile_text, names

pytestmark = pytest.mark.django_db

# The rows are only read, so one transaction for all examples is right.
reads_only = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


ROWS = SQL("""
    SELECT {expression}
    FROM unnest(%s::text[], %s::text[], %s::text[]) WITH ORDINALITY AS given_rows(a, b, c, place)
    ORDER BY place
""")


def in_database(
    expression: str, a: list[str], b: list[str] | None = None, c: list[str] | None = None
) -> list[str]:
    """The expression over rows of the text columns a, b and c, in their order."""
    with connection.cursor() as cursor:
        cursor.execute(ROWS.format(expression=SQL(expression)), [a, b, c])
        return [value for (value,) in cursor.fetchall()]


@reads_only
@given(st.lists(hostile_text, min_size=1, max_size=20))
def test_fold_and_exact_key_agree(texts):
    assert in_database("vn_fold(a)", texts) == [fold(text) for text in texts]
    assert in_database("vn_exact_key(a)", texts) == [exact_key(text) for text in texts]


@reads_only
@given(st.lists(names | st.tuples(hostile_text, hostile_text, hostile_text), min_size=1, max_size=20))
def test_sort_key_agrees(rows):
    columns = [list(column) for column in zip(*rows, strict=True)]
    assert in_database("vn_sort_key(a, b, c)", *columns) == [sort_key(*row) for row in rows]


@reads_only
@given(st.lists(names, min_size=1, max_size=20))
def test_name_search_is_the_folded_full_name_after_a_blank(rows):
    columns = [list(column) for column in zip(*rows, strict=True)]
    # With a blank before every word, LIKE '% anh%' finds the beginnings of words.
    assert in_database("vn_name_search(a, b, c)", *columns) == [f" {fold(join(*row))}" for row in rows]


def test_every_character_agrees():
    assigned = [
        char
        for char in map(chr, range(1, sys.maxunicode + 1))
        if unicodedata.category(char) not in {"Cs", "Cn", "Co"}
    ]
    assert in_database("vn_fold(a)", assigned) == [fold(char) for char in assigned]
    latin = [char for char in assigned if ord(char) < 0x2000]
    assert in_database("vn_sort_key('', '', a)", latin) == [sort_key("", "", char) for char in latin]
    assert in_database("vn_exact_key(a)", latin) == [exact_key(char) for char in latin]


@reads_only
@given(st.lists(names, min_size=2, max_size=20, unique=True))
def test_the_database_sorts_as_python_does(rows):
    columns = [list(column) for column in zip(*rows, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT vn_sort_key(a, b, c) FROM unnest(%s::text[], %s::text[], %s::text[]) AS names(a, b, c)"
            ' ORDER BY vn_sort_key(a, b, c) COLLATE "C"',
            columns,
        )
        keys = [key for (key,) in cursor.fetchall()]
    assert keys == sorted(sort_key(*row) for row in rows)


def test_missing_parts_do_not_void_the_keys():
    with connection.cursor() as cursor:
        cursor.execute("SELECT vn_sort_key(NULL, NULL, 'Ánh'), vn_name_search(NULL, NULL, 'Ánh')")
        assert cursor.fetchone() == (sort_key("", "", "Ánh"), " anh")


def test_the_functions_are_found_with_an_empty_search_path():
    """A restored dump runs with one, and fills the generated columns through these functions."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL search_path = ''")
        cursor.execute("SELECT public.vn_sort_key('Lê', '', 'Ánh'), public.vn_name_search('Lê', '', 'Ánh')")
        assert cursor.fetchone() == (sort_key("Lê", "", "Ánh"), " le anh")


def test_the_functions_are_made_and_dropped_in_a_schema_of_their_own():
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA trial")
        cursor.execute("SET LOCAL search_path = trial")
        cursor.execute(CREATE_FUNCTIONS)
        cursor.execute(CREATE_FUNCTIONS)
        cursor.execute("SELECT trial.vn_fold('ĐẶNG')")
        assert cursor.fetchone() == ("dang",)
        cursor.execute(DROP_FUNCTIONS)
        cursor.execute("SELECT count(*) FROM pg_proc WHERE pronamespace = 'trial'::regnamespace")
        assert cursor.fetchone() == (0,)
