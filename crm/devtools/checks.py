"""`dev.py test`: the static checks side by side, then the tests, whose closing line stays last."""

import argparse
import contextlib
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from crm import local_postgres
from crm.devtools.errors import DevError

PYTHON_FOLDERS = ("accounts", "crm", "customers", "interactions", "purchases", "segments")
DEBIAN_15 = Path("/usr/lib/postgresql/15/bin")
# As tests/browser/conftest.py finds it.
CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
# They test the local PostgreSQL itself and this script, not the application on another server.
ABOUT_THIS_MACHINE = ("tests/crm/local_postgres", "tests/test_dev.py")


@dataclass(frozen=True)
class Check:
    """One command that must succeed."""

    name: str
    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """How a check ended."""

    name: str
    passed: bool
    seconds: float
    output: str = ""

    def __str__(self) -> str:
        return f"{'ok    ' if self.passed else 'FAILED'}  {self.name:<24} {self.seconds:6.1f} s"


def main(arguments: list[str], root: Path) -> int:
    options, for_pytest = parse(arguments)
    try:
        with _database(root / ".data"):
            outcomes = [] if options.only_tests else static_checks(root)
            # The whole suite again, unless some tests were asked for.
            if (options.all or os.environ.get("CI") == "true") and not for_pytest:
                outcomes += tests_on_version_15(root)
            outcomes.append(tests(root, for_pytest))
    except (DevError, local_postgres.LocalPostgresError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    if not CHROMIUM.exists():
        print(f"The browser tests were SKIPPED: {CHROMIUM} is not there (apt install chromium).")
    failed = [outcome.name for outcome in outcomes if not outcome.passed]
    if failed:
        print(f"FAILED: {', '.join(failed)}")
    return 1 if failed else 0


def parse(arguments: list[str]) -> tuple[argparse.Namespace, list[str]]:
    """Our own options stand first; all the rest is pytest's."""
    options = argparse.Namespace(only_tests=False, all=False)
    rest = list(arguments)
    while rest and rest[0] in {"--only-tests", "--all"}:
        setattr(options, rest.pop(0).removeprefix("--").replace("-", "_"), True)
    return options, rest


def static_checks(root: Path) -> list[Outcome]:
    """Run them all, as many at once as there are processors, and show the output of those that fail."""
    outcomes = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for done in as_completed([pool.submit(run, check, root) for check in checks(root)]):
            outcomes.append(done.result())
            if not outcomes[-1].passed:
                print(f"\n{outcomes[-1].output.strip()}\n")
            print(outcomes[-1], flush=True)
    return outcomes


def checks(root: Path) -> list[Check]:
    templates = sorted(map(str, (root / "templates").rglob("*.html")))
    manage = [sys.executable, str(root / "manage.py")]
    production = {
        "DEBUG": "false",
        "SECRET_KEY": secrets.token_urlsafe(60),
        "ALLOWED_HOSTS": "so-khach.example",
        "HTTPS": "true",
    }
    # The slowest first.
    return [
        Check("mypy", _tool("mypy")),
        Check("makemigrations --check", [*manage, "makemigrations", "--check", "--dry-run"]),
        Check("check --deploy", [*manage, "check", "--deploy", "--fail-level", "WARNING"], production),
        Check("translations check", [*manage, "translations", "check"]),
        Check("import-linter", _tool("lint-imports")),
        Check("djlint", _tool("djlint", "--lint", "--quiet", "templates")),
        Check("djade", _tool("djade", "--check", *templates)),
        Check("ruff check", _tool("ruff", "check", "--quiet")),
        Check("ruff format", _tool("ruff", "format", "--check", "--quiet")),
    ]


def run(check: Check, root: Path) -> Outcome:
    began = time.monotonic()
    result = subprocess.run(
        check.command,
        cwd=root,
        env={**os.environ, **check.environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    return Outcome(check.name, result.returncode == 0, time.monotonic() - began, result.stdout)


def tests_on_version_15(root: Path) -> list[Outcome]:
    """The suite on a plain PostgreSQL 15, as a customer's Debian has it, made and thrown away."""
    if not DEBIAN_15.exists():
        print(f"skipped  pytest on PostgreSQL 15: {DEBIAN_15} is not there (apt install postgresql-15)")
        return []
    print("\nThe tests on Debian's PostgreSQL 15", flush=True)
    leave_out = [f"--ignore={path}" for path in ABOUT_THIS_MACHINE]
    with _version_15() as url:
        arguments = ["-n", "auto", "-m", "not browser", *leave_out]
        return [_pytest(root, "pytest on PostgreSQL 15", arguments, DATABASE_URL=url)]


def tests(root: Path, for_pytest: list[str]) -> Outcome:
    """The suite on this machine's processors, or what the user asks of pytest, word for word."""
    print("\nThe tests", flush=True)
    return _pytest(root, "pytest", for_pytest or ["-n", "auto"])


def _pytest(root: Path, name: str, arguments: list[str], **environment: str) -> Outcome:
    command = [sys.executable, "-m", "pytest", "-q", "-rfEs", *arguments]
    began = time.monotonic()
    result = subprocess.run(command, cwd=root, env={**os.environ, **environment}, check=False)
    return Outcome(name, result.returncode == 0, time.monotonic() - began)


@contextlib.contextmanager
def _database(data_dir: Path) -> Iterator[None]:
    """One server for all checks and tests, unless DATABASE_URL names another."""
    if os.environ.get("DATABASE_URL"):
        yield
        return
    with local_postgres.running(data_dir):
        yield


@contextlib.contextmanager
def _version_15() -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="so-khach-pg15-"))
    # As root, the server runs as another account, which must be able to enter.
    folder.chmod(0o755)
    before = os.environ.get("CRM_PG_BIN")
    os.environ["CRM_PG_BIN"] = str(DEBIAN_15)
    try:
        with local_postgres.running(folder / ".data"):
            words = local_postgres.connection_settings(folder / ".data")
            yield f"postgresql://{words['USER']}@/{words['NAME']}?host={quote(words['HOST'], safe='')}"
    finally:
        local_postgres.stop(folder / ".data")
        if before is None:
            del os.environ["CRM_PG_BIN"]
        else:
            os.environ["CRM_PG_BIN"] = before
        shutil.rmtree(folder)


def _tool(name: str, *arguments: str) -> list[str]:
    """A program of our own environment, whose folder need not be on the PATH."""
    return [str(Path(sys.executable).with_name(name)), *arguments]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], Path(__file__).resolve().parents[2]))
