"""Who may open what: one table for every named URL, asserted in both directions.

About a customer, existence must not leak: out of scope answers 404, as a customer that does not exist does.
A missing permission answers 403. Whoever is not logged in is sent to the login page (302).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest
from django.contrib import admin
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from accounts.models import Cover
from customers.attachments import attach
from customers.bulk.actions import ACTIONS
from customers.bulk.services import choose_change, confirm, open_batch
from customers.exports import list_of, request_export
from customers.forms.files import judged
from customers.importing.services import bring_list
from customers.merging.services import merge_customers
from customers.models import (
    ChangeBatch,
    Customer,
    CustomerExport,
    CustomerMerge,
    ImportRun,
    Relation,
    SavedView,
)
from customers.observations import record
from segments.models import RefreshRun
from tests.factories import CustomerFactory, FollowUpFactory, HouseholdFactory, InteractionFactory

pytestmark = pytest.mark.django_db

OK = 200
MOVED = 302
REFUSED = 403
ABSENT = 404
NOT_ALLOWED = 405

Arguments = Callable[[SimpleNamespace], list[object]]


@dataclass(frozen=True)
class Row:
    """One URL: the expected status for each person, by the column names of `PEOPLE` or `AROUND_ANH`."""

    name: str
    expected: dict[str, int]
    method: str = "get"
    args: Arguments = lambda cast: []
    data: dict[str, object] = field(default_factory=dict)


def page(name: str, *, staff: int, manager: int, admin: int, anonymous: int = MOVED, **more: object) -> Row:
    """A URL that does the same for whoever holds the permission."""
    return Row(name, {"anonymous": anonymous, "ha": staff, "huy": manager, "quan": admin}, **more)


def about_anh(  # Ánh is Hà's customer, in Cầu Giấy
    name: str,
    *,
    owner: int,
    colleague: int,
    reader: int,
    outside: int,
    manager: int,
    admin: int,
    **more: object,
) -> Row:
    """A URL about one customer. `reader` is the colleague once their branch lets its staff read."""
    expected = {
        "anonymous": MOVED,
        "ha": owner,
        "nam": colleague,
        "nam, who may read the branch": reader,
        "duc": outside,
        "mai": outside,
        "huy": manager,
        "quan": admin,
    }
    more.setdefault("args", lambda cast: [cast.anh.pk])
    return Row(name, expected, **more)


def read_about_anh(name: str, **more: object) -> Row:
    return about_anh(
        name, owner=OK, colleague=ABSENT, reader=OK, outside=ABSENT, manager=OK, admin=OK, **more
    )


def change_anh(name: str, done: int, **more: object) -> Row:
    return about_anh(
        name, owner=done, colleague=ABSENT, reader=REFUSED, outside=ABSENT, manager=done, admin=done, **more
    )


def about_pair(name: str, *, colleague: int, done: int, **more: object) -> Row:
    """A URL about Ánh and Bình, of Hà and Nam: Huy manages both, Mai neither."""
    expected = {"anonymous": MOVED, "ha": colleague, "mai": ABSENT, "huy": done, "quan": done}
    more.setdefault("args", lambda cast: [cast.anh.pk, cast.binh.pk])
    return Row(name, expected, **more)


def merged_into_anh(cast: SimpleNamespace) -> CustomerMerge:
    keep, duplicate = (Customer.objects.get(pk=customer.pk) for customer in (cast.anh, cast.binh))
    return merge_customers(keep=keep, duplicate=duplicate, by=cast.huy)


def view_of_ha(cast: SimpleNamespace) -> list[object]:
    return [SavedView.objects.create(owner=cast.ha, name="Của Hà", shared_with=cast.cau_giay).pk]


def shared_by_ha(name: str, *, owner: int, colleague: int, **more: object) -> Row:
    """A URL about a view that Hà shares with her branch: nobody else knows of it, whatever their role."""
    others = {"duc": ABSENT, "mai": ABSENT, "huy": ABSENT, "quan": ABSENT}
    expected = {"anonymous": MOVED, "ha": owner, "nam": colleague, **others}
    return Row(name, expected, args=view_of_ha, **more)


def everyone(name: str, status: int = OK, **more: object) -> Row:
    return page(name, staff=status, manager=status, admin=status, **more)


def public(name: str, status: int = OK, *, logged_in: int | None = None, **more: object) -> Row:
    inside = status if logged_in is None else logged_in
    return page(name, anonymous=status, staff=inside, manager=inside, admin=inside, **more)


def managers(name: str, status: int = OK, **more: object) -> Row:
    return page(name, staff=REFUSED, manager=status, admin=status, **more)


def change_portfolio_of_anh(name: str, **more: object) -> Row:
    """What managers do with a customer; the person in charge may not."""
    return about_anh(
        name, owner=REFUSED, colleague=ABSENT, reader=REFUSED, outside=ABSENT, manager=OK, admin=OK, **more
    )


def portfolio_of_ha(name: str, done: int = OK, **more: object) -> Row:
    """A URL about Hà's portfolio, in Cầu Giấy: Huy manages it, Mai does not."""
    expected = {"anonymous": MOVED, "ha": REFUSED, "nam": REFUSED, "mai": ABSENT, "huy": done, "quan": done}
    more.setdefault("args", lambda cast: [str(cast.ha.pk)])
    return Row(name, expected, **more)


