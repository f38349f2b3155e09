"""New rows of a list are compared with the book and with each other, by the evidence of the nightly scan."""

import pytest
from django.urls import reverse

from customers.duplicate_scan import find_duplicates
from customers.importing.resembling import FIELD
from customers.models import Customer, DuplicatePair, Email, ImportRow
from customers.said import told
from tests.factories import CustomerFactory
from tests.import_wizard import brought, counts, undone, written

pytestmark = pytest.mark.django_db

HEADER = "Mã KH,Tên,Ngày sinh,SĐT,Email\n"


@pytest.fixture
def client(cast, as_user):
    return as_user(cast.huy)


@pytest.fixture
def lan(cast):
    """Known by name, date of birth, phone and email."""
    customer = CustomerFactory(
        family_name="Đỗ",
        middle_name="Thị",
        given_name="Lan",
        birth_year=1990,
        birth_month=3,
        birth_day=2,
        phone="+84905111222",
        branch=cast.cau_giay,
        owner=cast.nam,
    )
    Email.objects.create(customer=customer, address="Lan@example.vn")
    return customer


def by_number(client, rows, **manner):
    """Bring rows known by numbers of another system, none of which is in the book."""
    return brought(client, HEADER + rows, match_key="number", source="pos", **manner)


def said(run, line=2):
    return [told(problem) for problem in run.rows.get(line=line).problems if problem["field"] == FIELD]


def test_what_speaks_for_one_person_is_said(client, lan):
    run = by_number(
        client,
        "1,Do Thi Lan,02/03/1990,0905111222,\n"
        "2,Đỗ Thị Lan,,0905 111 222,\n"
        "3,Hoàng Văn Em,,0905111222,\n"
        "4,Đỗ Thị Lan,,,\n",
    )
    assert counts(run) == (4, 0, 0, 0, 0)
    assert "Đỗ Thị Lan" in said(run, 2)[0]
    assert lan.code in said(run, 2)[0]
    assert said(run, 3)
    # A phone under another name is a family's; a name alone is nobody's.
    assert said(run, 4) == said(run, 5) == []


@pytest.mark.parametrize(
    ("choice", "expected"),
    [("create", (2, 0, 0, 0, 0)), ("skip", (0, 0, 0, 2, 0)), ("update", (1, 1, 0, 0, 0))],
)
def test_the_choice_says_what_becomes_of_them(client, lan, choice, expected):
    # The first is almost certain, the second only likely.
    rows = "1,Đỗ Thị Lan,02/03/1990,0905111222,moi@example.vn\n2,Đỗ Thị Lan,,0905111222,\n"
    run = by_number(client, rows, duplicates=choice)
    assert counts(run) == expected
    written(client, run)
    assert counts(run) == expected
    emails = set(lan.emails.values_list("address", flat=True))
    assert ("moi@example.vn" in emails) == (choice == "update")
    if choice == "update":
        assert lan.identifiers.get(kind="import:pos").value == "1"
        undone(client, run)
        assert set(lan.emails.values_list("address", flat=True)) == {"Lan@example.vn"}


def test_somebody_elses_customer_is_not_named_and_not_changed(cast, as_user, lan):
    mai = as_user(cast.mai)
    row = "1,Đỗ Thị Lan,02/03/1990,0905111222,moi@example.vn\n"
    run = by_number(mai, row, duplicates="update")
    assert counts(run) == (1, 0, 0, 0, 0)
    (text,) = said(run)
    assert "Lan" not in text
    assert lan.code not in text
    assert "0905" not in text
    assert counts(by_number(mai, row, duplicates="skip")) == (0, 0, 0, 1, 0)


def test_where_two_are_as_certain_nobody_is_updated(cast, client, lan):
    CustomerFactory(
        family_name="Đỗ",
        middle_name="Thị",
        given_name="Lan",
        birth_year=1990,
        birth_month=3,
        birth_day=2,
        phone="+84905111222",
        branch=cast.cau_giay,
    )
    run = by_number(client, "1,Đỗ Thị Lan,02/03/1990,0905111222,\n", duplicates="update")
    assert counts(run) == (1, 0, 0, 0, 0)


def test_only_creating_leaves_out_whom_it_would_update(client, lan):
    row = "1,Đỗ Thị Lan,02/03/1990,0905111222,\n"
    assert counts(by_number(client, row, mode="create", duplicates="update")) == (0, 0, 0, 1, 0)


@pytest.mark.parametrize(("choice", "expected"), [("create", (4, 0, 0, 0, 0)), ("skip", (2, 0, 0, 2, 0))])
def test_rows_of_one_list_are_compared_too_and_written_as_checked(client, choice, expected, monkeypatch):
    monkeypatch.setattr("customers.importing.runs.BATCH", 2)
    rows = (
        "1,Vũ Thị Mận,05/06/1985,0912000001,man@example.vn\n"
        "2,Vũ Văn Đào,,0912000001,\n"
        "3,Vu Thi Man,05/06/1985,,man@example.vn\n"
        "4,Vũ Thị Mận,,0912000001,\n"
    )
    run = by_number(client, rows, duplicates=choice)
    assert counts(run) == expected
    assert said(run, 3) == []
    assert "2" in said(run, 4)[0]
    assert "2" in said(run, 5)[0]
    written(client, run)
    assert counts(run) == expected
    page = client.get(reverse("customers:import_run", args=[run.pk])).content.decode()
    assert page.count("Có thể trùng") >= 1


def test_the_check_finds_exactly_the_pairs_that_the_scan_finds(cast, client):
    """One list twice: what the second is told of the first is what the scan says afterwards."""
    people = [
        "Lê Thị Na,01/02/1970,0912000101,na@example.vn",
        "Lê Văn Na,01/02/1970,0912000101,",
        "Lê Thị Na,01/02/1971,0912000101,na2@example.vn",
        "Le Thi Na,1970,,na@example.vn",
        "Na,,0912000101,",
        "Trần Thị Na,01/02/1970,0912000101,na@example.vn",
        "Lê Thị Na,02/01/1970,0912000109,",
        "Lê Thị Na,01/02/1970,,",
    ]
    first = "".join(f"A{number},{person}\n" for number, person in enumerate(people))
    written(client, by_number(client, first))
    made = list(
        Customer.objects.filter(identifiers__kind="import:pos").order_by("pk").values_list("pk", flat=True)
    )
    second = by_number(client, "".join(f"B{number},{person}\n" for number, person in enumerate(people)))
    told = {(made[row.line - 2]) for row in ImportRow.objects.filter(run=second) if said(second, row.line)}
    written(client, second)
    find_duplicates()
    again = Customer.objects.filter(identifiers__value__startswith="B").values_list("pk", flat=True)
    paired = {
        made[list(again.order_by("pk")).index(later)]
        for later in again
        if DuplicatePair.objects.filter(customer__in=made, other=later).exists()
    }
    assert told == paired


def test_the_comparison_costs_the_same_queries_for_any_number_of_rows(
    client, lan, django_assert_max_num_queries
):
    rows = "".join(f"{number},Đỗ Thị Lan,02/03/1990,0905111222,\n" for number in range(50))
    with django_assert_max_num_queries(75):
        by_number(client, rows)
