"""One import of a source at a time."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from customers.importing.errors import ImportFileError
from customers.said import said as _

# Says what the second key of the advisory lock is about; any fixed number that no other lock uses.
IMPORT_LOCKS = 20_260_201
# The server needs a moment to see that an import was killed.
PATIENCE_SECONDS = 5.0


@contextmanager
def only_import_of(source: str) -> Iterator[None]:
    """Hold the source for this connection; PostgreSQL lets go when the process dies.

    Raises ImportFileError where another import holds it.
    """
    if not _taken(source):
        raise ImportFileError(
            _(
                "Another import of the source “%(source)s” is running. "
                "Wait until it has ended, then start again."
            )
            % {"source": source}
        )
    try:
        yield
    finally:
        if connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, hashtext(%s))", [IMPORT_LOCKS, source])


def _taken(source: str) -> bool:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s, hashtext(%s))", [IMPORT_LOCKS, source])
            (held,) = cursor.fetchone()
        if held or time.monotonic() > deadline:
            return bool(held)
        time.sleep(0.25)
