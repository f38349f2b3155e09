"""The life of one PostgreSQL server: make its cluster, start it, wait for it, stop it."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from crm.local_postgres import tuning
from crm.local_postgres.binaries import Binaries, as_account
from crm.local_postgres.errors import LocalPostgresError
from crm.local_postgres.layout import DATABASE, PORT, ROLE, Layout, give_to_account

Say = Callable[[str], None]

POLL_SECONDS = 0.03
RETRY_SECONDS = 0.3
SECONDS_BETWEEN_MESSAGES = 10
LOG_SIZE_LIMIT = 16 * tuning.MB
UNFINISHED = "postgres.new-"
FIRST_WITH_BUILTIN_LOCALES = 17
# Of a cluster with its first log, so that a full disk is told before rather than halfway.
SPACE_OF_NEW_CLUSTER = 200 * tuning.MB
# Line of postmaster.pid that tells the state, counted from zero (PostgreSQL's pidfile.h).
STATE_LINE = 7

# Our own servers, kept so that they are reaped when they end.
_children: list["subprocess.Popen[bytes]"] = []


def create_cluster(layout: Layout, binaries: Binaries) -> None:
    """A new, empty cluster with our role and database; whole or not there at all."""
    for leftover in layout.home.glob(f"{UNFINISHED}*"):
        shutil.rmtree(leftover)
    if shutil.disk_usage(layout.home).free < SPACE_OF_NEW_CLUSTER:
        raise _disk_full(layout.home)
    unfinished = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=layout.home))
    give_to_account(unfinished, layout)
    try:
        _initialise(unfinished, layout, binaries)
        unfinished.rename(layout.cluster)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _initialise(folder: Path, layout: Layout, binaries: Binaries) -> None:
    made = binaries.run(
        "initdb",
        *("-D", folder),
        f"--username={ROLE}",
        "--auth=trust",
        "--encoding=UTF8",
        "--data-checksums",
        # Built in, it knows Vietnamese letters on every system, and the same way.
        *(["--locale-provider=builtin"] if binaries.major >= FIRST_WITH_BUILTIN_LOCALES else []),
        "--locale=C.UTF-8",
        layout=layout,
    )
    if made.returncode:
        raise _failed("initdb could not make the local database", made.stdout + made.stderr, layout)
    # Alone and before the rename, so that a cluster that exists always has its database.
    sql = f"CREATE DATABASE {DATABASE}\n"
    made = binaries.run("postgres", "--single", "-D", folder, "template1", text=sql, layout=layout)
    if made.returncode:
        raise _failed("PostgreSQL could not make the database", made.stdout + made.stderr, layout)


def start(layout: Layout, binaries: Binaries, *, say: Say) -> tuple[int, bool]:
    """Start the server unless it runs, and wait until it answers: its process, and whether we started it.

    Crash recovery may take long; only the end of the server's process is a failure.
    """
    attempt = _Attempt(layout, binaries)
    notice = Notice(say, f"The local database is not ready yet (its log is {layout.log})")
    try:
        while True:
            process = running_process(layout)
            if process and _state(layout) == "ready" and answers(layout):
                return process, attempt.started(process)
            if not process:
                attempt.go_on()
            notice.after_a_while()
            time.sleep(POLL_SECONDS)
    except (KeyboardInterrupt, SystemExit):
        attempt.give_up()
        raise


def stop(layout: Layout, *, say: Say) -> bool:
    """Stop the server, closing its connections, and wait until it is gone; False if none ran."""
    process = running_process(layout)
    if not process:
        return False
    notice = Notice(say, f"The local database is writing its last pages (its log is {layout.log})")
    # SIGINT is PostgreSQL's fast shutdown: open transactions are rolled back, all others are kept.
    os.kill(process, signal.SIGINT)
    while running_process(layout) == process:
        notice.after_a_while()
        time.sleep(POLL_SECONDS)
    for child in _children:
        if child.pid == process:
            child.wait()
    return True


def running_process(layout: Layout) -> int | None:
    """The process of this cluster's server; None where its pid file is stale."""
    process = _recorded_process(layout)
    return process if process and _serves(process, layout) else None


def answers(layout: Layout) -> bool:
    """Whether somebody listens on the socket."""
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(layout.socket))
        except OSError:
            return False
    return True


