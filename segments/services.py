"""Asking for a calculation of the segments, and changing what a segment is called and where it begins."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from procrastinate.contrib.django import app

from accounts.models import User
from segments.models import RefreshRun, Segment
from segments.refresh import REFRESH_LOCK, fail_interrupted, is_refreshing, recalculate_customers

ASKING_LOCK = 5_360_002
REFRESH_TASK = "segments.refresh"
RECALCULATE_TASK = "segments.recalculate"


def request_refresh(*, by: User | None) -> tuple[RefreshRun, bool]:
    """Have the worker calculate as of today; if a calculation waits or runs already, that one and False."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ASKING_LOCK])
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [REFRESH_LOCK])
        if cursor.fetchone()[0]:
            # Nobody is calculating, so whatever is marked as running has died.
            fail_interrupted(RefreshRun.objects.all())
        run = RefreshRun.objects.open().order_by("pk").first()
        if run is not None:
            return run, False
        run = RefreshRun.objects.create(as_of=timezone.localdate(), asked_by=by)
        app.configure_task(REFRESH_TASK).defer(run_id=run.pk)
    return run, True


def recalculate(customers: Collection[int]) -> None:
    """Bring the figures of a few customers up to date; while a refresh is running, once more after it."""
    with transaction.atomic():
        if is_refreshing():
            numbers: list[Any] = sorted(customers)
            app.configure_task(RECALCULATE_TASK).defer(customers=numbers)
        recalculate_customers(customers)


def change_segment(*, segment: Segment, bound_changed: bool, by: User) -> RefreshRun | None:
    """Save names and bounds; a new bound takes effect with the calculation that this asks for."""
    with transaction.atomic():
        if not bound_changed:
            segment.save()
            return None
        segment.bound_changed_at = timezone.now()
        segment.save()
        run, _created = request_refresh(by=by)
    return run
