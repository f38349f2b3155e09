"""The real set: an import brings in what plain Python computes from the files, also after a kill -9."""

import contextlib
import csv
import gzip
import json
import os
import signal
import subprocess
import sys
import time
from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, urlencode

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models import F, Sum

from customers.models import Customer
from purchases.models import Product, Purchase, PurchaseLine
from tests.importing import counts, run

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "tests" / "data" / "complete_journey"
EXAMPLE = ROOT / "examples" / "complete_journey"
DOLLAR = 25_000


def dong(*dollars: str) -> int:
    return int((sum(map(Decimal, dollars)) * DOLLAR).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def read_lines():
    with gzip.open(DATA / "purchase_lines.csv.gz", "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def lines():
    return read_lines()


@pytest.mark.slow
@pytest.mark.django_db
def test_the_totals_are_those_of_the_files(tmp_path, lines, capsys):
    call_command("import_all", EXAMPLE / "import.toml", "--rejects", tmp_path, "--language", "en")
    assert "Rows: 75,000 read, 75,000 created, 0 updated, 0 unchanged, 0 rejected." in capsys.readouterr().out

    nets, discounts = defaultdict(int), defaultdict(int)
    for line in lines:
        key = (line["household_id"], line["basket_id"].removesuffix(".0"))
        nets[key] += dong(line["sales_value"])
        discounts[key] += dong(line["retail_disc"], line["coupon_match_disc"])
    households = {line["household_id"] for line in lines}
    with (DATA / "demographics.csv").open(encoding="utf-8", newline="") as file:
        households |= {row["household_id"] for row in csv.DictReader(file)}

    assert Customer.objects.count() == len(households) == 2377
    assert Purchase.objects.count() == len(nets) == 47_243
    assert PurchaseLine.objects.count() == len(lines)
    assert Product.objects.count() == len({line["product_id"] for line in lines})
    stored = Purchase.objects.aggregate(net=Sum("net"), discount=Sum("discount"), gross=Sum("gross"))
    assert stored["net"] == sum(nets.values()) == 5_848_381_000
    assert stored["discount"] == sum(discounts.values())
    assert stored["gross"] == stored["net"] + stored["discount"]
    found = Purchase.objects.values_list("customer__identifiers__value", "number", "net", "discount")
    assert {(number, basket): (net, discount) for number, basket, net, discount in found.iterator()} == {
        key: (nets[key], discounts[key]) for key in nets
    }
    lines_agree = Purchase.objects.annotate(of_lines=Sum("lines__net"))
    assert not lines_agree.exclude(of_lines=F("net")).exists()


@pytest.mark.slow
@pytest.mark.django_db
def test_a_second_time_changes_nothing(tmp_path):
    with gzip.open(DATA / "purchase_lines.csv.gz", "rt", encoding="utf-8") as whole:
        path = tmp_path / "lines.csv"
        path.write_text("".join(line for _n, line in zip(range(6001), whole, strict=False)), encoding="utf-8")
    options = ("--mapping", str(EXAMPLE / "purchases.toml"), "--create-customers")
    assert counts(run("import_purchases", path, *options)) == (6000, 0, 0, 0)
    assert counts(run("import_purchases", path, *options)) == (0, 0, 6000, 0)
    households = DATA / "demographics.csv"
    options = ("--mapping", str(EXAMPLE / "customers.toml"), "--rejects", str(tmp_path / "rejects.csv"))
    first = run("import_customers", households, *options)
    assert (first["read"], first["unchanged"], first["rejected"]) == (801, 0, 0)
    assert counts(run("import_customers", households, *options)) == (0, 0, 801, 0)


@contextlib.contextmanager
def database_of_its_own():
    """An empty, migrated database for processes that commit: its URL, and how to connect to it."""
    given = connection.get_connection_params()
    arguments = {name: given[name] for name in ("host", "port", "user", "password") if given.get(name)}
    name = f"{given['dbname']}_killed"
    url = f"postgresql:///{quote(name)}?{urlencode(arguments)}"
    with psycopg.connect(dbname="postgres", autocommit=True, **arguments) as admin:
        admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        admin.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
        try:
            environment = {**os.environ, "DATABASE_URL": url}
            migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
            subprocess.run(migrate, cwd=ROOT, env=environment, check=True)
            yield url, {"dbname": name, **arguments}
        finally:
            admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


class Stored(NamedTuple):
    purchases: int
    lines: int
    net: int
    customers: int
    broken: int


STORED = """
SELECT
    (SELECT count(*) FROM purchases_purchase),
    (SELECT count(*) FROM purchases_purchaseline),
    (SELECT coalesce(sum(net), 0) FROM purchases_purchase),
    (SELECT count(*) FROM customers_customer),
    (SELECT count(*) FROM purchases_purchase p WHERE net IS DISTINCT FROM
        (SELECT sum(net) FROM purchases_purchaseline l WHERE l.purchase_id = p.id))
"""


@pytest.mark.slow
def test_killed_in_the_middle_and_run_again_gives_the_same_totals(tmp_path, lines):
    part = lines[:15_000]
    expected = Stored(
        purchases=len({(line["household_id"], line["basket_id"]) for line in part}),
        lines=len(part),
        net=sum(dong(line["sales_value"]) for line in part),
        customers=len({line["household_id"] for line in part}),
        broken=0,
    )
    path = tmp_path / "lines.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(part[0]))
        writer.writeheader()
        writer.writerows(part)
    command = [sys.executable, "manage.py", "import_purchases", str(path), "--create-customers", "--json"]
    command += ["--mapping", str(EXAMPLE / "purchases.toml")]
    with (
        database_of_its_own() as (url, arguments),
        psycopg.connect(autocommit=True, **arguments) as watcher,
    ):

        def stored() -> Stored:
            return Stored(*watcher.execute(STORED).fetchone())

        start = partial(subprocess.Popen, command, cwd=ROOT, env={**os.environ, "DATABASE_URL": url})
        killed = start(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not stored().purchases:
            assert killed.poll() is None, "the import ended before it could be killed"
            time.sleep(0.02)
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        between = stored()
        assert 0 < between.purchases < expected.purchases
        assert between.broken == 0
        again = start(stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        summary = json.loads(again.communicate()[0])
        assert (summary["read"], summary["rejected"], summary["updated"]) == (len(part), 0, 0)
        assert summary["purchases_unchanged"] >= between.purchases
        assert stored() == expected
