"""The report's figures against the customers that each person sees: they agree segment by segment."""

import datetime
import random
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from customers.models import Customer, CustomerBehaviour
from customers.models.behaviour import LONG_AGO
from customers.registry import SegmentExtent, registry
from segments.figures import Sums, family_reports, segment_size, shares
from segments.models import Family, RefreshRun, Segment
from segments.refresh import refresh_now
from tests.segments.worlds import make_world

AS_OF = datetime.date(2026, 11, 22)


@pytest.fixture
def firm(cast):
    """The cast with customers in every branch and in none; managers look after some outside of theirs."""
    make_world(11, AS_OF)
    chance = random.Random(11)
    for customer in Customer.objects.all():
        customer.branch = chance.choice([cast.division, cast.cau_giay, cast.dong_da, None])
        customer.owner = chance.choice([None, cast.ha, cast.duc, cast.mai, cast.huy])
        customer.save()
    refresh_now(as_of=AS_OF)
    return cast


def seen_in(user: User, segment: Segment) -> Sums:
    """What the list of customers holds that a figure opens, added up in Python."""
    rows = Customer.objects.visible_to(user).filter(behaviour__segment_ids__contains=[segment.pk])
    total = Sums()
    for customer in rows.select_related("behaviour"):
        kept = customer.behaviour
        total += Sums(1, int(kept.orders > 0), kept.orders, kept.spend, kept.orders_12m, kept.spend_12m)
    return total


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["quan", "huy", "mai", "ha"])
def test_every_figure_equals_the_customers_behind_it(firm, name):
    user = User.objects.get(username=name)
    reports = family_reports(user, RefreshRun.objects.current(), Family)
    for report in reports.values():
        for row in report.rows:
            assert row.sums == seen_in(user, row.segment), row.segment.key
        assert report.total.customers == Customer.objects.visible_to(user).count()
    assert reports[Family.RFM].total.revenue > 0


@pytest.mark.django_db
def test_the_manager_of_one_branch_sees_less_than_the_division(firm):
    run = RefreshRun.objects.current()
    totals = [
        family_reports(User.objects.get(username=name), run, [Family.AGE])[Family.AGE].total.customers
        for name in ("mai", "huy", "quan")
    ]
    assert totals[0] < totals[1] < totals[2] == Customer.objects.count()


@pytest.mark.django_db
def test_the_size_that_the_list_shows_is_the_figure(firm):
    segment = Segment.objects.get(family=Family.GENDER, key="female")
    mai = User.objects.get(username="mai")
    members = Customer.objects.filter(gender="female", branch__in=mai.branch_ids)
    size = registry.segment_size(mai, segment.pk)
    assert size.customers == seen_in(mai, segment).customers
    assert size.customers > size.active == members.active().count() > 0
    assert segment_size(User.objects.get(username="ha"), segment.pk) is None


@pytest.mark.django_db
def test_how_many_a_manager_saw_is_the_sum_of_their_branches(firm):
    for name in ("huy", "mai"):
        user = User.objects.get(username=name)
        seen = Customer.objects.filter(branch__in=user.branch_ids).count()
        assert registry.figures_legend(user).seen == seen > 0
    for name in ("ha", "quan"):
        assert registry.figures_legend(User.objects.get(username=name)).seen == 0


@pytest.mark.django_db
def test_the_extent_of_a_segment_is_that_of_its_members(firm):
    checked = 0
    for segment in Segment.objects.all():
        members = CustomerBehaviour.objects.filter(segment_ids__contains=[segment.pk])
        days = [day or LONG_AGO for day in members.values_list("last_purchase_on", flat=True)]
        spends = list(members.values_list("spend", flat=True))
        extent = registry.segment_extent(segment.pk)
        if not days:
            assert extent is None
            continue
        assert extent == SegmentExtent((min(days), max(days)), (min(spends), max(spends)))
        checked += len(set(days)) > 1
    assert checked > 10


@pytest.mark.django_db
def test_without_a_run_nothing_is_claimed(cast):
    assert registry.segment_extent(Segment.objects.first().pk) is None
    assert segment_size(cast.huy, Segment.objects.first().pk) is None
    assert registry.figures_legend(cast.huy).as_of is None


@pytest.mark.django_db
def test_a_report_costs_two_queries(firm, django_assert_num_queries):
    mai = User.objects.with_permissions().get(username="mai")
    run = RefreshRun.objects.current()
    assert mai.has_perm("segments.view_segment")
    assert mai.branch_ids
    with django_assert_num_queries(2):
        family_reports(mai, run, Family)


@pytest.mark.django_db
def test_shares_of_a_report_add_up_to_one(firm):
    run = RefreshRun.objects.current()
    for report in family_reports(User.objects.get(username="quan"), run, Family).values():
        assert (report.whole, report.revenue_whole) == (1, 1)


@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=20))
def test_shares_are_tenths_of_a_percent_that_add_up(parts):
    found = shares(parts)
    assert sum(found) == (1 if any(parts) else 0)
    for part, share in zip(parts, found, strict=True):
        exact = Decimal(part) / sum(parts) if any(parts) else 0
        assert abs(share - exact) < Decimal("0.001")
        assert part or not share


@pytest.mark.django_db
def test_every_value_of_the_closed_lists_has_its_segment():
    fields = {
        Family.GENDER: "gender",
        Family.INCOME: "income_band",
        Family.EDUCATION: "education",
        Family.OCCUPATION: "occupation",
        Family.MARITAL: "marital_status",
    }
    for family, field in fields.items():
        values = {value for value, _label in Customer._meta.get_field(field).choices}
        assert set(Segment.objects.of(family).values_list("key", flat=True)) == values


@pytest.mark.django_db
def test_every_segment_is_offered_as_a_choice_and_as_columns_of_an_export(firm):
    choices = registry.segment_choices()
    assert {choice.pk for choice in choices} == set(Segment.objects.values_list("pk", flat=True))
    assert not next(choice for choice in choices if choice.name == "R5 F4").is_telling
    columns = {column.name: column for column in registry.export_columns}
    customer = columns["rfm_group"].prepare(Customer.objects.filter(behaviour__orders=0)).first()
    assert columns["rfm_group"].read(customer) == "Khách hàng tiềm năng"
    columns["segments"].prepare(Customer.objects.all())
    assert "Không mua trong 12 tháng" in columns["segments"].read(customer)
