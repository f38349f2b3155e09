"""Calculating behaviour, RFM scores and segments of all customers as of the end of a day, all or nothing."""

from __future__ import annotations

import datetime
import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from customers.choices import ONLINE_CHANNELS
from customers.models.behaviour import LONG_AGO
from segments import rfm, statements
from segments.models import Family, RefreshRun, Segment

# The advisory lock of whoever is calculating; a process that dies gives it back with its connection.
REFRESH_LOCK = 5_360_001
PROGRESS = {
    RefreshRun.Step.PURCHASES: 2,
    RefreshRun.Step.UNITS: 20,
    RefreshRun.Step.BEHAVIOUR: 45,
    RefreshRun.Step.SCORES: 55,
    RefreshRun.Step.SEGMENTS: 60,
    RefreshRun.Step.FIGURES: 90,
}
# Customers outside all bands or values of a family are in the segment with this key.
OUTSIDE = {
    Family.QUANTITY: "none",
    Family.VALUE: "none",
    Family.BASKET: "none",
    Family.CHANNEL: "none",
    Family.RFM: rfm.Group.PROSPECT,
    Family.RFM_CELL: rfm.Group.PROSPECT,
}

Report = Callable[[RefreshRun.Step], None]


class RefreshBusyError(Exception):
    """Another process is calculating right now."""


class RefreshFailedError(Exception):
    """The calculation stopped; nothing has changed."""


def run_refresh(run: RefreshRun) -> RefreshRun:
    """Carry out a waiting run; whoever comes second waits, and finds it finished."""
    with _sole_refresh(wait=True):
        run.refresh_from_db()
        if run.is_open:
            _carry_out(run)
    return run


def refresh_now(*, as_of: datetime.date) -> RefreshRun:
    """Calculate in this process; raises RefreshBusyError while another one calculates."""
    with _sole_refresh(wait=False):
        waiting = RefreshRun.objects.filter(state=RefreshRun.State.QUEUED, as_of=as_of).first()
        run = waiting or RefreshRun(as_of=as_of)
        _carry_out(run)
    return run


def _carry_out(run: RefreshRun) -> None:
    fail_interrupted(RefreshRun.objects.exclude(pk=run.pk))
    run.state = RefreshRun.State.RUNNING
    run.started_at = timezone.now()
    run.save()
    try:
        with _progress_of(run) as report, transaction.atomic():
            _calculate(run, report)
    except DatabaseError as error:
        run.state = RefreshRun.State.FAILED
        run.finished_at = timezone.now()
        run.error = str(error).strip().partition("\n")[0]
        run.save(update_fields=["state", "finished_at", "error"])
        raise RefreshFailedError(run.error) from error


def fail_interrupted(runs: QuerySet[RefreshRun]) -> None:
    """Close the running runs among `runs`: to be called only where their process is known to be gone."""
    runs.filter(state=RefreshRun.State.RUNNING).update(
        state=RefreshRun.State.FAILED,
        finished_at=timezone.now(),
        error=_("The calculation was interrupted. Nothing has changed."),
    )


@contextmanager
def _sole_refresh(*, wait: bool) -> Iterator[None]:
    with connection.cursor() as cursor:
        if wait:
            cursor.execute("SELECT pg_advisory_lock(%s)", [REFRESH_LOCK])
        else:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [REFRESH_LOCK])
            if not cursor.fetchone()[0]:
                raise RefreshBusyError
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [REFRESH_LOCK])


@contextmanager
def _progress_of(run: RefreshRun) -> Iterator[Report]:
    """Note each step over a connection of its own, so that people see it before the transaction ends."""
    if connection.in_atomic_block:
        # The run itself may not be committed yet: nobody else could see it.
        yield lambda step: None
        return
    other = connection.copy()
    try:

        def report(step: RefreshRun.Step) -> None:
            with other.cursor() as cursor:
                cursor.execute(
                    "UPDATE segments_refreshrun SET step = %s, progress = %s WHERE id = %s",
                    [step.value, PROGRESS[step], run.pk],
                )

        yield report
    finally:
        other.close()


def _calculate(run: RefreshRun, report: Report) -> None:
    with connection.cursor() as cursor:
        # The statements are few and large: sorted plans in generous memory, no compilation per statement.
        cursor.execute("SET LOCAL work_mem = '256MB'")
        cursor.execute("SET LOCAL jit = off")
        _add_up(cursor, run, report)
        report(RefreshRun.Step.SCORES)
        _find_cuts(cursor, run)
        report(RefreshRun.Step.SEGMENTS)
        cursor.execute(statements.PLACES, place_parameters(run))
        cursor.execute("ANALYZE refresh_places")
        cursor.execute(statements.STORE)
        run.rows_changed = cursor.rowcount
        report(RefreshRun.Step.FIGURES)
        _store_figures(cursor, run)


