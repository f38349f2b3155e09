"""The application with demo data on this machine: database, web server and job worker, until Ctrl+C."""

import argparse
import contextlib
import ctypes
import errno
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import IO

from crm import local_postgres
from crm.devtools.errors import DevError

HOST = "127.0.0.1"
LAST_PORT = 65535
POLL_SECONDS = 0.2
SECONDS_TO_ANSWER = 60
SECONDS_TO_STOP = 10
SECONDS_BETWEEN_RESTARTS = 2
LOG_LINES_SHOWN = 15
PR_SET_PDEATHSIG = 1
LOGINS = """\
    chuyenvien   relationship staff   password sokhach-demo
    quanly       manager              password sokhach-demo
    quantri      admin                password sokhach-demo"""


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="dev.py demo", description=__doc__)
    parser.add_argument("--port", type=_port, default=8000, help="where the pages answer (8000)")
    parser.add_argument(
        "--customers", type=_count, default=2000, help="how many to make in an empty database (2000)"
    )
    parser.add_argument("--reset", action="store_true", help="drop the demo's database and load it again")
    return parser.parse_args(arguments)


def refuse_if_busy(root: Path, options: argparse.Namespace) -> None:
    """Raise DevError if a demo runs already, the port is taken, or a reset would hit a foreign database."""
    if options.reset and os.environ.get("DATABASE_URL"):
        raise DevError(
            "--reset drops only the demo's own database. Unset DATABASE_URL, or leave --reset out."
        )
    with contextlib.suppress(FileNotFoundError), _lock_file(root).open() as lock:
        _take(lock)
    _refuse_taken_port(options.port)


def main(arguments: list[str], root: Path) -> int:
    """Run the demo to its end; 0 when Ctrl+C or SIGTERM ended it."""
    options = parse(arguments)
    try:
        with _stopping_on_signals(), _claimed(root, options):
            Demo(root, options).run()
    except _Stop:
        print("Stopped.")
        return 0
    except (DevError, local_postgres.LocalPostgresError) as problem:
        print(problem, file=sys.stderr)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        print(f"The disk of {root} is full. Free some space and start again.", file=sys.stderr)
    return 1