def relation_of_anh(cast: SimpleNamespace) -> list[object]:
    friend = CustomerFactory(owner=cast.ha, branch=cast.cau_giay)
    return [cast.anh.pk, Relation.objects.create(customer=cast.anh, other=friend, kind="friend").pk]


def file_of_anh(cast: SimpleNamespace, by: str = "ha") -> list[object]:
    upload = SimpleUploadedFile("thu.txt", "Chào chị".encode())
    [file] = attach(customer=cast.anh, files=[judged(upload)], by=getattr(cast, by))
    return [cast.anh.pk, file.pk]


def known_of_anh(cast: SimpleNamespace) -> list[object]:
    values = {"kind": "need", "text": "Máy lọc nước", "from_on": timezone.localdate()}
    return [cast.anh.pk, record(customer=cast.anh, values=values, by=cast.ha).pk]


def planned_for_anh(cast: SimpleNamespace) -> list[object]:
    return [cast.anh.pk, FollowUpFactory(customer=cast.anh, owner=cast.ha).pk]


def household_of_anh(cast: SimpleNamespace) -> int:
    home = HouseholdFactory()
    Customer.objects.filter(pk=cast.anh.pk).update(household=home)
    return home.pk


def in_trash(customer: Customer) -> Customer:
    Customer.objects.filter(pk=customer.pk).update(trashed_at=timezone.now())
    return customer


def cover_for_ha(cast: SimpleNamespace) -> Cover:
    today = timezone.localdate()
    return Cover.objects.create(away=cast.ha, stand_in=cast.nam, from_on=today, until_on=today)


def import_of_huy(name: str, done: int = OK, *, state: str = "checked", **more: object) -> Row:
    """A URL about a list that Huy has brought: another manager does not learn of it."""
    expected = {"anonymous": MOVED, "ha": REFUSED, "mai": ABSENT, "huy": done, "quan": done}
    return Row(name, expected, args=lambda cast: [list_of_huy(cast, state).pk], **more)


def list_of_huy(cast: SimpleNamespace, state: str) -> ImportRun:
    upload = SimpleUploadedFile("khach.csv", "Họ tên,SĐT\nVũ An,0912000001\n".encode())
    run = bring_list(upload=upload, kind="customers", by=cast.huy)
    run.state = state
    run.created = 1 if state == "done" else 0
    run.save()
    return run


