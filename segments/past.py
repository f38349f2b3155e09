"""In which segments a customer was at the end of a past day: calculated again, never stored."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping
from typing import Any

from django.db import connection, transaction

from customers.models import Customer
from customers.registry import PastSegments
from segments import statements
from segments.models import RefreshRun
from segments.offers import segments_among
from segments.refresh import place_parameters, window_of


def segments_on(customer: Customer, day: datetime.date, row: Mapping[str, Any]) -> PastSegments | None:
    """The segments by the purchases until that day and what was recorded then (`row`, by column).

    The cut points are those of the last run until then, else of the first one; the bounds of the bands are
    today's. None where nothing has ever been calculated.
    """
    run = _run_until(day)
    if run is None:
        return None
    cuts_of = run.as_of
    run.as_of = day
    window = window_of(run, only=[customer.pk])
    former = json.dumps({**row, "id": customer.pk})
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in (statements.PURCHASES, statements.UNITS, statements.RETURNS, statements.BEHAVIOUR):
            cursor.execute(statement, window)
        cursor.execute(statements.FORMER, {"former": former})
        cursor.execute(statements.PLACES_OF_FORMER, place_parameters(run))
        cursor.execute("SELECT segment_ids FROM refresh_places")
        [(places,)] = cursor.fetchall()
        cursor.execute(statements.TIDY)
        cursor.execute(statements.TIDY_FORMER)
    return PastSegments([found for found in segments_among(places) if found.is_telling], cuts_of)


def _run_until(day: datetime.date) -> RefreshRun | None:
    runs = RefreshRun.objects.finished()
    return (
        runs.filter(as_of__lte=day).order_by("-as_of", "-pk").first() or runs.order_by("as_of", "pk").first()
    )
