#!/usr/bin/env python
"""Django's entry point; starts the local database for commands that need one and have no DATABASE_URL."""

import os
import sys
from pathlib import Path

from django.core.management import execute_from_command_line

from crm import local_postgres

DATA_DIR = Path(__file__).resolve().parent / ".data"
WITHOUT_DATABASE = {"collectstatic", "database", "help", "translations", "version"}


def needs_database(arguments: list[str]) -> bool:
    """Whether the command may talk to the database, so that it must run."""
    command = next((word for word in arguments if not word.startswith("-")), None)
    asks_for_help = bool({"-h", "--help", "--version"} & set(arguments))
    return command is not None and command not in WITHOUT_DATABASE and not asks_for_help


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")
    if os.environ.get("DATABASE_URL") or not needs_database(sys.argv[1:]):
        execute_from_command_line(sys.argv)
        return
    try:
        with local_postgres.running(DATA_DIR):
            try:
                execute_from_command_line(sys.argv)
            finally:
                close_connections()
    except local_postgres.LocalPostgresError as error:
        sys.exit(str(error))


def close_connections() -> None:
    """Close our own, so that only the connections of others keep the database running."""
    from django.core.exceptions import ImproperlyConfigured
    from django.db import connections

    try:
        connections.close_all()
    except ImproperlyConfigured:
        return  # The settings did not load: nothing was opened.


if __name__ == "__main__":
    main()
