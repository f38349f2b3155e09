"""Servers, starters and writers are killed: nothing is lost, and the next start finds its way."""

import json
import shutil
import subprocess
import time

import pytest

from crm import local_postgres
from crm.local_postgres import binaries, layout, server
from tests.crm.local_postgres.place import Place, computes, is_zombie, kill


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
