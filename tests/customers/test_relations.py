"""How customers know each other, read from both sides."""

from __future__ import annotations

import datetime

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from customers import trash
from customers.models import Customer, Relation, RelationKind
from customers.relations import RelationExistsError, add_relation, end_relation, relations_of
from tests.factories import CustomerFactory


@pytest.fixture
def lan(cast) -> Customer:
    """Another customer of Hà's."""
    return CustomerFactory(given_name="Lan", owner=cast.ha, branch=cast.cau_giay, phone="+84987654321")


def know(customer: Customer, other: Customer, kind: str, by: User, **more: object) -> Relation:
    values = {"from_on": None, "note": ""} | more
    return add_relation(customer=customer, other=other, kind=RelationKind(kind), by=by, **values)


def read(customer: Customer, viewer: User) -> list[tuple[Customer, str]]:
    return [(known.person, known.kind) for known in relations_of(customer, viewer=viewer).running]


@pytest.mark.parametrize(
    ("kind", "own", "others"),
    [
        ("parent", "Bố hoặc mẹ", "Con"),
        ("child", "Con", "Bố hoặc mẹ"),
        ("referrer", "Người giới thiệu khách này", "Được khách này giới thiệu"),
        ("friend", "Bạn bè", "Bạn bè"),
    ],
)
def test_a_relation_is_read_from_both_sides(cast, lan, kind, own, others):
    know(cast.anh, lan, kind, cast.ha)
    assert read(cast.anh, cast.ha) == [(lan, own)]
    assert read(lan, cast.ha) == [(cast.anh, others)]


def test_every_inverse_leads_back():
    assert all(kind.inverse.inverse is kind for kind in RelationKind)


@pytest.mark.parametrize(("kind", "mirrored"), [("friend", "friend"), ("parent", "child")])
def test_the_same_relation_is_noted_once_whichever_side_it_comes_from(cast, lan, kind, mirrored):
    first = know(cast.anh, lan, kind, cast.ha)
    for again in ((cast.anh, lan, kind), (lan, cast.anh, mirrored)):
        with pytest.raises(RelationExistsError):
            know(*again, cast.ha)
    know(cast.anh, lan, "colleague", cast.ha)
    assert end_relation(relation=first)
    assert not end_relation(relation=first)
    know(lan, cast.anh, mirrored, cast.ha)


def test_the_database_refuses_what_makes_no_sense(cast, lan):
    day = datetime.date(2026, 5, 1)
    wrong = [
        ({"other": cast.anh}, "relation_to_somebody_else"),
        ({"from_on": day, "until_on": datetime.date(2026, 4, 1)}, "relation_ends_after_it_begins"),
    ]
    for values, name in wrong:
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            Relation.objects.create(**{"customer": cast.anh, "other": lan, "kind": "friend"} | values)


def test_whom_the_viewer_may_not_see_is_only_counted(cast, lan):
    know(cast.anh, cast.cuc, "friend", cast.huy)
    seen = relations_of(cast.anh, viewer=cast.ha)
    assert (list(seen.running), seen.hidden) == ([], 1)
    assert read(cast.anh, cast.huy) == [(cast.cuc, "Bạn bè")]


def test_the_record_does_not_name_whom_the_viewer_may_not_see(cast, as_user):
    know(cast.anh, cast.cuc, "friend", cast.huy, note="Bí mật")
    page = as_user(cast.ha).get(cast.anh.get_absolute_url()).text
    assert "1 người ngoài danh mục" in page
    assert "Lê Thị Cúc" not in page
    assert "Bí mật" not in page


def test_the_trash_hides_a_relation_and_gives_it_back(cast, lan):
    know(cast.anh, lan, "friend", cast.ha)
    trash.trash_customer(customer=lan, reason="x", by=cast.ha)
    assert not relations_of(cast.anh, viewer=cast.ha)
    trash.restore_customer(customer=lan, by=cast.ha)
    assert read(cast.anh, cast.ha) == [(lan, "Bạn bè")]


# The pages


@pytest.mark.parametrize("who", ["0987 654 321", "Lan", "lan", "code", "number"])
def test_a_relation_is_added_by_code_phone_or_name(cast, as_user, lan, who):
    typed = {"code": lan.code.lower(), "number": str(lan.pk)}.get(who, who)
    data = {"who": typed, "kind": "parent", "from_on": "01/05/2020", "note": "Mẹ nuôi"}
    client = as_user(cast.ha)
    assert client.post(f"/customers/{cast.anh.pk}/relations/new/", data).status_code == 302
    made = Relation.objects.get()
    assert (made.customer, made.other, made.from_on) == (cast.anh, lan, datetime.date(2020, 5, 1))
    page = client.get(cast.anh.get_absolute_url()).text
    assert "Mẹ nuôi" in page
    assert "từ 01/05/2020" in page


def test_one_of_several_namesakes_is_chosen(cast, as_user, lan):
    other = CustomerFactory(given_name="Lan", owner=cast.ha, branch=cast.cau_giay)
    client, url = as_user(cast.ha), f"/customers/{cast.anh.pk}/relations/new/"
    page = client.post(url, {"who": "Lan", "kind": "friend"})
    assert page.status_code == 422
    assert set(page.context["form"].candidates) == {lan, other}
    assert client.post(url, {"who": "Lan", "kind": "friend", "other": other.pk}).status_code == 302
    assert Relation.objects.get().other == other


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"who": "Cúc", "kind": "friend"}, "who"),
        ({"who": "Ánh", "kind": "friend"}, "who"),
        ({"who": "9" * 40, "kind": "friend"}, "who"),
        ({"who": "Lan", "kind": "enemy"}, "kind"),
        ({"who": "Lan", "kind": "friend", "from_on": "31/12/2199"}, "from_on"),
        ({"who": "Lan", "kind": "friend", "from_on": "hôm kia"}, "from_on"),
        ({"who": "Lan\x00", "kind": "friend", "other": "x"}, "other"),
    ],
)
def test_bad_input_is_told_at_its_field(cast, as_user, lan, data, field):
    answer = as_user(cast.ha).post(f"/customers/{cast.anh.pk}/relations/new/", data)
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert not Relation.objects.exists()


def test_a_relation_is_ended_from_either_side(cast, as_user, lan):
    relation = know(cast.anh, lan, "friend", cast.ha)
    client = as_user(cast.ha)
    assert client.post(f"/customers/{lan.pk}/relations/{relation.pk}/end/").status_code == 302
    assert Relation.objects.get().until_on == timezone.localdate()
    assert f"đến {timezone.localdate():%d/%m/%Y}" in client.get(cast.anh.get_absolute_url()).text


def test_a_relation_of_others_cannot_be_ended(cast, as_user, lan):
    relation = know(cast.binh, cast.cuc, "friend", cast.huy)
    answer = as_user(cast.ha).post(f"/customers/{cast.anh.pk}/relations/{relation.pk}/end/")
    assert answer.status_code == 404
    assert Relation.objects.get().until_on is None


def test_reading_relations_takes_two_queries_at_most(cast, lan, django_assert_num_queries):
    assert cast.quan.has_perm("customers.view_all_customer")  # asked once a request
    with django_assert_num_queries(1):
        relations_of(cast.anh, viewer=cast.quan)
    for kind in ("friend", "colleague", "relative"):
        know(cast.anh, lan, kind, cast.ha)
    with django_assert_num_queries(2):
        relations_of(cast.anh, viewer=cast.quan)
