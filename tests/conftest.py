"""The cast that most tests share: two branches under one division, and one person per role."""

import os
from types import SimpleNamespace

import pytest
from django.conf import settings as django_settings
from django.test import Client

from accounts.models import User
from accounts.roles import Role
from crm import local_postgres
from tests.factories import BranchFactory, CustomerFactory, UserFactory

LOCAL_DATABASE = pytest.StashKey[local_postgres.Server]()


def pytest_configure(config: pytest.Config) -> None:
    if not os.environ.get("DATABASE_URL"):
        config.stash[LOCAL_DATABASE] = local_postgres.ensure_running(django_settings.DATA_DIR)


def pytest_unconfigure(config: pytest.Config) -> None:
    if LOCAL_DATABASE in config.stash:
        config.stash[LOCAL_DATABASE].release()


@pytest.fixture(autouse=True)
def _plain_static_files(settings):
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture(autouse=True)
def _quick_passwords(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def cast(db) -> SimpleNamespace:
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
def as_user():
    """A client that is logged in as the given person."""

    def log_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return log_in
