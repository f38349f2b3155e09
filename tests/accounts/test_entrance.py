"""Logging in and out, and passwords: changed, forgotten and reset."""

import re

import pytest
from allauth.core.internal.ratelimit import parse_rate
from django.core import mail
from django.test import Client
from django.urls import NoReverseMatch, reverse

from accounts.models import User
from tests.factories import PASSWORD, UserFactory

LOGIN = "/accounts/login/"
NEW_PASSWORD = "một mật khẩu khác hẳn"

pytestmark = pytest.mark.django_db


@pytest.fixture
def ha():
    return UserFactory(username="ha", email="ha@example.vn", full_name="Trần Thu Hà")


def log_in(client, login="ha", password=PASSWORD, **more):
    return client.post(LOGIN, {"login": login, "password": password, **more})


def is_logged_in(client):
    return "_auth_user_id" in client.session


@pytest.mark.parametrize("login", ["ha", "HA", " ha ", "ha@example.vn", "HA@Example.vn"])
def test_by_user_name_or_email_in_any_case(client, ha, login):
    response = log_in(client, login)
    assert response.status_code == 302
    assert response["Location"] == reverse("home")
    assert is_logged_in(client)


def test_goes_on_to_the_page_that_was_asked_for(client, ha):
    response = client.get("/help/")
    assert response["Location"] == f"{LOGIN}?next=/help/"
    assert 'name="next" value="/help/"' in client.get(response["Location"]).content.decode()
    assert log_in(client, next="/help/")["Location"] == "/help/"


def test_never_goes_on_to_another_host(client, ha):
    assert log_in(client, next="https://evil.example/")["Location"] == reverse("home")


def test_the_session_ends_with_the_browser_unless_asked(client, ha):
    log_in(client)
    assert client.session.get_expire_at_browser_close()
    client.logout()
    log_in(client, remember="on")
    assert not client.session.get_expire_at_browser_close()


def test_a_wrong_password_says_what_to_do_and_not_what_was_wrong(client, ha):
    wrong = log_in(client, password="sai").content.decode()
    unknown = log_in(client, login="không-có").content.decode()
    message = "Tên đăng nhập hoặc email không khớp với mật khẩu. Kiểm tra lại cả hai rồi thử lại."
    assert message in wrong
    assert message in unknown
    assert not is_logged_in(client)


PAUSED = "Đăng nhập sai quá nhiều lần. Chờ 5 phút rồi thử lại."
USE_A_KNOWN_BROWSER = "Hãy đăng nhập bằng trình duyệt bạn đã từng dùng"
STRANGER = "203.0.113.7"


def guess(times, address=STRANGER, login="ha"):
    """Wrong passwords from a browser that nobody has logged in from."""
    stranger = Client(REMOTE_ADDR=address)
    for _ in range(times):
        response = log_in(stranger, login, "sai")
    return response


def log_in_once_before(client):
    log_in(client)
    # Unlike `client.logout()`, this leaves other cookies in the browser.
    client.post("/accounts/logout/")


def test_five_wrong_passwords_end_guessing_from_an_address(ha):
    assert PAUSED not in guess(5).content.decode()
    stranger = Client(REMOTE_ADDR=STRANGER)
    response = log_in(stranger)
    assert PAUSED in response.content.decode()
    assert not is_logged_in(stranger)


def test_user_name_and_email_are_one_count(ha):
    guess(3)
    guess(2, login="HA@example.vn")
    stranger = Client(REMOTE_ADDR=STRANGER)
    assert PAUSED in log_in(stranger).content.decode()


def test_an_unknown_login_name_is_paused_in_the_same_words(ha):
    assert PAUSED in guess(6, login="không-có").content.decode()


def test_a_stranger_elsewhere_does_not_keep_a_colleague_out(client, ha):
    guess(8)
    log_in(client)
    assert is_logged_in(client)


def test_a_stranger_at_the_same_address_does_not_keep_a_colleague_out_of_their_browser(ha):
    office = "198.51.100.1"
    client = Client(REMOTE_ADDR=office)
    log_in_once_before(client)
    for login in ("ha", "nam", "duc"):
        guess(5, office, login)
    new_browser = Client(REMOTE_ADDR=office)
    assert PAUSED in log_in(new_browser).content.decode()
    log_in(client)
    assert is_logged_in(client)


def test_a_known_browser_ends_guessing_too(client, ha):
    log_in_once_before(client)
    for _ in range(5):
        log_in(client, password="sai")
    assert PAUSED in log_in(client).content.decode()
    assert not is_logged_in(client)


def test_a_browser_is_known_for_the_person_who_logged_in_there_only(client, ha):
    UserFactory(username="nam")
    log_in_once_before(client)
    (name,) = [name for name in client.cookies if name.startswith("known_browser")]
    nam = User.objects.get(username="nam")
    client.cookies[f"known_browser_{nam.pk}"] = client.cookies[name].value
    guess(5, "127.0.0.1", "nam")
    assert PAUSED in log_in(client, "nam").content.decode()


def test_guessing_from_many_addresses_ends_but_not_for_a_known_browser(client, ha, settings):
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "login_failed_person": "6/h/key"}
    log_in_once_before(client)
    for number in range(6):
        guess(1, f"203.0.113.{number}")
    new_browser = Client(REMOTE_ADDR="198.51.100.1")
    assert USE_A_KNOWN_BROWSER in log_in(new_browser).content.decode()
    log_in(client)
    assert is_logged_in(client)


