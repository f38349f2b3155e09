import re

import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError
from django.urls import reverse

from accounts.models import Branch, User
from accounts.roles import Role
from purchases.models import Category, Product
from tests.factories import PASSWORD, UserFactory

# Django's own pages use variables that are sometimes undefined.
pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]

CHANGELISTS = ["accounts_user", "accounts_branch", "auth_group", "purchases_category", "purchases_product"]


def user_data(user: User, **changes: object) -> dict[str, object]:
    return {
        "username": user.username,
        "full_name": user.full_name,
        "email": user.email,
        "phone": user.phone,
        "branch": user.branch_id or "",
        "is_active": "on",
        "groups": list(user.groups.values_list("pk", flat=True)),
        **changes,
    }


@pytest.mark.parametrize("name", CHANGELISTS)
def test_admin_finds_things(cast, as_user, name):
    page = as_user(cast.quan).get(reverse(f"admin:{name}_changelist"), {"q": "Cầu"})
    assert page.status_code == 200


@pytest.mark.parametrize(
    ("name", "typed", "found"),
    [
        ("accounts_user", "minh duc", {"Lê Minh Đức"}),
        ("accounts_user", "ĐỨC", {"Lê Minh Đức"}),
        ("accounts_user", "Thu Hà", {"Trần Thu Hà"}),
        ("auth_group", "quan ly", {"manager"}),
        ("auth_group", "Chuyên viên", {"relationship_staff"}),
        ("accounts_branch", "dong da", {"Chi nhánh Đống Đa"}),
        ("accounts_branch", "cg", {"Chi nhánh Cầu Giấy"}),
        ("purchases_category", "hoà", {"Điều hòa"}),
        ("purchases_category", "Dieu hoa", {"Điều hòa"}),
        ("purchases_product", "noi com", {"Nồi cơm 1,8 lít"}),
        ("segments_segment", "vo dich 100%", set()),
        ("segments_segment", "trung nien", {"Trung niên"}),
        ("segments_segment", "middle", {"Trung niên"}),
    ],
)
def test_admin_finds_in_any_spelling(cast, as_user, name, typed, found):
    category = Category.objects.create(code="ac", name="Điều hòa")
    Category.objects.create(code="tv", name="Ti vi")
    Product.objects.create(code="NC", name="Nồi cơm 1,8 lít", category=category, price=1)
    page = as_user(cast.quan).get(reverse(f"admin:{name}_changelist"), {"q": typed})
    assert {getattr(row, "full_name", None) or row.name for row in page.context["cl"].result_list} == found


@pytest.mark.parametrize("name", CHANGELISTS)
@pytest.mark.parametrize("person", ["ha", "huy"])
def test_staff_and_managers_stay_out(cast, as_user, name, person):
    page = as_user(getattr(cast, person)).get(reverse(f"admin:{name}_changelist"))
    assert page.status_code in {302, 403}
    assert as_user(getattr(cast, person)).get(reverse("admin:login"), follow=True).status_code == 403


def test_admin_makes_a_user_who_can_log_in(cast, as_user, client):
    staff = Group.objects.get(name=Role.STAFF)
    data = {
        "username": "moi",
        "full_name": "Ngô Bảo Châu",
        "email": "chau@example.vn",
        "phone": "",
        "branch": cast.dong_da.pk,
        "groups": [staff.pk],
        "usable_password": "true",
        "password1": PASSWORD,
        "password2": PASSWORD,
    }
    made = as_user(cast.quan).post(reverse("admin:accounts_user_add"), data)
    assert made.status_code == 302
    client.post(reverse("account_login"), {"login": "chau@example.vn", "password": PASSWORD})
    assert client.session["_auth_user_id"] == str(User.objects.get(username="moi").pk)


@pytest.mark.parametrize(("changes", "field"), [({"is_active": ""}, "is_active"), ({"groups": []}, "groups")])
def test_admin_cannot_lock_themselves_out(cast, as_user, changes, field):
    url = reverse("admin:accounts_user_change", args=[cast.quan.pk])
    page = as_user(cast.quan).post(url, user_data(cast.quan, **changes))
    assert page.status_code == 200
    assert field in page.context["adminform"].form.errors
    quan = User.objects.get(pk=cast.quan.pk)
    assert quan.is_active
    assert quan.is_staff


def test_admin_may_deactivate_somebody_else_but_delete_nobody(cast, as_user):
    client = as_user(cast.quan)
    url = reverse("admin:accounts_user_change", args=[cast.ha.pk])
    leaving = user_data(cast.ha, is_active="", hand_over_to=[cast.nam.pk])
    assert client.post(url, leaving).status_code == 302
    assert not User.objects.get(pk=cast.ha.pk).is_active
    assert client.post(reverse("admin:accounts_user_delete", args=[cast.ha.pk])).status_code == 403
    action = {"action": "delete_selected", "_selected_action": [cast.ha.pk], "post": "yes"}
    client.post(reverse("admin:accounts_user_changelist"), action)
    assert User.objects.filter(pk=cast.ha.pk).exists()