class _Attempt:
    """Our try to start the server, repeated while one that was killed still holds its memory."""

    def __init__(self, layout: Layout, binaries: Binaries) -> None:
        self.layout, self.binaries = layout, binaries
        self.child: subprocess.Popen[bytes] | None = None
        self.log_size = 0

    def started(self, process: int) -> bool:
        return self.child is not None and self.child.pid == process

    def go_on(self) -> None:
        """Launch the server, or raise if it ended for a reason that waiting does not heal."""
        if self.child and self.child.poll() is not None:
            told = _log_since(self.layout, self.log_size)
            # The last queries of a server that was killed still run: they end by themselves.
            if "pre-existing shared memory block" not in told:
                raise _failed("The local database does not start", told, self.layout)
            self.child = None
            time.sleep(RETRY_SECONDS)
        if not self.child:
            self.log_size = self.layout.log.stat().st_size if self.layout.log.exists() else 0
            self.child = _launch(self.layout, self.binaries)

    def give_up(self) -> None:
        if self.child and self.child.poll() is None:
            self.child.send_signal(signal.SIGINT)


def _launch(layout: Layout, binaries: Binaries) -> "subprocess.Popen[bytes]":
    options = {
        "listen_addresses": "",
        "port": str(PORT),
        # Quoted, as the list of folders may hold blanks.
        "unix_socket_directories": f'"{str(layout.sockets).replace(chr(34), chr(34) * 2)}"',
        "unix_socket_permissions": "0700",
        "cluster_name": "so-khach",
        "log_line_prefix": "%m [%p] ",
        **tuning.settings(layout.cluster),
    }
    command: list[str | Path] = [binaries.folder / "postgres", "-D", layout.cluster]
    for name, value in options.items():
        command += ["-c", f"{name}={value}"]
    start_as = as_account(layout)
    stale = _recorded_process(layout)
    if stale:
        # The number may still be taken: by the dead server itself, not yet reaped, or by a stranger.
        # PostgreSQL takes a lock file of its "grandparent" for stale, and still looks for live backends.
        start_as["env"] = start_as["env"] | {"PG_GRANDPARENT_PID": str(stale)}
    if layout.log.exists() and layout.log.stat().st_size > LOG_SIZE_LIMIT:
        layout.log.replace(layout.log.with_suffix(".log.1"))
    with layout.log.open("ab") as log:
        # Its error messages may quote what people typed about customers.
        layout.log.chmod(0o600)
        # A session of its own: Ctrl+C at our terminal must not reach a server that others may use.
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, **start_as
        )
    _children[:] = [earlier for earlier in _children if earlier.poll() is None] + [child]
    return child


def _recorded_process(layout: Layout) -> int | None:
    lines = _pid_file_lines(layout)
    return abs(int(lines[0])) if lines and lines[0].lstrip("-").isdigit() else None


def _state(layout: Layout) -> str:
    lines = _pid_file_lines(layout)
    return lines[STATE_LINE].strip() if len(lines) > STATE_LINE else ""


def _pid_file_lines(layout: Layout) -> list[str]:
    try:
        return layout.pid_file.read_text(errors="replace").splitlines()
    except FileNotFoundError:
        return []


def _serves(process: int, layout: Layout) -> bool:
    """Whether the process is the server of this cluster, and neither a stranger nor a zombie."""
    cluster = os.fsencode(layout.cluster)
    if Path("/proc/self").exists():
        with suppress(FileNotFoundError, ProcessLookupError):
            return cluster in Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0")
        return False
    shown = subprocess.run(["ps", "-o", "args=", "-p", str(process)], capture_output=True, check=False)
    return cluster in shown.stdout


def _log_since(layout: Layout, size: int) -> str:
    with layout.log.open("rb") as log:
        log.seek(size)
        return log.read().decode(errors="replace")


def _failed(what: str, output: str, layout: Layout) -> LocalPostgresError:
    if "No space left on device" in output:
        return _disk_full(layout.home)
    last = "\n".join(f"    {line}" for line in output.strip().splitlines()[-8:])
    return LocalPostgresError(f"{what} (its log is {layout.log}):\n{last}")


def _disk_full(folder: Path) -> LocalPostgresError:
    return LocalPostgresError(
        f"The disk of {folder} is full: {shutil.disk_usage(folder).free // tuning.MB} MB are free, and the "
        f"local database needs {SPACE_OF_NEW_CLUSTER // tuning.MB} MB to begin with. Free some and try again."
    )


class Notice:
    """A message now and then while somebody waits."""

    def __init__(self, say: Say, text: str) -> None:
        self.say, self.text = say, text
        self.began = self.last = time.monotonic()

    def after_a_while(self) -> None:
        now = time.monotonic()
        if now - self.last >= SECONDS_BETWEEN_MESSAGES:
            self.last = now
            self.say(f"{self.text}; waiting for {now - self.began:.0f} seconds so far.")
