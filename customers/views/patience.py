"""When to say that the background worker does not answer."""

from __future__ import annotations

import datetime

from django.utils import timezone

# Longer than this in the queue, and the worker is probably not running.
PATIENCE = datetime.timedelta(seconds=30)


def is_late(waiting_since: datetime.datetime | None) -> bool:
    """Of work that waits since then; of none that does not wait."""
    return waiting_since is not None and waiting_since < timezone.now() - PATIENCE