def test_admin_cannot_make_superusers(cast, as_user):
    url = reverse("admin:accounts_user_change", args=[cast.ha.pk])
    as_user(cast.quan).post(url, user_data(cast.ha, is_superuser="on"))
    assert not User.objects.get(pk=cast.ha.pk).is_superuser


def test_admin_role_keeps_what_leads_back(cast, as_user):
    role = Group.objects.get(name=Role.ADMIN)
    page = as_user(cast.quan).post(reverse("admin:auth_group_change", args=[role.pk]), {"permissions": []})
    assert "permissions" in page.context["adminform"].form.errors
    assert role.permissions.filter(codename="open_admin_user").exists()


@pytest.mark.parametrize(("language", "name"), [("vi", "Quản trị viên"), ("en", "Administrator")])
def test_pages_of_a_role_say_its_name(cast, as_user, language, name):
    role = Group.objects.get(name=Role.ADMIN)
    client = as_user(cast.quan)
    client.cookies["django_language"] = language
    url = reverse("admin:auth_group_change", args=[role.pk])
    kept = list(role.permissions.values_list("pk", flat=True))
    history = reverse("admin:auth_group_history", args=[role.pk])
    pages = [
        client.get(url),
        client.post(url, {"permissions": []}),
        client.post(url, {"permissions": kept}, follow=True),
        client.get(history),
    ]
    for page in pages:
        text = page.content.decode()
        assert name in text
        assert not re.search(r"[>“:\s]admin[<”\s]", text)
    role.refresh_from_db()
    assert role.name == Role.ADMIN


def test_roles_are_neither_made_nor_deleted(cast, as_user):
    role = Group.objects.get(name=Role.STAFF)
    client = as_user(cast.quan)
    assert client.post(reverse("admin:auth_group_delete", args=[role.pk])).status_code == 403
    assert client.get(reverse("admin:auth_group_add")).status_code == 403


def test_a_cycle_of_branches_gets_a_message(cast, as_user):
    data = {"code": "KHCN", "name": "Khối", "kind": "division", "parent": cast.dong_da.pk, "is_active": "on"}
    page = as_user(cast.quan).post(reverse("admin:accounts_branch_change", args=[cast.division.pk]), data)
    assert "parent" in page.context["adminform"].form.errors
    assert Branch.objects.get(pk=cast.division.pk).parent is None


def test_a_branch_in_use_stays_active(cast, as_user):
    client, branch = as_user(cast.quan), cast.cau_giay
    address = reverse("admin:accounts_branch_change", args=[branch.pk])
    data = {"name": branch.name, "code": branch.code, "kind": branch.kind, "parent": branch.parent_id}
    refused = client.post(address, data)
    assert "vẫn còn" in refused.content.decode()
    branch.people.update(branch=None)
    client.post(address, data)
    assert not Branch.objects.get(pk=branch.pk).is_active


def test_a_user_name_is_nobodys_email(cast, as_user):
    """People log in by either."""
    address = reverse("admin:accounts_user_change", args=[cast.nam.pk])
    page = as_user(cast.quan).post(address, user_data(cast.nam, username=cast.ha.email or "ha@example.com"))
    assert "Tên đăng nhập không có @" in page.content.decode()
    with pytest.raises(IntegrityError, match="user_name_is_no_email"):
        User.objects.filter(pk=cast.nam.pk).update(username="a@b.vn")


def test_a_cycle_of_categories_gets_a_message(cast, as_user):
    top = Category.objects.create(code="a", name="Đồ bếp")
    under = Category.objects.create(code="b", name="Nồi", parent=top)
    data = {"code": "a", "name": "Đồ bếp", "parent": under.pk}
    page = as_user(cast.quan).post(reverse("admin:purchases_category_change", args=[top.pk]), data)
    assert "parent" in page.context["adminform"].form.errors


@pytest.mark.parametrize(("typed", "kept"), [("0912 345 678", "+84912345678"), ("", "")])
def test_phones_of_users_are_kept_in_one_form(cast, as_user, typed, kept):
    url = reverse("admin:accounts_user_change", args=[cast.ha.pk])
    as_user(cast.quan).post(url, user_data(cast.ha, phone=typed))
    assert User.objects.get(pk=cast.ha.pk).phone == kept


def test_a_wrong_phone_gets_a_message(cast, as_user):
    url = reverse("admin:accounts_user_change", args=[cast.ha.pk])
    page = as_user(cast.quan).post(url, user_data(cast.ha, phone="0912"))
    assert "phone" in page.context["adminform"].form.errors


def test_lists_cost_the_same_with_many_rows(cast, as_user, django_assert_max_num_queries):
    UserFactory.create_batch(20, branch=cast.dong_da, role=Role.STAFF)
    client = as_user(cast.quan)
    with django_assert_max_num_queries(12):
        client.get(reverse("admin:accounts_user_changelist"))
