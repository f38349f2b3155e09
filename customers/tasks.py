"""What the worker does for lists that people bring in."""

from __future__ import annotations

from procrastinate.contrib.django import app

from customers.importing.kinds import kind_of
from customers.importing.services import CHECK_TASK, UNDO_TASK, WRITE_TASK
from customers.models import ImportRun


def _run(run_id: int) -> ImportRun | None:
    return ImportRun.objects.select_related("asked_by", "asked_by__branch").filter(pk=run_id).first()


@app.task(name=CHECK_TASK)
def check_import(run_id: int) -> None:
    if run := _run(run_id):
        kind_of(run).check(run)


@app.task(name=WRITE_TASK)
def write_import(run_id: int) -> None:
    if run := _run(run_id):
        kind_of(run).write(run)


@app.task(name=UNDO_TASK)
def undo_import(run_id: int) -> None:
    if run := _run(run_id):
        kind_of(run).undo(run)
