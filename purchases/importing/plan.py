"""A plan: several files of one data set, imported in order by one command."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from customers.importing.errors import ImportFileError

KINDS = ("customers", "purchases")
KEYS = ("kind", "file", "mapping", "create_customers")


@dataclass(frozen=True, slots=True)
class Step:
    """One file of a plan; paths are as they can be opened."""

    kind: str
    file: Path
    mapping: Path | None
    create_customers: bool


def read_plan(path: Path, data: Path | None) -> list[Step]:
    """The steps in a TOML file. Mappings lie beside it; files lie in `data`, or where the plan says.

    Raises ImportFileError naming what is wrong and what is allowed.
    """
    try:
        with path.open("rb") as file:
            found = tomllib.load(file)
    except OSError as error:
        raise ImportFileError(
            _("The file %(path)s cannot be opened: %(reason)s.") % {"path": path, "reason": error.strerror}
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ImportFileError(
            _("The plan %(path)s is not valid TOML: %(reason)s.") % {"path": path, "reason": error}
        ) from error
    steps = found.get("step")
    if not isinstance(steps, list) or not steps or not set(found) <= {"data", "step"}:
        raise _wrong(path, _("“data”, and one [[step]] or more"))
    folder = data or path.parent / str(found.get("data", "."))
    return [_step(path, folder, step) for step in steps]


def _step(path: Path, folder: Path, step: Any) -> Step:
    if not isinstance(step, dict) or not set(step) <= set(KEYS) or not isinstance(step.get("file"), str):
        raise _wrong(path, _("in each step “file”, and: %(keys)s") % {"keys": ", ".join(KEYS)})
    if step.get("kind") not in KINDS:
        raise _wrong(path, _("as the kind of a step: %(kinds)s") % {"kinds": ", ".join(KINDS)})
    mapping = step.get("mapping")
    return Step(
        kind=step["kind"],
        file=folder / step["file"],
        mapping=path.parent / str(mapping) if mapping else None,
        create_customers=bool(step.get("create_customers", False)),
    )


def _wrong(path: Path, allowed: str) -> ImportFileError:
    return ImportFileError(
        _("The plan %(path)s is wrong. Allowed: %(allowed)s.") % {"path": path, "allowed": allowed}
    )
