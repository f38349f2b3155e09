"""What a person does with an import: bring a list, say what it means, check, write, stop and undo it."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from accounts.models import Branch, User
from customers.importing.errors import ImportFileError
from customers.importing.fields import guess_columns
from customers.importing.judging import DATE_COLUMNS, guess_date_order
from customers.importing.kinds import kind_of
from customers.importing.runs import layout_of
from customers.importing.storage import folder, forget, keep, path_of
from customers.importing.tables import LARGEST_UPLOAD, Layout, look_at, read_rows
from customers.models import ImportRow, ImportRun
from customers.vietnamese.names import visible

CHECK_TASK = "customers.check_import"
WRITE_TASK = "customers.write_import"
UNDO_TASK = "customers.undo_import"
MEGABYTE = 1024 * 1024
DATES_LOOKED_AT = 500
A_DAY = datetime.timedelta(days=1)

REMEMBERED = ("columns", "meanings", "date_order", "scale", "mode", "match_key", "duplicates", "source")
MANNER = ("mode", "match_key", "duplicates", "source", "branch", "owner", "create_missing")

State = ImportRun.State


@dataclass(frozen=True, slots=True)
class Manner:
    """How a list is to be imported."""

    mode: str
    match_key: str
    source: str
    branch: Branch | None
    owner: User | None
    duplicates: str = ImportRun.Duplicates.CREATE
    create_missing: bool = False


def bring_list(*, upload: UploadedFile, kind: str, by: User) -> ImportRun:
    """Keep an uploaded list and find out how it is written. Raises ImportFileError."""
    if (upload.size or 0) > LARGEST_UPLOAD:
        raise ImportFileError(
            _("The file is larger than %(most)d MB. Bring the list in parts.")
            % {"most": LARGEST_UPLOAD // MEGABYTE}
        )
    name = keep(upload)
    run = ImportRun(
        kind=kind,
        asked_by=by,
        language=get_language() or "vi",
        file_name=visible(upload.name or "")[-200:],
        stored_as=name,
        file_size=upload.size or 0,
        branch=by.branch,
    )
    try:
        _describe(run, look_at(folder() / name, kind_of(run).fields))
    except ImportFileError:
        forget(name)
        raise
    _remember(run)
    run.save()
    return run


def look_again(*, run: ImportRun, sheet: str, encoding: str, delimiter: str, header_line: int) -> None:
    """Read the kept list as a person says it is written. Raises ImportFileError.

    Of another sheet, the line of the column names is found anew.
    """
    found = look_at(
        path_of(run),
        kind_of(run).fields,
        sheet=sheet,
        encoding=encoding,
        delimiter=delimiter,
        header_line=header_line if sheet in ("", run.sheet) else 0,
    )
    _describe(run, found)
    _remember(run)
    # The rows that were read are rows of something else, and so is what was wrong with them.
    run.total, run.error = 0, ""
    run.save()


def _describe(run: ImportRun, layout: Layout) -> None:
    run.sheet, run.sheets = layout.sheet, [list(sheet) for sheet in layout.sheets]
    run.encoding, run.delimiter = layout.encoding, layout.delimiter
    run.header_line, run.header = layout.header_line, list(layout.header)
    run.columns = guess_columns(run.header, kind_of(run).fields)


def _remember(run: ImportRun) -> None:
    """What the same person said last of a list with the same columns; else what the values suggest."""
    earlier = (
        ImportRun.objects.filter(asked_by=run.asked_by, kind=run.kind, header=run.header)
        .exclude(state=State.MAPPING)
        .exclude(pk=run.pk)
        .order_by("-pk")
        .first()
    )
    if earlier:
        for name in REMEMBERED:
            setattr(run, name, getattr(earlier, name))
        return
    if "external_id" in run.columns:
        run.match_key = ImportRun.Key.NUMBER
    elif "phone" not in run.columns and "email" in run.columns:
        run.match_key = ImportRun.Key.EMAIL
    places = [place for place, name in enumerate(run.columns) if name in DATE_COLUMNS]
    if places:
        rows = islice(read_rows(path_of(run), layout_of(run)), DATES_LOOKED_AT)
        run.date_order = guess_date_order([row.cells[place] for row in rows for place in places])


def choose_columns(*, run: ImportRun, columns: Sequence[str], date_order: str, scale: Decimal) -> None:
    """What the columns of a list mean, in the order of the file."""
    run.columns, run.date_order, run.scale = list(columns), date_order, scale
    run.state = State.MAPPING
    run.save(update_fields=["columns", "date_order", "scale", "state"])


def choose_manner(*, run: ImportRun, manner: Manner) -> None:
    """How the list is to be imported; has the worker check it."""
    for name in MANNER:
        setattr(run, name, getattr(manner, name))
    run.save(update_fields=MANNER)
    check(run=run)


def say_meanings(*, run: ImportRun, meanings: Mapping[str, Mapping[str, str]]) -> None:
    """What words of the list mean, by column; has the worker check all of it again."""
    for column, words in meanings.items():
        run.meanings.setdefault(column, {}).update(words)
    run.save(update_fields=["meanings"])
    check(run=run)


def check(*, run: ImportRun) -> bool:
    """Have the worker check the list; False where it is being worked on, or written, already."""
    return _hand_over(run, State.CHECKING, CHECK_TASK, {State.MAPPING, State.CHECKED})


def write(*, run: ImportRun) -> bool:
    """Have the worker import the list as checked; False where somebody has already asked for it."""
    return _hand_over(run, State.IMPORTING, WRITE_TASK, {State.CHECKED})


def undo(*, run: ImportRun) -> bool:
    """Have the worker take back what the import wrote; False where somebody has already asked for it."""
    if not run.may_be_undone:
        return False
    return _hand_over(run, State.UNDOING, UNDO_TASK, {State.DONE, State.CANCELLED, State.FAILED})


def cancel(*, run: ImportRun) -> bool:
    """Ask the worker to stop after the batch it is at; False where it is not working."""
    working = ImportRun.objects.filter(pk=run.pk, state__in=[State.CHECKING, State.IMPORTING])
    return working.update(cancel_asked=True) > 0


def forget_expired_lists() -> int:
    """Delete the rows and files of old imports, which are personal data; what they did stays told."""
    ImportRow.objects.filter(run__in=ImportRun.objects.expired()).delete()
    kept = set(
        ImportRun.objects.exclude(pk__in=ImportRun.objects.expired()).values_list("stored_as", flat=True)
    )
    forgotten = 0
    for path in folder().iterdir():
        # An upload of just now has no import yet.
        is_new = path.stat().st_mtime > (timezone.now() - A_DAY).timestamp()
        if path.name.partition(".")[0] not in kept and not is_new:
            path.unlink(missing_ok=True)
            forgotten += 1
    return forgotten


@transaction.atomic
def _hand_over(run: ImportRun, state: State, task: str, allowed: set[Any]) -> bool:
    waiting: dict[str, Any] = {
        "state": state,
        "queued_at": timezone.now(),
        "started_at": None,
        "finished_at": None,
        "progress": 0,
        "cancel_asked": False,
        "error": "",
    }
    if not ImportRun.objects.filter(pk=run.pk, state__in=allowed).update(**waiting):
        return False
    app.configure_task(task).defer(run_id=run.pk)
    run.refresh_from_db()
    return True
