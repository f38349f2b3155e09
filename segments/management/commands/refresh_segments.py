from __future__ import annotations

import datetime
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from segments.refresh import RefreshBusyError, RefreshFailedError, refresh_now


def past_day(text: str) -> datetime.date:
    day = datetime.date.fromisoformat(text)
    if day > timezone.localdate():
        raise ValueError
    return day


class Command(BaseCommand):
    help = "Calculate behaviour, RFM scores and segments of all customers as of the end of a day (today)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--as-of", help="a day up to today, such as 2026-11-22")

    def handle(self, *args: Any, as_of: str | None, **options: Any) -> None:
        try:
            day = past_day(as_of) if as_of else timezone.localdate()
        except ValueError as error:
            raise CommandError(
                _("--as-of: “%(day)s” is not a day up to today. Example: 2026-11-22") % {"day": as_of}
            ) from error
        try:
            run = refresh_now(as_of=day)
        except RefreshBusyError as error:
            raise CommandError(
                _("Another calculation is running. Try again when it has finished.")
            ) from error
        except RefreshFailedError as error:
            raise CommandError(
                _("The calculation failed and nothing has changed: %(error)s") % {"error": error}
            ) from error
        self.stdout.write(
            _("As of %(day)s: %(customers)d customers, %(buyers)d buyers; %(changed)d customers changed.")
            % {
                "day": f"{run.as_of:%d/%m/%Y}",
                "customers": run.customers,
                "buyers": run.buyers,
                "changed": run.rows_changed,
            }
        )
