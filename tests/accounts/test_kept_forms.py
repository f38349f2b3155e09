"""A session that ends while somebody types costs nobody a word, and shows nobody the words of another."""

import datetime
import html
import re
import time
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from accounts import kept_forms
from customers.models import Customer
from interactions.models import Interaction
from tests.factories import PASSWORD

LOGIN = "/accounts/login/"
NEW = "/customers/new/"
NOT_SAVED = "Nội dung đã nhập vẫn ở đây nhưng chưa được lưu."


def log_in(client: Client, login: str = "ha", next_page: str = "") -> Any:
    return client.post(LOGIN, {"login": login, "password": PASSWORD, "next": next_page})


def end_session(client: Client) -> None:
    """What is left in the browser when the session is over: its other cookies."""
    client.session.flush()
    del client.cookies[settings.SESSION_COOKIE_NAME]


def token(page: bytes) -> str:
    return re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.decode())[1]


@pytest.fixture
def ha(cast) -> Client:
    client = Client()
    log_in(client)
    client.get("/help/")
    return client


@pytest.mark.parametrize(
    ("form", "typed"),
    [
        (NEW, {"full_name": "Phạm Gia Huy", "notes": "dài\ndòng", "phones-0-value": "0987 654 321"}),
        ("/customers/{}/edit/", {"full_name": "Nguyễn Thị Ngọc Anh", "version": "1", "birth": "31/02/1990"}),
        (
            "/customers/{}/interactions/new/",
            {"subject": "Hỏi máy lọc", "notes": "gọi", "channel": "zalo"},
        ),
    ],
)
def test_what_was_typed_is_there_after_logging_in(cast, ha, form, typed):
    form = form.format(cast.anh.pk)
    rows = {f"{name}-{kind}_FORMS": 1 for name in ("phones", "emails") for kind in ("TOTAL", "INITIAL")}
    before = list(Customer.objects.values())
    end_session(ha)

    to_login = ha.post(form, typed | rows)

    assert to_login.url == f"{LOGIN}?next={form}"
    assert "Bạn đã bị đăng xuất" in ha.get(to_login.url).content.decode()
    assert log_in(ha, next_page=form).url == form
    shown = html.unescape(ha.get(form).content.decode())
    assert NOT_SAVED in shown
    for text in typed.values():
        assert text in shown
    if "channel" in typed:
        assert re.search(r'value="zalo"[^>]* checked', shown)
    assert list(Customer.objects.values()) == before
    assert not Interaction.objects.exists()
    again = ha.get(form).content.decode()
    assert NOT_SAVED not in again
    assert typed.get("full_name", "Hỏi máy lọc") not in again


def test_the_part_of_the_record_leads_to_the_page_of_its_form(cast, ha):
    page = f"/customers/{cast.anh.pk}/interactions/new/"
    end_session(ha)
    answer = ha.post(page, {"subject": "Hỏi máy lọc"}, headers={"HX-Request": "true"})
    assert answer["HX-Redirect"] == f"{LOGIN}?next={page}"
    log_in(ha)
    assert "Hỏi máy lọc" in ha.get(page).content.decode()


def test_another_person_at_the_machine_does_not_see_it(cast, ha):
    end_session(ha)
    ha.post(NEW, {"full_name": "Phạm Gia Huy"})
    log_in(ha, "huy")
    assert "Phạm Gia Huy" not in ha.get(NEW).content.decode()
    assert kept_forms.SESSION_KEY not in ha.session


def test_it_is_shown_only_where_it_was_typed(cast, ha):
    end_session(ha)
    ha.post(f"/customers/{cast.anh.pk}/edit/", {"full_name": "Phạm Gia Huy"})
    log_in(ha)
    assert "Phạm Gia Huy" not in ha.get(NEW).content.decode()


def test_a_page_of_the_person_before_is_refused_so_that_nobody_answers_for_their_words(cast):
    """The cookie names the last person; the check of the form's token keeps others from posting under it."""
    client = Client(enforce_csrf_checks=True)

    def log_in_here(login: str) -> None:
        data = {"login": login, "password": PASSWORD, "csrfmiddlewaretoken": token(client.get(LOGIN).content)}
        assert client.post(LOGIN, data).status_code == 302

    log_in_here("ha")
    of_ha = token(client.get(NEW).content)
    end_session(client)
    log_in_here("huy")
    of_huy = token(client.get(NEW).content)
    end_session(client)
    typed = {"full_name": "Phạm Gia Huy"}
    assert client.post(NEW, typed | {"csrfmiddlewaretoken": of_ha}).status_code == 403
    assert client.post(NEW, typed | {"csrfmiddlewaretoken": of_huy}).status_code == 302
    log_in_here("huy")
    assert "Phạm Gia Huy" in client.get(NEW).content.decode()


def test_who_never_logged_in_here_leaves_nothing(cast, client):
    assert client.post(NEW, {"full_name": "Phạm Gia Huy"}).url == f"{LOGIN}?next={NEW}"
    assert kept_forms.SESSION_KEY not in client.session


def test_passwords_tokens_and_endless_text_are_not_kept(cast, ha):
    end_session(ha)
    ha.post(NEW, {"full_name": "Huy", "password1": "bí mật", "csrfmiddlewaretoken": "x"})
    assert ha.session[kept_forms.SESSION_KEY][NEW]["fields"] == {"full_name": ["Huy"]}
    end_session(ha)
    ha.post(NEW, {"notes": "a" * (kept_forms.MOST_CHARACTERS + 1)})
    assert kept_forms.SESSION_KEY not in ha.session


def test_it_waits_an_hour_and_no_longer(cast, ha, monkeypatch):
    end_session(ha)
    ha.post(NEW, {"full_name": "Phạm Gia Huy"})
    assert 0 < ha.session.get_expiry_age() <= 3600
    log_in(ha)
    later = time.time() + datetime.timedelta(minutes=61).total_seconds()
    monkeypatch.setattr(kept_forms.time, "time", lambda: later)
    assert "Phạm Gia Huy" not in ha.get(NEW).content.decode()


def test_only_the_newest_forms_are_kept(cast, ha):
    end_session(ha)
    for number in range(kept_forms.MOST_FORMS + 1):
        ha.post(f"/customers/{number}/edit/", {"notes": "x"})
    assert list(ha.session[kept_forms.SESSION_KEY]) == [
        f"/customers/{number}/edit/" for number in range(1, kept_forms.MOST_FORMS + 1)
    ]
