"""The palette: whom and what a few typed letters mean, and nobody whom one may not see."""

import pytest

from customers import palette
from customers.listing import CustomerList
from customers.models import Customer, CustomerBehaviour
from customers.palette import look_up, marked
from customers.registry import FiguresLegend, registry
from tests.factories import CustomerFactory, EmailFactory, PhoneFactory

URL = "/customers/palette/"
PART = {"HX-Request": "true"}


def person(full: str, **more: object) -> Customer:
    family, *middle, given_name = full.split()
    return CustomerFactory(family_name=family, middle_name=" ".join(middle), given_name=given_name, **more)


def found(text: str, user) -> dict[str, list[str]]:
    return {
        group.label: ["".join(piece for piece, _mark in hit.name) for hit in group.hits]
        for group in look_up(text, user=user).groups
    }


@pytest.fixture
def lan(cast) -> Customer:
    lan = person("Vũ Thị Lan", owner=cast.ha, branch=cast.cau_giay, citizen_id="001190123456")
    PhoneFactory(customer=lan, number="+84987000111")
    PhoneFactory(customer=lan, number="+84381234567")
    EmailFactory(customer=lan, address="Lan.Vu@example.vn")
    return lan


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("vu thi lan", "Customers"),
        ("LÀN", "Customers"),
        ("la", "Customers"),
        ("0987 000 111", "Customers by phone"),
        ("+84987000111", "Customers by phone"),
        ("01681234567", "Customers by phone"),
        ("0111", "Customers by phone"),
        ("lan.vu@", "Customers by email"),
        ("KH-{pk}", "Customers by code"),
        ("{pk:06d}", "Customers by code"),
        ("001 190 123 456", "Customers by citizen ID"),
    ],
)
def test_a_customer_is_found_by_each_of_their_marks(cast, lan, text, kind, settings):
    settings.LANGUAGE_CODE = "en"
    Customer.objects.filter(pk=lan.pk).update(is_active=True)
    text = text.format(pk=lan.pk)
    if text.isdigit() and text == f"{lan.pk:06d}":
        text = text.lstrip("0")
    assert found(text, cast.ha) == {kind: ["Vũ Thị Lan"]}


def test_digits_may_be_a_code_and_a_phone_number(cast, settings):
    settings.LANGUAGE_CODE = "en"
    other = CustomerFactory(pk=987654, owner=cast.ha, given_name="Mã")
    PhoneFactory(customer=cast.anh, number="+84912987654")
    assert found("987654", cast.ha) == {
        "Customers by code": [other.full_name],
        "Customers by phone": [cast.anh.full_name],
    }


def test_exact_spellings_come_first(cast, settings):
    settings.LANGUAGE_CODE = "en"
    for name in ("Lê Thị Hương", "Lê Thị Hường", "Lê Hường Vy"):
        person(name, owner=cast.ha)
    assert found("hường", cast.ha)["Customers"] == ["Lê Thị Hường", "Lê Hường Vy", "Lê Thị Hương"]
    assert found("huong", cast.ha)["Customers"] == ["Lê Thị Hương", "Lê Thị Hường", "Lê Hường Vy"]


@pytest.mark.parametrize("few", [0, 3000])
@pytest.mark.parametrize("who", ["quan", "ha"])
@pytest.mark.parametrize("text", ["huong", "le", "le thi", "thị", "hư", "anh", "h"])
def test_the_order_is_that_of_the_list_however_they_are_found(cast, monkeypatch, who, few, text, rf):
    monkeypatch.setattr(palette, "FEW", few)
    for name in ("Lê Thị Hương", "Lê Thị Hường", "Lê Hương Vy", "Hương Thị Lê", "Lê Văn Anh", "Ngô Lê Anh"):
        person(name, owner=cast.ha)
    user = getattr(cast, who)
    listing = CustomerList(user, rf.get("/", {"q": text}).GET)
    groups = look_up(text, user=user).groups
    shown = [int(hit.url.split("/")[-2]) for group in groups for hit in group.hits]
    assert shown == list(listing.page.ids)[: palette.MOST_HITS]
    assert shown


def test_at_most_eight_are_shown_and_it_says_that_there_are_more(cast):
    for number in range(9):
        person(f"Lê Văn Hùng{number}", owner=cast.ha)
    [group] = look_up("hung", user=cast.ha).groups
    assert (len(group.hits), group.has_more) == (8, True)
    [group] = look_up("hung8", user=cast.ha).groups
    assert (len(group.hits), group.has_more) == (1, False)


@pytest.mark.parametrize(
    "text", ["bình", "bi", "{pk}", "KH-{pk}", "0911222333", "binh@example.vn", "079190000001"]
)
@pytest.mark.parametrize(
    ("who", "sees"), [("ha", False), ("duc", False), ("nam", True), ("huy", True), ("quan", True)]
)
def test_only_the_customers_whom_one_may_see(cast, who, sees, text):
    Customer.objects.filter(pk=cast.binh.pk).update(citizen_id="079190000001")
    PhoneFactory(customer=cast.binh, number="+84911222333")
    EmailFactory(customer=cast.binh, address="binh@example.vn")
    groups = look_up(text.format(pk=cast.binh.pk), user=getattr(cast, who)).groups
    assert bool(groups) == sees


