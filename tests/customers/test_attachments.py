"""Files kept with customers and their interactions: who may, what is refused, and where they go."""

from __future__ import annotations

import datetime
import os
import stat

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Cover
from customers import attachments, private_files
from customers.attachments import attach, delete_attachment, folder, forget_strays, path_of
from customers.forms.files import FilesForm, judged, shown_name
from customers.merging.services import merge_customers, unmerge_customers
from customers.models import Attachment, Customer
from customers.tasks import forget_stray_files
from customers.trash import erase_expired, trash_customer
from interactions.models import Interaction, InteractionAttachment
from interactions.services import attach_to_interaction
from tests.customers.files import CONTENTS, upload
from tests.factories import InteractionFactory


def keep(customer: Customer, by, name: str = "hợp đồng.pdf") -> Attachment:
    [added] = attach(customer=customer, files=[judged(upload(name))], by=by)
    return added


def url(customer: Customer, *parts: object) -> str:
    return "/".join(["/customers", str(customer.pk), "files", *map(str, parts), ""])


def fetch(client: Client, customer: Customer, file: Attachment) -> tuple[int, bytes]:
    """The status and, where there is one, the file; one that is not read would stay open."""
    answer = client.get(url(customer, file.pk))
    content = answer.getvalue() if answer.streaming else b""
    return answer.status_code, content


def stored() -> set[str]:
    return {path.name for path in folder().iterdir()}


@pytest.mark.parametrize("ending", CONTENTS)
def test_a_file_comes_back_as_it_was(cast, as_user, ending):
    client = as_user(cast.ha)
    name = f"Ảnh chị Ánh.{ending}"
    answer = client.post(url(cast.anh, "new"), {"uploads": upload(name)}, follow=True)
    assert name in answer.text
    assert "Đã thêm 1 tệp" in answer.text
    file = Attachment.objects.get()
    assert (file.customer, file.name, file.added_by) == (cast.anh, name, cast.ha)

    answer = client.get(url(cast.anh, file.pk))

    assert answer.getvalue() == CONTENTS[ending]
    assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''%E1%BA%A2nh%20ch")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["Content-Type"] == attachments.CONTENT_TYPES[file.kind]


def test_files_lie_under_random_names_that_only_the_program_reads(cast):
    file = keep(cast.anh, cast.ha)
    assert file.name not in file.stored_as
    assert len(file.stored_as) == 32
    assert stat.S_IMODE(path_of(file).stat().st_mode) == 0o600
    assert stat.S_IMODE(folder().stat().st_mode) == 0o700


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("anh.png", b"<!doctype html><script>alert(1)</script>", "không đúng với tên: Văn bản thuần"),
        ("trang.html", b"<!doctype html><script>alert(1)</script>", "đổi đuôi thành .txt"),
        ("hinh.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "đổi đuôi thành .txt"),
        ("anh.png", CONTENTS["jpg"], "không đúng với tên: Ảnh JPEG"),
        ("thu.docx", CONTENTS["xlsx"], "đổi đuôi thành .xlsx"),
        ("phan mem.exe", b"MZ\x90\x00" + bytes(99), "Không lưu được “phan mem.exe”"),
        ("ghi chu.txt", b"so\x00khong", "Không lưu được “ghi chu.txt”"),
        ("rong.pdf", b"", "“rong.pdf” là tệp rỗng"),
        ("khong duoi", CONTENTS["pdf"], "đổi đuôi thành .pdf"),
        ("anh\u202egnp.exe", CONTENTS["png"], "“anhgnp.exe” không đúng với tên"),
    ],
)
def test_what_is_not_taken_says_why_and_leaves_nothing(cast, as_user, name, content, said):
    answer = as_user(cast.ha).post(url(cast.anh, "new"), {"uploads": upload(name, content)})
    assert answer.status_code == 422
    assert said in answer.text
    assert not Attachment.objects.exists()
    assert stored() == set()


def test_no_file_at_all_is_told(cast, as_user):
    answer = as_user(cast.ha).post(url(cast.anh, "new"))
    assert answer.status_code == 422
    assert "Hãy chọn ít nhất một tệp." in answer.text


