"""Saved views: what they keep, when they count as changed, and who may do what with them."""

import re

import pytest
from django.db import IntegrityError, transaction

from customers.models import Customer, SavedView, ViewChoice
from tests.factories import CustomerFactory

pytestmark = pytest.mark.django_db

URL = "/customers/"
RULE = "any(gender.is.female,orders.gte.5)"


def names(response) -> list[str]:
    return re.findall(r'class="row-link" href="[^"]*"[^>]*>([^<]*)<', response.content.decode())


@pytest.fixture
def view(cast) -> SavedView:
    """Hà's own view: women, the newest first."""
    Customer.objects.filter(pk=cast.anh.pk).update(gender="female")
    CustomerFactory(given_name="Sơn", gender="male", owner=cast.ha, branch=cast.cau_giay)
    return SavedView.objects.create(owner=cast.ha, name="Nữ mới", state="gender=female&sort=-created")


def test_a_view_is_its_list_under_a_short_address(cast, as_user, view):
    page = as_user(cast.ha).get(f"{URL}?view={view.pk}")
    assert names(page) == ["Nguyễn Thị Ngọc Ánh"]
    text = page.content.decode()
    assert "<h1>Nữ mới</h1>" in text
    assert "Giới tính: <strong>Nữ</strong>" in text
    assert "Bộ lọc đã đổi" not in text


def test_saving_keeps_exactly_what_the_list_shows(cast, as_user, view):
    client = as_user(cast.ha)
    query = f"rule={RULE}&status=all&q=anh&sort=-spend"
    before = names(client.get(f"{URL}?{query}"))
    response = client.post(f"{URL}views/new/?{query}", {"name": "Của tôi", "is_pinned": "on"})
    saved = SavedView.objects.get(name="Của tôi")
    assert response.url == f"{URL}?view={saved.pk}"
    assert saved.shared_with is None
    page = client.get(response.url)
    assert names(page) == before
    assert "Bộ lọc đã đổi" not in page.content.decode()
    assert client.get(f"{URL}?view={saved.pk}&{query}").url == response.url


def test_a_change_offers_to_cancel_and_to_save(cast, as_user, view):
    client = as_user(cast.ha)
    page = client.get(f"{URL}?view={view.pk}").content.decode()
    dropped = re.search(r'href="([^"]*)"[^>]*aria-label="Bỏ điều kiện Giới tính"', page)
    assert dropped
    address = dropped[1].replace("&amp;", "&")
    changed = client.get(address)
    assert len(names(changed)) == 2
    text = changed.content.decode()
    assert "Bộ lọc đã đổi" in text
    assert f'class="button" href="{URL}?view={view.pk}"' in text
    save = re.search(r'action="(/customers/views/[^"]*/save/[^"]*)"', text)
    assert save
    assert client.post(save[1].replace("&amp;", "&")).url == f"{URL}?view={view.pk}"
    view.refresh_from_db()
    assert view.state == "sort=-created"
    assert len(names(client.get(f"{URL}?view={view.pk}"))) == 2


def test_a_view_of_which_nothing_is_left_is_not_the_saved_one(cast, as_user, view):
    SavedView.objects.filter(pk=view.pk).update(state="gender=female")
    client = as_user(cast.ha)
    page = client.get(f"{URL}?view={view.pk}").content.decode()
    address = re.search(r'href="([^"]*)"[^>]*aria-label="Bỏ điều kiện Giới tính"', page)
    assert address
    assert address[1].replace("&amp;", "&") == f"{URL}?view={view.pk}&rule=all()"
    assert len(names(client.get(address[1].replace("&amp;", "&")))) == 2
    # So a form that empties every field.
    response = client.get(f"{URL}?view={view.pk}&gender=&sort=name")
    assert response.url == f"{URL}?view={view.pk}&rule=all()"


def test_pages_of_a_view_keep_the_view(cast, as_user, view, monkeypatch):
    monkeypatch.setattr("customers.listing.PAGE_SIZE", 1)
    SavedView.objects.filter(pk=view.pk).update(state="sort=-name")
    client = as_user(cast.ha)
    page = client.get(f"{URL}?view={view.pk}").content.decode()
    following = re.search(r'rel="next" href="([^"]*)"', page)
    assert following
    assert following[1].startswith(f"{URL}?view={view.pk}&amp;cursor=")
    second = client.get(following[1].replace("&amp;", "&"))
    assert names(second) == ["Nguyễn Thị Ngọc Ánh"]
    assert "Bộ lọc đã đổi" not in second.content.decode()


@pytest.mark.parametrize(
    ("person", "shared", "seen"),
    [
        ("ha", False, True),
        ("nam", False, False),
        ("nam", True, True),
        ("duc", True, False),
        ("quan", True, False),
    ],
)
def test_a_view_is_mine_or_my_branch_s(cast, as_user, view, person, shared, seen):
    view.shared_with = cast.cau_giay if shared else None
    view.save()
    page = as_user(getattr(cast, person)).get(URL).content.decode()
    assert ("Nữ mới" in page) is seen
    opened = as_user(getattr(cast, person)).get(f"{URL}?view={view.pk}").content.decode()
    assert ("<h1>Nữ mới</h1>" in opened) is seen
    assert ("không còn được chia sẻ" in opened) is not seen


def test_a_shared_view_shows_each_their_own_customers(cast, as_user, view):
    view.shared_with = cast.cau_giay
    view.state = "rule=any(owner.is.me,spend.gte.0)"
    view.save()
    assert names(as_user(cast.nam).get(f"{URL}?view={view.pk}")) == ["Trần Văn Bình"]


