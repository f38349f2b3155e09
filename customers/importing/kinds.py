"""The kinds of lists that can be brought in; the apps above add theirs to the registry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from customers.importing.fields import CUSTOMER_FIELDS, ImportField
from customers.importing.runs import check_run, write_run
from customers.importing.undoing import undo_run
from customers.models import ImportRun


@dataclass(frozen=True, slots=True)
class ImportKind:
    """One kind: its columns, those that every list needs, and what the worker does with a list."""

    fields: tuple[ImportField, ...]
    required: tuple[str, ...]
    check: Callable[[ImportRun], None]
    write: Callable[[ImportRun], None]
    undo: Callable[[ImportRun], None]


KINDS: dict[str, ImportKind] = {
    ImportRun.Kind.CUSTOMERS: ImportKind(CUSTOMER_FIELDS, (), check_run, write_run, undo_run),
}


def kind_of(run: ImportRun) -> ImportKind:
    return KINDS[run.kind]
