"""One list of all that happened: complete, in order, page by page, whatever the sources hold."""

import datetime

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.history import Change, FieldChange
from customers.models import Customer
from customers.registry import Badge, Entry, TimelineItem, TimelinePage, TimelineSource, registry
from customers.templatetags.timeline import timeline_day
from customers.timeline import PAGE_SIZE, Day, Timeline, parse_cursor, timeline_of, write_cursor
from interactions.models import Interaction
from purchases.models import Purchase
from tests.factories import InteractionFactory, PurchaseFactory, ReturnFactory

NOON = datetime.datetime(2026, 3, 10, 5, 0, tzinfo=datetime.UTC)


def shown(timeline: Timeline) -> list[tuple[datetime.datetime, str, int]]:
    return [(item.at, item.kind, item.pk) for day in timeline.days for item in day.items]


def all_pages(customer: Customer, chosen: str = "") -> list[tuple[datetime.datetime, str, int]]:
    found, before = [], None
    while True:
        page = timeline_of(customer, chosen=chosen, before=before)
        found += shown(page)
        if not page.next_cursor:
            return found
        assert len(shown(page)) == PAGE_SIZE
        before = parse_cursor(page.next_cursor)
        assert before is not None


@pytest.fixture
def anh(cast) -> Customer:
    """Created long ago, so that what happens in a test happens later."""
    Customer.objects.filter(pk=cast.anh.pk).update(created_at=NOON - datetime.timedelta(days=900))
    return Customer.objects.select_related("created_by", "owner", "branch").get(pk=cast.anh.pk)


minutes = st.lists(st.integers(0, 40), max_size=80)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(calls=minutes, bought=minutes, returned=st.lists(st.integers(0, 40), max_size=10))
def test_pages_together_are_everything_once_and_newest_first(anh, cast, calls, bought, returned):
    """Also where many things of several kinds happened at the same moment."""
    Interaction.objects.filter(customer=anh).delete()
    anh.returns.all().delete()
    anh.purchases.all().delete()

    def at(minute: int) -> datetime.datetime:
        return NOON + datetime.timedelta(minutes=minute)

    for minute in calls:
        InteractionFactory(customer=anh, by=cast.ha, happened_at=at(minute))
    for minute in bought:
        PurchaseFactory(customer=anh, purchased_at=at(minute))
    purchase = PurchaseFactory(customer=anh, purchased_at=at(0))
    for minute in returned:
        ReturnFactory(purchase=purchase, returned_at=at(minute))

    found = all_pages(anh)

    assert found == sorted(found, reverse=True)
    assert len(set(found)) == len(found)
    kinds = [kind for _at, kind, _pk in found]
    changes = kinds.count("change")
    assert (kinds.count("interaction"), kinds.count("purchase"), kinds.count("return")) == (
        len(calls),
        len(bought) + 1,
        len(returned),
    )
    assert changes >= 1
    totals = {kind.kind: kind.total for kind in timeline_of(anh).kinds}
    assert totals["interaction"] == len(calls)
    assert totals["purchase"] == len(bought) + 1
    assert all_pages(anh, "purchase") == [entry for entry in found if entry[1] == "purchase"]


def test_pages_of_one_moment_miss_nothing(anh, cast):
    """A file imported without times of day: everything at noon, the pages end between and within kinds."""
    InteractionFactory.create_batch(20, customer=anh, by=cast.ha, happened_at=NOON)
    purchases = PurchaseFactory.create_batch(35, customer=anh, purchased_at=NOON)
    for purchase in purchases[:15]:
        ReturnFactory(purchase=purchase, returned_at=NOON)
    found = [entry for entry in all_pages(anh) if entry[1] != "change"]
    assert len(found) == len(set(found)) == 70
    assert found == sorted(found, reverse=True)


def test_a_kind_alone_keeps_the_counts_of_all(anh, cast):
    InteractionFactory.create_batch(3, customer=anh, by=cast.ha)
    PurchaseFactory.create_batch(2, customer=anh)
    for chosen in ("", "interaction", "purchase", "change", "sth else"):
        kinds = timeline_of(anh, chosen=chosen).kinds
        assert {kind.kind: kind.total for kind in kinds if kind.kind != "change"} == {
            "interaction": 3,
            "purchase": 2,
            "return": 0,
        }
        known = chosen in {"interaction", "purchase", "change"}
        assert [kind.kind for kind in kinds if kind.is_chosen] == ([chosen] if known else [])
    assert {kind for _at, kind, _pk in shown(timeline_of(anh, chosen="purchase"))} == {"purchase"}


def test_other_customers_stay_out(anh, cast):
    InteractionFactory(customer=cast.binh, by=cast.nam)
    PurchaseFactory(customer=cast.binh)
    assert {kind for _at, kind, _pk in all_pages(anh)} <= {"change"}


def test_days_are_those_of_viet_nam(anh, cast):
    late = datetime.datetime(2026, 3, 10, 16, 59, tzinfo=datetime.UTC)
    InteractionFactory(customer=anh, by=cast.ha, happened_at=late)
    InteractionFactory(customer=anh, by=cast.ha, happened_at=late + datetime.timedelta(minutes=2))
    days = timeline_of(anh, chosen="interaction").days
    assert [(day.date.isoformat(), day.name) for day in days] == [
        ("2026-03-11", "Thứ Tư"),
        ("2026-03-10", "Thứ Ba"),
    ]


def test_today_and_yesterday_have_names(anh, cast):
    InteractionFactory(customer=anh, by=cast.ha)
    InteractionFactory(customer=anh, by=cast.ha, happened_at=timezone.now() - datetime.timedelta(days=1))
    days = timeline_of(anh, chosen="interaction").days
    assert [day.name for day in days] == ["Hôm nay", "Hôm qua"]