def test_the_limit_is_the_settings_and_every_file_is_told(cast, as_user, settings):
    settings.LARGEST_ATTACHMENT = 10 * 1024 * 1024
    large = upload("lớn.txt", b"a" * (10 * 1024 * 1024 + 1))
    files = [large, upload("rỗng.txt", b""), upload("tốt.pdf")]
    answer = as_user(cast.ha).post(url(cast.anh, "new"), {"uploads": files})
    assert answer.status_code == 422
    assert "“lớn.txt” nặng 10,0\u00a0MB; nhiều nhất là 10,0\u00a0MB" in answer.text
    assert "“rỗng.txt” là tệp rỗng" in answer.text
    assert stored() == set()
    form = FilesForm({}, {"uploads": [upload("a.pdf")] * 11})
    assert form.errors["uploads"].as_data()[0].code == "too_many"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("C:\\Users\\ha\\hợp đồng.pdf", "hợp đồng.pdf"),
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("a\x00b\u202e\u2066fdp.exe", "abfdp.exe"),
        ("  dòng\n hai .pdf", "dòng hai .pdf"),
        ("x" * 300 + ".pdf", "x" * 195 + "….pdf"),
        ("x" * 300, "x" * 199 + "…"),
    ],
)
def test_names_are_shown_safely(name, shown):
    assert shown_name(name) == shown


def test_a_name_is_text_on_every_page(cast, as_user):
    client, name = as_user(cast.ha), '<img src=x onerror=alert(1)>".pdf'
    file = keep(cast.anh, cast.ha)
    Attachment.objects.filter(pk=file.pk).update(name=name)
    interaction = InteractionFactory(customer=cast.anh, by=cast.ha)
    InteractionAttachment.objects.create(attachment=file, interaction=interaction, customer=cast.anh)
    for address in (url(cast.anh), url(cast.anh, file.pk, "delete"), cast.anh.get_absolute_url()):
        page = client.get(address).text
        assert "<img src=x" not in page
        assert "&lt;img src=x onerror=alert(1)&gt;" in page
    answer = client.get(url(cast.anh, file.pk))
    assert answer.getvalue() == CONTENTS["pdf"]
    assert answer["Content-Disposition"] == r'attachment; filename="<img src=x onerror=alert(1)>\".pdf"'


@pytest.mark.parametrize("address", ["", "{}", "{}/delete", "new"])
def test_a_file_is_reached_through_its_own_customer_only(cast, as_user, address):
    file = keep(cast.cuc, cast.duc)
    client = as_user(cast.ha)
    assert client.get(url(cast.cuc, *filter(None, [address.format(file.pk)]))).status_code == 404
    if "{}" in address:
        assert client.get(url(cast.anh, address.format(file.pk))).status_code == 404
        assert client.post(url(cast.anh, address.format(file.pk))).status_code in {404, 405}
    assert Attachment.objects.get().deleted_at is None


def test_the_scope_is_asked_again_at_every_download(cast, as_user):
    file = keep(cast.anh, cast.ha)
    client = as_user(cast.ha)
    assert fetch(client, cast.anh, file) == (200, CONTENTS["pdf"])
    Customer.objects.filter(pk=cast.anh.pk).update(owner=cast.duc, branch=cast.dong_da)
    assert fetch(client, cast.anh, file) == (404, b"")
    assert fetch(as_user(cast.duc), cast.anh, file) == (200, CONTENTS["pdf"])


@pytest.mark.parametrize(("person", "status"), [("ha", 302), ("huy", 302), ("quan", 302), ("nam", 403)])
def test_who_may_delete_what_somebody_added(cast, as_user, person, status):
    """Nam stands in for Hà, so he may change Ánh, but not delete what Hà has added."""
    file = keep(cast.anh, cast.ha)
    today = timezone.localdate()
    Cover.objects.create(away=cast.ha, stand_in=cast.nam, from_on=today, until_on=today)
    client = as_user(getattr(cast, person))
    page = client.get(url(cast.anh)).text
    assert (url(cast.anh, file.pk, "delete") in page) == (status == 302)
    assert client.get(url(cast.anh, file.pk, "delete")).status_code == (200 if status == 302 else 403)
    assert path_of(file).exists()
    assert client.post(url(cast.anh, file.pk, "delete")).status_code == status
    assert (Attachment.objects.get().deleted_by == getattr(cast, person)) == (status == 302)


