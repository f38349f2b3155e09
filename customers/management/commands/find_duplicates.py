"""Scan the whole base for records of one person: `manage.py find_duplicates`."""

import time
from decimal import Decimal
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from customers.duplicate_scan import find_duplicates
from customers.vietnamese.money import format_count, format_decimal


class Command(BaseCommand):
    help = "Scan all customers for records of one person. See docs/duplicates.md for the weights."

    def handle(self, *_args: Any, **_options: Any) -> None:
        begun = time.monotonic()
        scan = find_duplicates()
        self.stdout.write(
            _(
                "%(compared)s pairs compared in %(seconds)s s: %(found)s likely to be one person,"
                " %(new)s of them new; %(gone)s no longer."
            )
            % {
                "compared": format_count(scan.compared),
                "seconds": format_decimal(Decimal(time.monotonic() - begun), 1),
                "found": format_count(scan.found),
                "new": format_count(scan.new),
                "gone": format_count(scan.gone),
            }
        )
