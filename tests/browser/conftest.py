"""A real Chromium against a live server. Where Chromium is missing, these tests say so and are skipped."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings as django_settings
from django.core.cache import cache
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.test import Client
from playwright.sync_api import Page
from psycopg import sql

from accounts.models import User
from tests.conftest import assert_test_database

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))

# Playwright's synchronous interface runs an event loop in the thread in which Django's ORM is used.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.django_db(transaction=True))
            if not CHROMIUM.exists():
                item.add_marker(pytest.mark.skip(reason=f"chromium is not installed at {CHROMIUM}"))


@pytest.fixture(scope="session")
def base_url() -> None:
    """Tests name the live server themselves; pytest-base-url's own fixture warns under pytest 9."""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    return {**browser_type_launch_args, "executable_path": str(CHROMIUM), "args": ["--no-sandbox"]}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args):
    return {**browser_context_args, "locale": "vi-VN", "timezone_id": "Asia/Ho_Chi_Minh"}


def has_rows(cursor: CursorWrapper, table: str) -> bool:
    cursor.execute(sql.SQL("SELECT EXISTS (SELECT FROM {})").format(sql.Identifier("public", table)))
    return cursor.fetchone()[0]


def columns_of(cursor: CursorWrapper, table: str) -> list[str]:
    cursor.execute(
        "SELECT column_name FROM information_schema.columns "
        "WHERE table_schema = 'public' AND table_name = %s AND is_generated = 'NEVER'",
        [table],
    )
    return [name for (name,) in cursor.fetchall()]


def keep_rows() -> dict[str, list[str]]:
    """Copies what the migrations wrote (roles, permissions, places); the columns of each table kept."""
    kept = {}
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA IF EXISTS kept CASCADE")
        cursor.execute("CREATE SCHEMA kept")
        for table in connection.introspection.django_table_names(only_existing=True, include_views=False):
            if has_rows(cursor, table):
                names = [sql.Identifier(schema, table) for schema in ("kept", "public")]
                cursor.execute(sql.SQL("CREATE TABLE {} AS TABLE {}").format(*names))
                kept[table] = columns_of(cursor, table)
    return kept


def put_rows_back(kept: dict[str, list[str]]) -> None:
    """Also in place of the permissions that Django makes anew, with other keys, after each flush."""
    assert_test_database()
    tables = sql.SQL(", ").join(sql.Identifier("public", table) for table in kept)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql.SQL("TRUNCATE {} CASCADE").format(tables))
        # Foreign keys are checked at the end of the transaction, so the order of the tables does not matter.
        for table, columns in kept.items():
            listed = sql.SQL(", ").join(map(sql.Identifier, columns))
            source, target = sql.Identifier("kept", table), sql.Identifier("public", table)
            cursor.execute(
                sql.SQL("INSERT INTO {} ({}) SELECT {} FROM {}").format(target, listed, listed, source)
            )


@pytest.fixture(scope="session")
def rows_of_migrations(django_db_setup, django_db_blocker) -> Iterator[dict[str, list[str]]]:
    """The flush after each test that a second thread takes part in removes these rows as well.

    Django could put them back (`serialized_rollback`), one ward at a time, in 12 seconds a test.
    """
    with django_db_blocker.unblock():
        kept = keep_rows()
    yield kept
    with django_db_blocker.unblock():
        put_rows_back(kept)


@pytest.fixture(autouse=True)
def _fresh_database(rows_of_migrations, transactional_db) -> None:
    put_rows_back(rows_of_migrations)
    # Limits of earlier log-ins lie in a table that no model knows, so no flush empties it.
    cache.clear()


@pytest.fixture
def complaints(page: Page) -> list[str]:
    """What the browser complains about: script errors, refused styles and scripts, failed loads."""
    found: list[str] = []
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("console", lambda message: found.append(message.text) if message.type == "error" else None)
    return found


@pytest.fixture
def visit(page: Page, live_server) -> Callable[..., Page]:
    """Opens a path of the live server, as a person, in a language and a theme, at a width."""

    def open_page(
        path: str, *, user: User | None = None, language: str = "vi", theme: str = "light", width: int = 1440
    ) -> Page:
        page.set_viewport_size({"width": width, "height": 900})
        cookies = {django_settings.LANGUAGE_COOKIE_NAME: language, "theme": theme}
        if user is not None:
            client = Client()
            client.force_login(user)
            cookies[django_settings.SESSION_COOKIE_NAME] = client.session.session_key
        page.context.add_cookies(
            [{"name": name, "value": value, "url": live_server.url} for name, value in cookies.items()]
        )
        page.goto(live_server.url + path)
        return page

    return open_page


# What is still fading in has less contrast than it will have.
SETTLED = """
    () => Promise.allSettled(
        document.getAnimations()
            .filter((each) => each.effect.getComputedTiming().iterations !== Infinity)
            .map((each) => each.finished)
    )
"""


@pytest.fixture
def assert_accessible() -> Callable[[Page], None]:
    """Fails with axe's own words when the page breaks one of its rules."""
    axe = Axe()

    def check(page: Page) -> None:
        page.evaluate(SETTLED)
        results = axe.run(page)
        assert results.violations_count == 0, results.generate_report()

    return check
