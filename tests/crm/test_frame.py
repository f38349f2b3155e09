"""What surrounds every page: navigation by role, theme, language, safety headers, help, health, errors."""

from html.parser import HTMLParser

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import DatabaseError, connection
from django.http import Http404
from django.template import Context, Template
from django.test import Client
from django.urls import path

from accounts.models import User
from accounts.roles import Role
from crm import urls

pytestmark = pytest.mark.django_db


def fail_with(exception):
    def view(request):
        raise exception

    return view


# The test's own URLs: the product's, and one that fails in each way.
urlpatterns = [
    *urls.urlpatterns,
    path("fails/400", fail_with(SuspiciousOperation)),
    path("fails/403", fail_with(PermissionDenied)),
    path("fails/404", fail_with(Http404)),
    path("fails/500", fail_with(RuntimeError)),
]
handler400, handler403, handler404 = urls.handler400, urls.handler403, urls.handler404
handler500 = urls.handler500


@pytest.fixture
def failing(settings):
    """A client that gets error pages as people do."""
    settings.ROOT_URLCONF = __name__
    return Client(raise_request_exception=False)


def page(client, address):
    return client.get(address).content.decode()


class Tags(HTMLParser):
    """Every tag of a page with its attributes."""

    def __init__(self, html):
        super().__init__()
        self.found = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def places(html):
    tags = Tags(html).found
    return [attrs["href"] for tag, attrs in tags if tag == "a" and attrs.get("class") == "rail__item"]


def test_the_way_in(client, cast):
    assert client.get("/")["Location"] == "/accounts/login/?next=/"
    client.force_login(cast.ha)
    assert client.get("/")["Location"] == "/customers/"


def test_navigation_shows_what_the_role_may_open(cast, as_user):
    staff = places(page(as_user(cast.ha), "/help/"))
    admin = places(page(as_user(cast.quan), "/help/"))
    assert "/admin/" not in staff
    assert "/admin/" in admin
    assert {"/customers/", "/help/"} <= set(staff) & set(admin)


def test_navigation_leads_somewhere(cast, as_user):
    for person in (cast.ha, cast.huy, cast.quan):
        client = as_user(person)
        for address in places(page(client, "/help/")):
            assert client.get(address).status_code == 200, address


def test_navigation_marks_the_place_one_is_in(cast, as_user):
    tags = Tags(page(as_user(cast.ha), "/help/")).found
    current = [attrs["href"] for tag, attrs in tags if attrs.get("aria-current") == "page" and tag == "a"]
    assert current == ["/help/"]


def test_the_frame_costs_two_queries(cast, as_user, django_assert_num_queries):
    client = as_user(cast.ha)
    with django_assert_num_queries(2):  # session, person with branch and permissions
        client.get("/help/")


def test_the_person_and_branch_are_named(cast, as_user):
    html = page(as_user(cast.ha), "/help/")
    assert "Trần Thu Hà" in html
    assert "Chi nhánh Cầu Giấy" in html


# What is kept of the frame between pages


def tokens(html):
    tags = Tags(html).found
    return [attrs["value"] for _tag, attrs in tags if attrs.get("name") == "csrfmiddlewaretoken"]


def test_a_page_has_tokens_of_its_own(cast):
    """Parts of the frame are kept; a token in one of them would be somebody else's."""
    ha, nam = Client(enforce_csrf_checks=True), Client(enforce_csrf_checks=True)
    for client, person in ((ha, cast.ha), (nam, cast.nam)):
        client.force_login(person)
    seen = [set(tokens(page(client, "/help/"))) for client in (ha, nam, ha)]
    assert not set.intersection(*seen)
    for client, token in ((ha, seen[2].pop()), (nam, seen[1].pop())):
        sent = {"theme": "dark", "next": "/help/", "csrfmiddlewaretoken": token}
        assert client.post("/theme/", sent)["Location"] == "/help/"
    assert ha.post("/theme/", {"theme": "dark"}).status_code == 403


def test_the_frame_follows_the_person_role_and_branch(cast, as_user):
    client = as_user(cast.ha)
    assert "/portfolios/" not in "".join(places(page(client, "/help/")))
    User.objects.filter(pk=cast.ha.pk).update(full_name="Trần Thu Hà Giang")
    cast.cau_giay.name = "Chi nhánh Cầu Giấy 2"
    cast.cau_giay.save()
    cast.ha.groups.set(Group.objects.filter(name=Role.MANAGER))
    after = page(client, "/help/")
    assert "Trần Thu Hà Giang" in after
    assert "Chi nhánh Cầu Giấy 2" in after
    assert len(places(after)) > len(places(page(as_user(cast.nam), "/help/")))


def test_the_frame_follows_language_theme_and_place(cast, as_user):
    client = as_user(cast.ha)
    before = page(client, "/help/")
    client.post("/i18n/setlang/", {"language": "en"})
    client.post("/theme/", {"theme": "dark"})
    after = page(client, "/help/")
    assert ("Trợ giúp" in before, "Trợ giúp" in after) == (True, False)
    pressed = [attrs["value"] for _tag, attrs in Tags(after).found if attrs.get("aria-pressed") == "true"]
    assert set(pressed) == {"dark"}
    elsewhere = Tags(page(client, "/customers/")).found
    assert "/customers/" in [attrs.get("href") for _tag, attrs in elsewhere if "aria-current" in attrs]


# Theme and language


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_chosen_theme_is_kept(client, theme):
    response = client.post("/theme/", {"theme": theme, "next": "/accounts/login/"})
    assert response["Location"] == "/accounts/login/"
    assert f'<html lang="vi" data-theme="{theme}">' in page(client, "/accounts/login/")


