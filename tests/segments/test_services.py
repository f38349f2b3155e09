"""Asking for a calculation, the worker's tasks, and two at once over real connections."""

import datetime
from concurrent.futures import ThreadPoolExecutor

import pytest
from asgiref.sync import async_to_sync
from django.core.management import CommandError, call_command
from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from customers.models import CustomerBehaviour
from segments import refresh, statements, tasks
from segments.models import Family, RefreshRun, Segment
from segments.refresh import REFRESH_LOCK, run_refresh
from segments.services import REFRESH_TASK, change_segment, request_refresh
from tests.conftest import assert_test_database
from tests.factories import CustomerFactory, PurchaseFactory

AS_OF = datetime.date(2026, 11, 22)


@pytest.fixture
def someone_calculates(db):
    """Another process, as far as the database knows: a connection that holds the lock."""
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [REFRESH_LOCK])
    yield
    other.close()


def test_a_request_makes_a_run_and_its_job_together(cast):
    run, created = request_refresh(by=cast.huy)
    assert created
    job = ProcrastinateJob.objects.get(task_name=REFRESH_TASK)
    assert job.args == {"run_id": run.pk}
    assert (run.state, run.asked_by) == ("queued", cast.huy)


def test_a_second_request_shows_the_first(cast):
    first, _created = request_refresh(by=cast.huy)
    second, created = request_refresh(by=cast.mai)
    assert (second, created) == (first, False)
    assert ProcrastinateJob.objects.filter(task_name=REFRESH_TASK).count() == 1


def test_a_request_while_one_runs_shows_that_one(cast, someone_calculates):
    running = RefreshRun.objects.create(as_of=AS_OF, state="running")
    assert request_refresh(by=cast.huy) == (running, False)


def test_a_run_whose_process_died_does_not_block_the_next(cast):
    died = RefreshRun.objects.create(as_of=AS_OF, state="running")
    run, created = request_refresh(by=cast.huy)
    died.refresh_from_db()
    assert (created, died.state) == (True, "failed")
    assert run != died


@pytest.mark.django_db
def test_the_job_carries_out_its_run_once():
    CustomerFactory()
    run, _created = request_refresh(by=None)
    tasks.refresh(run.pk)
    run.refresh_from_db()
    assert (run.state, run.progress, run.customers) == ("done", 100, 1)
    finished_at = run.finished_at
    tasks.refresh(run.pk)
    run.refresh_from_db()
    assert run.finished_at == finished_at


@pytest.mark.django_db
def test_a_job_that_was_interrupted_is_carried_out_when_it_comes_back():
    run = RefreshRun.objects.create(as_of=AS_OF, state="running", progress=45)
    tasks.refresh(run.pk)
    run.refresh_from_db()
    assert run.state == "done"


@pytest.mark.django_db
def test_a_job_that_fails_says_so_in_the_run_and_to_the_worker(monkeypatch):
    run, _created = request_refresh(by=None)
    monkeypatch.setattr(statements, "CUTS", "SELECT 1/0")
    with pytest.raises(refresh.RefreshFailedError):
        tasks.refresh(run.pk)
    run.refresh_from_db()
    assert (run.state, run.error) == ("failed", "division by zero")


@pytest.mark.django_db
def test_the_night_asks_for_a_calculation():
    tasks.refresh_nightly(timestamp=0)
    assert RefreshRun.objects.get().asked_by is None


def test_the_night_is_half_past_one_in_viet_nam():
    periodic = {entry.task.name: entry.cron for entry in app.periodic_registry.periodic_tasks.values()}
    minute, hour = periodic["segments.refresh_nightly"].split()[:2]
    utc = datetime.datetime(2026, 11, 22, int(hour), int(minute), tzinfo=datetime.UTC)
    assert utc.astimezone(datetime.timezone(datetime.timedelta(hours=7))).strftime("%H:%M") == "01:30"
    assert periodic["segments.retry_stalled_jobs"] == "* * * * *"


def test_a_new_bound_asks_for_a_calculation_and_a_new_name_does_not(cast):
    segment = Segment.objects.get(family=Family.AGE, key="elderly")
    segment.name_vi = "Người già"
    assert change_segment(segment=segment, bound_changed=False, by=cast.quan) is None
    assert not RefreshRun.objects.exists()
    segment.lower_bound = 65
    run = change_segment(segment=segment, bound_changed=True, by=cast.quan)
    assert run is not None
    assert run.is_open
    segment.refresh_from_db()
    assert (segment.name_vi, segment.lower_bound) == ("Người già", 65)
    assert segment.bound_changed_at is not None


@pytest.mark.django_db
def test_the_command_says_what_it_did(capsys):
    PurchaseFactory()
    call_command("refresh_segments")
    assert "1 khách hàng, 1 khách đã mua; 1 khách hàng có thay đổi" in capsys.readouterr().out


@pytest.mark.django_db
@pytest.mark.parametrize("day", ["2999-01-01", "22/11/2026", "2026-02-30"])
def test_the_command_refuses_a_day_that_is_none_or_lies_ahead(day):
    with pytest.raises(CommandError, match=day):
        call_command("refresh_segments", as_of=day)
    assert not RefreshRun.objects.exists()


def test_the_command_says_that_another_calculates(someone_calculates):
    with pytest.raises(CommandError, match="Một lần tính khác đang chạy"):
        call_command("refresh_segments")


@pytest.fixture
def outside(db):
    """Runs a function in a thread, so on a connection outside of the test's transaction; takes rows back."""

    def run(work):
        def work_and_close():
            try:
                return work()
            finally:
                connection.close()

        with ThreadPoolExecutor(1) as pool:
            return pool.submit(work_and_close).result(60)

    yield run
    run(forget_everything)


def forget_everything():
    assert_test_database()
    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE customers_customer, segments_refreshrun,"
            " procrastinate_jobs, procrastinate_workers CASCADE"
        )


def test_two_workers_with_one_run_calculate_it_once(outside, monkeypatch):
    calculated, calculate = [], refresh._calculate
    monkeypatch.setattr(
        refresh, "_calculate", lambda *arguments: (calculated.append(1), calculate(*arguments))
    )
    outside(PurchaseFactory)
    run, _created = outside(lambda: request_refresh(by=None))
    with ThreadPoolExecutor(2) as pool:
        both = [
            pool.submit(outside, lambda: run_refresh(RefreshRun.objects.get(pk=run.pk))) for _number in "ab"
        ]
        assert [one.result(60).state for one in both] == ["done", "done"]
    assert calculated == [1]
    assert outside(lambda: CustomerBehaviour.objects.get().orders) == 1


def test_progress_is_seen_before_the_transaction_ends(outside, monkeypatch):
    run, _created = outside(lambda: request_refresh(by=None))
    seen, find_cuts = [], refresh._find_cuts

    def look(*arguments):
        seen.append(outside(lambda: RefreshRun.objects.values_list("state", "step", "progress").get()))
        find_cuts(*arguments)

    monkeypatch.setattr(refresh, "_find_cuts", look)
    outside(lambda: run_refresh(run))
    assert seen == [("running", "scores", 55)]


def test_a_job_whose_worker_was_killed_is_tried_again(outside):
    def lose_the_worker():
        request_refresh(by=None)
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '5 minutes')"
                " RETURNING id"
            )
            [worker] = cursor.fetchone()
            cursor.execute(
                "UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s, attempts = 1", [worker]
            )

    outside(lose_the_worker)
    outside(lambda: async_to_sync(tasks.retry_stalled_jobs.func)(timestamp=0))
    assert outside(lambda: ProcrastinateJob.objects.get().status) == "todo"
