"""A PostgreSQL of the project's own, for every machine on which DATABASE_URL is not set.

Uses the standard library only, so that it works before anything is installed or configured. Whoever needs the
database calls `ensure_running` and keeps what it returns until the work is done:

    server = local_postgres.ensure_running(DATA_DIR)
    ...
    server.release()  # stops it, if we started it and nobody else uses it
"""

import fcntl
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from crm.local_postgres import binaries as programs
from crm.local_postgres import server as process
from crm.local_postgres.errors import LocalPostgresError
from crm.local_postgres.layout import DATABASE, PORT, ROLE, Layout, locate, prepare
from crm.local_postgres.server import Say

__all__ = [
    "LocalPostgresError",
    "Server",
    "Status",
    "connection_settings",
    "ensure_running",
    "recreate_database",
    "running",
    "status",
    "stop",
]

# A client that closed its connection a moment ago is still listed for a few milliseconds.
SECONDS_FOR_GOODBYES = 1.0


def say_on_stderr(text: str) -> None:
    """The default way to tell whoever waits what they wait for."""
    sys.stderr.write(f"{text}\n")


def connection_settings(data_dir: Path) -> dict[str, str]:
    """How to connect, in the words of Django's DATABASES; starts and changes nothing."""
    return {"HOST": str(locate(data_dir).sockets), "PORT": str(PORT), "USER": ROLE, "NAME": DATABASE}


@dataclass
class Server:
    """A running local database and our claim on it."""

    layout: Layout
    process: int
    started: bool
    # A bare descriptor: nothing but release or the end of this process gives it up.
    _claim: int

    def release(self, *, say: Say = say_on_stderr) -> bool:
        """Give the claim up; stop the server if we started it and nobody else uses it. True if stopped."""
        with _locked(self.layout, say):
            if self._claim < 0:
                return False
            try:
                return self._is_ours_alone() and process.stop(self.layout, say=say)
            finally:
                os.close(self._claim)
                self._claim = -1

    def _is_ours_alone(self) -> bool:
        if not self.started or process.running_process(self.layout) != self.process:
            return False
        try:
            fcntl.flock(self._claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return not _others_are_connected(self.layout)


@dataclass(frozen=True)
class Status:
    """What there is of the local database of a data folder."""

    layout: Layout
    process: int | None
    exists: bool


def ensure_running(data_dir: Path, *, say: Say = say_on_stderr) -> Server:
    """The local database of the data folder, made and started if need be, and ready for connections.

    Safe to call from any number of processes at once, and again after any of them or the server was killed.
    Raises LocalPostgresError with a sentence for the user.
    """
    layout = locate(data_dir)
    try:
        prepare(layout)
        with _locked(layout, say):
            found = programs.find(layout)
            if not layout.cluster.exists():
                say(f"Making the local database in {layout.cluster} …")
                process.create_cluster(layout, found)
            pid, started = process.start(layout, found, say=say)
            claim = os.open(layout.users, os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(claim, fcntl.LOCK_SH)
    except OSError as error:
        raise LocalPostgresError(
            f"The local database cannot use {error.filename}: {error.strerror}."
        ) from error
    return Server(layout, pid, started, claim)


@contextmanager
def running(data_dir: Path, *, say: Say = say_on_stderr) -> Iterator[Server]:
    """Keep the local database running inside the block, also when SIGTERM ends it."""
    with _sigterm_exits():
        server = ensure_running(data_dir, say=say)
        try:
            yield server
        finally:
            server.release(say=say)


def stop(data_dir: Path, *, say: Say = say_on_stderr) -> bool:
    """Stop the server whoever uses it; False if it did not run."""
    layout = locate(data_dir)
    if not layout.cluster.exists():
        return False
    with _locked(layout, say):
        return process.stop(layout, say=say)


def status(data_dir: Path) -> Status:
    """Whether the server runs, and where its files are."""
    layout = locate(data_dir)
    return Status(layout, process.running_process(layout), layout.cluster.exists())


def recreate_database(data_dir: Path, *, say: Say = say_on_stderr) -> None:
    """Drop the database with all that is in it, and make it anew; the server must run."""
    layout = locate(data_dir)
    with _locked(layout, say):
        found = programs.find(layout)
        found.query(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)", layout=layout, database="postgres")
        found.query(f"CREATE DATABASE {DATABASE}", layout=layout, database="postgres")


def _others_are_connected(layout: Layout) -> bool:
    sql = (
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
    )
    found = programs.find(layout)
    deadline = time.monotonic() + SECONDS_FOR_GOODBYES
    while found.query(sql, layout=layout, database="postgres") != "0":
        if time.monotonic() > deadline:
            return True
        time.sleep(0.1)
    return False


@contextmanager
def _locked(layout: Layout, say: Say) -> Iterator[None]:
    """One process at a time makes, starts and stops; the kernel frees the lock when its holder dies."""
    with layout.lock.open("a") as lock:
        notice = process.Notice(say, "Another process is starting or stopping the local database")
        while True:
            with suppress(BlockingIOError):
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            notice.after_a_while()
            time.sleep(process.POLL_SECONDS)
        yield


@contextmanager
def _sigterm_exits() -> Iterator[None]:
    """Let SIGTERM unwind the stack, where nobody has other plans for it."""
    ours = (
        threading.current_thread() is threading.main_thread()
        and signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
    )
    if ours:
        signal.signal(signal.SIGTERM, _exit_for)
    try:
        yield
    finally:
        if ours and signal.getsignal(signal.SIGTERM) is _exit_for:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _exit_for(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)