def test_without_a_choice_the_device_decides(client):
    assert '<html lang="vi">' in page(client, "/accounts/login/")
    client.cookies["theme"] = '"><script>'
    assert '<html lang="vi">' in page(client, "/accounts/login/")
    client.post("/theme/", {"theme": "system"})
    assert '<html lang="vi">' in page(client, "/accounts/login/")


def test_an_unknown_theme_is_refused_in_words(client):
    response = client.post("/theme/", {"theme": "pink"})
    assert response.status_code == 400
    content = response.content.decode()
    assert "<h1>Không đọc được yêu cầu này</h1>" in content
    assert "<p>Chọn giao diện: sáng, tối, hoặc theo thiết bị.</p>" in content
    assert "theme" not in response.cookies


def test_the_theme_switch_never_leads_to_another_host(client):
    response = client.post("/theme/", {"theme": "dark", "next": "https://evil.example/"})
    assert response["Location"] == "/"


def test_the_theme_changes_by_post_only(client):
    assert client.get("/theme/").status_code == 405


def test_vietnamese_whatever_the_browser_prefers(client):
    response = client.get("/accounts/login/", headers={"Accept-Language": "en"})
    assert "Chào mừng trở lại" in response.content.decode()
    assert response["Content-Language"] == "vi"


def test_the_language_switch(client):
    response = client.post("/i18n/setlang/", {"language": "en", "next": "/accounts/login/"})
    assert response["Location"] == "/accounts/login/"
    html = page(client, "/accounts/login/")
    assert '<html lang="en">' in html
    assert "Welcome back" in html


# Safety


def test_the_content_policy_allows_nothing_inline_and_no_other_host(client):
    policy = client.get("/accounts/login/")["Content-Security-Policy"]
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert directives["default-src"] == "'none'"
    assert directives["script-src"] == directives["style-src"] == "'self'"
    assert directives["frame-ancestors"] == "'none'"


@pytest.mark.parametrize("address", ["/accounts/login/", "/help/", "/accounts/password/change/"])
def test_no_inline_script_or_style(cast, as_user, client, address):
    client = client if "login" in address else as_user(cast.quan)
    for tag, attrs in Tags(page(client, address)).found:
        assert tag != "style"
        assert "style" not in attrs
        assert tag != "script" or attrs.get("src", "").startswith("/static/")
        assert not [name for name in attrs if name.startswith("on")], attrs


# Errors


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (400, "Không đọc được yêu cầu này"),
        (403, "Bạn không có quyền làm việc này"),
        (404, "Không có trang này"),
        (500, "Hệ thống gặp sự cố"),
    ],
)
def test_an_error_says_what_happened_and_where_to_go(failing, cast, status, words):
    failing.force_login(cast.ha)
    response = failing.get(f"/fails/{status}")
    html = response.content.decode()
    assert response.status_code == status
    assert f"<h1>{words}</h1>" in html
    assert "Về trang chủ" in html
    assert (places(html) != []) == (status in {403, 404})


def test_an_error_page_speaks_the_chosen_language_and_theme(failing, cast):
    failing.force_login(cast.ha)
    failing.cookies["django_language"] = "en"
    failing.cookies["theme"] = "dark"
    html = page(failing, "/fails/500")
    assert '<html lang="en" data-theme="dark">' in html
    assert "Something went wrong on our side" in html


def test_who_is_not_logged_in_meets_errors_without_navigation(failing):
    response = failing.get("/no-such-page")
    assert response.status_code == 404
    assert "Không có trang này" in response.content.decode()
    assert places(response.content.decode()) == []


def test_the_page_for_failures_needs_no_database(failing, monkeypatch):
    def refuse(*args, **kwargs):
        raise DatabaseError("gone")

    monkeypatch.setattr(connection, "cursor", refuse)
    failing.cookies["sessionid"] = "a-session-that-cannot-be-read"
    response = failing.get("/help/")
    assert response.status_code == 500
    assert "Hệ thống gặp sự cố" in response.content.decode()


def test_a_form_without_its_token_explains_itself(cast):
    client = Client(enforce_csrf_checks=True)
    response = client.post("/theme/", {"theme": "dark"})
    assert response.status_code == 403
    assert "Biểu mẫu này đã quá hạn" in response.content.decode()


def test_health(client, monkeypatch):
    assert client.get("/healthz").content == b"ok"

    def refuse(*args, **kwargs):
        raise DatabaseError("gone")

    monkeypatch.setattr(connection, "cursor", refuse)
    assert client.get("/healthz").status_code == 503


# Components


def test_an_icon_is_hidden_from_screen_readers():
    html = Template('{% load frame %}{% icon "phone" size=12 class="menu__tick" %}').render(Context())
    ((_, attrs), *_) = Tags(html).found
    assert attrs["aria-hidden"] == "true"
    assert attrs["class"] == "icon menu__tick"
    assert attrs["width"] == "12"


def test_a_field_ties_its_help_and_errors_to_the_box(client, cast):
    client.force_login(cast.ha)
    response = client.post(
        "/accounts/password/change/", {"oldpassword": "sai", "password1": "a", "password2": "b"}
    )
    tags = Tags(response.content.decode()).found
    ids = {attrs["id"] for _, attrs in tags if "id" in attrs}
    (box,) = [attrs for tag, attrs in tags if tag == "input" and attrs.get("name") == "password1"]
    assert box["aria-invalid"] == "true"
    assert set(box["aria-describedby"].split()) <= ids
    assert "id_password1_error" in box["aria-describedby"]
    assert "id_password1_helptext" in box["aria-describedby"]
    labels = [attrs["for"] for tag, attrs in tags if tag == "label"]
    assert "id_password1" in labels
