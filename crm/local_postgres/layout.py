"""Where the local database keeps its files, and as which system account it runs."""

import hashlib
import os
import pwd
import stat
import sys
from dataclasses import dataclass
from pathlib import Path

from crm.local_postgres.errors import LocalPostgresError

PORT = 5432
ROLE = "sokhach"
DATABASE = "sokhach"
# A Unix socket's name is at most this many bytes (sun_path without its closing NUL).
LONGEST_SOCKET_NAME = 107 if sys.platform == "linux" else 103
SOCKET_NAME = f".s.PGSQL.{PORT}"
SYSTEM_FOLDERS = (Path("/var/lib"), Path("/tmp"))


@dataclass(frozen=True)
class Account:
    """The system account that the server runs as where we are root, as whom PostgreSQL refuses to run."""

    name: str
    uid: int
    gid: int

    def can_enter(self, folder: Path) -> bool:
        """Whether this account may walk down to the folder; parts that do not exist yet are ours to make."""
        return all(self._may_pass(part) for part in (folder, *folder.parents) if part.exists())

    def _may_pass(self, folder: Path) -> bool:
        info = folder.stat()
        if info.st_uid == self.uid:
            return bool(info.st_mode & stat.S_IXUSR)
        if info.st_gid == self.gid:
            return bool(info.st_mode & stat.S_IXGRP)
        return bool(info.st_mode & stat.S_IXOTH)


@dataclass(frozen=True)
class Layout:
    """The files of one local database; the same data folder always gives the same layout."""

    home: Path
    sockets: Path
    account: Account | None

    @property
    def cluster(self) -> Path:
        return self.home / "postgres"

    @property
    def pid_file(self) -> Path:
        return self.cluster / "postmaster.pid"

    @property
    def socket(self) -> Path:
        return self.sockets / SOCKET_NAME

    @property
    def log(self) -> Path:
        return self.home / "postgres.log"

    @property
    def lock(self) -> Path:
        return self.home / "postgres.lock"

    @property
    def users(self) -> Path:
        return self.home / "postgres.users"

    @property
    def owner(self) -> int:
        return self.account.uid if self.account else os.geteuid()


def locate(data_dir: Path) -> Layout:
    """The layout for a data folder. Changes nothing on the disk."""
    data_dir = data_dir.resolve()
    home, account = _home_as_root(data_dir) if os.geteuid() == 0 else (data_dir, None)
    sockets = home / "run"
    # libpq reads a comma in its host as a list of hosts.
    if len(os.fsencode(sockets / SOCKET_NAME)) > LONGEST_SOCKET_NAME or "," in str(sockets):
        owner = account.uid if account else os.geteuid()
        sockets = Path("/tmp") / f"so-khach-{owner}-{_digest(home)}"
    return Layout(home=home, sockets=sockets, account=account)


def prepare(layout: Layout) -> None:
    """Make the folders around the cluster, and refuse what another account could have planted there."""
    if not layout.home.exists():
        layout.home.mkdir(parents=True)
        # Explicit: with a umask of 077 the service account could not reach its own cluster.
        layout.home.chmod(0o711 if layout.account else 0o700)
    if layout.cluster.exists() and layout.cluster.stat().st_uid != layout.owner:
        raise LocalPostgresError(
            f"The local database in {layout.cluster} belongs to {_name_of(layout.cluster.stat().st_uid)}. "
            "Run this as the account that made it, or set DATABASE_URL."
        )
    _make_private(layout.sockets, owner=layout.owner)


def give_to_account(path: Path, layout: Layout) -> None:
    """Hand a file that we made to the account that the server runs as."""
    if layout.account:
        os.chown(path, layout.account.uid, layout.account.gid)


def _home_as_root(data_dir: Path) -> tuple[Path, Account]:
    """The folder of the cluster and its account; a cluster that exists keeps both, come what may."""
    # Made by root only, so that nobody can plant a cluster where everybody may write.
    elsewhere = [folder / f"so-khach-{_digest(data_dir)}" for folder in SYSTEM_FOLDERS]
    for home in (data_dir, *(folder for folder in elsewhere if _owned_by_root(folder))):
        cluster = home / "postgres"
        if cluster.is_dir() and cluster.stat().st_uid != 0:
            info = cluster.stat()
            return home, Account(_name_of(info.st_uid), info.st_uid, info.st_gid)
    account = _service_account()
    if account.can_enter(data_dir):
        return data_dir, account
    return next(home for home in elsewhere if os.access(home.parent, os.W_OK)), account


def _service_account() -> Account:
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    raise LocalPostgresError(
        "PostgreSQL does not run as root, and this system has neither an account postgres nor nobody. "
        "Run this as an ordinary user, or set DATABASE_URL."
    )


def _owned_by_root(folder: Path) -> bool:
    return folder.is_dir() and not folder.is_symlink() and folder.stat().st_uid == 0


def _make_private(folder: Path, *, owner: int) -> None:
    """A folder that only the owner may enter, as the server asks for no password behind its door."""
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        info = folder.lstat()
        if not stat.S_ISDIR(info.st_mode) or info.st_uid not in {owner, os.geteuid()}:
            raise LocalPostgresError(
                f"{folder} belongs to {_name_of(info.st_uid)}. Remove it and start again."
            ) from None
    folder.chmod(0o700)
    if folder.stat().st_uid != owner:
        os.chown(folder, owner, -1)


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]


def _name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"the account number {uid}"
