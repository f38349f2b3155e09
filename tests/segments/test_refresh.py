"""A refresh against definitions worked out in plain Python, and what must hold when something goes wrong."""

import datetime

import pytest
from django.db import connection

from customers.models import Customer, CustomerBehaviour
from customers.models.behaviour import WHO_IS_LISTED
from segments import rfm, statements
from segments.models import Family, RefreshRun, Segment, SegmentFigure
from segments.refresh import REFRESH_LOCK, RefreshBusyError, RefreshFailedError, refresh_now
from tests.factories import CustomerFactory, PurchaseFactory, PurchaseLineFactory, ReturnFactory
from tests.segments.oracle import HERE, Oracle
from tests.segments.worlds import make_world

AS_OF = datetime.date(2026, 11, 22)
FIGURES = [
    field.name
    for field in CustomerBehaviour._meta.concrete_fields
    if field.name not in {*WHO_IS_LISTED, "customer", "name_sort"}
]


def at(day: datetime.date, hour: int = 12) -> datetime.datetime:
    return datetime.datetime.combine(day, datetime.time(hour), tzinfo=HERE)


def key_in(customer: Customer, family: str) -> str:
    ids = CustomerBehaviour.objects.get(customer=customer).segment_ids
    return Segment.objects.get(pk__in=ids, family=family).key


def check_against_oracle(as_of: datetime.date, *, fixed: bool) -> None:
    oracle = Oracle(as_of, fixed=fixed)
    keys = {segment.pk: (segment.family, segment.key) for segment in Segment.objects.all()}
    rows = {row.customer_id: row for row in CustomerBehaviour.objects.all()}
    assert rows.keys() == oracle.behaviour.keys()
    for customer in oracle.customers:
        row = rows[customer.pk]
        assert {name: getattr(row, name) for name in FIGURES} == oracle.behaviour[customer.pk]
        placed = [keys[pk] for pk in row.segment_ids]
        assert len(placed) == len(Family)
        assert dict(placed) == oracle.places(customer)


@pytest.mark.django_db
@pytest.mark.parametrize("as_of", [AS_OF, datetime.date(2024, 2, 29), datetime.date(2025, 3, 1)])
@pytest.mark.parametrize("seed", [1, 2])
def test_percentile_scores_and_every_figure_agree_with_the_oracle(seed, as_of, monkeypatch):
    monkeypatch.setattr(rfm, "FEWEST_BUYERS_FOR_PERCENTILES", 1)
    make_world(seed, as_of)
    run = refresh_now(as_of=as_of)
    assert not run.fixed_thresholds
    check_against_oracle(as_of, fixed=False)


@pytest.mark.django_db
def test_with_few_buyers_the_thresholds_are_fixed():
    make_world(3, AS_OF)
    run = refresh_now(as_of=AS_OF)
    assert run.fixed_thresholds
    assert run.frequency_cuts == [1, 2, 4, 8]
    check_against_oracle(AS_OF, fixed=True)


@pytest.mark.django_db
def test_an_earlier_day_gives_the_picture_of_that_day():
    make_world(4, AS_OF)
    refresh_now(as_of=AS_OF)
    earlier = datetime.date(2026, 2, 1)
    refresh_now(as_of=earlier)
    check_against_oracle(earlier, fixed=True)
    refresh_now(as_of=AS_OF)
    check_against_oracle(AS_OF, fixed=True)


@pytest.mark.django_db
def test_the_day_ends_at_midnight_in_viet_nam():
    customer = CustomerFactory()
    PurchaseFactory(customer=customer, purchased_at=at(AS_OF, 23))
    PurchaseFactory(customer=customer, purchased_at=at(AS_OF + datetime.timedelta(days=1), 0))
    refresh_now(as_of=AS_OF)
    behaviour = CustomerBehaviour.objects.get(customer=customer)
    assert (behaviour.orders, behaviour.last_purchase_on) == (1, AS_OF)


@pytest.mark.django_db
def test_the_twelve_months_begin_on_the_day_after_a_year_ago():
    customer = CustomerFactory()
    PurchaseFactory(customer=customer, purchased_at=at(datetime.date(2025, 11, 22), 23), net=100_000)
    PurchaseFactory(customer=customer, purchased_at=at(datetime.date(2025, 11, 23), 0), net=70_000)
    refresh_now(as_of=AS_OF)
    behaviour = CustomerBehaviour.objects.get(customer=customer)
    assert (behaviour.orders, behaviour.orders_12m, behaviour.spend_12m) == (2, 1, 70_000)


@pytest.mark.django_db
def test_what_came_back_is_counted_once():
    customer = CustomerFactory()
    kept = PurchaseFactory(customer=customer, net=500_000, purchased_at=at(AS_OF))
    PurchaseLineFactory(purchase=kept, customer=customer, quantity=10, net=500_000)
    ReturnFactory(purchase=kept, customer=customer, amount=50_000, units=1, returned_at=at(AS_OF))
    back = PurchaseFactory(customer=customer, net=300_000, status="returned", purchased_at=at(AS_OF))
    ReturnFactory(purchase=back, customer=customer, amount=300_000, units=4, returned_at=at(AS_OF))
    refresh_now(as_of=AS_OF)
    behaviour = CustomerBehaviour.objects.get(customer=customer)
    assert (behaviour.orders, behaviour.units, behaviour.spend, behaviour.returned) == (
        1,
        9,
        500_000,
        350_000,
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("born", "day", "expected"),
    [
        ((1966, 11, 22), datetime.date(2026, 11, 21), "middle_aged"),
        ((1966, 11, 22), datetime.date(2026, 11, 22), "elderly"),
        ((1966, None, None), datetime.date(2026, 1, 1), "elderly"),
        ((2004, 2, 29), datetime.date(2024, 2, 28), "teenager"),
        ((2004, 2, 29), datetime.date(2024, 2, 29), "young"),
        ((2012, 2, 29), datetime.date(2025, 2, 28), "child"),
        ((2012, 2, 29), datetime.date(2025, 3, 1), "teenager"),
        ((2026, 11, 23), AS_OF, "unknown"),
        ((2026, 11, 22), AS_OF, "child"),
        ((None, 11, 22), AS_OF, "unknown"),
    ],
)
def test_a_birthday_moves_the_age_band_on_its_day(born, day, expected):
    year, month, day_of_month = born
    customer = CustomerFactory(birth_year=year, birth_month=month, birth_day=day_of_month)
    refresh_now(as_of=day)
    assert key_in(customer, Family.AGE) == expected


