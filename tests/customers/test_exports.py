"""Taking customers away: exactly the list one sees, for nobody else, and never unrecorded."""

import csv
import datetime
import io
import os
import stat

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone, translation
from procrastinate.contrib.django.models import ProcrastinateJob
from python_calamine import CalamineWorkbook

from accounts.models import User
from customers import exports, listing
from customers.exports import (
    cancel_export,
    folder,
    forget_expired,
    list_of,
    path_of,
    request_export,
    run_export,
)
from customers.listing import CustomerList
from customers.models import Customer, CustomerBehaviour, CustomerExport
from tests.factories import CustomerFactory

URL = "/customers/export/"
ASKED = {"columns": ["code", "full_name", "notes"], "file_format": "csv", "reason": "Gửi thư mời khai trương"}


@pytest.fixture
def crowd(cast):
    for number, name in enumerate(("Hương", "Hường", "An", "Ánh", "Vy")):
        customer = CustomerFactory(given_name=name, owner=cast.ha, branch=cast.cau_giay)
        CustomerBehaviour.objects.filter(customer=customer).update(orders=1, spend=(number * 7) % 5 * 1000)
    return cast


def export_of(user, query: str = "", **more: object) -> CustomerExport:
    asked = {"columns": ["code"], "file_format": "csv", "reason": "Gửi thư mời", "conditions": ""} | more
    return request_export(listing=list_of(user, query), **asked)


def lines(response) -> list[list[str]]:
    return list(csv.reader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig"))))


def test_a_list_becomes_a_file_that_its_owner_fetches(crowd, as_user):
    Customer.objects.filter(pk=crowd.anh.pk).update(notes="=HYPERLINK(1)\nhai dòng")
    client = as_user(crowd.ha)
    response = client.post(f"{URL}?q=ngoc+anh", ASKED)
    export = CustomerExport.objects.get()
    assert response.url == f"/customers/exports/{export.pk}/"
    page = client.get(response.url).text
    assert "Tệp có 2 khách hàng." in page
    assert "Gửi thư mời khai trương" in page
    assert "Tìm kiếm: ngoc anh" in page
    file = client.get(f"{response.url}file/")
    assert file["Content-Type"].startswith("text/csv")
    assert file["Content-Disposition"].startswith("attachment;")
    assert "no-store" in file["Cache-Control"]
    heading, *rows = lines(file)
    assert heading == ["mã khách hàng", "họ và tên", "ghi chú"]
    assert min(rows) == [crowd.anh.code, "Nguyễn Thị Ngọc Ánh", "'=HYPERLINK(1)\nhai dòng"]


@pytest.mark.parametrize(
    "sort", ["name", "-name", "-created", "created", "-spend", "spend", "last_purchase", "-last_purchase"]
)
@pytest.mark.parametrize(
    "query", ["", "q=hường", "q=ng", "status=all", "spend_min=1000", "gender=unknown&q=thi"]
)
@pytest.mark.parametrize("who", ["ha", "huy", "quan"])
def test_the_rows_are_those_of_the_list_in_its_order(crowd, who, query, sort):
    Customer.objects.filter(given_name="Vy").update(is_active=False)
    user = getattr(crowd, who)
    asked = f"{query}&sort={sort}"
    export = export_of(user, asked)
    shown = CustomerList(user, list_of(user, asked).asked).page.ids
    written = path_of(export).read_text("utf-8-sig").splitlines()[1:]
    assert [int(code.removeprefix("KH-")) for code in written] == list(shown)
    assert (export.state, export.rows, export.progress) == ("done", len(shown), 100)


def test_the_place_in_the_list_is_not_part_of_it(crowd, monkeypatch):
    monkeypatch.setattr(listing, "PAGE_SIZE", 2)
    after = CustomerList(crowd.ha, list_of(crowd.ha, "").asked).page.next
    assert export_of(crowd.ha, f"cursor={after}").rows == 6


def test_an_excel_file_holds_the_same(crowd):
    export = export_of(crowd.ha, "q=anh", columns=["full_name", "code"], file_format="xlsx")
    [heading, *rows] = CalamineWorkbook.from_path(str(path_of(export))).get_sheet_by_index(0).to_python()
    assert heading == ["họ và tên", "mã khách hàng"]
    assert ["Nguyễn Thị Ngọc Ánh", crowd.anh.code] in rows
    assert len(rows) == 2


def test_whoever_reads_a_branch_takes_only_their_own_customers_away(crowd):
    crowd.cau_giay.staff_read_all = True
    crowd.cau_giay.save()
    crowd.nam.branch.refresh_from_db()
    assert len(CustomerList(crowd.nam, list_of(crowd.nam, "").asked).page.ids) == 7
    export = export_of(crowd.nam)
    assert path_of(export).read_text("utf-8-sig").splitlines()[1:] == [crowd.binh.code]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"reason": ""}, "Hãy ghi mục đích của tệp."),
        ({"reason": " … "}, "Hãy ghi mục đích của tệp bằng vài từ."),
        ({"columns": []}, "Hãy chọn ít nhất một cột."),
        ({"columns": ["citizen_id"]}, "citizen_id"),
        ({"file_format": "exe"}, "exe"),
        ({"reason": "a\x00bcdefg"}, "reason"),
    ],
)
def test_what_cannot_be_made_is_refused_in_words(crowd, as_user, change, message):
    response = as_user(crowd.ha).post(URL, ASKED | change)
    assert response.status_code == 422
    assert message.lower() in response.text.lower()
    assert not CustomerExport.objects.exists()