def test_a_colleague_s_view_can_be_copied_and_pinned_but_not_changed(cast, as_user, view):
    view.shared_with = cast.cau_giay
    view.save()
    client = as_user(cast.nam)
    address = f"{URL}views/{view.pk}/"
    assert 'name="name"' not in client.get(address).content.decode()
    assert client.post(address, {"name": "Của Nam", "is_pinned": "on"}).status_code == 302
    view.refresh_from_db()
    assert (view.name, view.owner) == ("Nữ mới", cast.ha)
    assert client.post(f"{address}save/?gender=male").status_code == 403
    assert client.post(f"{address}delete/").status_code == 403
    assert 'class="tab" href="/customers/?view=' in client.get(URL).content.decode()
    assert 'class="tab"' not in as_user(cast.ha).get(URL).content.decode()
    copied = client.post(f"{address}duplicate/")
    copy = SavedView.objects.get(owner=cast.nam)
    assert copied.url == f"{URL}views/{copy.pk}/"
    assert (copy.name, copy.state, copy.shared_with) == ("Nữ mới (bản sao)", view.state, None)
    client.post(f"{address}duplicate/")
    assert SavedView.objects.filter(owner=cast.nam, name="Nữ mới (bản sao 2)").exists()


def test_a_view_is_renamed_shared_and_deleted(cast, as_user, view):
    client = as_user(cast.ha)
    address = f"{URL}views/{view.pk}/"
    client.post(address, {"name": "Khách nữ", "is_shared": "on"})
    view.refresh_from_db()
    assert (view.name, view.shared_with) == ("Khách nữ", cast.cau_giay)
    client.post(address, {"name": "Khách nữ"})
    view.refresh_from_db()
    assert view.shared_with is None
    client.post(f"{address}delete/")
    assert not SavedView.objects.exists()
    assert Customer.objects.count() == 4


@pytest.mark.parametrize("name", ["", "   ", "nữ MỚI", "x" * 81, "a\x00b"])
def test_a_name_that_cannot_be_is_refused_at_its_field(cast, as_user, view, name):
    response = as_user(cast.ha).post(f"{URL}views/new/?gender=male", {"name": name})
    assert response.status_code == 422
    assert 'aria-invalid="true"' in response.content.decode()
    assert SavedView.objects.count() == 1


def test_two_people_may_use_one_name(cast, as_user, view):
    assert as_user(cast.nam).post(f"{URL}views/new/", {"name": "Nữ mới"}).status_code == 302


def test_one_view_opens_first_and_all_customers_stay_in_reach(cast, as_user, view):
    client = as_user(cast.ha)
    other = SavedView.objects.create(owner=cast.ha, name="Khác", state="gender=male")
    for one in (view, other):
        client.post(f"{URL}views/{one.pk}/", {"name": one.name, "is_default": "on"})
    assert client.get(URL).url == f"{URL}?view={other.pk}"
    page = client.get(f"{URL}?view={other.pk}").content.decode()
    assert f'href="{URL}?view=all"' in page
    everybody = client.get(f"{URL}?view=all")
    assert len(names(everybody)) == 2
    # The last condition dropped leads to everybody, and not to the view again.
    page = client.get(f"{URL}?gender=female").content.decode()
    assert f'chip__drop" href="{URL}?view=all"' in page
    assert as_user(cast.nam).get(URL).status_code == 200
    assert as_user(cast.nam).get(f"{URL}?view=all").url == URL


def test_the_database_allows_one_default_and_one_name_a_person(cast, view):
    other = SavedView.objects.create(owner=cast.ha, name="Khác")
    ViewChoice.objects.create(user=cast.ha, view=view, is_default=True)
    for wrong in (
        lambda: ViewChoice.objects.create(user=cast.ha, view=other, is_default=True),
        lambda: SavedView.objects.create(owner=cast.ha, name="NỮ MỚI"),
        lambda: SavedView.objects.create(owner=cast.ha, name="  "),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            wrong()


@pytest.mark.parametrize("number", ["99", "x", "%00", "-1", "99999999999999999999"])
def test_a_view_that_is_not_there_says_so_and_shows_the_list(cast, as_user, number):
    response = as_user(cast.ha).get(f"{URL}?view={number}")
    assert response.status_code == 200
    assert names(response) == ["Nguyễn Thị Ngọc Ánh"]
    assert "không còn" in response.content.decode()


def test_the_panel_and_the_builder_stay_in_the_view(cast, as_user, view):
    client = as_user(cast.ha)
    panel = client.get(f"{URL}filter/?view={view.pk}").content.decode()
    assert f'<input type="hidden" name="view" value="{view.pk}">' in panel
    assert '<option value="female" selected>' in panel
    builder = f"{URL}filter/groups/"
    page = client.get(f"{builder}?view={view.pk}").content.decode()
    assert '<option value="gender" selected>' in page
    assert f'action="{builder}?view={view.pk}&amp;sort=-created"' in page
    shown = client.post(
        f"{builder}?view={view.pk}&sort=-created",
        {"match:0": "all", "field:0-0": "gender", "operator:0-0": "is", "value:0-0": "male", "do": "show"},
    )
    assert shown.url == f"{URL}?view={view.pk}&sort=-created&rule=gender.is.male"
    assert "Bộ lọc đã đổi" in client.get(shown.url).content.decode()
