"""An import through the pages, step by step: what the tests of its steps share, whatever it is about."""

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from customers import tasks
from customers.models import ImportRun

CUSTOMERS = (
    "Họ và tên;SĐT;Ngày sinh;Giới tính\n"
    "Nguyễn Thị Ngọc Ánh;0912345678;14/05/1992;Nữ\n"
    "Lê Hoàng Anh Khoa;0905 118 204;31/02/1991;Nam\n"
    "Đoàn Thị Xuân Quỳnh;01234567890;19/05/1983;Nữ\n"
    ";0936271440;1979;\n"
    "Công ty TNHH Minh Phát;0243 556 7788;;\n"
)


def bring(client, text, *, kind="customers"):
    """Upload a list; gives the import."""
    upload = SimpleUploadedFile("list.csv", text.encode())
    answer = client.post(reverse("customers:import_new"), {"kind": kind, "file": upload})
    assert answer.status_code == 302, answer.content.decode()
    return ImportRun.objects.latest("pk")


def choose(client, run, columns=None, **more):
    """Say what the columns mean, as found unless told."""
    data = {f"column-{place}": name for place, name in enumerate(columns or run.columns)}
    answer = client.post(
        reverse("customers:import_columns", args=[run.pk]),
        {"scale": "1", "date_order": "dmy", **data, **more},
    )
    assert answer.status_code == 302, answer.content.decode()


def checked(client, run, **manner):
    """Have the list checked."""
    data = {
        "mode": "both",
        "match_key": "phone",
        "duplicates": "create",
        "branch": run.asked_by.branch_id,
        **manner,
    }
    answer = client.post(reverse("customers:import_manner", args=[run.pk]), data)
    assert answer.status_code == 302, answer.content.decode()
    tasks.check_import(run.pk)
    run.refresh_from_db()
    assert run.state == ImportRun.State.CHECKED, run.error
    return run


def brought(client, text, *, kind="customers", **manner):
    """Bring a list and have it checked, with its columns as found."""
    run = bring(client, text, kind=kind)
    choose(client, run)
    return checked(client, run, **manner)


def written(client, run):
    client.post(reverse("customers:import_write", args=[run.pk]))
    tasks.write_import(run.pk)
    run.refresh_from_db()
    assert run.state == ImportRun.State.DONE, run.error
    return run


def through(client, text, **manner):
    """Bring, check and write a list with what is found of it."""
    return written(client, brought(client, text, **manner))


def undone(client, run):
    client.post(reverse("customers:import_undo", args=[run.pk]))
    tasks.undo_import(run.pk)
    run.refresh_from_db()
    assert run.state == ImportRun.State.UNDONE
    return run


def counts(run):
    return run.created, run.updated, run.unchanged, run.skipped, run.failed