def test_whoever_may_not_export_is_refused(crowd, as_user):
    for group in crowd.ha.groups.all():
        group.permissions.remove(*group.permissions.filter(codename="add_customerexport"))
    client = as_user(crowd.ha)
    assert client.get(URL).status_code == client.post(URL, ASKED).status_code == 403
    assert URL not in client.get("/customers/").text


def test_the_list_leads_to_the_export_with_its_conditions(crowd, as_user):
    page = as_user(crowd.ha).get("/customers/?q=anh&sort=-spend").text
    assert 'href="/customers/export/?q=anh&amp;sort=-spend"' in page


def test_nobody_to_export_is_said(crowd, as_user):
    page = as_user(crowd.ha).get(f"{URL}?q=xyzzyx").text
    assert "Không có khách hàng nào khớp" in page or "Không khách hàng nào" in page
    assert 'name="reason"' not in page


def test_a_long_list_is_left_to_the_worker(crowd, monkeypatch):
    monkeypatch.setattr(listing, "MOST_COUNTED", 3)
    export = export_of(crowd.ha, "q=ng", conditions="Tìm kiếm: ng")
    assert (export.state, export.stored_as) == ("queued", "")
    job = ProcrastinateJob.objects.get(task_name=exports.EXPORT_TASK)
    run_export(**job.args)
    export.refresh_from_db()
    assert (export.state, export.rows) == ("done", 6)
    assert path_of(export).exists()


def test_progress_is_told_while_it_is_written(crowd, monkeypatch):
    monkeypatch.setattr("customers.exporting.CHUNK", 2)
    monkeypatch.setattr(listing, "MOST_COUNTED", 3)
    export, seen = export_of(crowd.ha), []
    export_customers = exports.export_customers

    def watched(*, report, **more):
        def tell(written: int) -> None:
            report(written)
            seen.append(CustomerExport.objects.values_list("progress", "rows").get())

        return export_customers(report=tell, **more)

    monkeypatch.setattr(exports, "export_customers", watched)
    run_export(export.pk)
    assert seen == [(0, 0), (33, 2), (66, 4)]


def test_a_cancelled_export_stops_and_leaves_no_file(crowd, monkeypatch):
    monkeypatch.setattr("customers.exporting.CHUNK", 2)
    monkeypatch.setattr(listing, "MOST_COUNTED", 3)
    export = export_of(crowd.ha)
    export_customers = exports.export_customers

    def cancelled_midway(*, report, **more):
        def tell(written: int) -> None:
            if written == 2:
                assert cancel_export(export=export)
            report(written)

        return export_customers(report=tell, **more)

    monkeypatch.setattr(exports, "export_customers", cancelled_midway)
    run_export(export.pk)
    export.refresh_from_db()
    assert (export.state, export.stored_as) == ("cancelled", "")
    assert list(folder().iterdir()) == []
    run_export(export.pk)
    export.refresh_from_db()
    assert export.state == "cancelled"
    assert not cancel_export(export=export)


def test_a_worker_that_was_killed_begins_anew(crowd, monkeypatch):
    monkeypatch.setattr(listing, "MOST_COUNTED", 3)
    export = export_of(crowd.ha)
    CustomerExport.objects.update(state="running", progress=40, rows=3)
    run_export(export.pk)
    export.refresh_from_db()
    assert (export.state, export.rows) == ("done", 6)


def test_the_worker_asks_again_what_the_person_may_see(crowd, monkeypatch):
    monkeypatch.setattr(listing, "MOST_COUNTED", 3)
    export = export_of(crowd.ha)
    Customer.objects.filter(owner=crowd.ha).exclude(pk=crowd.anh.pk).update(owner=crowd.nam)
    run_export(export.pk)
    export.refresh_from_db()
    assert path_of(export).read_text("utf-8-sig").splitlines()[1:] == [crowd.anh.code]