class Demo:
    """One run of the demo."""

    def __init__(self, root: Path, options: argparse.Namespace) -> None:
        self.root, self.options = root, options
        self.address = f"http://{HOST}:{options.port}/"
        self.data_dir = root / ".data"
        self.log_path = self.data_dir / "demo.log"
        self.database: local_postgres.Server | None = None
        self.children: list[subprocess.Popen[bytes]] = []

    def run(self) -> None:
        began = time.monotonic()
        with self.log_path.open("wb") as self.log:
            self.log_path.chmod(0o600)
            try:
                self.start_database()
                self.load()
                web = self.spawn(
                    *("-m", "gunicorn", "crm.wsgi", "--bind", f"{HOST}:{self.options.port}"),
                    *("--workers", "1", "--threads", "4", "--log-level", "warning"),
                )
                self.wait_for_page(web)
                # Only now, so that it does not compete with the first page for the processors.
                worker = self.spawn("manage.py", "procrastinate", "worker")
                self.introduce(time.monotonic() - began)
                self.watch(web, worker)
            finally:
                with _deaf():
                    self.stop()

    def start_database(self) -> None:
        if os.environ.get("DATABASE_URL"):
            print("The database is the one that DATABASE_URL names.")
            return
        self.database = local_postgres.ensure_running(self.data_dir, say=_say)
        if self.options.reset:
            print("Dropping the demo's database …")
            local_postgres.recreate_database(self.data_dir, say=_say)

    def load(self) -> None:
        print(f"Preparing the tables and {self.options.customers} demo customers, unless they are there …")
        # One process for all of it: most of the seconds of each would go into loading Django.
        preparing = self.spawn("manage.py", "prepare_demo", "--customers", str(self.options.customers))
        if preparing.wait():
            raise self.problem("The demo could not be prepared")
        self.children.remove(preparing)

    def spawn(self, *arguments: str) -> "subprocess.Popen[bytes]":
        """A Python process in a session of its own, so that Ctrl+C reaches only us, who then stop it."""
        child = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=self.root,
            env={**os.environ, "COMPRESS_STATIC_FILES": "false"},
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,
            preexec_fn=_die_with_parent(),
        )
        self.children.append(child)
        return child

    def wait_for_page(self, web: "subprocess.Popen[bytes]") -> None:
        deadline = time.monotonic() + SECONDS_TO_ANSWER
        # Without the proxy of the environment, which cannot reach this machine.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        while time.monotonic() < deadline:
            if web.poll() is not None:
                raise self.problem("The web server ended")
            try:
                opener.open(self.address, timeout=SECONDS_TO_ANSWER).close()
            except urllib.error.HTTPError as error:
                raise self.problem(f"The first page answered with status {error.code}") from error
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(POLL_SECONDS)
            else:
                return
        raise self.problem(f"The web server did not answer within {SECONDS_TO_ANSWER} seconds")

    def introduce(self, seconds: float) -> None:
        print(f"\nSổ Khách answers at {self.address} after {seconds:.0f} seconds. Log in as one of")
        print(f"\n{LOGINS}\n")
        print(f"Ctrl+C stops it; the data stays. The log is {self.log_path}", flush=True)

    def watch(self, web: "subprocess.Popen[bytes]", worker: "subprocess.Popen[bytes]") -> None:
        """Until a signal: bring back the database and the worker, which ends when the database restarts."""
        while True:
            time.sleep(POLL_SECONDS)
            if web.poll() is not None:
                raise self.problem("The web server ended")
            if self.database and not local_postgres.status(self.data_dir).process:
                print("The database ended; starting it again …")
                self.database.release(say=_say)
                self.database = local_postgres.ensure_running(self.data_dir, say=_say)
            if worker.poll() is not None:
                print("The job worker ended; starting it again …")
                self.children.remove(worker)
                time.sleep(SECONDS_BETWEEN_RESTARTS)
                worker = self.spawn("manage.py", "procrastinate", "worker")

    def stop(self) -> None:
        for child in self.children:
            child.terminate()
        deadline = time.monotonic() + SECONDS_TO_STOP
        for child in self.children:
            try:
                child.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        if self.database and self.database.started and not self.database.release(say=_say):
            print("The database keeps running, as others are connected; `manage.py database stop` stops it.")

    def problem(self, what: str) -> DevError:
        last = self.log_path.read_text(errors="replace").splitlines()[-LOG_LINES_SHOWN:]
        return DevError("\n".join([*last, f"{what}; the end of {self.log_path} stands above."]))


class _Stop(BaseException):
    """Ctrl+C or a signal to end."""


@contextlib.contextmanager
def _claimed(root: Path, options: argparse.Namespace) -> Iterator[None]:
    """Be the only demo in this folder, and tell the next one who we are."""
    path = _lock_file(root)
    if not path.parent.exists():
        path.parent.mkdir()
        # The database's account passes through; secrets inside have modes of their own.
        path.parent.chmod(0o711)
    with path.open("a+") as lock:
        _take(lock)
        _refuse_taken_port(options.port)
        lock.truncate(0)
        lock.write(json.dumps({"address": f"http://{HOST}:{options.port}/", "process": os.getpid()}))
        lock.flush()
        yield


def _lock_file(root: Path) -> Path:
    return root / ".data" / "demo.lock"


def _take(lock: IO[str]) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        told = lock.read()
        where = json.loads(told)["address"] if told else "an address that it is about to tell"
        raise DevError(
            f"A demo already runs in this folder, at {where}. Stop it first with Ctrl+C."
        ) from None


def _refuse_taken_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except PermissionError:
            raise DevError(f"Only root may use port {port}. Choose one above 1023 with --port.") from None
        except OSError:
            other = port + 1 if port < LAST_PORT else port - 1
            raise DevError(f"Port {port} is taken. Choose another one, as in --port {other}.") from None


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= LAST_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: use a number from 1 to {LAST_PORT}")
    return int(text)


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of customers: use 1 or more")
    return int(text)


def _die_with_parent() -> Callable[[], None] | None:
    """For Linux: the children end even if we are killed, so that the next demo finds its port free."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)
    return lambda: libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


@contextlib.contextmanager
def _stopping_on_signals() -> Iterator[None]:
    def stop(_number: int, _frame: FrameType | None) -> None:
        raise _Stop

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    yield


@contextlib.contextmanager
def _deaf() -> Iterator[None]:
    """Finish stopping although Ctrl+C is pressed again; it takes seconds."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    yield


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], Path(__file__).resolve().parents[2]))
