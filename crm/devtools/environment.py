"""The virtual environment in .venv: made and filled once for each state of the requirements."""

import fcntl
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from crm.devtools.errors import DevError

# What the lists in requirements/ contain: who installed the second has installed the first.
INCLUDED = {"app.txt": ("app.txt",), "dev.txt": ("app.txt", "dev.txt")}
MB = 1024 * 1024
SPACE_NEEDED = 700 * MB
LINES_SHOWN = 15


def python_of(root: Path) -> Path:
    return root / ".venv" / "bin" / "python"


def prepare(root: Path, *, lock: str) -> None:
    """Have everything in the list installed, and the translations compiled; quick when they are."""
    requirements = root / "requirements" / lock
    # The list itself serves as the lock between two runs at once.
    with requirements.open() as one_at_a_time:
        fcntl.flock(one_at_a_time, fcntl.LOCK_EX)
        if not _is_installed(root, lock):
            _install(root, requirements)
            _write_stamp(root, lock)
        _compile_translations(root)


def _is_installed(root: Path, lock: str) -> bool:
    if not python_of(root).exists():
        return False
    try:
        installed = json.loads(_stamp(root).read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return False
    return installed.get(lock) == _digest(root, lock)


def _write_stamp(root: Path, lock: str) -> None:
    _stamp(root).write_text(json.dumps({name: _digest(root, name) for name in INCLUDED[lock]}, indent=2))


def _stamp(root: Path) -> Path:
    return root / ".venv" / "installed.json"


def _digest(root: Path, lock: str) -> str:
    return hashlib.sha256((root / "requirements" / lock).read_bytes()).hexdigest()


def _install(root: Path, requirements: Path) -> None:
    venv, python = root / ".venv", python_of(root)
    if shutil.disk_usage(root).free < SPACE_NEEDED:
        raise _disk_full(root)
    uv = shutil.which("uv")
    if not uv and not importlib.util.find_spec("ensurepip"):
        raise DevError(
            "This Python cannot make virtual environments. On Debian and Ubuntu, this adds what is missing:\n"
            f"    {'' if os.geteuid() == 0 else 'sudo '}apt install python3-venv"
        )
    print(f"Installing requirements/{requirements.name} into .venv; once, and again when the list changes …")
    # Without its stamp, a half done installation is never taken for a whole one.
    _stamp(root).unlink(missing_ok=True)
    if venv.exists() and not python.exists():
        shutil.rmtree(venv)
    safely = ["--require-hashes", "--only-binary", ":all:", "-r", str(requirements)]
    if uv:
        make = [uv, "venv", "--quiet", "--python", sys.executable, str(venv)]
        fill = [uv, "pip", "install", "--quiet", "--python", str(python), *safely]
        is_made = python.exists()
    else:
        make = [sys.executable, "-m", "venv", str(venv)]
        fill = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *safely]
        is_made = _has_pip(python)
    for command in [fill] if is_made else [make, fill]:
        _run(command, root, f"requirements/{requirements.name} could not be installed")


def _has_pip(python: Path) -> bool:
    if not python.exists():
        return False
    return (
        subprocess.run([python, "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0
    )


def _compile_translations(root: Path) -> None:
    """The .mo files are made from the .po files, which alone are kept in git."""
    sources = (root / "locale").glob("*/LC_MESSAGES/*.po")
    if all(_is_newer(source.with_suffix(".mo"), source) for source in sources):
        return
    compiling = [str(python_of(root)), str(root / "manage.py"), "translations", "compile"]
    _run(compiling, root, "The translations could not be compiled")


def _is_newer(made: Path, source: Path) -> bool:
    return made.exists() and made.stat().st_mtime >= source.stat().st_mtime


def _run(command: list[str], root: Path, failure: str) -> None:
    result = subprocess.run(command, cwd=root, capture_output=True, text=True, errors="replace", check=False)
    if result.returncode:
        output = (result.stdout + result.stderr).strip()
        if "No space left on device" in output:
            raise _disk_full(root)
        raise DevError(
            "\n".join([*output.splitlines()[-LINES_SHOWN:], f"{failure}; the reason stands above."])
        )


def _disk_full(root: Path) -> DevError:
    return DevError(
        f"The disk of {root} is full: {shutil.disk_usage(root).free // MB} MB are free, and .venv needs "
        f"up to {SPACE_NEEDED // MB} MB. Free some space and try again."
    )
