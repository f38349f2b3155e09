"""Logging an interaction: who may with whom, once, never in the future, and without losing a word."""

import datetime
import uuid
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from customers.models import Customer
from interactions.models import Interaction

PEOPLE = ("ha", "nam", "duc", "huy", "mai", "quan")


def url(customer: Customer) -> str:
    return f"/customers/{customer.pk}/interactions/new/"


def data(**changes: Any) -> dict[str, Any]:
    return {"subject": "Hỏi máy lọc nước", "submission": str(uuid.uuid4())} | changes


@pytest.fixture
def ha(cast, as_user) -> Client:
    return as_user(cast.ha)


@pytest.mark.parametrize("switch", [False, True])
@pytest.mark.parametrize("person", PEOPLE)
def test_who_logs_with_whom(cast, as_user, person, switch):
    cast.cau_giay.staff_read_all = switch
    cast.cau_giay.save()
    expected = {"ha": 302, "huy": 302, "quan": 302, "nam": 403 if switch else 404}.get(person, 404)
    assert as_user(getattr(cast, person)).post(url(cast.anh), data()).status_code == expected
    assert Interaction.objects.count() == (expected == 302)


def test_without_the_permission_nobody_logs(cast, ha):
    cast.ha.groups.clear()
    assert ha.post(url(cast.anh), data()).status_code == 403


def test_only_the_subject_is_needed(cast, ha):
    before = timezone.now()
    answer = ha.post(url(cast.anh), data())
    logged = Interaction.objects.get()
    assert answer.url == f"/customers/{cast.anh.pk}/"
    assert (logged.customer, logged.by, logged.subject) == (cast.anh, cast.ha, "Hỏi máy lọc nước")
    assert (logged.channel, logged.direction, logged.stage) == ("call", "outgoing", "after")
    assert before <= logged.happened_at <= timezone.now()


@pytest.mark.parametrize(
    ("notes", "subject"),
    [
        ("Khách thích trà sen", "Khách thích trà sen"),
        ("Khách thích trà sen\nGọi lại thứ Sáu", "Khách thích trà sen"),
        ("\u200b\nKhách thích trà sen", "Khách thích trà sen"),
        ("Khách " * 30, "Khách " * 12 + "Khách…"),
        ("x" * 200, "x" * 79 + "…"),
    ],
)
def test_notes_alone_are_enough(cast, ha, notes, subject):
    assert ha.post(url(cast.anh), data(subject="", channel="note", notes=notes)).status_code == 302
    logged = Interaction.objects.get()
    assert (logged.subject, logged.notes) == (subject, notes.strip())
    page = ha.get(f"/customers/{cast.anh.pk}/").content.decode()
    assert page.count(subject) == 1 + (logged.notes != subject and subject[-1] != "…")


@pytest.mark.parametrize("typed", ["03-02-2026 16h30", "03.02.2026 16:30", "03/02/2026, 16g30"])
def test_times_as_people_write_them(cast, ha, typed):
    assert ha.post(url(cast.anh), data(happened_at=typed)).status_code == 302
    logged = timezone.localtime(Interaction.objects.get().happened_at)
    assert logged.isoformat() == "2026-02-03T16:30:00+07:00"


def test_all_of_it(cast, ha):
    ha.post(
        url(cast.anh),
        data(
            channel="zalo",
            direction="incoming",
            stage="before",
            notes="Muốn loại\ncó nước nóng",
            outcome="interested",
            mood="happy",
            happened_at="03/02/2026 16:30",
        ),
    )
    logged = Interaction.objects.get()
    assert (logged.channel, logged.direction, logged.stage) == ("zalo", "incoming", "before")
    assert (logged.outcome, logged.mood, logged.notes) == ("interested", "happy", "Muốn loại\ncó nước nóng")
    assert timezone.localtime(logged.happened_at).isoformat() == "2026-02-03T16:30:00+07:00"
    page = ha.get(f"/customers/{cast.anh.pk}/").content.decode()
    assert "Muốn loại\ncó nước nóng" in page


def test_the_same_form_sent_twice_logs_once(cast, ha):
    sent = data()
    assert [ha.post(url(cast.anh), sent).status_code for _time in range(2)] == [302, 302]
    assert Interaction.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"subject": " ", "notes": ""}, "Ghi vài chữ"),
        ({"subject": "\u200b", "notes": "\u200b\n"}, "Ghi vài chữ"),
        ({"subject": "a" * 161}, "160"),
        ({"happened_at": "hôm qua"}, "Ghi ngày, tháng, năm"),
        ({"happened_at": "31/02/2026"}, "không có ngày 31"),
        ({"happened_at": "31/02/2026 10:00"}, "không có ngày 31"),
        ({"happened_at": "20/13/2026 10:00"}, "Không có tháng 13"),
        ({"happened_at": "22/11/2025 25:61"}, "Không có giờ 25:61"),
        ({"happened_at": "22/11/2025 lúc trưa"}, "Ghi ngày, tháng, năm"),
        ({"happened_at": "22/11/2025 10"}, "Ghi giờ theo dạng"),
        ({"happened_at": "01/01/0001 00:00"}, "1990"),
        ({"happened_at": "01/01/2999 10:00"}, "tương lai"),
        ({"channel": "bồ câu"}, "bồ câu"),
        ({"notes": "a\x00b"}, "Null"),
    ],
)
def test_what_cannot_be_logged_says_why_and_keeps_what_was_typed(cast, ha, changes, message):
    sent = {"notes": "Muốn loại có nước nóng", "outcome": "interested"} | data(**changes)
    for headers in ({}, {"HX-Request": "true"}):
        answer = ha.post(url(cast.anh), sent, headers=headers)
        page = answer.content.decode()
        assert answer.status_code == 422
        assert ("<!doctype" in page) == (not headers)
        assert message in page or message == "Null"
        assert sent["submission"] in page
        if sent["notes"].startswith("Muốn"):
            assert "Muốn loại có nước nóng" in page
        assert '<option value="interested" selected>' in page
    assert not Interaction.objects.exists()


def test_now_is_not_the_future(cast, ha):
    soon = timezone.localtime() + datetime.timedelta(minutes=1)
    assert ha.post(url(cast.anh), data(happened_at=f"{soon:%d/%m/%Y %H:%M}")).status_code == 302
    assert Interaction.objects.get().happened_at <= timezone.now()
    later = timezone.localtime() + datetime.timedelta(minutes=10)
    assert ha.post(url(cast.anh), data(happened_at=f"{later:%d/%m/%Y %H:%M}")).status_code == 422


def test_with_script_the_form_comes_back_empty_beside_the_new_timeline(cast, ha):
    sent = data()
    answer = ha.post(url(cast.anh), sent, headers={"HX-Request": "true"})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert sent["submission"] not in page
    composer, timeline = page.split('id="timeline"')
    assert 'hx-swap-oob="outerHTML"' in timeline
    assert "Hỏi máy lọc nước" in timeline
    assert "Hỏi máy lọc nước" not in composer
    assert "Đã ghi tương tác" in page
