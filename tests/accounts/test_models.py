import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.models import Branch, User
from accounts.roles import Role
from tests.factories import BranchFactory, CustomerFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_beneath_reaches_every_depth_and_nothing_beside():
    division = BranchFactory()
    region = BranchFactory(parent=division)
    shop = BranchFactory(parent=region)
    other = BranchFactory(parent=division)
    assert Branch.objects.beneath(region.pk) == {region.pk, shop.pk}
    assert Branch.objects.beneath(division.pk) == {division.pk, region.pk, shop.pk, other.pk}
    for branch in (division, region, shop, other):
        assert UserFactory(branch=branch).branch_ids == Branch.objects.beneath(branch.pk)
    assert UserFactory(branch=None).branch_ids == set()


def test_database_refuses_a_branch_in_its_own_tree():
    division = BranchFactory()
    shop = BranchFactory(parent=BranchFactory(parent=division))
    with pytest.raises(IntegrityError), transaction.atomic():
        Branch.objects.filter(pk=division.pk).update(parent=shop)
    division.parent = shop
    with pytest.raises(ValidationError) as refused:
        division.full_clean()
    assert "parent" in refused.value.message_dict


@pytest.mark.parametrize(("field", "value"), [("username", "HA"), ("email", "Ha@Example.vn")])
def test_names_and_emails_are_unique_in_any_case(field, value):
    UserFactory(username="ha", email="ha@example.vn")
    with pytest.raises(IntegrityError):
        UserFactory(**{field: value})


def test_several_people_may_have_no_email():
    UserFactory(email="")
    UserFactory(email="")
    assert User.objects.filter(email="").count() == 2


def test_all_permissions_are_read_once(cast, django_assert_num_queries):
    ha = User.objects.get(pk=cast.ha.pk)
    with django_assert_num_queries(1):
        assert ha.has_perm("customers.change_customer")
        assert not ha.has_perm("customers.view_all_customer")
        assert not ha.is_staff


def test_inactive_people_may_nothing(cast):
    User.objects.filter(pk=cast.quan.pk).update(is_active=False)
    assert not User.objects.get(pk=cast.quan.pk).has_perm("customers.view_customer")


@pytest.mark.parametrize(
    ("person", "sees"),
    [("ha", ["anh"]), ("nam", ["binh"]), ("duc", ["cuc"]), ("mai", ["cuc"]), ("huy", ["anh", "binh", "cuc"])],
)
def test_who_sees_whom(cast, person, sees):
    model = type(cast.anh)
    visible = model.objects.visible_to(getattr(cast, person))
    assert set(visible) == {getattr(cast, name) for name in sees}
    assert set(model.objects.editable_by(getattr(cast, person))) == set(visible)


def test_admin_sees_customers_without_owner_and_branch(cast):
    stray = CustomerFactory()
    assert stray in type(stray).objects.visible_to(cast.quan)
    assert stray not in type(stray).objects.visible_to(cast.huy)


def test_branch_switch_lets_staff_read_but_not_edit(cast):
    customers = type(cast.anh).objects
    cast.cau_giay.staff_read_all = True
    cast.cau_giay.save()
    ha = User.objects.select_related("branch").get(pk=cast.ha.pk)
    assert set(customers.visible_to(ha)) == {cast.anh, cast.binh}
    assert set(customers.editable_by(ha)) == {cast.anh}
    duc = User.objects.select_related("branch").get(pk=cast.duc.pk)
    assert set(customers.visible_to(duc)) == {cast.cuc}


def test_a_person_without_role_sees_only_own_and_edits_nothing(cast):
    nobody = UserFactory(branch=cast.cau_giay)
    own = CustomerFactory(owner=nobody, branch=cast.cau_giay)
    assert set(type(own).objects.visible_to(nobody)) == {own}
    assert not type(own).objects.editable_by(nobody).exists()


def test_role_is_the_strongest_held(cast):
    assert [getattr(cast, name).role for name in ("ha", "huy", "quan")] == [
        Role.STAFF,
        Role.MANAGER,
        Role.ADMIN,
    ]
    assert UserFactory().role is None