def recalculate_customers(customers: Collection[int]) -> None:
    """Behaviour, scores and segments of a few customers, as of the last refresh and by its cut points."""
    run = RefreshRun.objects.current()
    if run is None:
        return
    window = window_of(run, only=sorted(customers))
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in (statements.PURCHASES, statements.UNITS, statements.RETURNS, statements.BEHAVIOUR):
            cursor.execute(statement, window)
        cursor.execute(statements.PLACES, place_parameters(run))
        cursor.execute(statements.STORE)
        cursor.execute(statements.TIDY)


def recalculate_after_refresh(customers: Collection[int]) -> None:
    """Wait for the refresh that is running, which may have read these customers before they changed."""
    with _sole_refresh(wait=True):
        recalculate_customers(customers)


def is_refreshing() -> bool:
    """Whether a refresh is running; if not, none begins before the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT NOT pg_try_advisory_xact_lock_shared(%s)", [REFRESH_LOCK])
        return bool(cursor.fetchone()[0])


def window_of(run: RefreshRun, *, only: Sequence[int] | None = None) -> dict[str, Any]:
    """Between which moments purchases count, and of which customers."""
    return {
        "since": _midnight(run.window_start),
        "until": _midnight(run.as_of + datetime.timedelta(days=1)),
        "zone": settings.TIME_ZONE,
        "only": only,
    }


def _add_up(cursor: CursorWrapper, run: RefreshRun, report: Report) -> None:
    window = window_of(run)
    report(RefreshRun.Step.PURCHASES)
    cursor.execute("SET LOCAL enable_hashagg = off")
    cursor.execute(statements.PURCHASES, window)
    cursor.execute("SET LOCAL enable_hashagg = on")
    cursor.execute("ANALYZE refresh_purchases")
    report(RefreshRun.Step.UNITS)
    cursor.execute(statements.UNITS, window)
    cursor.execute(statements.RETURNS, window)
    cursor.execute("ANALYZE refresh_units")
    cursor.execute("ANALYZE refresh_returns")
    report(RefreshRun.Step.BEHAVIOUR)
    cursor.execute(statements.BEHAVIOUR, window)
    cursor.execute("ANALYZE refresh_behaviour")


def _midnight(day: datetime.date) -> datetime.datetime:
    return datetime.datetime.combine(day, datetime.time(), tzinfo=ZoneInfo(settings.TIME_ZONE))


def _find_cuts(cursor: CursorWrapper, run: RefreshRun) -> None:
    cursor.execute(statements.CUTS)
    buyers, recency, frequency, monetary = cursor.fetchone()
    run.fixed_thresholds = buyers < rfm.FEWEST_BUYERS_FOR_PERCENTILES
    if run.fixed_thresholds:
        recency = rfm.fixed_recency_cuts(run.as_of)
        frequency, monetary = list(rfm.FIXED_FREQUENCY), list(rfm.FIXED_MONETARY)
    run.recency_cuts, run.frequency_cuts, run.monetary_cuts = recency, frequency, monetary


def place_parameters(run: RefreshRun) -> dict[str, Any]:
    """What `statements.PLACES` needs to know of the segments: keys by value, and the bounds of bands."""
    by_family: dict[Family, dict[str, int]] = defaultdict(dict)
    bands: dict[Family, list[tuple[Any, int]]] = defaultdict(list)
    for segment in Segment.objects.all():
        family = Family(segment.family)
        by_family[family][segment.key] = segment.pk
        if segment.lower_bound is not None:
            bands[family].append((segment.lower_bound, segment.pk))
    parameters: dict[str, Any] = {
        "year": run.as_of.year,
        "month": run.as_of.month,
        "day": run.as_of.day,
        "online": sorted(channel.value for channel in ONLINE_CHANNELS),
        "recency_cuts": run.recency_cuts,
        "frequency_cuts": run.frequency_cuts,
        "monetary_cuts": run.monetary_cuts,
        "rfm_map": [by_family[Family.RFM][group] for row in sorted(rfm.MAP) for group in rfm.MAP[row]],
        "cell_map": [
            by_family[Family.RFM_CELL][rfm.cell_key(recency, frequency)]
            for recency in rfm.SCORES
            for frequency in rfm.SCORES
        ],
    }
    for family, keys in by_family.items():
        parameters[family.value] = json.dumps(keys)
        parameters[f"{family.value}_outside"] = keys.get(OUTSIDE.get(family, "unknown"))
    for family, rows in bands.items():
        rows.sort()
        parameters[f"{family.value}_bounds"] = [bound for bound, _pk in rows]
        parameters[f"{family.value}_bands"] = [pk for _bound, pk in rows]
    return parameters


def _store_figures(cursor: CursorWrapper, run: RefreshRun) -> None:
    cursor.execute(statements.FIGURES, {"run": run.pk, "long_ago": LONG_AGO})
    cursor.execute(statements.TOTALS)
    run.customers, run.buyers, run.orders, run.revenue = cursor.fetchone()
    run.state = RefreshRun.State.DONE
    run.step = ""
    run.progress = 100
    run.finished_at = timezone.now()
    run.error = ""
    run.save()
    cursor.execute(statements.FORGET, {"run": run.pk})
    # For the next refresh within a larger transaction; otherwise the commit would drop them.
    cursor.execute(statements.TIDY)
