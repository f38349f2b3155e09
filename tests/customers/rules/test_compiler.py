"""Rules in SQL find exactly whom the same rules find in plain Python, however they are nested.

The plain reading knows the values of a customer and no NULL: an assertion holds where a known value meets it,
and a denial is the opposite of its assertion.
"""

import datetime
import operator
import random
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.models import Customer, CustomerBehaviour, Ward
from customers.rules.compiler import Reader, compile_rule, is_told_by_figures
from customers.rules.tree import Condition, Group, Match, Node, parse
from customers.vietnamese.dates import PartialDate, age_on
from customers.vietnamese.names import fold
from interactions.models import Interaction
from tests.factories import (
    ConsentFactory,
    CustomerFactory,
    EmailFactory,
    FollowUpFactory,
    InteractionFactory,
    PhoneFactory,
)

pytestmark = pytest.mark.django_db

TODAY = datetime.date(2026, 11, 22)
DAYS = [TODAY - datetime.timedelta(days=ago) for ago in (0, 1, 29, 30, 31, 60, 61, 400)]

COMING = [TODAY + datetime.timedelta(days=ahead) for ahead in (-30, -1, 0, 1, 7, 8)]
NOW = datetime.datetime(2026, 11, 22, tzinfo=datetime.UTC)


def endings(cast) -> list[dict]:
    return [
        {},
        {},
        {"done_at": NOW, "done_by": cast.ha},
        {"cancelled_at": NOW, "cancelled_by": cast.ha, "cancel_reason": "Khách bận"},
    ]


def maybe(chance: random.Random, values: list) -> object:
    return chance.choice([None, *values])


@pytest.fixture
def crowd(cast, settings) -> list[Customer]:
    """Customers of whom by chance this or that is not known."""
    chance = random.Random(7)
    ward = Ward.objects.filter(province_id="01").first()
    for _number in range(45):
        month = maybe(chance, [1, 11, 12])
        customer = CustomerFactory(
            given_name=chance.choice(["Ánh", "Bình", "Đào", "Hoà"]),
            gender=chance.choice(["male", "female", "unknown"]),
            source=chance.choice(["", "referral", "walk_in"]),
            birth_year=maybe(chance, [1985, 1990, 2027]),
            birth_month=month,
            birth_day=maybe(chance, [21, 22, 23]) if month else None,
            monthly_income=maybe(chance, [Decimal(5_000_000), Decimal(20_000_000)]),
            children_count=maybe(chance, [0, 2]),
            child_birth_years=chance.choice([[], [2018], [2018, 2022]]),
            income_noted_on=maybe(chance, DAYS),
            notes=chance.choice(["", "Thích trà 100% Tân Cương", "Dị ứng a_b"]),
            owner=maybe(chance, [cast.ha, cast.nam]),
            branch=maybe(chance, [cast.cau_giay]),
            **({"province_id": "01", "ward": ward} if chance.random() < 0.5 else {}),
        )
        for number in chance.sample(["+84912345678", "+84987654321", "+12025550123"], chance.randrange(3)):
            PhoneFactory(customer=customer, number=number)
        for address in chance.sample(["lan@example.vn", "Ha@Example.com"], chance.randrange(3)):
            EmailFactory(customer=customer, address=address)
        for _contact in range(chance.randrange(3)):
            at = datetime.datetime.combine(chance.choice(DAYS), datetime.time(chance.choice([0, 23]), 30))
            InteractionFactory(
                customer=customer,
                by=cast.ha,
                channel=chance.choice(["call", "note"]),
                mood=chance.choice(["", "happy"]),
                happened_at=timezone.make_aware(at),
            )
        for purpose in chance.choices(["call", "email", "contact"], k=chance.randrange(5)):
            ConsentFactory(
                customer=customer,
                recorded_by=cast.ha,
                purpose=purpose,
                is_given=chance.random() < 0.5,
                from_on=chance.choice(DAYS),
            )
        for _promise in range(chance.randrange(3)):
            FollowUpFactory(
                customer=customer, owner=cast.ha, due_on=chance.choice(COMING), **chance.choice(endings(cast))
            )
        has_bought = chance.random() < 0.6
        CustomerBehaviour.objects.filter(pk=customer.pk).update(
            orders=chance.choice([1, 3]) if has_bought else 0,
            spend=chance.choice([0, 5_000_000, 7_000_001]) if has_bought else 0,
            gross=chance.choice([0, 10_000_000]) if has_bought else 0,
            discount=3_000_000 if has_bought else 0,
            last_purchase_on=chance.choice(DAYS) if has_bought else None,
            main_channel=chance.choice(["store", "phone"]) if has_bought else "",
            channels_12m=chance.sample(["store", "phone"], chance.randrange(3)),
            segment_ids=chance.sample([3, 7, 9], chance.randrange(4)),
            recency_score=maybe(chance, [1, 5]) if has_bought else None,
        )
    return list(
        Customer.objects.select_related("behaviour").prefetch_related(
            "phones", "emails", "interactions", "follow_ups", "consents"
        )
    )


