"""The local database by hand: `manage.py database start|stop|status`."""

import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from crm import local_postgres

# As pg_ctl and init scripts answer for a server that does not run.
EXIT_NOT_RUNNING = 3


class Command(BaseCommand):
    help = "Start, stop or describe the local PostgreSQL that is used while DATABASE_URL is not set."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["start", "stop", "status"])

    def handle(self, *_args: Any, action: str, **_options: Any) -> None:
        try:
            getattr(self, action)()
        except local_postgres.LocalPostgresError as error:
            raise CommandError(str(error)) from error

    def start(self) -> None:
        """Start the server and leave it running."""
        server = local_postgres.ensure_running(settings.DATA_DIR)
        self.stdout.write("The local database is running." if server.started else "It was running already.")

    def stop(self) -> None:
        """Stop the server, whoever uses it."""
        stopped = local_postgres.stop(settings.DATA_DIR)
        self.stdout.write("The local database is stopped." if stopped else "It was not running.")

    def status(self) -> None:
        """Tell whether the server runs and where its files are; the exit code tells the same."""
        found = local_postgres.status(settings.DATA_DIR)
        running = f"running as process {found.process}" if found.process else "not running"
        account = found.layout.account.name if found.layout.account else "your own account"
        self.stdout.write(
            f"server   {running}, as {account}\n"
            f"data     {found.layout.cluster}{'' if found.exists else ' (not made yet)'}\n"
            f"socket   {found.layout.sockets}\n"
            f"log      {found.layout.log}"
        )
        if not found.process:
            sys.exit(EXIT_NOT_RUNNING)
