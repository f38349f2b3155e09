"""Nested conditions on the list: whom they find, how they read, and how they are put together."""

import datetime
import re
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest
from django.http import QueryDict

from customers import listing
from customers.filters import CustomerFilter
from customers.forms.rules import SIMPLE, rule_of_simple
from customers.listing import CustomerList
from customers.models import Customer, CustomerBehaviour
from customers.registry import SegmentChoice, registry
from customers.rules.tree import write
from tests.factories import CustomerFactory

pytestmark = pytest.mark.django_db

URL = "/customers/"
BUILDER = "/customers/filter/groups/"
SEGMENTS = tuple(
    SegmentChoice(pk=pk, name=name, family="rfm", family_name="Nhóm RFM")
    for pk, name in ((7, "Tốt nhất"), (8, "Đã mất"))
)


@pytest.fixture(autouse=True)
def _segments(monkeypatch):
    monkeypatch.setattr(registry, "segment_choices", lambda: SEGMENTS)


@pytest.fixture
def three(cast):
    """Ánh bought a lot, Bình a little, Cúc never."""
    for customer, figures in (
        (cast.anh, {"spend": Decimal(5_000_000), "orders": 4, "segment_ids": [7]}),
        (cast.binh, {"spend": Decimal(1_200_000), "orders": 1, "segment_ids": [8]}),
    ):
        CustomerBehaviour.objects.filter(customer=customer).update(
            last_purchase_on=datetime.date(2026, 5, 4), **figures
        )
    Customer.objects.filter(pk=cast.anh.pk).update(gender="female")
    Customer.objects.filter(pk=cast.binh.pk).update(gender="male", province="79")
    return cast


def names(response) -> list[str]:
    return re.findall(r'class="row-link" href="[^"]*"[^>]*>([^<]*)<', response.content.decode())


def given_names(user, query: str) -> set[str]:
    return {customer.given_name for customer in CustomerList(user, QueryDict(query)).rows}


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("gender.is.female", {"Ánh"}),
        ("gender.is.female~male", {"Ánh", "Bình"}),
        ("spend.gte.1200000,spend.lt.5000000", {"Bình"}),
        ("any(gender.is.female,province.is.79)", {"Ánh", "Bình"}),
        ("any(segment.is.7,all(orders.lte.0,gender.is.unknown))", {"Ánh", "Cúc"}),
        ("none(gender.is.female,province.is.79)", {"Cúc"}),
        ("segment.is_not.7", {"Bình", "Cúc"}),
        ("owner.is.me", set()),
    ],
)
@pytest.mark.parametrize("sort", ["name", "-spend", "last_purchase"])
@pytest.mark.parametrize("most", [1, 10_000])
def test_a_rule_finds_the_same_in_every_order_and_however_many_are_counted(
    three, monkeypatch, rule, expected, sort, most
):
    monkeypatch.setattr(listing, "MOST_COUNTED", most)
    assert given_names(three.huy, f"rule={rule}&sort={sort}") == expected


def test_a_rule_and_simple_conditions_hold_together(three):
    assert given_names(three.quan, "rule=orders.gte.1&gender=female") == {"Ánh"}
    assert given_names(three.quan, "rule=orders.gte.1&q=binh") == {"Bình"}
    assert given_names(three.quan, "rule=orders.gte.1&gender=female&q=binh") == set()


def test_no_rule_widens_what_one_sees(three):
    for rule in ("spend.gte.0", "any(spend.gte.0,gender.is.male)", "none(gender.is.other)"):
        assert given_names(three.ha, f"rule={rule}") == {"Ánh"}


def test_inactive_customers_stay_away_unless_asked_for(three):
    Customer.objects.filter(pk=three.binh.pk).update(is_active=False)
    assert given_names(three.quan, "rule=spend.gte.1") == {"Ánh"}
    assert given_names(three.quan, "rule=spend.gte.1&status=all") == {"Ánh", "Bình"}


@pytest.mark.parametrize(
    "rule", ["gender.is.robot", "any(", "x.y.z", "spend.gte.1x", "any(" * 9, "a" * 5000, "gender.is.%00"]
)
def test_a_rule_that_cannot_be_read_shows_nobody_and_says_why(three, as_user, rule):
    response = as_user(three.quan).get(f"{URL}?rule={rule}")
    assert response.status_code == 200
    assert names(response) == []
    assert 'role="alert"' in response.content.decode()
    assert f'href="{BUILDER}' in response.content.decode()
    assert as_user(three.quan).get(f"{BUILDER}?rule={rule}").status_code == 200