def test_deleting_removes_the_file_after_the_commit_and_says_who(
    cast, as_user, django_capture_on_commit_callbacks
):
    file = keep(cast.anh, cast.ha)
    path = path_of(file)
    with django_capture_on_commit_callbacks() as callbacks:
        assert delete_attachment(attachment=file, by=cast.ha)
        assert path.exists()
    [remove] = callbacks
    remove()
    assert stored() == set()
    assert not delete_attachment(attachment=file, by=cast.huy)
    client = as_user(cast.ha)
    assert "Trần Thu Hà xóa ngày" in client.get(url(cast.anh)).text
    assert fetch(client, cast.anh, file) == (404, b"")
    assert "đã được người khác xóa" in client.post(url(cast.anh, file.pk, "delete"), follow=True).text


def test_what_fails_half_way_leaves_no_file(cast, monkeypatch):
    keep_one = private_files.keep
    calls = []

    def full(place, upload):
        calls.append(upload)
        if len(calls) == 2:
            raise OSError("No space left on device")
        return keep_one(place, upload)

    monkeypatch.setattr(private_files, "keep", full)
    with pytest.raises(OSError, match="No space"):
        attach(customer=cast.anh, files=[judged(upload("a.pdf")), judged(upload("b.pdf"))], by=cast.ha)
    assert stored() == set()


def test_strays_are_swept_once_nobody_can_be_writing_them(cast):
    file = keep(cast.anh, cast.ha)
    old = (timezone.now() - datetime.timedelta(days=2)).timestamp()
    for name in ("stray", "draft"):
        (folder() / name).write_bytes(b"x")
    for path in (folder() / "stray", path_of(file)):
        os.utime(path, (old, old))
    assert forget_strays() == 1
    assert stored() == {"draft", file.stored_as}
    forget_stray_files(timestamp=0)
    assert stored() == {"draft", file.stored_as}


def test_a_missing_file_is_not_found_and_no_error(cast, as_user):
    file = keep(cast.anh, cast.ha)
    path_of(file).unlink()
    assert fetch(as_user(cast.ha), cast.anh, file) == (404, b"")


def test_files_follow_a_merge_and_its_undoing(cast, as_user):
    InteractionFactory(customer=cast.binh, by=cast.nam)
    interaction = Interaction.objects.get()
    [file] = attach_to_interaction(interaction=interaction, files=[judged(upload("a.pdf"))], by=cast.nam)
    keep_, duplicate = (Customer.objects.get(pk=one.pk) for one in (cast.anh, cast.binh))
    merge = merge_customers(keep=keep_, duplicate=duplicate, by=cast.huy)
    client = as_user(cast.huy)
    assert fetch(client, cast.anh, file) == (200, CONTENTS["pdf"])
    assert fetch(client, cast.binh, file) == (404, b"")
    unmerge_customers(merge=merge, by=cast.huy)
    assert fetch(client, cast.binh, file) == (200, CONTENTS["pdf"])
    assert fetch(client, cast.anh, file) == (404, b"")


def test_the_trash_hides_files_and_erasing_removes_them(cast, as_user, django_capture_on_commit_callbacks):
    file, other = keep(cast.anh, cast.ha), keep(cast.binh, cast.nam)
    trash_customer(customer=cast.anh, reason="Khách yêu cầu", by=cast.ha)
    assert fetch(as_user(cast.quan), cast.anh, file) == (404, b"")
    assert erase_expired() == 0
    Customer.trash.update(trashed_at=timezone.now() - datetime.timedelta(days=31))
    with django_capture_on_commit_callbacks(execute=True):
        assert erase_expired() == 1
    assert stored() == {other.stored_as}
    assert list(Attachment.objects.all()) == [other]


# Interactions


def log(client, customer: Customer, **data: object):
    return client.post(
        f"/customers/{customer.pk}/interactions/new/",
        {"channel": "call", "direction": "outgoing", "stage": "after", "subject": "Gửi báo giá"} | data,
    )


