"""The columns of the list: chosen, ordered and kept by an address or a view; a cell filters by itself."""

import re
from decimal import Decimal

import pytest

from customers.list_columns import LIST_COLUMNS, MOST_COLUMNS, chosen_columns
from customers.models import Customer, CustomerBehaviour, SavedView, Ward
from customers.registry import FiguresLegend, SegmentChoice, registry
from tests.factories import ConsentFactory, CustomerTagFactory, FollowUpFactory, InteractionFactory

pytestmark = pytest.mark.django_db

URL = "/customers/"
COLUMNS = "/customers/columns/"


def headings(response) -> list[str]:
    head = re.search(r"<thead>(.*?)</thead>", response.content.decode(), re.DOTALL)
    assert head
    shown = re.findall(r'<th (?![^>]*class="tick").*?</th>', head[1], re.DOTALL)
    return [re.sub(r"<[^>]*>", "", cell).strip() for cell in shown]


def cells(response) -> list[str]:
    body = re.search(r"<tbody>(.*?)</tbody>", response.content.decode(), re.DOTALL)
    assert body
    return [
        re.sub(r"<[^>]*>", "", cell).strip()
        for cell in re.findall(r'<td (?![^>]*class="tick").*?</td>', body[1], re.DOTALL)
    ]


@pytest.fixture
def anh(cast, monkeypatch) -> Customer:
    champions = SegmentChoice(pk=7, name="Tốt nhất", family="rfm", family_name="Nhóm RFM")
    monkeypatch.setattr(registry, "segment_choices", lambda: (champions,))
    monkeypatch.setattr(registry, "figures_legend", lambda _user: FiguresLegend(groups={7: "Tốt nhất"}))
    Customer.objects.filter(pk=cast.anh.pk).update(
        gender="female",
        birth_year=1990,
        province="01",
        ward=Ward.objects.filter(province="01").first(),
        income_band="from_20",
        education="university",
        occupation="2",
        marital_status="married",
        source="referral",
    )
    CustomerBehaviour.objects.filter(pk=cast.anh.pk).update(
        orders=14,
        orders_12m=3,
        spend=Decimal(18_450_000),
        spend_12m=Decimal(5_000_000),
        returned=Decimal(50_000),
        main_channel="store",
        segment_ids=[7],
        last_purchase_on="2026-08-19",
        first_purchase_on="2024-02-01",
    )
    CustomerTagFactory(customer=cast.anh)
    ConsentFactory(customer=cast.anh)
    InteractionFactory(customer=cast.anh)
    FollowUpFactory(customer=cast.anh)
    return Customer.objects.get(pk=cast.anh.pk)


def test_the_address_says_which_columns_in_which_order(cast, as_user, anh):
    response = as_user(cast.ha).get(f"{URL}?columns=spend_12m,gender,phone")
    assert headings(response) == ["Khách hàng", "Chi tiêu trong 12 tháng", "Giới tính", "Điện thoại"]
    assert [cell.replace("\xa0", " ") for cell in cells(response)] == ["5.000.000 ₫", "Nữ", "0912 345 678"]


@pytest.mark.parametrize("name", LIST_COLUMNS)
def test_every_column_says_something_of_somebody_known_and_nothing_false_of_others(cast, as_user, anh, name):
    known = cells(as_user(cast.ha).get(f"{URL}?columns={name}"))
    assert known != [""]
    assert not re.search(r"None|unknown|False|_", known[0])
    Customer.objects.filter(pk=cast.binh.pk).update(owner=None, branch=cast.cau_giay)
    assert as_user(cast.huy).get(f"{URL}?columns={name}").status_code == 200
    assert "None" not in cells(as_user(cast.huy).get(f"{URL}?columns={name}"))


def test_columns_that_do_not_exist_are_left_out(cast, as_user, anh):
    usual = headings(as_user(cast.ha).get(URL))
    assert headings(as_user(cast.ha).get(f"{URL}?columns=nothing,%00")) == usual
    assert headings(as_user(cast.ha).get(f"{URL}?columns=x,phone,phone")) == ["Khách hàng", "Điện thoại"]
    assert len(chosen_columns(",".join(LIST_COLUMNS))) == MOST_COLUMNS