def test_a_colleague_elsewhere_cannot_be_asked_for(three, as_user):
    response = as_user(three.duc).get(f"{URL}?rule=owner.is.{three.ha.pk}")
    assert names(response) == []
    assert "Trần Thu Hà" not in response.content.decode()


def test_each_part_is_a_chip_in_words_that_drops_it_alone(three, as_user):
    rule = "spend.gte.1000000,any(gender.is.female,province.is.79)"
    page = as_user(three.quan).get(f"{URL}?rule={rule}&sort=-spend").content.decode().replace("\xa0", " ")
    assert "Tổng chi tiêu <strong>từ 1.000.000 ₫</strong>" in page
    words = r"Giới tính là Nữ hoặc Tỉnh/thành phố là (TP\. )?Hồ Chí Minh"
    assert re.search(rf"Nhóm <strong>{words}</strong>", page)
    drop = re.search(r'chip__drop" href="([^"]*)"[^>]*Bỏ điều kiện Tổng chi tiêu', page)
    assert drop
    query = parse_qs(urlsplit(drop[1].replace("&amp;", "&")).query)
    assert query == {"rule": ["all(any(gender.is.female,province.is.79))"], "sort": ["-spend"]}


def test_an_empty_list_names_the_part_that_empties_it(three, as_user):
    page = as_user(three.quan).get(f"{URL}?rule=gender.is.female,spend.gt.9000000000").content.decode()
    assert "Bỏ điều kiện Tổng chi tiêu</a>" in page


@pytest.mark.parametrize("rule", ["", "gender.is.unknown", "phone.unknown,any(segment.is.7,owner.is.me)"])
def test_a_rule_costs_no_query_but_its_choices(three, as_user, rule, django_assert_max_num_queries):
    for _number in range(12):
        CustomerFactory(owner=three.ha, branch=three.cau_giay)
    client = as_user(three.huy)
    # Session, person; their branches; as-of date, groups; who matches, their order, their rows; the choices.
    with django_assert_max_num_queries(11):
        client.get(f"{URL}?rule={rule}")


# What comes back from the page of the builder.


PAGE = {
    "match:0": "all",
    "field:0-0": "spend",
    "operator:0-0": "gte",
    "value:0-0": "1tr2",
    "match:0-1": "any",
    "field:0-1-0": "gender",
    "operator:0-1-0": "is",
    "value:0-1-0": ["female", "male"],
}


def test_the_page_becomes_a_short_address(three, as_user):
    response = as_user(three.quan).post(f"{BUILDER}?sort=-spend&q=nguyen", PAGE | {"do": "show"})
    assert response.status_code == 302
    assert response.url == f"{URL}?sort=-spend&q=nguyen&rule=spend.gte.1200000,any(gender.is.female~male)"


def test_with_script_the_browser_is_sent_there(three, as_user):
    response = as_user(three.quan).post(BUILDER, PAGE | {"do": "show"}, headers={"HX-Request": "true"})
    assert response["HX-Redirect"] == f"{URL}?rule=spend.gte.1200000,any(gender.is.female~male)"


def test_rows_and_boxes_come_and_go_without_script(three, as_user):
    client = as_user(three.quan)
    page = client.post(BUILDER, PAGE | {"do": "add 0-1"}).content.decode()
    assert 'name="field:0-1-1"' in page
    page = client.post(BUILDER, PAGE | {"do": "group 0-1"}).content.decode()
    assert 'name="match:0-1-1"' in page
    page = client.post(BUILDER, PAGE | {"do": "drop 0-0"}).content.decode()
    assert 'name="match:0-0"' in page
    assert 'name="field:0-1"' not in page
    page = client.post(BUILDER, PAGE | {"do": "drop 0-1-0"}).content.decode()
    assert 'name="match:0-1"' not in page
    assert 'value="1tr2"' in page


