"""History in words: who, when, what it was and what it became; for what a form, a command or SQL changed."""

import uuid

import pghistory
import pytest
from django.db import connection, transaction
from django.test import Client

from customers import history
from customers.merging.services import merge_customers, unmerge_customers
from customers.models import Customer, Email, Phone
from customers.services import (
    Contact,
    CustomerInput,
    create_customer,
    deactivate_customer,
    reactivate_customer,
    update_customer,
)
from tests.customers.test_forms import filled
from tests.factories import CustomerFactory, HouseholdFactory

LAN = Contact("+84912345678", "mobile")


@pytest.fixture
def cast(committed_cast):
    """Moments of history are those of transactions: each change here is committed by itself."""
    return committed_cast


def read(pk: int) -> Customer:
    return Customer.objects.select_related("owner", "branch", "household").get(pk=pk)


def changes_of(customer: Customer) -> list[history.Change]:
    customer = read(customer.pk)
    return history.changes_at(customer, list(history.moments(customer)))


def in_words(change: history.Change) -> set[tuple[str, str, str]]:
    return {(field.label, field.old, field.new) for field in change.fields}


def edit(cast, by, **values) -> None:
    customer = read(cast.anh.pk)
    entered = CustomerInput(values, [Contact(str(phone), phone.label) for phone in customer.phones.all()])
    update_customer(customer=customer, expected_version=customer.version, entered=entered, by=by)


def test_every_kind_of_value_is_told_in_words(cast):
    household = HouseholdFactory(name="Nhà chị Ánh")
    edit(
        cast,
        cast.ha,
        given_name="Ánh Dương",
        gender="female",
        birth_year=1992,
        birth_month=5,
        monthly_income=15_000_000,
        education="university",
        child_birth_years=[2018, 2022],
        household=household,
        owner=cast.nam,
        branch=cast.dong_da,
        citizen_id="001192000123",
        province_id="01",
    )

    (change,) = changes_of(cast.anh)

    assert change.actor == "Trần Thu Hà"
    assert in_words(change) == {
        ("Họ và tên", "Nguyễn Thị Ngọc Ánh", "Nguyễn Thị Ngọc Ánh Dương"),
        ("Giới tính", "Chưa rõ", "Nữ"),
        ("Ngày sinh", "", "05/1992"),
        ("Thu nhập hằng tháng", "", "15.000.000\u00a0₫"),
        ("Trình độ học vấn", "Chưa rõ", "Đại học"),
        ("Năm sinh các con", "", "2018, 2022"),
        ("Hộ gia đình", "", "Nhà chị Ánh"),
        ("Người phụ trách", "Trần Thu Hà", "Lê Hoài Nam"),
        ("Chi nhánh", "Chi nhánh Cầu Giấy", "Chi nhánh Đống Đa"),
        ("Số định danh cá nhân", "", "001******123"),
        ("Tỉnh/thành phố", "", "Hà Nội"),
    }


def test_each_save_stands_between_the_values_before_and_after_it(cast):
    for notes in ("một", "hai", "ba"):
        edit(cast, cast.ha if notes != "hai" else cast.huy, notes=notes)

    told = [(change.actor, change.fields[0].old, change.fields[0].new) for change in changes_of(cast.anh)]
    assert told == [
        ("Trần Thu Hà", "hai", "ba"),
        ("Phạm Quốc Huy", "một", "hai"),
        ("Trần Thu Hà", "", "một"),
    ]


def test_an_older_page_of_history_knows_what_came_after_it(cast):
    for notes in ("một", "hai"):
        edit(cast, cast.ha, notes=notes)
    customer = read(cast.anh.pk)
    _newest, older = history.moments(customer)
    (change,) = history.changes_at(customer, [older])
    assert in_words(change) == {("Ghi chú", "", "một")}


@pytest.mark.parametrize(
    ("phones", "expected"),
    [
        ([], {("0912\u00a0345\u00a0678 (Số điện thoại di động)", "")}),
        (
            [Contact("+84987654321", "mobile")],
            {
                (
                    "0912\u00a0345\u00a0678 (Số điện thoại di động)",
                    "0987\u00a0654\u00a0321 (Số điện thoại di động)",
                )
            },
        ),
        (
            [Contact(LAN.value, "zalo")],
            {("0912\u00a0345\u00a0678 (Số điện thoại di động)", "0912\u00a0345\u00a0678 (Zalo)")},
        ),
        ([LAN, Contact("+84987654321", "home")], {("", "0987\u00a0654\u00a0321 (Nhà riêng)")}),
    ],
)
def test_phones_come_go_and_change(cast, phones, expected):
    update_customer(
        customer=read(cast.anh.pk), expected_version=1, entered=CustomerInput({}, phones), by=cast.ha
    )
    (change,) = changes_of(cast.anh)
    assert {(field.old, field.new) for field in change.fields} == expected
    assert {field.label for field in change.fields} == {"Số điện thoại"}


def test_the_order_of_phones_is_told_where_nothing_else_differs(cast):
    Phone.objects.create(customer=cast.anh, number="+84987654321", position=1)
    update_customer(
        customer=read(cast.anh.pk),
        expected_version=1,
        entered=CustomerInput({}, [Contact("+84987654321", "mobile"), LAN]),
        by=cast.ha,
    )
    fields = changes_of(cast.anh)[0].fields
    places = {(field.old[-5:], field.new[-5:]) for field in fields}
    assert places == {("thứ 1", "thứ 2"), ("thứ 2", "thứ 1")}


