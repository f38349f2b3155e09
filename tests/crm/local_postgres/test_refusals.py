"""What is told when the server cannot be started."""

from collections.abc import Callable

import pytest

from crm import local_postgres
from crm.local_postgres import layout, server
from tests.crm.local_postgres.place import Place


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
