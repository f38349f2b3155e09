"""The kinds of lists that can be brought in; the apps above add theirs to the registry."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from customers.importing.correcting import correct
from customers.importing.fields import CUSTOMER_FIELDS, ImportField
from customers.importing.runs import check_run, write_run
from customers.importing.undoing import undo_run
from customers.models import ImportRun


class Correct(Protocol):
    def __call__(self, *, run: ImportRun, edits: Mapping[int, Mapping[int, str]]) -> int: ...


@dataclass(frozen=True, slots=True)
class ImportKind:
    """One kind: its columns, those that every list needs, and what the worker does with a list."""

    fields: tuple[ImportField, ...]
    required: tuple[str, ...]
    check: Callable[[ImportRun], None]
    write: Callable[[ImportRun], None]
    undo: Callable[[ImportRun], None]
    # Puts other texts into cells, by line and place, and has them checked; gives how many changed.
    correct: Correct


KINDS: dict[str, ImportKind] = {
    ImportRun.Kind.CUSTOMERS: ImportKind(CUSTOMER_FIELDS, (), check_run, write_run, undo_run, correct),
}


def kind_of(run: ImportRun) -> ImportKind:
    return KINDS[run.kind]
