"""Where data and sockets lie when paths are long, planted or closed."""

import os
import pwd
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from crm import local_postgres
from crm.local_postgres import layout
from tests.crm.local_postgres.place import TMP, Place, needs_root


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