def test_one_transaction_is_one_change(cast):
    update_customer(
        customer=read(cast.anh.pk),
        expected_version=1,
        entered=CustomerInput({"notes": "mới"}, [], [Contact("anh@example.vn", "work")]),
        by=cast.ha,
    )
    (change,) = changes_of(cast.anh)
    assert {field.label for field in change.fields} == {"Ghi chú", "Số điện thoại", "Email"}


def test_contacts_entered_with_a_new_customer_are_no_changes(cast):
    entered = CustomerInput({"given_name": "Huy"}, [Contact("+84987654321", "mobile")])
    customer = create_customer(entered=entered, submission=uuid.uuid4(), by=cast.ha)
    assert changes_of(customer) == []
    created = history.creation(read(customer.pk))
    assert (created.actor, created.is_creation) == ("Trần Thu Hà", True)


def test_deactivating_tells_the_reason(cast):
    deactivate_customer(customer=cast.anh, reason="Chuyển nhà", by=cast.huy)
    reactivate_customer(customer=cast.anh, by=cast.huy)
    back, gone = changes_of(cast.anh)
    assert in_words(gone) == {("Trạng thái", "đang hoạt động", "ngừng hoạt động: Chuyển nhà")}
    assert in_words(back) == {("Trạng thái", "ngừng hoạt động: Chuyển nhà", "đang hoạt động")}


def test_commands_and_plain_sql_are_told_apart_from_people(cast):
    with transaction.atomic(), pghistory.context(command="import_customers"):
        Customer.objects.filter(pk=cast.anh.pk).update(notes="từ tệp")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE customers_customer SET needs = 'nồi' WHERE id = %s", [cast.anh.pk])
    assert [change.actor for change in changes_of(cast.anh)] == ["Hệ thống", "Danh sách nhập vào"]


def test_the_person_behind_a_request_is_recorded(cast):
    client = Client()
    client.force_login(cast.huy)
    client.post(f"/customers/{cast.anh.pk}/deactivate/", {"reason": "Đã mất"})
    assert [change.actor for change in changes_of(cast.anh)] == ["Phạm Quốc Huy"]


def test_two_namesakes_split_alike_in_words_are_told_apart(cast):
    edit(cast, cast.ha, family_name="Nguyễn Thị", middle_name="Ngọc")
    assert in_words(changes_of(cast.anh)[0]) == {
        ("Họ và tên", "Nguyễn | Thị Ngọc | Ánh", "Nguyễn Thị | Ngọc | Ánh")
    }


def test_folding_keeps_the_oldest_and_the_newest_value(cast):
    for notes, needs in (("một", "nồi"), ("hai", ""), ("ba", "")):
        edit(cast, cast.ha, notes=notes, needs=needs)
    folded = history.fold(changes_of(cast.anh))
    assert in_words(folded) == {("Ghi chú", "", "ba")}


def test_history_is_read_in_one_query(cast, django_assert_num_queries):
    for number in range(12):
        edit(cast, cast.ha if number % 2 else cast.huy, notes=str(number))
    customer = Customer.objects.select_related("owner", "branch", "household", "province", "ward").get(
        pk=cast.anh.pk
    )
    list(customer.phones.all()), list(customer.emails.all())
    when = list(history.moments(customer))
    with django_assert_num_queries(1):
        assert len(history.changes_at(customer, when)) == 12


def test_an_older_version_is_rebuilt_with_its_contacts(cast):
    Email.objects.create(customer=cast.anh, address="anh@example.vn")
    before = read(cast.anh.pk)
    update_customer(
        customer=before,
        expected_version=1,
        entered=CustomerInput({"notes": "mới"}, [Contact("+84987654321", "home")]),
        by=cast.ha,
    )
    edit(cast, cast.huy, notes="mới nữa")

    now = read(cast.anh.pk)
    state = history.state_at(now, 1)
    assert state is not None
    assert (state.row.notes, state.phones) == ("", (LAN,))
    assert [contact.value for contact in state.emails] == ["anh@example.vn"]
    middle = history.state_at(now, 2)
    assert middle is not None
    assert (middle.row.notes, [contact.value for contact in middle.phones]) == ("mới", ["+84987654321"])
    assert history.state_at(now, 3) == history.state_of(now)
    assert history.state_at(now, 99) is None


def test_a_merge_and_its_undoing_are_told_apart_from_edits(committed_cast, as_user):
    """All by one person on one day, with an edit between; committed, as history needs it."""
    cast = committed_cast
    again = CustomerFactory(middle_name="Ngọc", owner=cast.ha, branch=cast.cau_giay)
    for keep, duplicate in ((cast.anh, again), (again, cast.anh)):
        done = merge_customers(keep=keep, duplicate=duplicate, by=cast.huy)
        client = as_user(cast.huy)
        opened = client.get(f"/customers/{keep.pk}/facts/notes/").context["form"]
        client.post(f"/customers/{keep.pk}/facts/notes/", filled(opened, notes=f"Sửa {keep.pk}"))
        unmerge_customers(merge=done, by=cast.huy)
        keep.refresh_from_db()
        duplicate.refresh_from_db()
        page = client.get(f"/customers/{keep.pk}/timeline/").text
        assert f"Gộp {duplicate.code} vào hồ sơ này" in page
        assert f"Hoàn tác việc gộp {duplicate.code}" in page
        assert "1 thay đổi" in page
        parted = client.get(f"/customers/{duplicate.pk}/timeline/").text
        assert f"Đã gộp vào {keep.code}" in parted
        assert "không thấy thay đổi" not in page