def known(value: object) -> list:
    return [] if value in (None, "") else [value]


def last_contact(customer: Customer) -> list[datetime.date]:
    contacts = [
        one.happened_at for one in customer.interactions.all() if one.channel != Interaction.Channel.NOTE
    ]
    return [timezone.localdate(max(contacts))] if contacts else []


def next_contact(customer: Customer) -> list[datetime.date]:
    days = [one.due_on for one in customer.follow_ups.all() if not one.done_at and not one.cancelled_at]
    return [min(days)] if days else []


def consent(customer: Customer) -> dict[str, bool]:
    """What was decided last for each purpose: of the same day, what was recorded last."""
    entries = sorted(customer.consents.all(), key=lambda entry: (entry.from_on, entry.pk))
    return {entry.purpose: entry.is_given for entry in entries}


def has_children(customer: Customer) -> list[str]:
    if customer.children_count or customer.child_birth_years:
        return ["yes"]
    return ["no"] if customer.children_count == 0 else []


def age(customer: Customer) -> list[int]:
    if customer.birth_year is None:
        return []
    born = PartialDate(customer.birth_year, customer.birth_month, customer.birth_day)
    return known(age_on(born, TODAY))


VALUES: dict[str, Callable[[Customer], list]] = {
    "gender": lambda c: [c.gender],
    "source": lambda c: known(c.source),
    "birth_year": lambda c: known(c.birth_year),
    "age": age,
    "monthly_income": lambda c: known(c.monthly_income),
    "children": has_children,
    "child_birth_year": lambda c: c.child_birth_years,
    "income_noted_on": lambda c: known(c.income_noted_on),
    "notes": lambda c: known(c.notes),
    "owner": lambda c: known(c.owner_id),
    "branch": lambda c: known(c.branch_id),
    "province": lambda c: known(c.province_id),
    "phone": lambda c: [phone.number for phone in c.phones.all()],
    "email": lambda c: [email.address for email in c.emails.all()],
    "segment": lambda c: c.behaviour.segment_ids,
    "spend": lambda c: [c.behaviour.spend],
    "last_purchase": lambda c: known(c.behaviour.last_purchase_on),
    "average_order": lambda c: [c.behaviour.spend / c.behaviour.orders] if c.behaviour.orders else [],
    "discount_share": lambda c: [c.behaviour.discount * 100 / c.behaviour.gross] if c.behaviour.gross else [],
    "main_channel": lambda c: known(c.behaviour.main_channel),
    "channel": lambda c: c.behaviour.channels_12m,
    "recency_score": lambda c: known(c.behaviour.recency_score),
    "last_contact": last_contact,
    "next_contact": next_contact,
    "contact_mood": lambda c: known_each(one.mood for one in c.interactions.all()),
    "created": lambda c: [timezone.localdate(c.created_at)],
}


def known_each(values) -> list:
    return [value for value in values if value]


AMOUNTS = {"gte": operator.ge, "lte": operator.le, "gt": operator.gt, "lt": operator.lt, "eq": operator.eq}


