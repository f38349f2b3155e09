"""The commands of dev.py, and how each ends."""

import errno
import os
import sys
from pathlib import Path

from crm.devtools import demo, environment
from crm.devtools.errors import DevError
from crm.local_postgres import LocalPostgresError

ROOT = Path(__file__).resolve().parents[2]


def main(arguments: list[str], *, help_text: str) -> int:
    """Run one command; every failure is one sentence and an exit code other than zero."""
    command, rest = (arguments[0], arguments[1:]) if arguments else ("help", [])
    commands = {"demo": run_demo, "test": run_tests, "manage": run_manage}
    if command in {"help", "-h", "--help"}:
        print(help_text.strip())
        return 0
    if command not in commands:
        print(f"dev.py has no command {command!r}, only: {', '.join(commands)}.", file=sys.stderr)
        return 2
    try:
        return commands[command](rest)
    except (DevError, LocalPostgresError) as error:
        print(error, file=sys.stderr)
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        print(f"The disk of {ROOT} is full. Free some space and try again.", file=sys.stderr)
    return 1


def run_demo(arguments: list[str]) -> int:
    """The application with demo data, until Ctrl+C."""
    options = demo.parse(arguments)
    # Told at once, not after a minute of installing; decided for good once the demo begins.
    demo.refuse_if_busy(ROOT, options)
    environment.prepare(ROOT, lock="app.txt")
    os.chdir(ROOT)
    return _become("-m", "crm.devtools.demo", *arguments)


def run_tests(arguments: list[str]) -> int:
    """Every check and every test."""
    environment.prepare(ROOT, lock="dev.txt")
    os.chdir(ROOT)
    return _become("-m", "crm.devtools.checks", *arguments)


def run_manage(arguments: list[str]) -> int:
    """Django's manage.py in our environment; paths in the arguments mean what they mean to the caller."""
    environment.prepare(ROOT, lock="app.txt")
    return _become(str(ROOT / "manage.py"), *arguments)


def _become(*arguments: str) -> int:
    python = environment.python_of(ROOT)
    sys.stdout.flush()
    os.execv(python, [str(python), *arguments])
