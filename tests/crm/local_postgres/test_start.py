"""The local PostgreSQL is started: by root and by ordinary users, with each version, by one of many."""

import json
import os
import pwd
from collections.abc import Callable
from pathlib import Path

import pytest

from crm import local_postgres
from tests.crm.local_postgres.place import AS_ROOT, Place, needs_root

DEBIAN_15 = Path("/usr/lib/postgresql/15/bin")
needs_debian_15 = pytest.mark.skipif(not DEBIAN_15.exists(), reason="Debian's postgresql-15 is not installed")


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