def test_files_are_logged_with_the_interaction_once(cast, as_user):
    client = as_user(cast.ha)
    sent = {"submission": "6f1fbf0e-8c4e-4a52-9a3c-1d1f0a2b3c4d"}
    for _again in range(2):
        log(client, cast.anh, uploads=[upload("báo giá.pdf"), upload("ảnh.jpg")], **sent)
    files = Attachment.objects.order_by("pk")
    assert [file.name for file in files] == ["báo giá.pdf", "ảnh.jpg"]
    assert InteractionAttachment.objects.filter(interaction=Interaction.objects.get()).count() == 2
    page = client.get(cast.anh.get_absolute_url()).text
    assert f'href="{url(cast.anh, files[0].pk)}"' in page
    assert "<bdi>báo giá.pdf</bdi>" in page
    listed = client.get(url(cast.anh)).text
    assert f"Cuộc gọi {timezone.localdate():%d/%m/%Y}: Gửi báo giá" in listed


def test_a_refused_file_keeps_the_interaction_from_being_logged(cast, as_user):
    answer = log(as_user(cast.ha), cast.anh, uploads=upload("anh.png", b"<html>"))
    assert answer.status_code == 422
    assert "không đúng với tên" in answer.text
    assert not Interaction.objects.exists()


def test_chosen_files_stay_in_the_browser_where_something_else_is_wrong(cast, as_user):
    client = as_user(cast.ha)
    client.headers = {"HX-Request": "true"}
    again = client.post(
        f"/customers/{cast.anh.pk}/interactions/new/",
        {"channel": "call", "subject": "", "uploads": upload("a.pdf")},
        headers={"HX-Request": "true"},
    )
    assert again.status_code == 422
    assert 'hx-preserve="true"' in again.text
    assert 'hx-preserve="true"' not in log(client, cast.anh, uploads=upload("a.png", b"<html>")).text


def test_files_are_added_to_what_was_logged_before(cast, as_user):
    interaction = InteractionFactory(customer=cast.anh, by=cast.ha, subject="Báo giá")
    client = as_user(cast.ha)
    address = f"/customers/{cast.anh.pk}/interactions/{interaction.pk}/files/new/"
    assert address in client.get(cast.anh.get_absolute_url()).text
    assert "Báo giá" in client.get(address).text
    assert client.post(address, {"uploads": upload("a.xlsx")}).status_code == 302
    assert InteractionAttachment.objects.get().interaction == interaction
    assert client.post(address, {"uploads": upload("a.exe", b"MZ\x00")}).status_code == 422
    other = InteractionFactory(customer=cast.binh, by=cast.nam)
    strange = f"/customers/{cast.anh.pk}/interactions/{other.pk}/files/new/"
    assert client.post(strange, {"uploads": upload("a.xlsx")}).status_code == 404


def test_readers_are_not_offered_to_attach(cast, as_user):
    interaction = InteractionFactory(customer=cast.anh, by=cast.ha)
    keep(cast.anh, cast.ha)
    cast.cau_giay.staff_read_all = True
    cast.cau_giay.save()
    client = as_user(cast.nam)
    for address in (cast.anh.get_absolute_url(), f"/customers/{cast.anh.pk}/timeline/"):
        assert f"/interactions/{interaction.pk}/files/new/" not in client.get(address).text
    listed = client.get(url(cast.anh)).text
    assert "hợp đồng.pdf" in listed
    assert "Thêm tệp" not in listed


def test_a_list_of_files_goes_on_and_costs_the_same_for_many(cast, as_user, django_assert_num_queries):
    client = as_user(cast.ha)
    client.get(url(cast.anh))
    for number in (2, 60):
        for _file in range(number):
            keep(cast.anh, cast.ha)
        # Session, person, customer, phones, emails; files, what they came with.
        with django_assert_num_queries(7):
            page = client.get(url(cast.anh)).text
        with django_assert_num_queries(7):
            panel = client.get(url(cast.anh), headers={"HX-Request": "true"}).text
    assert panel.lstrip().startswith("<section")
    assert panel.count("<bdi>") == 8
    assert page.count("<bdi>") == 50
    before = min(Attachment.objects.order_by("-pk").values_list("pk", flat=True)[:50])
    assert f"?before={before}" in page
    assert client.get(url(cast.anh) + f"?before={before}").text.count("<bdi>") == 12
    for odd in ("x", "9" * 30, "%00", "-1", "٣"):
        assert client.get(url(cast.anh) + f"?before={odd}").status_code == 200