def test_no_single_address_reaches_the_limit_of_a_person(settings):
    limits = {name: parse_rate(rate) for name, rate in settings.ACCOUNT_RATE_LIMITS.items()}
    pair, person = limits["login_failed_person_and_address"], limits["login_failed_person"]
    assert pair.amount * person.duration / pair.duration < person.amount


def test_whoever_sets_a_new_password_starts_afresh(ha):
    guess(5)
    ha.set_password(NEW_PASSWORD)
    ha.save()
    stranger = Client(REMOTE_ADDR=STRANGER)
    log_in(stranger, password=NEW_PASSWORD)
    assert is_logged_in(stranger)


def test_right_passwords_do_not_count(ha):
    for _ in range(7):
        new_browser = Client()
        log_in(new_browser)
        assert is_logged_in(new_browser)


def test_many_attempts_from_one_address_are_paused(client, ha, settings):
    settings.ACCOUNT_RATE_LIMITS = {"login": "1/m/ip"}
    log_in(client, login="ai-đó", password="sai")
    response = log_in(client, login="ai-khác", password="sai")
    assert response.status_code == 429
    assert "Thử quá nhiều lần" in response.content.decode()


def test_who_is_logged_in_does_not_see_the_login_page(client, ha):
    client.force_login(ha)
    assert client.get(LOGIN)["Location"] == reverse("home")


def test_who_left_is_not_let_in(client, ha):
    ha.is_active = False
    ha.save()
    log_in(client)
    assert not is_logged_in(client)


def test_logging_out_takes_a_post(client, ha):
    client.force_login(ha)
    assert "Đăng xuất?" in client.get("/accounts/logout/").content.decode()
    assert is_logged_in(client)
    assert client.post("/accounts/logout/")["Location"] == LOGIN
    assert not is_logged_in(client)


@pytest.mark.parametrize("name", ["account_signup", "account_email", "account_reauthenticate"])
def test_pages_of_allauth_that_the_product_does_not_have(name):
    with pytest.raises(NoReverseMatch):
        reverse(name)


def change_password(client, *, old=PASSWORD, new=NEW_PASSWORD, again=None):
    return client.post(
        "/accounts/password/change/",
        {"oldpassword": old, "password1": new, "password2": new if again is None else again},
    )


def test_changing_the_password(client, ha):
    client.force_login(ha)
    response = change_password(client)
    assert response.status_code == 302
    ha.refresh_from_db()
    assert ha.check_password(NEW_PASSWORD)
    assert is_logged_in(client)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"old": "sai"}, "Đây không phải mật khẩu hiện tại. Hãy nhập lại."),
        ({"again": "khác nhau"}, "Hai lần nhập mật khẩu phải giống nhau."),
        ({"new": "1234567890"}, "toàn bằng số"),
        ({"new": "ngắn"}, "ít nhất 10 ký tự"),
    ],
)
def test_changing_the_password_explains_what_is_wrong(client, ha, fields, message):
    client.force_login(ha)
    response = change_password(client, **fields)
    assert response.status_code == 200
    assert message in response.content.decode()
    ha.refresh_from_db()
    assert ha.check_password(PASSWORD)


def ask_for_reset(client, email):
    return client.post("/accounts/password/reset/", {"email": email}, follow=True)


def link_in(message):
    return re.search(r"https?://testserver(/\S+)", message.body)[1]


def test_a_forgotten_password_is_replaced_through_a_link_that_works_once(client, ha):
    page = ask_for_reset(client, "HA@example.vn").content.decode()
    assert "Hãy xem hộp thư" in page
    (message,) = mail.outbox
    assert message.to == ["ha@example.vn"]
    assert message.subject == "Sổ Khách: Đặt mật khẩu mới"
    assert message.body.startswith("Chào Trần Thu Hà,")
    assert "Tên đăng nhập của bạn là ha." in message.body
    form = client.get(link_in(message), follow=True)
    address = form.redirect_chain[-1][0]
    done = client.post(address, {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}, follow=True)
    assert "Đã lưu mật khẩu mới" in done.content.decode()
    ha.refresh_from_db()
    assert ha.check_password(NEW_PASSWORD)
    again = client.get(link_in(message), follow=True).content.decode()
    assert "Đường dẫn này không còn dùng được" in again


def test_the_mail_is_in_the_language_of_who_asks(client, ha):
    client.cookies["django_language"] = "en"
    ask_for_reset(client, "ha@example.vn")
    (message,) = mail.outbox
    assert message.subject == "Sổ Khách: Choose a new password"
    assert message.body.startswith("Hello Trần Thu Hà,")
    assert "Your user name is ha." in message.body


def test_an_unknown_email_gets_no_mail_and_the_same_answer(client, ha):
    known = ask_for_reset(client, "ha@example.vn").content.decode()
    unknown = ask_for_reset(client, "ai.do@example.vn").content.decode()
    strip = re.compile(r'value="[^"]*"|"X-CSRFToken": "[^"]*"')
    assert strip.sub("", known) == strip.sub("", unknown)
    assert [message.to for message in mail.outbox] == [["ha@example.vn"]]
