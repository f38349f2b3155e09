"""How long the real pages take on the loaded database, against their budgets and against their own SQL.

Pages are asked for through the whole application by Django's test client, as people of each role. Nothing
stays written: the sessions are removed, and what a form saves is rolled back.
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.staticfiles.storage import StaticFilesStorage
from django.db import connection, transaction
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from crm import collector

# What each kind of page may take, in milliseconds, nineteen times of twenty: at one million customers, ten
# million purchases and five million interactions, on two cores, warm, in one process.
BUDGETS = {
    "list": 30,
    "search": 70,
    "rare": 35,
    "short": 60,
    "filter": 40,
    "palette": 150,
    "record": 40,
    "form": 50,
    "report": 150,
}
# Whatever the kind: so much, and half as much again as the SQL alone.
FIXED_COST = 25
SHARE_OF_SQL = 1.5
WARM_UP = 2
RAW_REPEATS = 5
OK = 200
MOVED = 302


@dataclass(frozen=True)
class Scenario:
    """One page that somebody asks for; `data` is what they send, where they send a form."""

    name: str
    kind: str
    user: User
    path: str
    data: Callable[[Client], dict[str, str]] | None = None


@dataclass(frozen=True)
class Result:
    """What one page took, in milliseconds; `sql` is the time of its own statements run alone."""

    name: str
    kind: str
    user: str
    path: str
    p50: float
    p95: float
    queries: int
    sql: float
    budget: float

    @property
    def ratio(self) -> float:
        return self.p50 / self.sql if self.sql else 0.0

    @property
    def is_within_budget(self) -> bool:
        return self.p95 <= self.budget

    @property
    def is_lean(self) -> bool:
        """Whether the page keeps the general rule: little beyond its own SQL."""
        return self.p50 <= FIXED_COST + SHARE_OF_SQL * self.sql

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {
            "ratio": round(self.ratio, 2),
            "within_budget": self.is_within_budget,
            "lean": self.is_lean,
        }


class UnexpectedAnswerError(Exception):
    """A page that did not answer as it should; a time for it would mean nothing."""


def run(scenarios: Sequence[Scenario], *, repeat: int) -> Iterator[Result]:
    """Measure one scenario after the other. Raises UnexpectedAnswerError."""
    people = {scenario.user.pk: scenario.user for scenario in scenarios}
    with _served(), _logged_in(people.values()) as clients:
        # As `crm.wsgi` does when the server starts.
        collector.calm()
        for scenario in scenarios:
            yield _measure(scenario, clients[scenario.user.pk], repeat)


def _measure(scenario: Scenario, client: Client, repeat: int) -> Result:
    ask = _asking(scenario, client)
    for _time in range(WARM_UP):
        ask()
    times = sorted(_milliseconds(ask) for _time in range(repeat))
    with CaptureQueriesContext(connection) as captured:
        ask()
    statements = [str(query["sql"]) for query in captured.captured_queries]
    return Result(
        name=scenario.name,
        kind=scenario.kind,
        user=scenario.user.username,
        path=scenario.path,
        p50=round(statistics.median(times), 1),
        p95=round(percentile(times, 0.95), 1),
        queries=sum(1 for statement in statements if not _is_bracket(statement)),
        sql=round(_alone(statements), 1),
        budget=BUDGETS[scenario.kind],
    )


def percentile(ordered: Sequence[float], share: float) -> float:
    """The smallest of the ordered values that so great a share of them does not exceed."""
    # Rounded first: 0.95 of 20 must be 19 and no hair more.
    return ordered[max(math.ceil(round(len(ordered) * share, 6)) - 1, 0)]


def _milliseconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


def _asking(scenario: Scenario, client: Client) -> Callable[[], None]:
    if scenario.data is None:
        return lambda: _expect(client.get(scenario.path).status_code, OK, scenario)
    data = scenario.data(client)

    def send() -> None:
        with _rolled_back():
            _expect(client.post(scenario.path, data).status_code, MOVED, scenario)

    return send


def _expect(status: int, expected: int, scenario: Scenario) -> None:
    if status != expected:
        raise UnexpectedAnswerError(f"{scenario.name} ({scenario.path}): {status} instead of {expected}")


def _alone(statements: Sequence[str]) -> float:
    """The milliseconds that the statements take without the application: the median of a few runs."""

    def play() -> None:
        with _rolled_back(), connection.cursor() as cursor:
            for statement in statements:
                if not _is_bracket(statement):
                    cursor.execute(statement)
                    if cursor.description:
                        cursor.fetchall()

    return statistics.median(_milliseconds(play) for _time in range(RAW_REPEATS))


def _is_bracket(statement: str) -> bool:
    return statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT"))


@contextmanager
def _rolled_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@contextmanager
def _served() -> Iterator[None]:
    """Answer the test client as production does, also where static files have not been collected."""
    storages = settings.STORAGES
    if not settings.STATIC_ROOT.joinpath("staticfiles.json").exists():
        plain = f"{StaticFilesStorage.__module__}.{StaticFilesStorage.__qualname__}"
        storages = {**storages, "staticfiles": {"BACKEND": plain}}
    with override_settings(ALLOWED_HOSTS=["testserver"], SECURE_SSL_REDIRECT=False, STORAGES=storages):
        yield


@contextmanager
def _logged_in(people: Iterator[User] | Any) -> Iterator[dict[int, Client]]:
    """A client for each person; a real login would write when they were last here."""
    engine = import_module(settings.SESSION_ENGINE)
    clients, sessions = {}, []
    for person in people:
        session = engine.SessionStore()
        session[SESSION_KEY] = str(person.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = person.get_session_auth_hash()
        session.save()
        client = Client()
        client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
        clients[person.pk] = client
        sessions.append(session)
    try:
        yield clients
    finally:
        for session in sessions:
            session.delete()