def asserted(name: str, values: tuple[str, ...], found: object, person: int) -> bool:
    """Whether one known value meets an assertion."""
    if name == "is":
        return str(found) in {str(person) if value == "me" else value for value in values}
    if name in AMOUNTS:
        return AMOUNTS[name](found, int(values[0]))
    if name == "begins":
        return str(found).upper().startswith(values[0].upper())
    if name == "contains":
        return values[0].upper() in str(found).upper()
    if name == "overdue":
        return found < TODAY
    if name == "in_within":
        return 0 <= (found - TODAY).days <= int(values[0])
    if name == "ago_over":
        return (TODAY - found).days > int(values[0])
    if name == "ago_within":
        return 0 <= (TODAY - found).days <= int(values[0])
    day = datetime.date.fromisoformat(values[0])
    return {"since": found >= day, "until": found <= day, "on": found == day}[name]


DENIALS = {"is_not": "is", "lacks": "contains", "unknown": "known"}


def meets(customer: Customer, node: Node, person: int) -> bool:
    if isinstance(node, Group):
        each = (meets(customer, member, person) for member in node.members)
        return {Match.ALL: all, Match.ANY: any, Match.NONE: lambda found: not any(found)}[node.match](each)
    if node.operator in DENIALS:
        positive = Condition(node.field, DENIALS[node.operator], node.values)
        return not meets(customer, positive, person)
    if node.field == "consent":
        decided = consent(customer)
        wanted = {"given": True, "withdrawn": False, "unasked": None}[node.operator]
        return any(decided.get(purpose) is wanted for purpose in node.values)
    values = VALUES[node.field](customer)
    if node.operator == "known":
        return bool(values)
    return any(asserted(node.operator, node.values, found, person) for found in values)


def some(field: str, operators: list[str], values: list[str]) -> st.SearchStrategy[Condition]:
    return st.builds(
        Condition, st.just(field), st.sampled_from(operators), st.sampled_from([(value,) for value in values])
    )


def chosen(field: str, values: list[str]) -> st.SearchStrategy[Condition]:
    several = st.lists(st.sampled_from(values), min_size=1, max_size=3, unique=True).map(tuple)
    return st.builds(Condition, st.just(field), st.sampled_from(["is", "is_not"]), several)


def presence(*fields: str) -> st.SearchStrategy[Condition]:
    return st.builds(Condition, st.sampled_from(fields), st.sampled_from(["known", "unknown"]))


def leaves(cast) -> st.SearchStrategy[Condition]:
    amounts, days = list(AMOUNTS), ["since", "until", "on"]
    dates = [day.isoformat() for day in DAYS]
    ago = ["0", "1", "30", "60"]
    return st.one_of(
        chosen("gender", ["male", "female", "unknown"]),
        chosen("source", ["referral", "walk_in"]),
        chosen("children", ["yes", "no"]),
        chosen("owner", ["me", str(cast.nam.pk)]),
        chosen("branch", [str(cast.cau_giay.pk), str(cast.dong_da.pk)]),
        chosen("province", ["01", "79"]),
        chosen("segment", ["3", "7", "9", "2147483647"]),
        chosen("main_channel", ["store", "phone"]),
        chosen("channel", ["store", "phone"]),
        chosen("contact_mood", ["happy"]),
        some("birth_year", amounts, ["1985", "1990", "999999999"]),
        some("age", amounts, ["0", "35", "36", "41"]),
        some("monthly_income", amounts, ["5000000", "19999999"]),
        some("child_birth_year", amounts, ["2018", "2020", "2022"]),
        some("spend", amounts, ["0", "5000000", "7000000"]),
        some("average_order", amounts, ["5000000", "2333333", "2333334"]),
        some("discount_share", amounts, ["30", "29"]),
        some("recency_score", amounts, ["1", "3", "5"]),
        some("notes", ["contains", "lacks", "begins"], ["100%", "_", "TRÀ", "thích"]),
        some("email", ["contains", "lacks", "begins"], ["EXAMPLE", "ha@", ".vn"]),
        *(
            some(field, days, dates)
            for field in ("income_noted_on", "last_purchase", "last_contact", "created")
        ),
        *(
            some(field, ["ago_over", "ago_within"], ago)
            for field in ("income_noted_on", "last_purchase", "last_contact")
        ),
        some("next_contact", days, [day.isoformat() for day in COMING]),
        some("next_contact", ["in_within"], ["0", "1", "7", "400"]),
        st.just(Condition("next_contact", "overdue")),
        st.builds(
            Condition,
            st.just("consent"),
            st.sampled_from(["given", "withdrawn", "unasked"]),
            st.lists(
                st.sampled_from(["call", "email", "contact", "third_party"]), min_size=1, unique=True
            ).map(tuple),
        ),
        presence("source", "birth_year", "age", "monthly_income", "children", "child_birth_year", "notes"),
        presence("owner", "province", "phone", "email", "last_purchase", "average_order", "last_contact"),
        presence(
            "next_contact", "main_channel", "channel", "recency_score", "discount_share", "income_noted_on"
        ),
    )


