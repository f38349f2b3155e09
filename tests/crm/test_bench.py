"""The bench on a few customers: it asks for real pages, counts their queries, and leaves nothing behind."""

import json
from io import StringIO

import pytest
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command

from accounts.models import User
from crm import bench
from crm.bench import Result, Scenario, UnexpectedAnswerError, percentile
from crm.bench_scenarios import FormReader, people
from customers.models import Customer
from tests.factories import CustomerFactory, EmailFactory

pytestmark = pytest.mark.django_db


def result(**more: object) -> Result:
    usual = {"name": "list", "kind": "list", "user": "ha", "path": "/", "p50": 20.0, "p95": 29.0}
    return Result(**(usual | {"queries": 6, "sql": 5.0, "budget": 30.0} | more))


@pytest.fixture(autouse=True)
def _once(monkeypatch):
    monkeypatch.setattr(bench, "WARM_UP", 0)
    monkeypatch.setattr(bench, "RAW_REPEATS", 1)


def test_it_takes_one_person_of_each_role(cast):
    assert [user.username for user in people([])] == ["quan", "huy", "ha"]


def test_it_times_every_kind_of_page_and_writes_nothing(cast):
    for name in ("Ánh", "Bình", "Cúc", "Dung", "Hương"):
        customer = CustomerFactory(given_name=name, owner=cast.ha, branch=cast.cau_giay, phone="+84912345670")
        EmailFactory(customer=customer)
    before = list(Customer.objects.order_by("pk").values())
    logins = list(User.objects.order_by("pk").values_list("last_login"))
    out = StringIO()

    call_command("bench", "--json", "--repeat=1", "--user=huy", stdout=out)

    report = json.loads(out.getvalue())
    assert report["customers"] == len(before)
    results = report["results"]
    assert {result["kind"] for result in results} == set(bench.BUDGETS)
    assert all(result["queries"] >= 2 and result["p95"] > 0 and result["sql"] > 0 for result in results)
    assert list(Customer.objects.order_by("pk").values()) == before
    assert list(User.objects.order_by("pk").values_list("last_login")) == logins
    assert not Session.objects.exists()


def test_a_saved_form_is_counted_and_rolled_back(cast):
    out = StringIO()
    call_command("bench", "--json", "--repeat=1", "--user=ha", "--only=form, save", stdout=out)
    [saved] = json.loads(out.getvalue())["results"]
    assert saved["queries"] > 5
    assert Customer.objects.count() == 3


def test_the_table_tells_what_missed_its_budget(cast, monkeypatch):
    monkeypatch.setitem(bench.BUDGETS, "record", 0)
    out = StringIO()
    call_command("bench", "--repeat=1", "--user=ha", "--only=record", stdout=out)
    assert "MISSED" in out.getvalue()
    assert "1 budget(s) missed" in out.getvalue()


def test_an_error_is_no_fast_page(cast):
    page = Scenario("gone", "list", cast.ha, "/customers/999999/")
    with pytest.raises(UnexpectedAnswerError, match="404 instead of 200"):
        list(bench.run([page], repeat=1))
    assert not Session.objects.exists()


@pytest.mark.parametrize(
    ("options", "message"), [(["--user=nobody"], "no such user"), (["--repeat=0"], "at least 1")]
)
def test_wrong_options_are_explained(cast, options, message):
    with pytest.raises(CommandError, match=message):
        call_command("bench", *options)


def test_an_empty_database_is_explained(db):
    with pytest.raises(CommandError, match="no users with a role"):
        call_command("bench")


def test_what_is_slow_is_told_from_what_is_quick():
    assert result().is_within_budget
    assert not result(p95=30.1).is_within_budget
    assert result(p50=32.5).is_lean
    assert not result(p50=32.6).is_lean
    assert result().ratio == 4


def test_a_percentile_is_a_measured_value():
    assert percentile([1.0], 0.95) == 1.0
    assert percentile([float(number) for number in range(1, 21)], 0.95) == 19.0
    assert percentile([float(number) for number in range(1, 101)], 0.5) == 50.0


def test_a_form_is_read_as_a_browser_sends_it():
    reader = FormReader()
    reader.feed(
        '<input name="q" value="no"><main><input type="hidden" name="a" value="1">'
        '<input type="checkbox" name="b">'
        '<select name="c"><option value="x"><option value="y" selected></select>'
        '<textarea name="d"></textarea></main>'
    )
    assert reader.values == {"a": "1", "c": "y", "d": ""}
