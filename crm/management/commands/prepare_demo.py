"""What the demo needs before its first page, in one process: used by `dev.py demo`."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser


class Command(BaseCommand):
    help = "Collect the static files, bring the tables up to date and load demo data into empty ones."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--customers", type=int, required=True)

    def handle(self, *_args: Any, customers: int, **_options: Any) -> None:
        call_command("collectstatic", interactive=False, verbosity=0)
        call_command("migrate", interactive=False)
        call_command("load_demo", if_empty=True, customers=customers)