def nested(members: st.SearchStrategy) -> st.SearchStrategy[Group]:
    # Empty groups too, though no text has them: all and none of nothing are everybody, any of nothing nobody.
    return st.builds(Group, st.sampled_from(Match), st.lists(members, max_size=3).map(tuple))


def found(node: Node, person, **how) -> set[int]:
    where = compile_rule(node, Reader(person, TODAY), **how)
    rows = CustomerBehaviour.objects if how else Customer.objects
    return set(rows.filter(where).values_list("pk", flat=True))


def test_sql_and_plain_python_find_the_same_whatever_the_nesting(crowd, cast):
    conditions = leaves(cast)
    everybody = {customer.pk for customer in crowd}

    @settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(nested(conditions | nested(conditions | nested(conditions))))
    def check(rule):
        expected = {customer.pk for customer in crowd if meets(customer, rule, cast.ha.pk)}
        assert found(rule, cast.ha) == expected
        # `none` finds exactly whom `any` leaves.
        assert found(Group(Match.NONE, (rule,)), cast.ha) == everybody - expected
        if is_told_by_figures(rule):
            assert found(rule, cast.ha, of_figures=True) == expected

    check()


def test_to_many_conditions_never_repeat_a_customer(crowd, cast):
    rule = parse("phone.known,any(email.contains.example,contact_mood.is.happy)")
    where = compile_rule(rule, Reader(cast.ha, TODAY))
    ids = list(Customer.objects.filter(where).values_list("pk", flat=True))
    assert len(ids) == len(set(ids)) > 0


def test_two_conditions_on_one_field_are_two_conditions(crowd, cast):
    both = found(parse("segment.is.3,segment.is.7"), cast.ha)
    expected = {c.pk for c in crowd if {3, 7} <= set(c.behaviour.segment_ids)}
    assert both == expected != set()


@pytest.mark.parametrize(
    ("typed", "names"),
    [("anh", {"Ánh"}), ("ÁNH", {"Ánh"}), ("dao", {"Đào"}), ("hòa", {"Hoà"})],
)
def test_names_are_found_without_marks(crowd, cast, typed, names):
    ids = found(parse(f"name.contains.{typed}"), cast.ha)
    assert {
        c.given_name for c in crowd if c.pk in ids and c.pk not in {cast.anh.pk, cast.binh.pk, cast.cuc.pk}
    } == names
    assert all(fold(typed) in fold(c.full_name) for c in crowd if c.pk in ids)


@pytest.mark.parametrize(
    ("typed", "number"), [("0912", "+84912345678"), ("84987", "+84987654321"), ("1202", "+12025550123")]
)
def test_a_phone_is_found_by_its_first_digits_as_people_type_them(crowd, cast, typed, number):
    ids = found(parse(f"phone.begins.{typed}"), cast.ha)
    expected = {c.pk for c in crowd if number in {phone.number for phone in c.phones.all()}}
    assert ids == expected != set()


def test_me_is_whoever_reads_the_rule(crowd, cast):
    mine, his = found(parse("owner.is.me"), cast.ha), found(parse("owner.is.me"), cast.nam)
    assert mine
    assert his
    assert not mine & his