def test_columns_cost_no_query(cast, as_user, anh, django_assert_num_queries):
    client = as_user(cast.ha)
    with django_assert_num_queries(6):
        client.get(f"{URL}?columns=branch,province,ward,owner,gender,spend_12m")


def test_a_cell_filters_by_what_it_says(cast, as_user, anh):
    client = as_user(cast.huy)
    page = client.get(f"{URL}?columns=gender,owner,group&rule=orders.gte.1").content.decode()
    links = {
        text: url.replace("&amp;", "&")
        for url, text in re.findall(r'cell-filter" href="([^"]*)"[^>]*>([^<]*)', page)
    }
    assert set(links) == {"Nữ", "Trần Thu Hà", "Tốt nhất"}
    assert links["Tốt nhất"] == f"{URL}?columns=gender,owner,group&rule=orders.gte.1,segment.is.7"
    for url in links.values():
        assert "Nguyễn Thị Ngọc Ánh" in client.get(url).content.decode()
    narrowed = client.get(links["Trần Thu Hà"]).content.decode()
    assert "Người phụ trách <strong>là Trần Thu Hà</strong>" in narrowed
    # What the list is narrowed by already is no link.
    assert ">Trần Thu Hà</a></td>" not in narrowed


def test_columns_are_chosen_and_moved_without_script(cast, as_user, anh):
    client = as_user(cast.ha)
    page = client.get(f"{COLUMNS}?columns=phone,gender&sort=-spend").content.decode()
    order = re.findall(r'name="order" value="([^"]*)"', page)
    assert order[:2] == ["phone", "gender"]
    assert sorted(order) == sorted(LIST_COLUMNS)
    assert re.findall(r'name="columns" value="([^"]*)" checked', page) == ["phone", "gender"]
    sent = {"order": order, "columns": ["phone", "gender"]}
    moved = client.post(f"{COLUMNS}?sort=-spend", sent | {"do": "up gender"}).content.decode()
    order = re.findall(r'name="order" value="([^"]*)"', moved)
    assert order[:2] == ["gender", "phone"]
    sent = {"order": order, "columns": ["phone", "gender", "channel"]}
    shown = client.post(f"{COLUMNS}?sort=-spend", sent | {"do": "show"})
    assert shown.url.startswith(f"{URL}?sort=-spend&columns=gender,phone,")
    usual = client.post(f"{COLUMNS}?sort=-spend&columns=phone", sent | {"do": "usual"})
    assert usual.url == f"{URL}?sort=-spend"


@pytest.mark.parametrize(
    ("number", "says"), [(0, "ít nhất một"), (MOST_COLUMNS + 1, f"tối đa {MOST_COLUMNS}")]
)
def test_none_and_too_many_are_refused_in_words(cast, as_user, number, says):
    names = list(LIST_COLUMNS)
    response = as_user(cast.ha).post(COLUMNS, {"order": names, "columns": names[:number], "do": "show"})
    assert response.status_code == 422
    assert says in response.content.decode()


@pytest.mark.parametrize("sent", [{}, {"do": "up nothing"}, {"order": ["x", "\x00"], "do": "down x"}])
def test_nonsense_changes_nothing(cast, as_user, sent):
    assert as_user(cast.ha).post(COLUMNS, sent).status_code == 200


def test_a_view_keeps_its_columns(cast, as_user, anh):
    view = SavedView.objects.create(owner=cast.ha, name="Gọn", state="columns=gender")
    client = as_user(cast.ha)
    page = client.get(f"{URL}?view={view.pk}")
    assert headings(page) == ["Khách hàng", "Giới tính"]
    changed = client.post(
        f"{COLUMNS}?view={view.pk}",
        {"order": ["phone", "gender"], "columns": ["phone", "gender"], "do": "show"},
    )
    assert changed.url == f"{URL}?view={view.pk}&columns=phone,gender"
    assert "Bộ lọc đã đổi" in client.get(changed.url).content.decode()