def test_whoever_only_reads_a_customer_finds_them_but_not_by_citizen_id(cast, lan, rf):
    cast.cau_giay.staff_read_all = True
    cast.cau_giay.save()
    cast.nam.branch.refresh_from_db()
    assert look_up("lan", user=cast.nam).number == 1
    assert look_up("001190123456", user=cast.nam).number == 0
    assert not CustomerList(cast.nam, rf.get("/", {"q": "001190123456"}).GET).page.ids
    assert CustomerList(cast.ha, rf.get("/", {"q": "001190123456"}).GET).page.ids == [lan.pk]


def test_an_inactive_customer_is_found_by_phone_and_not_by_name(cast, lan):
    Customer.objects.filter(pk=lan.pk).update(is_active=False)
    assert look_up("lan", user=cast.ha).number == 0
    [group] = look_up("0987000111", user=cast.ha).groups
    assert [hit.is_active for hit in group.hits] == [False]


def test_a_hit_says_how_they_buy(cast, monkeypatch, settings):
    settings.LANGUAGE_CODE = "en"
    monkeypatch.setattr(registry, "figures_legend", lambda _user: FiguresLegend(groups={7: "Champions"}))
    CustomerBehaviour.objects.filter(customer=cast.anh).update(segment_ids=[3, 7])
    [group] = look_up("anh", user=cast.ha).groups
    [hit] = group.hits
    assert hit.note == "Champions · never bought"
    assert hit.detail.replace("\xa0", " ") == "0912 345 678"


def test_the_letters_that_were_typed_are_marked():
    assert marked("Trần Ngọc Ánh", ["ngoc", "an"]) == [("Trần ", False), ("Ngọc Án", True), ("h", False)]
    assert marked("Đặng Hoà", ["d", "dang", "hoa"]) == [("Đặng Hoà", True)]
    assert marked("Ánh", []) == [("Ánh", False)]


@pytest.mark.parametrize(
    "text", ["%", "a" * 500, "@x", "\x00", "‮", "<script>alert(1)</script>", "' OR 1=1 --", "9" * 40]
)
def test_nothing_typed_does_harm(cast, as_user, text):
    for headers in ({}, PART):
        response = as_user(cast.ha).get(URL, {"q": text}, headers=headers)
        assert response.status_code == 200
        assert "<script>alert" not in response.text


def test_the_part_and_the_page(cast, as_user):
    client = as_user(cast.ha)
    part = client.get(URL, {"q": "ngọc"}, headers=PART)
    assert "<!doctype" not in part.text
    assert "<u>Ngọc</u>" in part.text
    assert f'href="/customers/{cast.anh.pk}/"' in part.text
    assert 'href="/customers/new/?full_name=ng%E1%BB%8Dc"' in part.text
    page = client.get(URL, {"q": "ngọc"})
    assert "<!doctype" in page.text
    assert f'href="/customers/{cast.anh.pk}/"' in page.text
    assert 'role="option"' not in page.text
    assert "HX-Request" in page["Vary"]


def test_a_new_customer_begins_with_the_name_that_was_not_found(cast, as_user):
    page = as_user(cast.ha).get("/customers/new/", {"full_name": "Ngọc <Ánh>"}).text
    assert 'value="Ngọc &lt;Ánh&gt;"' in page


def test_before_anything_is_typed_there_are_actions_and_whom_one_opened_last(cast, as_user):
    second = person("Vũ Thị Lan", owner=cast.ha)
    client = as_user(cast.ha)
    assert "Mở gần đây" not in client.get(URL, headers=PART).text
    for customer in (cast.anh, second, cast.anh):
        client.get(f"/customers/{customer.pk}/")
    assert client.get(f"/customers/{cast.binh.pk}/").status_code == 404
    part = client.get(URL, headers=PART).text
    assert [part.index(text) for text in ("Mở gần đây", "Ánh", "Vũ Thị Lan")] == sorted(
        part.index(text) for text in ("Mở gần đây", "Ánh", "Vũ Thị Lan")
    )
    assert "Bình" not in part
    assert 'href="/customers/new/"' in part
    assert "/segments/" not in part
    assert 'href="/segments/"' in as_user(cast.huy).get(URL, headers=PART).text


def test_whom_one_may_no_longer_see_is_no_longer_offered(cast, as_user):
    client = as_user(cast.ha)
    client.get(f"/customers/{cast.anh.pk}/")
    Customer.objects.filter(pk=cast.anh.pk).update(owner=cast.nam)
    assert "Ánh" not in client.get(URL, headers=PART).text


def test_an_action_is_found_by_its_words_without_accents(cast, as_user):
    part = as_user(cast.huy).get(URL, {"q": "phan kh"}, headers=PART).text
    assert 'href="/segments/"' in part
    assert 'href="/help/"' not in part


@pytest.mark.parametrize("many", [1, 7])
def test_typing_costs_the_same_few_queries_however_many_are_found(
    cast, as_user, many, django_assert_num_queries
):
    for _number in range(many):
        person("Lê Văn Hùng", owner=cast.ha)
    client = as_user(cast.ha)
    # Session, person; who matches, their order, their rows; the groups.
    with django_assert_num_queries(6):
        client.get(URL, {"q": "hung"}, headers=PART)
    with django_assert_num_queries(3):
        client.get(URL, {"q": "0987000111"}, headers=PART)
