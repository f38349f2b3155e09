"""Queries whose SQL is made once: they find what the same queryset finds, for every value and thread."""

import threading

import pytest
from django.db import connection
from django.db.models import F, TextField

from accounts.compiled_queries import CompiledQuery, Given, IsAnyOf, compiled
from accounts.models import Branch, User

pytestmark = pytest.mark.django_db

BY_NAME = CompiledQuery(lambda: User.objects.filter(username=Given("name", TextField())))
AMONG = CompiledQuery(
    lambda: (
        User.objects.filter(IsAnyOf(F("pk"), Given("pks", TextField())))
        .order_by("pk")
        .values_list("pk", "username", named=True)
    )
)


def test_each_asking_has_its_own_values(cast):
    assert BY_NAME(name="ha") == [cast.ha]
    assert BY_NAME(name="nam") == [cast.nam]
    assert BY_NAME(name="nobody") == []
    assert BY_NAME(name="ha'; DROP TABLE accounts_user; --") == []


def test_plain_values_and_lists(cast):
    found = AMONG(pks=[cast.nam.pk, cast.ha.pk])
    assert [row.username for row in found] == sorted(("ha", "nam"), key=lambda name: getattr(cast, name).pk)
    assert AMONG(pks=[]) == []


def test_what_is_written_later_is_found(cast):
    assert BY_NAME(name="thu") == []
    User.objects.filter(pk=cast.ha.pk).update(username="thu")
    assert BY_NAME(name="thu") == [cast.ha]
    assert BY_NAME(name="ha") == []


def test_related_rows_come_along(cast, django_assert_num_queries):
    with_branch = CompiledQuery(lambda: User.objects.select_related("branch").filter(pk=Given("user")))
    with_people = CompiledQuery(lambda: Branch.objects.prefetch_related("people").filter(pk=Given("branch")))
    with django_assert_num_queries(3):
        (ha,) = with_branch(user=cast.ha.pk)
        assert ha.branch == cast.cau_giay
        (branch,) = with_people(branch=cast.cau_giay.pk)
        assert set(branch.people.all()) == {cast.ha, cast.nam}


def test_a_shape_is_compiled_once_and_others_apart(cast):
    made = []

    def build(order):
        made.append(order)
        return User.objects.order_by(order)[:2]

    people = compiled(build)
    for _time in range(3):
        assert people("username")() == list(User.objects.order_by("username")[:2])
        assert people("-username")() == list(User.objects.order_by("-username")[:2])
    assert made == ["username", "-username"]


def test_nobody_is_asked_for_where_django_knows_that_there_is_nobody(cast, django_assert_num_queries):
    nobody = CompiledQuery(lambda: User.objects.filter(pk=Given("user")).none())
    with django_assert_num_queries(0):
        assert nobody(user=cast.ha.pk) == []


def test_threads_do_not_see_each_others_values():
    """Each thread has its own connection; the barrier lets them all ask at the same time."""
    echo = CompiledQuery(lambda: User.objects.none())
    barrier, seen = threading.Barrier(2), []

    def ask():
        try:
            echo(user=1)
            seen.append(echo._compiled()[1])
            barrier.wait(timeout=10)
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 2
    assert seen[0] is not seen[1]