def test_a_day_that_goes_on_has_its_heading_once(anh, cast):
    InteractionFactory.create_batch(PAGE_SIZE + 5, customer=anh, by=cast.ha, happened_at=NOON)
    first = timeline_of(anh, chosen="interaction")
    second = timeline_of(anh, chosen="interaction", before=parse_cursor(first.next_cursor))
    assert [day.goes_on for day in (*first.days, *second.days)] == [False, True]


def nothing(_item: object) -> Entry:
    return Entry("history", "", "")


def item(minute: int, actor: str, field: str, *, is_creation: bool = False) -> TimelineItem:
    at = NOON - datetime.timedelta(minutes=minute)
    fields = () if is_creation else (FieldChange(field, field, "cũ", "mới"),)
    return TimelineItem(at, "change", 1, nothing, Change(at, actor, fields, is_creation))


def test_edits_in_a_row_by_one_person_are_folded(anh, monkeypatch):
    call = TimelineItem(NOON - datetime.timedelta(minutes=3), "call", 1, nothing, None)
    edits = [
        item(0, "Hà", "notes"),
        item(1, "Hà", "needs"),
        item(2, "Huy", "notes"),
        item(4, "Huy", "address"),
        item(5, "Huy", "", is_creation=True),
    ]
    source = TimelineSource("change", "", lambda *_: TimelinePage([*edits, call], 6), lambda _: 6)
    monkeypatch.setattr(registry, "timeline_sources", [source])

    (day,) = timeline_of(anh).days

    told = [
        (entry.item.actor, {field.name for field in entry.item.fields}) if entry.item else "call"
        for entry in day.items
    ]
    assert told == [
        ("Hà", {"notes", "needs"}),
        ("Huy", {"notes"}),
        "call",
        ("Huy", {"address"}),
        ("Huy", set()),
    ]


def written(entry: Entry) -> str:
    item = TimelineItem(NOON, "call", 1, lambda _item: entry, None)
    return timeline_day(Day(NOON.date(), "Thứ Ba", (item,)))


@pytest.mark.parametrize("goes_on", [False, True])
def test_a_day_says_its_name_and_hides_it_where_it_goes_on(goes_on):
    heading = '<h3 class="visually-hidden">' if goes_on else "<h3>"
    page = timeline_day(Day(NOON.date(), "Thứ Ba", (), goes_on))
    assert f"{heading}Thứ Ba <small>10/03/2026</small></h3>" in page


def test_an_entry_says_only_what_it_has():
    assert written(Entry("phone", "Hỏi", "Gọi điện")).endswith(
        "<strong>Hỏi</strong> · Gọi điện</div>"
        '<time class="timeline__time" datetime="2026-03-10T12:00:00+07:00">12:00</time></li></ol></section>'
    )
    whole = written(
        Entry("phone", "Hỏi", "Gọi", "Ghi", "DH-1", [Badge("Vui", "smile")], [("Nồi", "5 ₫")], changes(1))
    )
    for part in ("<p>Ghi</p>", ">DH-1</span>", "Vui</span>", "<li><span>Nồi</span><span>5 ₫</span></li>"):
        assert part in whole
    assert '<dt>0</dt><dd><span class="muted">trống</span>' in whole
    assert "mới<br>hơn</dd>" in whole


def changes(number: int) -> list[FieldChange]:
    return [FieldChange(str(place), str(place), "", "mới\nhơn") for place in range(number)]


@pytest.mark.parametrize(
    ("entry", "is_folded"),
    [
        (Entry("phone", "", "", lines=[("Nồi", "5 ₫")] * 6), False),
        (Entry("phone", "", "", lines=[("Nồi", "5 ₫")] * 7), True),
        (Entry("phone", "", "", changes=changes(4)), False),
        (Entry("phone", "", "", changes=changes(5)), True),
    ],
)
def test_long_lists_stand_behind_a_summary(entry, is_folded):
    assert ("<details" in written(entry)) == is_folded


def test_nothing_that_somebody_typed_becomes_markup():
    evil = "<b>&\"'"
    fields = [FieldChange(evil, evil, evil, evil)] * 5
    page = written(Entry("phone", evil, evil, evil, evil, [Badge(evil)], [(evil, evil)] * 7, fields))
    assert "<b>" not in page
    assert page.count("&lt;b&gt;&amp;&quot;&#x27;") == 5 + 2 * 7 + 5 * 4


@given(st.text(max_size=40))
def test_any_text_for_a_cursor_is_read_or_ignored(text):
    cursor = parse_cursor(text)
    assert cursor is None or cursor[0].tzinfo is not None


@given(
    st.integers(631_152_000_000_000, 7_258_118_400_000_000),
    st.sampled_from(["interaction", "purchase"]),
    st.integers(0, 2**63 - 1),
)
def test_a_cursor_is_read_as_it_was_written(microseconds, kind, pk):
    at = datetime.datetime.fromtimestamp(0, datetime.UTC) + datetime.timedelta(microseconds=microseconds)
    written = write_cursor(TimelineItem(at, kind, pk, nothing, None))
    assert parse_cursor(written) == (at, kind, pk)


def test_as_many_queries_for_twenty_things_as_for_two(anh, cast, django_assert_num_queries):
    def fill(number: int) -> None:
        InteractionFactory.create_batch(number, customer=anh, by=cast.ha)
        for purchase in PurchaseFactory.create_batch(number, customer=anh, branch=cast.cau_giay):
            ReturnFactory(purchase=purchase)

    # The page has read these along with the customer.
    list(anh.phones.all())
    assert anh.merged_numbers == []
    for number in (2, 20):
        fill(number)
        with django_assert_num_queries(5):
            timeline_of(anh)
    assert Purchase.objects.filter(customer=anh).count() == 22
