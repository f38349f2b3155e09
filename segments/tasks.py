"""What the worker does for segments: calculating on request and every night, and bringing back lost jobs."""

from __future__ import annotations

import logging

from procrastinate.contrib.django import app

from segments.models import RefreshRun
from segments.refresh import RefreshFailedError, recalculate_after_refresh, run_refresh
from segments.services import RECALCULATE_TASK, REFRESH_TASK, request_refresh

logger = logging.getLogger(__name__)

# Cron expressions are read in UTC: 18:30 is half past one at night in Viet Nam.
NIGHTLY = "30 18 * * *"
EVERY_MINUTE = "* * * * *"
# A living worker gives a sign every ten seconds.
SILENT_FOR_SECONDS = 60


@app.task(name=REFRESH_TASK)
def refresh(run_id: int) -> None:
    run = RefreshRun.objects.filter(pk=run_id).first()
    if run is None or not run.is_open:
        return
    try:
        run_refresh(run)
    except RefreshFailedError:
        # The run keeps the reason for the people who asked; here is the traceback for the operator.
        logger.exception("refresh %s failed", run_id)
        raise


@app.task(name=RECALCULATE_TASK)
def recalculate(customers: list[int]) -> None:
    recalculate_after_refresh(customers)


@app.periodic(cron=NIGHTLY)
@app.task(name="segments.refresh_nightly")
def refresh_nightly(timestamp: int) -> None:
    request_refresh(by=None)


@app.periodic(cron=EVERY_MINUTE)
@app.task(name="segments.retry_stalled_jobs", queueing_lock="segments.retry_stalled_jobs")
async def retry_stalled_jobs(timestamp: int) -> None:
    """Give jobs whose worker was killed to a living one: left alone, they count as being done forever."""
    for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=SILENT_FOR_SECONDS):
        logger.warning("job %s (%s) lost its worker and is tried again", job.id, job.task_name)
        await app.job_manager.retry_job(job)