def batch_of_huy(name: str, done: int = OK, *, state: str = "done", **more: object) -> Row:
    """A URL about a bulk change of Huy's: only he goes on with it, an administrator may undo it."""
    others = {"ha": ABSENT, "mai": ABSENT}
    expected = {"anonymous": MOVED, **others, "huy": done, "quan": more.pop("admin", done)}
    more.setdefault("args", lambda cast: [change_of_huy(cast, state).pk])
    return Row(name, expected, **more)


def change_of_huy(cast: SimpleNamespace, state: str) -> ChangeBatch:
    chosen = Customer.objects.filter(pk=cast.anh.pk)
    batch = open_batch(customers=chosen, by=cast.huy, query="", conditions="")
    source = ACTIONS["set-source"]
    if state != "chosen":
        choose_change(batch=batch, action=source, writes={"source": "event"}, words="", reason="Tết")
    if state == "done":
        confirm(batch=batch, number=1)
    return batch


def export_of_huy(name: str, *, huy: int, others: int = ABSENT, admin: int = OK, **more: object) -> Row:
    """A URL about a file that Huy had made."""
    expected = {"anonymous": MOVED, "ha": others, "mai": others, "huy": huy, "quan": admin}
    return Row(name, expected, args=lambda cast: [file_of_huy(cast).pk], **more)


def file_of_huy(cast: SimpleNamespace) -> CustomerExport:
    return request_export(
        listing=list_of(cast.huy, ""),
        conditions="",
        columns=["code"],
        file_format="csv",
        reason="Thư mời khai trương",
    )


