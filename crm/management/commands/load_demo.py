"""Fill an empty database with demo data."""

from __future__ import annotations

import datetime
import time
from typing import Any

from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.models import Branch, User
from crm.demo import bulk
from crm.demo.load import LOADED, Load, Plan
from customers.models import Customer
from purchases.models import Category, Product

START_AGAIN = "Begin again with an empty database: python3 dev.py demo --reset"
MOST_CUSTOMERS = 5_000_000
DEMO_USERS = ("chuyenvien", "quanly", "quantri")


class Command(BaseCommand):
    help = "Fills an empty database with invented Vietnamese customers, purchases and interactions."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--customers", type=int, default=2000, help="how many (default: 2000)")
        parser.add_argument(
            "--seed", type=int, default=2026, help="another number, other people (default: 2026)"
        )
        parser.add_argument(
            "--as-of",
            type=datetime.date.fromisoformat,
            help="YYYY-MM-DD; the history ends the day before (default: today)",
        )
        parser.add_argument(
            "--if-empty", action="store_true", help="do nothing where there are customers already"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        plan = Plan(options["customers"], options["seed"], options["as_of"] or timezone.localdate())
        if not 10 <= plan.customers <= MOST_CUSTOMERS:
            raise CommandError(f"--customers must be between 10 and {MOST_CUSTOMERS:,}.")
        if not 2023 <= plan.as_of.year <= 2030:
            raise CommandError(
                "--as-of must be between 2023 and 2030: the lunar calendar of the demo ends there."
            )
        if not may_load(options["if_empty"]):
            self.stdout.write("There are customers already: nothing was loaded.")
            return
        begun = time.monotonic()
        Load(plan, say=self._say).run()
        if "refresh_segments" in get_commands():
            call_command("refresh_segments", stdout=self.stdout)
        self.stdout.write(
            f"{plan.customers:,} customers as of {plan.as_of:%d/%m/%Y} in {time.monotonic() - begun:.1f} s."
        )

    def _say(self, text: str) -> None:
        """Whoever waits for a million customers wants to see what goes on now."""
        self.stdout.write(text, ending="")
        self.stdout.flush()


def may_load(if_empty: bool) -> bool:
    """Whether demo data may be loaded; False where it need not. Raises CommandError where it must not."""
    if _broken_load():
        raise CommandError(f"An earlier load of demo data did not come to its end. {START_AGAIN}")
    if Customer.objects.exists():
        if if_empty:
            return False
        raise CommandError(
            f"This database has customers already; demo data is never mixed with them. {START_AGAIN}"
        )
    occupied = [
        str(model._meta.verbose_name_plural)
        for model in (*LOADED, Category, Product, Branch)
        if model._base_manager.exists()
    ]
    if User.objects.filter(username__in=DEMO_USERS).exists():
        occupied.append(f"users ({', '.join(DEMO_USERS)})")
    if occupied:
        raise CommandError(f"This database is not empty: it has {', '.join(occupied)}. {START_AGAIN}")
    return True


def _broken_load() -> bool:
    [(found,)] = bulk.rows("SELECT to_regclass('demo_truth.load') IS NOT NULL")
    return bool(found and bulk.rows("SELECT 1 FROM demo_truth.load WHERE finished_at IS NULL"))