def test_another_field_begins_afresh(three, as_user):
    changed = {
        "match:0": "all",
        "field:0-0": "gender",
        "was:0-0": "spend",
        "operator:0-0": "gte",
        "value:0-0": "5",
    }
    page = as_user(three.quan).post(BUILDER, changed).content.decode()
    assert '<option value="is" selected>' in page
    assert 'value="female"' in page


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"value:0-0": "1x2"}, "Không hiểu số tiền này"),
        ({"value:0-0": ""}, "Điền giá trị"),
        ({"value:0-1-0": ["robot"]}, "Chọn lại"),
    ],
)
def test_what_is_wrong_stands_at_its_row(three, as_user, change, says):
    response = as_user(three.quan).post(BUILDER, PAGE | change | {"do": "show"})
    assert response.status_code == 422
    assert says in response.content.decode()


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"match:0": "some"},
        {"field:0-0": "nothing"},
        {"field:9-9-9-9-9-9-9": "spend", "match:x": "any", "field:0-a": "spend", "field:0-²": "spend"},
        {"match:0": "all", "field:0-0": "spend", "operator:0-0": "x", "value:0-0": "\x00"},
        {f"field:0-{number}": "spend" for number in range(300)},
    ],
)
def test_nonsense_is_a_page_and_never_an_error(three, as_user, sent):
    client = as_user(three.quan)
    assert client.post(BUILDER, sent).status_code == 200
    assert client.post(BUILDER, sent | {"do": "show"}).status_code in {302, 422}
    assert client.post(BUILDER, sent | {"do": "drop 0"}).status_code == 200


def test_the_page_says_who_meets_it_so_far(three, as_user):
    page = (
        as_user(three.quan)
        .post(BUILDER, PAGE | {"field:0-2": "orders"})
        .content.decode()
        .replace("\xa0", " ")
    )
    assert "2 khách hàng" in page
    assert "1 điều kiện chưa điền" in page
    assert "Khách hàng: Tổng chi tiêu từ 1.200.000 ₫ và (Giới tính là Nữ hoặc Nam)." in page
    assert "Customers: Total spend from 1,200,000 ₫ and (Gender is Female or Male)." in page
    # Whoever sees fewer is told of fewer.
    assert "1 khách hàng" in as_user(three.ha).post(BUILDER, PAGE).content.decode()


def test_simple_conditions_are_rows_of_the_builder(three, as_user):
    page = as_user(three.quan).get(f"{BUILDER}?gender=female&spend_min=1tr2&q=anh").content.decode()
    assert '<option value="gender" selected>' in page
    assert 'value="1.200.000"' in page
    assert f'action="{BUILDER}?q=anh"' in page


def test_every_simple_condition_says_the_same_in_a_rule(three):
    """The two ways of asking find the same customers, so that moving to the builder changes nothing."""
    asked = {
        "segment": "7",
        "owner": str(three.nam.pk),
        "branch": str(three.cau_giay.pk),
        "province": "79",
        "gender": "female",
        "education": "unknown",
        "occupation": "unknown",
        "income_band": "unknown",
        "marital_status": "unknown",
        "children": "no",
        "source": "referral",
        "last_purchase_from": "04/05/2026",
        "last_purchase_to": "04/05/2026",
        "spend_min": "1tr3",
        "spend_max": "1tr3",
        "created_from": "01/01/2026",
        "created_to": "01/01/2026",
    }
    assert set(asked) == set(SIMPLE)
    Customer.objects.filter(pk=three.cuc.pk).update(source="referral", children_count=0)
    for name, value in asked.items():
        query = QueryDict(mutable=True)
        query[name] = value
        simple = CustomerList(three.quan, query)
        rule = write(rule_of_simple(CustomerFilter(query, user=three.quan)))
        assert rule
        same = QueryDict(mutable=True)
        same["rule"] = rule
        assert [row.pk for row in simple.rows] == [row.pk for row in CustomerList(three.quan, same).rows], (
            name
        )


def test_two_rules_in_one_address_count_both(three, as_user):
    client = as_user(three.huy)
    one, other = "spend.gte.1000000", "gender.is.male"
    assert names(client.get(f"{URL}?rule={one}&rule={other}")) == ["Trần Văn Bình"]
    assert names(client.get(f"{URL}?rule=any({one})&rule=none({other})")) == ["Nguyễn Thị Ngọc Ánh"]