TABLE = [
    everyone("home", MOVED),
    everyone("help"),
    public("healthz"),
    public("set_language", MOVED, method="post", data={"language": "en"}),
    public("set_theme", MOVED, method="post", data={"theme": "dark"}),
    everyone("customers:list"),
    everyone("customers:filter"),
    everyone("customers:palette"),
    everyone("customers:export"),
    everyone("customers:exports"),
    export_of_huy("customers:export_run", huy=OK),
    export_of_huy("customers:export_file", huy=OK, admin=ABSENT),
    export_of_huy("customers:export_cancel", huy=MOVED, admin=ABSENT, method="post"),
    everyone("customers:bulk-list"),
    everyone("customers:bulk-new", MOVED, method="post"),
    batch_of_huy("customers:bulk"),
    batch_of_huy(
        "customers:bulk-change",
        admin=ABSENT,
        args=lambda cast: [change_of_huy(cast, "chosen").pk, "set-source"],
    ),
    batch_of_huy("customers:bulk-confirm", MOVED, admin=ABSENT, state="previewed", method="post"),
    batch_of_huy("customers:bulk-cancel", MOVED, admin=ABSENT, method="post"),
    batch_of_huy("customers:bulk-undo", MOVED, method="post"),
    everyone("customers:filter-builder"),
    everyone("customers:chip-counts"),
    everyone("customers:columns"),
    everyone("customers:view-create"),
    shared_by_ha("customers:view-edit", owner=OK, colleague=OK),
    shared_by_ha("customers:view-save", owner=MOVED, colleague=REFUSED, method="post"),
    shared_by_ha("customers:view-duplicate", owner=MOVED, colleague=MOVED, method="post"),
    shared_by_ha("customers:view-delete", owner=MOVED, colleague=REFUSED, method="post"),
    everyone("customers:create"),
    managers("customers:imports"),
    managers("customers:import_new"),
    import_of_huy("customers:import_columns"),
    import_of_huy("customers:import_manner"),
    import_of_huy("customers:import_check"),
    import_of_huy("customers:import_failures"),
    import_of_huy("customers:import_run", state="done"),
    import_of_huy("customers:import_undo", state="done"),
    import_of_huy("customers:import_words", MOVED, method="post"),
    import_of_huy("customers:import_write", MOVED, method="post"),
    import_of_huy("customers:import_cancel", MOVED, method="post"),
    everyone("customers:duplicates"),
    managers("customers:merges"),
    about_pair("customers:merge", colleague=REFUSED, done=OK),
    about_pair("customers:merge-with", colleague=REFUSED, done=OK, args=lambda cast: [cast.anh.pk]),
    managers("customers:merge-ticked", MOVED, method="post"),
    about_pair("customers:set_apart", colleague=ABSENT, done=MOVED, method="post"),
    about_pair(
        "customers:unmerge",
        colleague=REFUSED,
        done=MOVED,
        method="post",
        args=lambda cast: [merged_into_anh(cast).pk],
    ),
    read_about_anh("customers:detail"),
    read_about_anh("customers:timeline"),
    change_anh("customers:edit", OK),
    everyone("customers:look-alikes", method="post"),
    change_anh("customers:look-alikes-of", OK, method="post"),
    change_anh("customers:deactivate", MOVED, method="post", data={"reason": "Chuyển ra nước ngoài"}),
    change_anh("customers:reactivate", MOVED, method="post"),
    change_anh("customers:relation-add", OK),
    change_anh("customers:tags", OK),
    change_anh("customers:fact", OK, args=lambda cast: [cast.anh.pk, "notes"]),
    Row(
        "customers:relation-end",
        {"anonymous": MOVED, "ha": MOVED, "nam": ABSENT, "mai": ABSENT, "huy": MOVED, "quan": MOVED},
        method="post",
        args=lambda cast: relation_of_anh(cast),
    ),
    read_about_anh("customers:household", args=lambda cast: [household_of_anh(cast)]),
    change_anh("customers:household-edit", OK, args=lambda cast: [household_of_anh(cast)]),
    change_anh("customers:household-add", OK, args=lambda cast: [household_of_anh(cast)]),
    change_anh("customers:household-leave", MOVED, method="post"),
    read_about_anh("customers:observations"),
    change_anh("customers:observation-add", OK),
    change_anh("customers:observation-replace", OK, args=known_of_anh),
    change_anh("customers:observation-end", MOVED, method="post", args=known_of_anh),
    read_about_anh("customers:as-of"),
    read_about_anh("customers:consents"),
    change_anh("customers:consent-add", OK),
    change_anh("interactions:follow-up-add", OK),
    change_anh("interactions:follow-up-done", MOVED, method="post", args=planned_for_anh),
    change_anh("interactions:follow-up-cancel", OK, args=planned_for_anh),
    read_about_anh("customers:files"),
    change_anh("customers:file-add", OK),
    read_about_anh("customers:file", args=file_of_anh),
    change_anh("customers:file-delete", MOVED, method="post", args=file_of_anh),
    change_anh(
        "interactions:file-add",
        OK,
        args=lambda cast: [cast.anh.pk, InteractionFactory(customer=cast.anh, by=cast.ha).pk],
    ),
    everyone("customers:trash"),
    change_anh("customers:delete", MOVED, method="post", data={"reason": "Nhập nhầm"}),
    about_anh(
        "customers:restore",
        owner=MOVED,
        colleague=ABSENT,
        reader=ABSENT,
        outside=ABSENT,
        manager=MOVED,
        admin=MOVED,
        method="post",
        args=lambda cast: [in_trash(cast.anh).pk],
    ),
    change_portfolio_of_anh("customers:reassign"),
    managers("customers:portfolios"),
    portfolio_of_ha("customers:portfolio"),
    portfolio_of_ha("customers:portfolio-move"),
    portfolio_of_ha("customers:portfolio-split"),
    portfolio_of_ha("customers:portfolio-cover"),
    portfolio_of_ha("customers:cover-end", MOVED, method="post", args=lambda cast: [cover_for_ha(cast).pk]),
    change_anh(
        "interactions:create",
        MOVED,
        method="post",
        data={"channel": "call", "direction": "outgoing", "stage": "after", "subject": "Hỏi thăm"},
    ),
    managers("segments:gallery"),
    managers("segments:family", args=lambda cast: ["age"]),
    managers("segments:refresh", MOVED, method="post"),
    managers("segments:run", args=lambda cast: [RefreshRun.objects.create(as_of=timezone.localdate()).pk]),
    # django-allauth: the way in, for everyone; the rest for whoever is logged in.
    public("account_login", logged_in=MOVED),
    public("account_logout", MOVED, logged_in=OK),
    public("account_inactive"),
    public("account_reset_password"),
    public("account_reset_password_done"),
    public("account_reset_password_from_key", args=lambda cast: ["1", "x-y"]),
    public("account_reset_password_from_key_done"),
    everyone("account_change_password"),
    everyone("account_set_password", MOVED),
]

