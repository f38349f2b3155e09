"""Tags: a vocabulary of the firm, given to customers, found by filters, told by the timeline."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import User
from customers.export_columns import known_columns
from customers.models import Customer, CustomerTag, Tag
from customers.tags import change_tags
from customers.timeline import timeline_of
from tests.factories import CustomerTagFactory, TagFactory


def tags_url(customer: Customer) -> str:
    return f"/customers/{customer.pk}/tags/"


def tags_of(customer: Customer) -> list[str]:
    return sorted(customer.customer_tags.values_list("tag__name", flat=True))


def posted(*, tags: list[Tag], had: list[Tag]) -> dict[str, list[int]]:
    return {"tags": [tag.pk for tag in tags], "had": [tag.pk for tag in had]}


def changes_of(customer: Customer) -> set[tuple[str, str]]:
    read = Customer.objects.select_related("owner", "branch", "created_by").get(pk=customer.pk)
    items = [item for day in timeline_of(read).days for item in day.items if item.kind == "change"]
    return {(field.old, field.new) for item in items for field in item.item.fields if field.label == "Thẻ"}


@pytest.fixture
def regular(db) -> Tag:
    return TagFactory(name="Khách quen", tone="ok")


@pytest.fixture
def wary(db) -> Tag:
    return TagFactory(name="Cần gọi lại", tone="warn")


def test_tags_are_ticked_and_stand_on_the_record(cast, as_user, regular, wary):
    CustomerTagFactory(customer=cast.anh, tag=wary)
    ha = as_user(cast.ha)
    page = ha.get(tags_url(cast.anh)).text
    assert "Khách quen" in page
    answer = ha.post(tags_url(cast.anh), posted(tags=[regular], had=[wary]), follow=True)
    assert tags_of(cast.anh) == ["Khách quen"]
    assert "badge--ok" in answer.text
    assert f"?rule=tag.is.{regular.pk}" in answer.text
    assert CustomerTag.objects.get(customer=cast.anh).by == cast.ha
    again = ha.post(tags_url(cast.anh), posted(tags=[regular], had=[regular]), follow=True)
    assert "không lưu gì" in again.text


def test_what_a_colleague_gave_or_took_meanwhile_stays(cast, as_user, regular, wary):
    """The page was opened without tags; since then one came, and another is ticked here."""
    CustomerTagFactory(customer=cast.anh, tag=wary)
    as_user(cast.ha).post(tags_url(cast.anh), posted(tags=[regular], had=[]))
    assert tags_of(cast.anh) == ["Cần gọi lại", "Khách quen"]
    CustomerTag.objects.all().delete()
    # Both were there when the page was opened, and one stays ticked, but somebody has taken them back.
    as_user(cast.ha).post(tags_url(cast.anh), posted(tags=[regular], had=[regular, wary]))
    assert tags_of(cast.anh) == []


def test_a_tag_out_of_use_is_kept_and_not_given(cast, as_user, regular):
    CustomerTagFactory(customer=cast.anh, tag=regular)
    Tag.objects.update(is_active=False)
    ha = as_user(cast.ha)
    assert "Khách quen" in ha.get(tags_url(cast.anh)).text
    answer = as_user(cast.nam).post(tags_url(cast.binh), posted(tags=[regular], had=[]))
    assert answer.status_code == 422
    assert "không còn dùng" in answer.text
    assert tags_of(cast.binh) == []
    assert "Chưa có thẻ nào" in as_user(cast.nam).get(tags_url(cast.binh)).text


@pytest.mark.parametrize("value", ["0", "-1", "x", "9" * 40, "1; DROP TABLE", "\x00"])
def test_hostile_ticks_are_refused(cast, as_user, regular, value):
    for name in ("tags", "had"):
        answer = as_user(cast.ha).post(tags_url(cast.anh), {name: [value]})
        assert answer.status_code == 422
    assert tags_of(cast.anh) == []


def test_a_name_with_markup_is_shown_harmless(cast, as_user):
    tag = TagFactory(name="<script>alert(1)</script>")
    CustomerTagFactory(customer=cast.anh, tag=tag)
    for url in (
        cast.anh.get_absolute_url(),
        tags_url(cast.anh),
        f"/customers/?rule=tag.is.{tag.pk}&columns=tags",
    ):
        page = as_user(cast.ha).get(url).text
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        ("tag.is.{a}", {"Ánh"}),
        ("tag.is.{a}~{b}", {"Ánh", "Bình"}),
        ("tag.is_not.{a}", {"Bình", "Cúc"}),
        ("tag.known", {"Ánh", "Bình"}),
        ("tag.unknown", {"Cúc"}),
        ("none(tag.is.{a}~{b})", {"Cúc"}),
        ("tag.is.{a},tag.is.{b}", {"Ánh"}),
    ],
)
def test_filters_find_tags(cast, as_user, regular, wary, rule, found):
    for customer, tag in ((cast.anh, regular), (cast.anh, wary), (cast.binh, wary)):
        CustomerTagFactory(customer=customer, tag=tag)
    page = (
        as_user(cast.quan)
        .get("/customers/", {"rule": rule.format(a=regular.pk, b=wary.pk)}, follow=True)
        .text
    )
    seen = {customer.given_name for customer in (cast.anh, cast.binh, cast.cuc) if customer.full_name in page}
    assert seen == found


def test_the_list_and_the_file_have_a_column_of_tags(cast, as_user, regular, wary):
    for tag in (regular, wary):
        CustomerTagFactory(customer=cast.anh, tag=tag)
    page = as_user(cast.ha).get("/customers/?columns=tags").text
    assert "Cần gọi lại, Khách quen" in page, page[page.index("<tbody") :][:900]
    column = known_columns()["tags"]
    [anh] = column.prepare(Customer.objects.filter(pk=cast.anh.pk))
    assert column.read(anh) == "Cần gọi lại; Khách quen"


def test_the_timeline_tells_who_gave_and_who_took(cast, regular, wary):
    Customer.objects.filter(pk=cast.anh.pk).update(created_at="2026-01-01T00:00Z")
    change_tags(customer=cast.anh, give=[regular, wary], take=[], by=cast.ha)
    assert changes_of(cast.anh) == {("", "Khách quen"), ("", "Cần gọi lại")}
    CustomerTag.objects.all().delete()


@pytest.mark.django_db
def test_a_tag_in_use_cannot_be_deleted_and_names_are_unique(cast, as_user, regular):
    CustomerTagFactory(customer=cast.anh, tag=regular)
    quan = as_user(cast.quan)
    quan.post(f"/admin/customers/tag/{regular.pk}/delete/", {"post": "yes"})
    assert Tag.objects.filter(pk=regular.pk).exists()
    answer = quan.post(
        "/admin/customers/tag/add/", {"name": " KHÁCH  QUEN ", "tone": "ok", "is_active": "on"}
    )
    assert answer.status_code == 200
    assert "Đã có thẻ tên này" in answer.text
    quan.post("/admin/customers/tag/add/", {"name": "Khách  vip", "tone": "accent", "is_active": "on"})
    assert Tag.objects.get(name="Khách vip").tone == "accent"
    with pytest.raises(IntegrityError), transaction.atomic():
        CustomerTagFactory(customer=cast.anh, tag=regular)


def test_two_people_give_the_same_tag_at_once(committed_cast):
    tag = TagFactory(name="Khách quen")

    def give(user: User) -> bool:
        try:
            return change_tags(customer=committed_cast.anh, give=[tag], take=[], by=user)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        done = list(
            pool.map(give, [committed_cast.ha, committed_cast.huy, committed_cast.quan, committed_cast.ha])
        )
    assert sorted(done) == [False, False, False, True]
    assert tags_of(committed_cast.anh) == ["Khách quen"]
