"""When to say that the background worker does not answer."""

from __future__ import annotations

import datetime

from django.utils import timezone

# Longer than this in the queue, and the worker is probably not running.
PATIENCE = datetime.timedelta(seconds=30)


def is_late(queued_at: datetime.datetime | None, started_at: datetime.datetime | None) -> bool:
    return queued_at is not None and started_at is None and queued_at < timezone.now() - PATIENCE
