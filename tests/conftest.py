"""The cast that most tests share: two branches under one division, and one person per role."""

import os
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.conf import settings as django_settings
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.test import Client

from accounts.models import Branch, User
from accounts.roles import Role
from crm import local_postgres
from customers.models import Province, Ward
from tests.factories import BranchFactory, CustomerFactory, UserFactory

LOCAL_DATABASE = pytest.StashKey[local_postgres.Server]()


def pytest_configure(config: pytest.Config) -> None:
    if not os.environ.get("DATABASE_URL"):
        config.stash[LOCAL_DATABASE] = local_postgres.ensure_running(django_settings.DATA_DIR)


def pytest_unconfigure(config: pytest.Config) -> None:
    if LOCAL_DATABASE in config.stash:
        config.stash[LOCAL_DATABASE].release()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests with committed rows need the roles, which the flush after a browser test takes: they go first.

    A parameter that is called like the page of a browser would draw all browser tests to the front.
    """
    for item in items:
        if "page" in getattr(getattr(item, "callspec", None), "params", {}):
            raise pytest.UsageError(f"{item.nodeid}: call the parameter something else than page.")
    items.sort(key=lambda item: "committed_cast" not in getattr(item, "fixturenames", ()))


@pytest.fixture(autouse=True, scope="session")
def _no_session_left_behind(django_db_setup, django_db_blocker) -> Iterator[None]:
    """A thread of the live server keeps its connection, which would keep the database from being dropped."""
    yield
    if not is_test_database():
        # None of the tests that were asked for needs one, so none was made.
        return
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.fixture(autouse=True)
def _plain_static_files(settings):
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture(autouse=True)
def _own_folders(settings, tmp_path):
    """What people upload and take away in a test lies apart from what they really have."""
    for name in ("IMPORT_DIR", "EXPORT_DIR", "ATTACHMENT_DIR"):
        setattr(settings, name, tmp_path / name.lower())


@pytest.fixture(autouse=True)
def _quick_passwords(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def make_cast() -> SimpleNamespace:
    """Hà and Nam work in Cầu Giấy, Đức in Đống Đa; Huy manages both, Mai only Đống Đa; Quân is admin."""
    division = BranchFactory(code="KHCN", name="Khối Khách hàng cá nhân", kind="division")
    cau_giay = BranchFactory(code="CG", name="Chi nhánh Cầu Giấy", parent=division)
    dong_da = BranchFactory(code="DD", name="Chi nhánh Đống Đa", parent=division)
    people = SimpleNamespace(
        division=division,
        cau_giay=cau_giay,
        dong_da=dong_da,
        ha=UserFactory(username="ha", full_name="Trần Thu Hà", branch=cau_giay, role=Role.STAFF),
        nam=UserFactory(username="nam", full_name="Lê Hoài Nam", branch=cau_giay, role=Role.STAFF),
        duc=UserFactory(username="duc", full_name="Lê Minh Đức", branch=dong_da, role=Role.STAFF),
        huy=UserFactory(username="huy", full_name="Phạm Quốc Huy", branch=division, role=Role.MANAGER),
        mai=UserFactory(username="mai", full_name="Vũ Thị Mai", branch=dong_da, role=Role.MANAGER),
        quan=UserFactory(username="quan", full_name="Đỗ Minh Quân", branch=division, role=Role.ADMIN),
    )
    people.anh = CustomerFactory(owner=people.ha, branch=cau_giay, phone="+84912345678")
    people.binh = CustomerFactory(
        family_name="Trần", middle_name="Văn", given_name="Bình", owner=people.nam, branch=cau_giay
    )
    people.cuc = CustomerFactory(
        family_name="Lê", middle_name="Thị", given_name="Cúc", owner=people.duc, branch=dong_da
    )
    return people


@pytest.fixture
def cast(db) -> SimpleNamespace:
    return make_cast()


def is_test_database() -> bool:
    return bool(connection.settings_dict["NAME"].startswith("test_"))


def assert_test_database() -> None:
    """What commits or empties rows must never meet the database that people work with."""
    assert is_test_database()


@pytest.fixture
def committed_cast(django_db_setup, django_db_blocker) -> Iterator[SimpleNamespace]:
    """The cast in rows that are committed, for tests with several connections or several transactions.

    It empties only the tables that such tests fill: a flush would take the places and roles of the migrations
    too, and putting them back costs ten seconds a test.
    """
    assert_test_database()
    with django_db_blocker.unblock():
        try:
            with transaction.atomic():
                people = make_cast()
            yield people
        finally:
            emptied = ", ".join(
                model._meta.db_table
                for app in ("customers", "purchases", "interactions")
                for model in apps.get_app_config(app).get_models()
                if model not in {Province, Ward}
            )
            with connection.cursor() as cursor:
                cursor.execute(f"TRUNCATE {emptied}")
            Session.objects.all().delete()
            User.objects.all().delete()
            for branch in Branch.objects.order_by("-pk"):
                branch.delete()


@pytest.fixture
def as_user():
    """A client that is logged in as the given person."""

    def log_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return log_in
