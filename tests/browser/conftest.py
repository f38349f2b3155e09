"""A real Chromium against a live server. Where Chromium is missing, these tests say so and are skipped."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings as django_settings
from django.core.cache import cache
from django.test import Client
from playwright.sync_api import Page

from accounts.models import User

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))

# Playwright's synchronous interface runs an event loop in the thread in which Django's ORM is used.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.django_db(transaction=True, serialized_rollback=True))
            if not CHROMIUM.exists():
                item.add_marker(pytest.mark.skip(reason=f"chromium is not installed at {CHROMIUM}"))


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    return {**browser_type_launch_args, "executable_path": str(CHROMIUM), "args": ["--no-sandbox"]}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args):
    return {**browser_context_args, "locale": "vi-VN", "timezone_id": "Asia/Ho_Chi_Minh"}


@pytest.fixture(autouse=True)
def _no_login_limits_left_over(db):
    # The cache lies outside of the tables that a flush empties.
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


@pytest.fixture
def assert_accessible() -> Callable[[Page], None]:
    """Fails with axe's own words when the page breaks one of its rules."""
    axe = Axe()

    def check(page: Page) -> None:
        results = axe.run(page)
        assert results.violations_count == 0, results.generate_report()

    return check
