"""What the worker does for customers: lists that people bring in, and emptying the trash at night."""

from __future__ import annotations

import logging

from procrastinate.contrib.django import app

from customers.attachments import forget_strays
from customers.bulk.running import run_batch, undo_batch
from customers.bulk.services import RUN_TASK, forget_expired_batches
from customers.bulk.services import UNDO_TASK as BULK_UNDO_TASK
from customers.duplicate_scan import find_duplicates
from customers.exports import EXPORT_TASK, forget_expired, run_export
from customers.importing.kinds import kind_of
from customers.importing.services import CHECK_TASK, UNDO_TASK, WRITE_TASK, forget_expired_lists
from customers.merging.services import forget_expired_merges
from customers.models import ImportRun
from customers.trash import erase_expired

logger = logging.getLogger(__name__)

# Cron expressions are read in UTC: 19:30 is half past two at night in Viet Nam.
NIGHTLY = "30 19 * * *"
HOURLY = "17 * * * *"

# After the segments, at three at night in Viet Nam.
COMPARING = "0 20 * * *"


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


@app.task(name=RUN_TASK)
def run_bulk_change(batch_id: int) -> None:
    run_batch(batch_id)


@app.task(name=BULK_UNDO_TASK)
def undo_bulk_change(batch_id: int) -> None:
    undo_batch(batch_id)


@app.periodic(cron=NIGHTLY)
@app.task(name="customers.forget_expired_batches", queueing_lock="customers.forget_expired_batches")
def forget_old_batches(timestamp: int) -> None:
    """Forget former values of more than thirty days ago, and selections that were left."""
    if forgotten := forget_expired_batches():
        logger.info("forgot %s selections for bulk changes", forgotten)


@app.periodic(cron=NIGHTLY)
@app.task(name="customers.erase_expired", queueing_lock="customers.erase_expired")
def erase_expired_customers(timestamp: int) -> None:
    """Erase whoever has been in the trash for thirty days."""
    if erased := erase_expired():
        logger.info("erased %s customers from the trash", erased)


@app.task(name=EXPORT_TASK)
def export_customers(export_id: int) -> None:
    run_export(export_id)


@app.periodic(cron=HOURLY)
@app.task(name="customers.forget_expired_exports", queueing_lock="customers.forget_expired_exports")
def forget_expired_exports(timestamp: int) -> None:
    """Delete the files that nobody may fetch any longer."""
    if deleted := forget_expired():
        logger.info("deleted %s files of exports", deleted)


@app.periodic(cron=COMPARING)
@app.task(name="customers.find_duplicates", queueing_lock="customers.find_duplicates")
def compare_customers(timestamp: int) -> None:
    """Look for records of one person, and forget what undoing old merges would have taken."""
    find_duplicates()
    forget_expired_merges()


@app.periodic(cron=NIGHTLY)
@app.task(name="customers.forget_expired_lists", queueing_lock="customers.forget_expired_lists")
def forget_old_lists(timestamp: int) -> None:
    """Forget lists that were brought in more than thirty days ago."""
    if forgotten := forget_expired_lists():
        logger.info("deleted %s files of imported lists", forgotten)


@app.periodic(cron=NIGHTLY)
@app.task(name="customers.forget_stray_files", queueing_lock="customers.forget_stray_files")
def forget_stray_files(timestamp: int) -> None:
    """Delete attached files that no customer has any longer."""
    if deleted := forget_strays():
        logger.info("deleted %s stray files", deleted)