def test_nothing_is_made_for_somebody_who_has_left(crowd, monkeypatch):
    monkeypatch.setattr(listing, "MOST_COUNTED", 3)
    export = export_of(crowd.ha)
    Customer.objects.filter(owner=crowd.ha).update(owner=crowd.nam)
    User.objects.filter(pk=crowd.ha.pk).update(is_active=False)
    run_export(export.pk)
    export.refresh_from_db()
    assert export.state == "failed"
    assert "không còn hoạt động" in export.error
    assert list(folder().iterdir()) == []


def test_a_disk_that_cannot_be_written_is_told(crowd, monkeypatch):
    def full(*_args: object, **_more: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("customers.exporting.write_csv", full)
    export = export_of(crowd.ha)
    assert export.state == "failed"
    assert "No space left" in export.error
    assert list(folder().iterdir()) == []


def test_the_file_is_for_nobody_else_and_lies_under_a_random_name(crowd, as_user):
    export = export_of(crowd.ha)
    for person in (crowd.nam, crowd.huy, crowd.quan):
        assert as_user(person).get(f"/customers/exports/{export.pk}/file/").status_code == 404
    assert as_user(crowd.quan).get(f"/customers/exports/{export.pk}/").status_code == 200
    path = path_of(export)
    assert len(path.stem) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert export_of(crowd.ha).stored_as != export.stored_as


def test_a_file_is_kept_for_a_week_and_its_record_for_good(crowd, as_user):
    export, kept = export_of(crowd.ha), export_of(crowd.ha)
    client = as_user(crowd.ha)
    CustomerExport.objects.filter(pk=export.pk).update(
        expires_at=timezone.now() - datetime.timedelta(seconds=1)
    )
    assert client.get(f"/customers/exports/{export.pk}/file/").status_code == 404
    assert "không còn được giữ" in client.get(f"/customers/exports/{export.pk}/").text
    abandoned, young = folder() / ".abc-killed.csv", folder() / ".abc-writing.csv"
    for draft in (abandoned, young):
        draft.write_text("x")
    os.utime(abandoned, (0, 0))
    assert forget_expired() == 2
    assert {path.name for path in folder().iterdir()} == {kept.stored_as, young.name}
    assert CustomerExport.objects.count() == 2
    assert "Tệp đã xóa" in client.get("/customers/exports/").text
    assert len(lines(client.get(f"/customers/exports/{kept.pk}/file/"))) == 7


def test_one_sees_ones_own_exports_and_administrators_all(crowd, as_user, monkeypatch):
    export_of(crowd.ha, reason="Của Hà nhé")
    export_of(crowd.huy, reason="Của Huy nhé")
    for person, sees in (
        (crowd.ha, {"Hà"}),
        (crowd.huy, {"Huy"}),
        (crowd.quan, {"Hà", "Huy"}),
        (crowd.nam, set()),
    ):
        page = as_user(person).get("/customers/exports/").text
        assert {name for name in ("Hà", "Huy") if f"Của {name} nhé" in page} == sees
    monkeypatch.setattr("customers.views.exports.PAGE_SIZE", 1)
    client = as_user(crowd.quan)
    first = client.get("/customers/exports/").text
    assert "Của Huy nhé" in first
    assert "Của Hà nhé" not in first
    older = client.get(f"/customers/exports/?before={CustomerExport.objects.latest('pk').pk}").text
    assert "Của Hà nhé" in older
    assert 'href="?before=' not in older
    assert client.get("/customers/exports/?before=x").status_code == 200


def test_what_people_typed_is_shown_as_text(crowd, as_user):
    export = export_of(crowd.ha, "q=<b>", reason="<script>alert(1)</script>", conditions="<i>x</i>")
    page = as_user(crowd.ha).get(f"/customers/exports/{export.pk}/").text
    assert "<script>alert" not in page
    assert "<i>x" not in page


def test_an_export_without_a_purpose_cannot_be_stored(crowd):
    with pytest.raises(IntegrityError), transaction.atomic():
        CustomerExport.objects.create(
            asked_by=crowd.ha, reason="", query="", columns=["code"], file_format="csv", language="vi"
        )


def test_labels_are_in_the_language_of_who_asked(crowd, monkeypatch):
    monkeypatch.setattr(listing, "MOST_COUNTED", 3)
    with translation.override("en"):
        export = export_of(crowd.ha)
    run_export(export.pk)
    export.refresh_from_db()
    assert path_of(export).read_text("utf-8-sig").splitlines()[0] == "customer code"


@pytest.mark.parametrize("many", [2, 20])
def test_the_pages_cost_the_same_few_queries(crowd, as_user, many, django_assert_max_num_queries):
    for _number in range(many):
        export_of(crowd.ha)
    client = as_user(crowd.quan)
    with django_assert_max_num_queries(4):
        client.get("/customers/exports/")
    with django_assert_max_num_queries(6):
        client.get(URL)
