"""dev.py: what it installs when, what it refuses and how it says so, and the demo's life."""

import ast
import contextlib
import errno
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
import time
import urllib.request
from collections import namedtuple
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path

import pytest

import dev
from crm import local_postgres
from crm.devtools import checks, cli, demo, environment
from crm.devtools.errors import DevError
from crm.local_postgres import layout

PROJECT = Path(dev.__file__).resolve().parent
Usage = namedtuple("Usage", "total used free")


def dev_py(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, str(PROJECT / "dev.py"), *arguments]
    return subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, timeout=60
    )


# The entry


def test_without_a_command_it_explains_itself() -> None:
    result = dev_py()
    assert result.returncode == 0
    assert "python3 dev.py demo" in result.stdout
    assert "python3 dev.py test" in result.stdout


def test_an_unknown_command_is_refused() -> None:
    result = dev_py("fly")
    assert result.returncode == 2
    assert result.stderr == "dev.py has no command 'fly', only: demo, test, manage.\n"


def test_an_old_python_is_told_so_and_can_read_the_file(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ast.parse((PROJECT / "dev.py").read_text(), feature_version=(3, 7))
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    assert dev.main(["demo"]) == 1
    assert "needs Python 3.11 or newer" in capsys.readouterr().err


def test_a_full_disk_in_the_middle_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fill_up(*_args: object, **_kwargs: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(environment, "prepare", fill_up)
    assert cli.main(["manage", "check"], help_text="") == 1
    assert capsys.readouterr().err.startswith("The disk of ")


# The virtual environment


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose .venv exists but holds nothing, on a machine that has uv."""
    (tmp_path / "requirements").mkdir()
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    environment.python_of(tmp_path).touch()
    for name in ("app.txt", "dev.txt"):
        (tmp_path / "requirements" / name).write_text("django==5.2\n")
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    return tmp_path


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands that would have been run."""
    recorded: list[list[str]] = []

    def record(command: list[str], root: Path, _failure: str) -> None:
        recorded.append(command)
        environment.python_of(root).parent.mkdir(parents=True, exist_ok=True)

    monkeypatch.setattr(environment, "_run", record)
    return recorded


def test_it_installs_once_for_each_state_of_the_list(root: Path, commands: list[list[str]]) -> None:
    environment.prepare(root, lock="app.txt")
    assert len(commands) == 1
    assert commands[0][-5:-1] == ["--require-hashes", "--only-binary", ":all:", "-r"]
    environment.prepare(root, lock="app.txt")
    assert len(commands) == 1, "installed again although nothing changed"
    (root / "requirements" / "app.txt").write_text("django==5.2.1\n")
    environment.prepare(root, lock="app.txt")
    assert len(commands) == 2


def test_the_list_for_development_contains_that_of_the_application(
    root: Path, commands: list[list[str]]
) -> None:
    environment.prepare(root, lock="dev.txt")
    environment.prepare(root, lock="app.txt")
    assert len(commands) == 1
    pins = [
        {line for line in (PROJECT / "requirements" / name).read_text().splitlines() if line[:1].isalnum()}
        for name in ("app.txt", "dev.txt")
    ]
    assert pins[0]
    assert pins[0] <= pins[1]


def test_lists_name_the_extras_that_others_ask_for() -> None:
    """Older versions of pip look for a newer release for an extra that no list pins, and then refuse it."""
    asked = {
        (found["name"].lower(), extra.strip())
        for distribution in metadata.distributions()
        for line in distribution.requires or []
        if "extra ==" not in line and (found := re.match(r"(?P<name>[\w.-]+)\[(?P<extras>[^]]+)]", line))
        for extra in found["extras"].split(",")
    }
    pinned = (PROJECT / "requirements" / "dev.txt").read_text()
    for name, extra in asked:
        pin = rf"^{re.escape(name)}\[[^]]*\b{re.escape(extra)}\b[^]]*]=="
        assert re.search(pin, pinned, re.MULTILINE), name
    assert ("psycopg", "pool") in asked, "nothing was looked at"


def test_an_installation_that_failed_is_tried_again(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment._write_stamp(root, "app.txt")
    (root / "requirements" / "app.txt").write_text("django==5.2.1\n")
    failing = [sys.executable, "-c", "import sys; sys.exit('no route to the package index')"]
    real_run = environment._run
    monkeypatch.setattr(environment, "_run", lambda _command, root, failure: real_run(failing, root, failure))
    for _ in range(2):
        with pytest.raises(DevError, match=r"no route to the package index\n.*could not be installed"):
            environment.prepare(root, lock="app.txt")


def test_a_venv_whose_python_is_gone_is_made_anew(root: Path, commands: list[list[str]]) -> None:
    environment._write_stamp(root, "app.txt")
    environment.python_of(root).unlink()
    environment.prepare(root, lock="app.txt")
    assert [command[1] for command in commands] == ["venv", "pip"]


def test_a_missing_venv_module_names_the_package(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(DevError, match="apt install python3-venv"):
        environment.prepare(root, lock="app.txt")


def test_a_full_disk_is_told_before_the_installation(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(1 << 40, 1 << 40, 5 * environment.MB))
    with pytest.raises(DevError, match=r"is full: 5 MB are free"):
        environment.prepare(root, lock="app.txt")


def test_a_disk_that_fills_up_during_the_installation_is_told(root: Path) -> None:
    full = [sys.executable, "-c", "import sys; sys.exit('OSError: [Errno 28] No space left on device')"]
    with pytest.raises(DevError, match=r"^The disk of .* is full"):
        environment._run(full, root, "The list could not be installed")


def test_translations_are_compiled_when_their_source_is_newer(root: Path, commands: list[list[str]]) -> None:
    environment._write_stamp(root, "app.txt")
    source = root / "locale" / "vi" / "LC_MESSAGES" / "django.po"
    source.parent.mkdir(parents=True)
    source.touch()
    environment.prepare(root, lock="app.txt")
    assert [command[-2:] for command in commands] == [["translations", "compile"]]
    source.with_suffix(".mo").touch()
    environment.prepare(root, lock="app.txt")
    assert len(commands) == 1
    os.utime(source, (time.time() + 5, time.time() + 5))
    environment.prepare(root, lock="app.txt")
    assert len(commands) == 2


def test_without_uv_the_standard_venv_and_pip_do_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "app.txt").write_text("# nothing, so that no network is needed\n")
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    environment.prepare(tmp_path, lock="app.txt")
    told = subprocess.check_output([environment.python_of(tmp_path), "-c", "import sys; print(sys.prefix)"])
    assert Path(told.decode().strip()) == tmp_path / ".venv"


# The checks


def test_its_own_options_stand_first_and_the_rest_is_for_pytest() -> None:
    options, rest = checks.parse(["--only-tests", "tests/test_dev.py", "-k", "port", "--all"])
    assert (options.only_tests, options.all) == (True, False)
    assert rest == ["tests/test_dev.py", "-k", "port", "--all"]


def test_a_check_that_fails_shows_its_output_and_fails_the_whole(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    good = checks.Check("good", [sys.executable, "-c", "print('silence is golden')"])
    bad = checks.Check(
        "bad", [sys.executable, "-c", "import os, sys; sys.exit(os.environ['WHY'])"], {"WHY": "because"}
    )
    monkeypatch.setattr(checks, "checks", lambda _root: [good, bad])
    monkeypatch.setattr(
        checks, "tests", lambda _root, _rest: checks.Outcome("pytest", passed=True, seconds=1)
    )
    monkeypatch.setattr(checks, "_database", lambda _data_dir: contextlib.nullcontext())
    monkeypatch.delenv("CI", raising=False)
    assert checks.main([], tmp_path) == 1
    told = capfd.readouterr().out
    assert "because" in told
    assert "silence" not in told
    assert "ok      good" in told
    assert "FAILED: bad" in told
    assert checks.main(["--only-tests"], tmp_path) == 0


def test_a_missing_browser_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(
        checks, "tests", lambda _root, _rest: checks.Outcome("pytest", passed=True, seconds=1)
    )
    monkeypatch.setattr(checks, "_database", lambda _data_dir: contextlib.nullcontext())
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setattr(checks, "CHROMIUM", tmp_path / "chromium")
    assert checks.main(["--only-tests"], tmp_path) == 0
    assert "The browser tests were SKIPPED" in capsys.readouterr().out
    (tmp_path / "chromium").touch()
    assert checks.main(["--only-tests"], tmp_path) == 0
    assert "SKIPPED" not in capsys.readouterr().out


# The demo: what it refuses


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as taken:
        taken.bind((demo.HOST, 0))
        taken.listen()
        yield taken.getsockname()[1]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((demo.HOST, 0))
        return probe.getsockname()[1]


def test_a_taken_port_is_one_sentence(taken_port: int) -> None:
    result = dev_py("demo", "--port", str(taken_port))
    assert result.returncode == 1
    assert result.stderr.startswith(f"Port {taken_port} is taken.")
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("wrong", [("--port", "0"), ("--port", "eighty"), ("--customers", "-3")])
def test_a_wrong_number_is_refused(wrong: tuple[str, str]) -> None:
    result = dev_py("demo", *wrong)
    assert result.returncode == 2
    assert f"'{wrong[1]}' is no" in result.stderr


def test_a_second_demo_is_told_where_the_first_one_is(tmp_path: Path) -> None:
    first = demo.parse(["--port", str(free_port())])
    second = demo.parse(["--port", str(free_port())])
    with demo._claimed(tmp_path, first), pytest.raises(DevError, match=f"http://127.0.0.1:{first.port}/"):
        demo.refuse_if_busy(tmp_path, second)
    demo.refuse_if_busy(tmp_path, second)


def test_a_reset_never_touches_the_database_of_database_url() -> None:
    result = dev_py("demo", "--reset", DATABASE_URL="postgresql:///precious")
    assert result.returncode == 1
    assert "Unset DATABASE_URL" in result.stderr


# The demo: its life, with a page and a worker that are quick to start

MANAGE = """
import sys, time
print("manage.py", *sys.argv[1:], flush=True)
if sys.argv[1] == "procrastinate":
    time.sleep(600)
"""
WSGI = """
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"Xin chao"]
"""
RUN = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from crm.devtools import demo
sys.exit(demo.main(sys.argv[3:], Path(sys.argv[2])))
"""


class RunningDemo:
    """`demo.main` in a process of its own, over a small application."""

    def __init__(self, root: Path) -> None:
        self.root, self.port = root, free_port()
        self.process: subprocess.Popen[str] | None = None

    def start(self, *arguments: str) -> str:
        """Start it and wait for its introduction; all that it told up to there."""
        outside = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        self.process = subprocess.Popen(
            [sys.executable, "-u", "-c", RUN, PROJECT, self.root, "--port", str(self.port), *arguments],
            env=outside,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        told = ""
        for line in self.process.stdout:
            told += line
            if line.startswith("Ctrl+C"):
                return told
        raise AssertionError(told)

    def end(self, number: signal.Signals) -> str:
        self.process.send_signal(number)
        told, _ = self.process.communicate(timeout=30)
        return told

    def page(self) -> bytes:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/", timeout=5) as answer:
            return answer.read()

    def workers_started(self) -> int:
        return (self.root / ".data" / "demo.log").read_text().count("manage.py procrastinate worker")


@pytest.fixture
def running_demo() -> Iterator[RunningDemo]:
    root = Path(tempfile.mkdtemp(prefix="so-khach-demo-", dir=layout.SYSTEM_FOLDERS[-1]))
    root.chmod(0o755)
    (root / "crm").mkdir()
    (root / "crm" / "__init__.py").touch()
    (root / "crm" / "wsgi.py").write_text(textwrap.dedent(WSGI))
    (root / "manage.py").write_text(MANAGE)
    running = RunningDemo(root)
    yield running
    if running.process:
        running.process.kill()
        running.process.wait()
        running.process.stdout.close()
    local_postgres.stop(root / ".data")
    shutil.rmtree(root)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_demo_starts_answers_and_stops_cleanly(running_demo: RunningDemo, number: signal.Signals) -> None:
    told = running_demo.start("--customers", "12")
    assert f"http://127.0.0.1:{running_demo.port}/" in told
    for login in ("chuyenvien", "quanly", "quantri"):
        assert login in told
    assert running_demo.page() == b"Xin chao"
    log = (running_demo.root / ".data" / "demo.log").read_text()
    assert "manage.py prepare_demo --customers 12" in log
    assert running_demo.end(signal.SIGINT).splitlines()[-1] == "Stopped."
    assert running_demo.process.returncode == 0
    assert local_postgres.status(running_demo.root / ".data").process is None
    assert processes_in(running_demo.root) == []
    assert free_to_bind(running_demo.port)


def test_the_demo_brings_its_database_and_its_worker_back(running_demo: RunningDemo) -> None:
    running_demo.start()
    before = local_postgres.status(running_demo.root / ".data").process
    os.kill(before, signal.SIGKILL)
    wait_until(lambda: local_postgres.status(running_demo.root / ".data").process not in {None, before})
    worker = next(pid for pid in processes_in(running_demo.root) if b"procrastinate" in command_of(pid))
    os.kill(worker, signal.SIGKILL)
    wait_until(lambda: running_demo.workers_started() == 2)
    assert "Traceback" not in running_demo.end(signal.SIGINT)
    assert local_postgres.status(running_demo.root / ".data").process is None


def test_a_demo_that_was_killed_leaves_its_port_free(running_demo: RunningDemo) -> None:
    running_demo.start()
    running_demo.process.kill()
    running_demo.process.communicate()
    wait_until(lambda: free_to_bind(running_demo.port))


def test_a_demo_that_cannot_load_says_why_and_stops_all(running_demo: RunningDemo) -> None:
    (running_demo.root / "manage.py").write_text("import sys; sys.exit('the table customers is missing')")
    with pytest.raises(AssertionError, match="the table customers is missing"):
        running_demo.start()
    assert running_demo.process.wait(timeout=10) == 1
    assert local_postgres.status(running_demo.root / ".data").process is None


def test_a_reset_empties_the_database_and_a_second_start_keeps_it(running_demo: RunningDemo) -> None:
    server = local_postgres.ensure_running(running_demo.root / ".data")
    here = server.layout
    programs = local_postgres.programs.find(here)
    programs.query("CREATE TABLE mark (n integer)", layout=here)
    running_demo.start()
    assert programs.query("SELECT to_regclass('mark')", layout=here) == "mark"
    assert "Stopped." in running_demo.end(signal.SIGTERM)
    assert running_demo.process.returncode == 0
    running_demo.start("--reset")
    assert programs.query("SELECT to_regclass('mark')", layout=here) == ""
    running_demo.end(signal.SIGINT)
    assert server.release()


def processes_in(root: Path) -> list[int]:
    """The demo's own processes: those that work in its folder."""
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and (entry / "cwd").readlink() == root:
                found.append(int(entry.name))
    return found


def command_of(pid: int) -> bytes:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""


def free_to_bind(port: int) -> bool:
    try:
        demo._refuse_taken_port(port)
    except DevError:
        return False
    return True


def wait_until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < deadline, "it did not happen within a minute"
        time.sleep(0.05)