# Django's administration has one rule of its own, asserted below for every model.
ADMIN_NAMESPACE = "admin"
# What differs from one answer to the next: the form token, and the address that was asked for.
DIFFERS = re.compile(r'"[A-Za-z0-9]{64}"|/[0-9]+(?=/)')
COLUMNS = [(row, person) for row in TABLE for person in row.expected]


def named_urls(resolver: URLResolver, prefix: str = "") -> Iterator[str]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLPattern):
            if pattern.name:
                yield prefix + pattern.name
        elif pattern.namespace != ADMIN_NAMESPACE:
            inner = f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
            yield from named_urls(pattern, inner)


def client_of(cast: SimpleNamespace, person: str) -> Client:
    client = Client()
    name, _, switch = person.partition(",")
    if switch:
        cast.cau_giay.staff_read_all = True
        cast.cau_giay.save()
    if name != "anonymous":
        client.force_login(getattr(cast, name))
    return client


def test_every_named_url_is_in_the_table():
    assert set(named_urls(get_resolver())) == {row.name for row in TABLE}


@pytest.mark.parametrize(("row", "person"), COLUMNS, ids=lambda value: getattr(value, "name", value))
def test_access(cast, row, person):
    url = reverse(row.name, args=row.args(cast))
    response = getattr(client_of(cast, person), row.method)(url, row.data)
    response.close()
    assert response.status_code == row.expected[person]
    if (
        person == "anonymous"
        and row.expected[person] == MOVED
        and not row.name.startswith(("account", "set_"))
    ):
        assert response.url.startswith(reverse("account_login"))


@pytest.mark.parametrize("row", [row for row in TABLE if "duc" in row.expected], ids=lambda row: row.name)
def test_out_of_scope_looks_like_no_such_customer(cast, row):
    client = client_of(cast, "duc")
    there = row.args(cast)
    nowhere = [each if isinstance(each, str) else 999_999_999 for each in there]
    hidden = getattr(client, row.method)(reverse(row.name, args=there), row.data)
    missing = getattr(client, row.method)(reverse(row.name, args=nowhere), row.data)
    assert hidden.status_code == missing.status_code == ABSENT
    assert DIFFERS.sub("", hidden.text) == DIFFERS.sub("", missing.text)


@pytest.mark.parametrize(
    "row",
    [row for row in TABLE if row.method == "post" and row.name != "set_language"],
    ids=lambda row: row.name,
)
def test_what_changes_things_refuses_get(cast, row):
    url = reverse(row.name, args=row.args(cast))
    assert client_of(cast, "quan").get(url).status_code in {NOT_ALLOWED, OK}


FOR_ADMINISTRATORS = {
    "accounts_user",
    "accounts_branch",
    "auth_group",
    "customers_tag",
    "purchases_category",
    "purchases_product",
    "segments_segment",
    "segments_refreshrun",
}


def admin_models() -> list[str]:
    return [f"{model._meta.app_label}_{model._meta.model_name}" for model in admin.site._registry]


@pytest.mark.parametrize("model", admin_models())
@pytest.mark.parametrize("person", ["anonymous", "ha", "huy", "quan"])
def test_administration_is_for_administrators(cast, model, person):
    status = client_of(cast, person).get(reverse(f"admin:{model}_changelist")).status_code
    if person != "quan":
        assert status == MOVED
    else:
        assert status == (OK if model in FOR_ADMINISTRATORS else REFUSED)
