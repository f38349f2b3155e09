"""Django's administration in a real browser: no fault that axe can find, nothing that the policy refuses."""

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse
from playwright.sync_api import expect

from accounts.roles import Role
from purchases.models import Category, Product
from segments.models import Segment

# Django's own pages use variables that are sometimes undefined.
pytestmark = pytest.mark.ignore_template_errors


@pytest.fixture
def pages(cast) -> list[str]:
    """Change lists, plain and sorted and searched; change forms; forms for something new; a history."""
    category = Category.objects.create(code="bep", name="Đồ bếp")
    product = Product.objects.create(code="NC", name="Nồi cơm", category=category, price=1_290_000)
    role = Group.objects.get(name=Role.STAFF)
    segment = Segment.objects.get(family="age", key="middle_aged")
    lists = [
        reverse(f"admin:{name}_changelist")
        for name in (
            "accounts_user",
            "accounts_branch",
            "auth_group",
            "purchases_product",
            "segments_segment",
        )
    ]
    return [
        reverse("admin:index"),
        *lists,
        f"{lists[0]}?o=1.-2&q=tran",
        *(
            reverse(f"admin:{name}_add")
            for name in ("accounts_user", "purchases_category", "purchases_product")
        ),
        reverse("admin:accounts_user_change", args=[cast.ha.pk]),
        reverse("admin:accounts_branch_change", args=[cast.cau_giay.pk]),
        reverse("admin:auth_group_change", args=[role.pk]),
        reverse("admin:purchases_product_change", args=[product.pk]),
        reverse("admin:segments_segment_change", args=[segment.pk]),
        reverse("admin:accounts_user_history", args=[cast.ha.pk]),
        reverse("admin:auth_user_password_change", args=[cast.ha.pk]),
    ]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_and_the_browser_does_not_complain(
    page, visit, cast, pages, assert_accessible, complaints, theme
):
    # Django's pages follow the device; they have a switch of their own.
    page.emulate_media(color_scheme=theme)
    for path in pages:
        visit(path, user=cast.quan)
        assert complaints == [], path
        assert_accessible(page)
        # Axe adds styles of its own, which the policy refuses.
        complaints.clear()


def test_the_branch_of_a_person_is_chosen_from_a_list(visit, cast, complaints):
    page = visit(reverse("admin:accounts_user_change", args=[cast.ha.pk]), user=cast.quan)
    page.get_by_label("Chi nhánh").select_option("Chi nhánh Đống Đa")
    page.get_by_role("button", name="Lưu", exact=True).click()
    expect(page.locator(".messagelist .success")).to_be_visible()
    cast.ha.refresh_from_db()
    assert cast.ha.branch == cast.dong_da
    assert complaints == []
