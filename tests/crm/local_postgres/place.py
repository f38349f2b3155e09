"""A data folder with a PostgreSQL of its own, helper processes that use it, and what becomes of processes."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from crm import local_postgres
from crm.local_postgres import layout

PROJECT = Path(__file__).resolve().parents[3]
TMP = layout.SYSTEM_FOLDERS[-1]
AS_ROOT = os.geteuid() == 0

needs_root = pytest.mark.skipif(not AS_ROOT, reason="needs root: it gives files to other accounts")

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