@pytest.mark.django_db
def test_a_moved_bound_moves_customers_and_leaves_no_hole():
    ages = [CustomerFactory(birth_year=2026 - age) for age in range(100)]
    Segment.objects.filter(family=Family.AGE, key="middle_aged").update(lower_bound=45)
    refresh_now(as_of=datetime.date(2026, 12, 31))
    found = [key_in(customer, Family.AGE) for customer in ages]
    assert found[44:46] == ["adult", "middle_aged"]
    assert [
        found.count(key) for key in ("child", "teenager", "young", "adult", "middle_aged", "elderly")
    ] == [
        13,
        7,
        10,
        15,
        15,
        40,
    ]


@pytest.mark.django_db
def test_segments_of_a_customer_are_sorted():
    customer = CustomerFactory()
    refresh_now(as_of=AS_OF)
    ids = CustomerBehaviour.objects.get(customer=customer).segment_ids
    assert ids == sorted(ids)


def versions() -> list[tuple[int, str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT customer_id, ctid::text FROM customers_customerbehaviour ORDER BY customer_id")
        return cursor.fetchall()


@pytest.mark.django_db
def test_a_repeated_refresh_rewrites_nobody_and_a_purchase_only_its_customer():
    make_world(5, AS_OF, customers=20)
    assert refresh_now(as_of=AS_OF).rows_changed == 20
    before = versions()
    assert refresh_now(as_of=AS_OF).rows_changed == 0
    assert versions() == before
    changed = Customer.objects.first()
    PurchaseFactory(customer=changed, purchased_at=at(AS_OF))
    refresh_now(as_of=AS_OF)
    assert [old[0] for old, new in zip(before, versions(), strict=True) if old != new] == [changed.pk]


@pytest.mark.django_db
def test_a_refresh_that_breaks_leaves_everything_as_it_was(monkeypatch):
    make_world(6, AS_OF, customers=20)
    earlier = refresh_now(as_of=datetime.date(2026, 3, 1))
    kept = list(CustomerBehaviour.objects.order_by("pk").values())
    figures = list(SegmentFigure.objects.order_by("pk").values())
    monkeypatch.setattr(statements, "FIGURES", "SELECT 1/0")
    with pytest.raises(RefreshFailedError, match="division by zero"):
        refresh_now(as_of=AS_OF)
    assert list(CustomerBehaviour.objects.order_by("pk").values()) == kept
    assert list(SegmentFigure.objects.order_by("pk").values()) == figures
    failed = RefreshRun.objects.latest("pk")
    assert (failed.state, failed.error) == ("failed", "division by zero")
    assert RefreshRun.objects.current() == earlier


@pytest.mark.django_db
def test_a_second_refresh_at_once_is_refused():
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [REFRESH_LOCK])
        with pytest.raises(RefreshBusyError):
            refresh_now(as_of=AS_OF)
        # Closing alone gives it back a little later, whenever the server notices.
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [REFRESH_LOCK])
    finally:
        other.close()
    assert not RefreshRun.objects.exists()
    assert refresh_now(as_of=AS_OF).state == "done"


@pytest.mark.django_db
def test_a_run_whose_process_died_is_closed_by_the_next():
    died = RefreshRun.objects.create(as_of=AS_OF, state="running")
    refresh_now(as_of=AS_OF)
    died.refresh_from_db()
    assert died.state == "failed"
    assert died.error


@pytest.mark.django_db
def test_figures_of_earlier_runs_stay_for_the_last_run_of_each_month():
    CustomerFactory()
    january = [refresh_now(as_of=datetime.date(2026, 1, day)) for day in (10, 20)]
    february = [refresh_now(as_of=datetime.date(2026, 2, day)) for day in (1, 2)]
    kept = set(SegmentFigure.objects.values_list("run", flat=True))
    assert kept == {january[1].pk, february[1].pk}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("years", "count", "expected"),
    [
        ([], None, "unknown"),
        ([], 0, "none"),
        ([], 2, "age_unknown"),
        ([2021], None, "under_6"),
        ([2020], 1, "from_6"),
        ([2009, 1995], 2, "from_6"),
        ([2008], 1, "grown"),
        ([2027], None, "none"),
        ([2027], 1, "none"),
        ([2027], 2, "age_unknown"),
        ([2026], 0, "under_6"),
    ],
)
def test_the_youngest_child_decides(years, count, expected):
    customer = CustomerFactory(child_birth_years=years, children_count=count)
    refresh_now(as_of=AS_OF)
    assert key_in(customer, Family.CHILDREN) == expected
