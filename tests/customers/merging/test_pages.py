"""The pages for merging: who may, what they say, and what they do."""

import pytest
from django.urls import reverse

from customers.merging.services import merge_customers
from customers.models import Customer, CustomerMerge, DuplicatePair, Phone
from customers.trash import trash_customer
from tests.customers.test_forms import filled
from tests.factories import CustomerFactory, PurchaseFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def twins(cast):
    cast.again = CustomerFactory(
        middle_name="Ngọc",
        owner=cast.ha,
        branch=cast.cau_giay,
        phone="+84866120934",
        notes="Đi xe máy",
        occupation_text="Giáo viên tiểu học",
    )
    cast.pair = DuplicatePair.objects.create(
        customer=cast.anh, other=cast.again, score=65, evidence=["phone", "name"]
    )
    return cast


def merge_url(cast):
    return reverse("customers:merge", args=[cast.anh.pk, cast.again.pk])


def choices(response, **chosen):
    """What the form would send with the suggested choices, or others."""
    form = response.context["form"]
    sent = {name: form[name].value() for name in form.fields}
    return sent | chosen


def test_the_page_lays_both_side_by_side_and_says_what_moves(twins, as_user):
    PurchaseFactory.create_batch(2, customer=twins.again)
    page = as_user(twins.huy).get(merge_url(twins))
    assert page.status_code == 200
    names = {row.name for row, _side, _errors in page.context["form"].lines}
    assert names == {"full_name", "occupation_text", "notes"}
    suggested = {row.name: side for row, side, _errors in page.context["form"].lines}
    assert suggested == {"full_name": "keep", "occupation_text": "duplicate", "notes": "duplicate"}
    assert "<strong>2</strong> đơn hàng" in page.text
    assert "cùng số điện thoại" in page.text


def test_merging_takes_the_choices_and_leads_the_old_address_on(twins, as_user):
    client = as_user(twins.huy)
    page = client.get(merge_url(twins))
    answer = client.post(merge_url(twins), choices(page, full_name="duplicate", notes="keep"), follow=True)

    assert answer.redirect_chain == [(twins.anh.get_absolute_url(), 302)]
    anh = Customer.objects.get(pk=twins.anh.pk)
    assert (anh.full_name, anh.notes, anh.occupation_text) == ("Nguyễn Ngọc Ánh", "", "Giáo viên tiểu học")
    old = client.get(twins.again.get_absolute_url())
    assert (old.status_code, old.url) == (302, twins.anh.get_absolute_url())
    for typed in (twins.again.code, twins.again.code.removeprefix("KH-")):
        for page in ("customers:list", "customers:palette"):
            found = client.get(reverse(page), {"q": typed})
            assert twins.anh.get_absolute_url() in found.text


def test_the_old_address_tells_nothing_to_whoever_may_not_see_the_kept_record(twins, as_user):
    client = as_user(twins.huy)
    client.post(merge_url(twins), choices(client.get(merge_url(twins))))
    assert CustomerMerge.objects.exists()
    assert as_user(twins.duc).get(twins.again.get_absolute_url()).status_code == 404


def merged(twins) -> str:
    """Where the pages of the merged record began."""
    merge_customers(keep=twins.anh, duplicate=twins.again, by=twins.huy)
    return f"/customers/{twins.again.pk}/"


@pytest.mark.parametrize(
    "path",
    [
        "edit/",
        "timeline/?kind=change",
        "consents/",
        "files/",
        "known/",
        "facts/notes/",
        "next/new/",
        "delete/",
    ],
)
def test_every_page_of_the_old_record_leads_to_that_of_the_kept_one(twins, as_user, path):
    old = merged(twins)
    answer = as_user(twins.huy).get(old + path)
    assert (answer.status_code, answer.url) == (302, twins.anh.get_absolute_url() + path)
    for stranger in (twins.mai, twins.duc):
        assert as_user(stranger).get(old + path).status_code in {403, 404}
        assert as_user(stranger).post(old + path, {"notes": "x"}).status_code in {403, 404, 405}


@pytest.mark.parametrize("path", ["edit/", "facts/notes/"])
def test_a_form_that_was_open_shows_what_was_typed_for_the_kept_record(twins, as_user, path):
    client = as_user(twins.huy)
    opened = client.get(f"/customers/{twins.again.pk}/{path}").context["form"]
    typed = filled(opened, notes="Gọi sau 17 giờ")
    if path == "edit/":
        typed |= {"phones-1-value": "0987 000 111", "phones-1-label": "home", "phones-TOTAL_FORMS": "2"}
    answer = client.post(merged(twins) + path, typed, follow=True)

    assert answer.redirect_chain == [(f"{twins.anh.get_absolute_url()}{path}", 302)]
    form = answer.context["form"]
    assert form["notes"].value() == "Gọi sau 17 giờ"
    assert "chưa lưu" in answer.text
    assert Customer.objects.get(pk=twins.anh.pk).notes == ""
    saved = client.post(answer.redirect_chain[0][0], filled(form), follow=True)
    if "confirm" in saved.text and saved.status_code == 422:
        confirmation = saved.context["confirmation"]
        saved = client.post(answer.redirect_chain[0][0], filled(form, confirm=confirmation))
    anh = Customer.objects.get(pk=twins.anh.pk)
    assert anh.notes == "Gọi sau 17 giờ"
    assert anh.full_name == "Nguyễn Thị Ngọc Ánh"
    assert anh.occupation_text == ""
    numbers = ["+84912345678", "+84866120934"] + ["+84987000111"] * (path == "edit/")
    assert [str(phone) for phone in anh.phones.all()] == numbers


def test_a_part_of_the_old_record_leads_the_whole_page_on(twins, as_user):
    client = as_user(twins.huy)
    typed = filled(client.get(f"/customers/{twins.again.pk}/facts/notes/").context["form"], notes="Trà")
    answer = client.post(f"{merged(twins)}facts/notes/", typed, headers={"HX-Request": "true"})
    assert answer["HX-Redirect"] == f"{twins.anh.get_absolute_url()}facts/notes/"


def test_what_was_typed_about_the_person_is_kept_and_what_ends_a_record_is_not_done(twins, as_user):
    client = as_user(twins.huy)
    old, kept = merged(twins), twins.anh.get_absolute_url()
    note = {"kind": "other", "text": "Dị ứng hải sản"}
    again = client.post(f"{old}known/new/", note)
    assert (again.status_code, again.url) == (307, f"{kept}known/new/")
    page = client.post(f"{old}delete/", {"reason": "Nhập nhầm"}, follow=True)
    assert page.redirect_chain == [(f"{kept}delete/", 302)]
    assert "Nhập nhầm" in page.text
    logged = client.post(f"{old}interactions/new/", {"notes": "Hẹn thứ Sáu"}, follow=True)
    assert logged.redirect_chain == [(f"{kept}interactions/new/", 302)]
    assert "Hẹn thứ Sáu" in logged.text
    left = client.post(f"{old}reactivate/", follow=True)
    assert left.redirect_chain == [(kept, 302)]
    assert "Chưa lưu gì" in left.text
    assert Customer.objects.filter(pk=twins.anh.pk).exists()


def test_a_page_from_before_a_change_is_shown_again(twins, as_user):
    client = as_user(twins.huy)
    sent = choices(client.get(merge_url(twins)))
    Customer.objects.filter(pk=twins.again.pk).update(notes="Đi xe buýt")
    answer = client.post(merge_url(twins), sent)
    assert answer.status_code == 409
    assert "Đi xe buýt" in answer.text
    assert not CustomerMerge.objects.exists()


def test_a_choice_that_is_none_is_refused_by_name(twins, as_user):
    client = as_user(twins.huy)
    sent = choices(client.get(merge_url(twins)), notes="nobody")
    answer = client.post(merge_url(twins), sent)
    assert answer.status_code == 422
    assert "notes" in answer.context["form"].errors
    assert not CustomerMerge.objects.exists()


def test_both_records_must_be_the_persons_to_change(twins, as_user):
    url = reverse("customers:merge", args=[twins.cuc.pk, twins.anh.pk])
    assert as_user(twins.mai).get(url).status_code == 404
    assert as_user(twins.huy).get(url).status_code == 200


class TestAnyTwo:
    """A record and another that somebody names, or two that are ticked in a list."""

    def chosen(self, twins, as_user, who, **sent):
        url = reverse("customers:merge-with", args=[twins.anh.pk])
        return as_user(twins.huy).post(url, {"who": who} | sent)

    @pytest.mark.parametrize("who", ["Nguyễn Ngọc Ánh", "nguyen ngoc anh", "0866 120 934", "{code}", "{pk}"])
    def test_the_other_one_is_found_by_name_phone_or_code(self, twins, as_user, who):
        answer = self.chosen(twins, as_user, who.format(code=twins.again.code, pk=twins.again.pk))
        assert (answer.status_code, answer.url) == (302, merge_url(twins))

    def test_of_several_one_is_chosen(self, twins, as_user):
        third = CustomerFactory(middle_name="Ngọc", owner=twins.ha, branch=twins.cau_giay)
        several = self.chosen(twins, as_user, "Nguyễn Ngọc Ánh")
        assert several.status_code == 422
        assert twins.again.code in several.text
        answer = self.chosen(twins, as_user, "Nguyễn Ngọc Ánh", other=third.pk)
        assert answer.url == reverse("customers:merge", args=[twins.anh.pk, third.pk])

    def test_what_cannot_be_merged_is_told(self, twins, as_user):
        Customer.objects.filter(pk=twins.again.pk).update(given_name="Hoa")
        gone = CustomerFactory(given_name="Dung", owner=twins.ha, branch=twins.cau_giay, phone="+84866000000")
        trash_customer(customer=gone, reason="Nhập nhầm", by=twins.huy)
        both = [Customer.objects.get(pk=pk) for pk in (twins.anh.pk, twins.again.pk)]
        merge_customers(keep=both[0], duplicate=both[1], by=twins.huy)
        for who, said in [
            (twins.anh.code, "mã của chính hồ sơ này"),
            (twins.again.code, "đã được gộp vào"),
            (gone.code, "đang ở thùng rác"),
            ("Dung", "đang ở thùng rác"),
            ("0866000000", "đang ở thùng rác"),
            ("KH-999999", "Không có khách hàng nào"),
            ("9" * 30, "Không có khách hàng nào"),
            ("\x00", "field__error"),
            ("", "field__error"),
        ]:
            answer = self.chosen(twins, as_user, who)
            assert answer.status_code == 422
            assert said in answer.text, who

    def test_nobody_learns_of_whom_they_may_not_see(self, twins, as_user):
        trash_customer(customer=Customer.objects.get(pk=twins.again.pk), reason="Nhập nhầm", by=twins.huy)
        url = reverse("customers:merge-with", args=[twins.cuc.pk])
        for who in (twins.anh.code, twins.again.code, "Ngọc Ánh"):
            answer = as_user(twins.mai).post(url, {"who": who})
            assert "Không có khách hàng nào" in answer.text
        pair = reverse("customers:merge", args=[twins.cuc.pk, twins.again.pk])
        assert as_user(twins.mai).get(pair).status_code == 404

    def test_a_record_that_was_merged_or_deleted_meanwhile_is_told_of(self, twins, as_user):
        client = as_user(twins.huy)
        sent = choices(client.get(merge_url(twins)))
        assert client.post(merge_url(twins), sent).status_code == 302
        again = client.post(merge_url(twins), sent, follow=True)
        assert "đã được gộp vào" in again.text
        trash_customer(customer=Customer.objects.get(pk=twins.anh.pk), reason="Nhập nhầm", by=twins.huy)
        other = reverse("customers:merge", args=[twins.binh.pk, twins.anh.pk])
        assert "đang ở thùng rác" in client.get(other, follow=True).text
        assert CustomerMerge.objects.count() == 1

    def test_a_record_is_not_merged_with_itself(self, twins, as_user):
        url = reverse("customers:merge", args=[twins.anh.pk] * 2)
        for method in ("get", "post"):
            answer = getattr(as_user(twins.huy), method)(url, follow=True)
            assert "Không thể gộp một hồ sơ với chính nó" in answer.text
        assert as_user(twins.mai).get(url).status_code == 404

    @pytest.mark.parametrize("number", [0, 1, 2, 3])
    def test_two_ticked_rows_are_laid_side_by_side(self, twins, as_user, number):
        ticked = [twins.again.pk, twins.anh.pk, twins.binh.pk][:number]
        url = f"{reverse('customers:merge-ticked')}?q=nguyen"
        answer = as_user(twins.huy).post(url, {"customers": ticked + ticked[:1]})
        if number == 2:
            assert answer.url == merge_url(twins)
        else:
            assert answer.url == f"{reverse('customers:list')}?q=nguyen"

    def test_only_whoever_may_merge_is_offered_it(self, twins, as_user):
        for user, offered in ((twins.huy, True), (twins.ha, False)):
            record = as_user(user).get(twins.anh.get_absolute_url()).text
            assert (reverse("customers:merge-with", args=[twins.anh.pk]) in record) == offered
            assert (reverse("customers:merge-ticked") in as_user(user).get("/customers/").text) == offered


def test_a_merge_is_undone_from_the_list_of_merges(twins, as_user):
    client = as_user(twins.huy)
    client.post(merge_url(twins), choices(client.get(merge_url(twins))))
    done = CustomerMerge.objects.get()
    listed = client.get(reverse("customers:merges"))
    assert reverse("customers:unmerge", args=[done.pk]) in listed.text

    answer = client.post(reverse("customers:unmerge", args=[done.pk]), follow=True)

    assert answer.redirect_chain == [(twins.again.get_absolute_url(), 302)]
    assert Phone.objects.get(number="+84866120934").customer == twins.again
    assert client.post(reverse("customers:unmerge", args=[done.pk]), follow=True).status_code == 200
    assert as_user(twins.mai).post(reverse("customers:unmerge", args=[done.pk])).status_code == 404


def test_pairs_are_listed_for_whoever_sees_both(twins, as_user):
    hidden = DuplicatePair.objects.create(customer=twins.anh, other=twins.cuc, score=95, evidence=["email"])
    url = reverse("customers:duplicates")

    def listed(user):
        return [candidate.pair for candidate in as_user(user).get(url).context["candidates"]]

    assert listed(twins.huy) == [hidden, twins.pair]
    assert listed(twins.ha) == [twins.pair]
    assert listed(twins.mai) == listed(twins.duc) == []
    assert "gần như chắc chắn" in as_user(twins.huy).get(url).text


def test_pages_of_pairs_cost_the_same_however_many_there_are(twins, as_user, django_assert_num_queries):
    others = CustomerFactory.create_batch(30, owner=twins.ha, branch=twins.cau_giay)
    DuplicatePair.objects.bulk_create(
        DuplicatePair(customer=twins.anh, other=other, score=60, evidence=["name"]) for other in others
    )
    client = as_user(twins.huy)
    url = reverse("customers:duplicates")
    with django_assert_num_queries(5):
        first = client.get(url)
    second = client.get(url, {"cursor": first.context["page"].next})
    seen = [candidate.pair.pk for page in (first, second) for candidate in page.context["candidates"]]
    assert len(seen) == len(set(seen)) == 31
    assert client.get(url, {"cursor": "x"}).context["page"].first == 1


def test_two_people_are_not_asked_about_again(twins, as_user):
    client = as_user(twins.ha)
    client.post(reverse("customers:set_apart", args=[twins.anh.pk, twins.again.pk]))
    twins.pair.refresh_from_db()
    assert (twins.pair.verdict, twins.pair.decided_by) == ("apart", twins.ha)
    assert client.get(reverse("customers:duplicates")).context["candidates"] == []
    assert "hai người" in as_user(twins.huy).get(merge_url(twins)).text


def test_the_record_says_that_it_was_merged(twins, as_user):
    client = as_user(twins.huy)
    client.post(merge_url(twins), choices(client.get(merge_url(twins))))
    page = client.get(twins.anh.get_absolute_url())
    assert f"{twins.again.code} Nguyễn Ngọc Ánh" in page.text
    client.post(reverse("customers:unmerge", args=[CustomerMerge.objects.get().pk]))
    for customer in (twins.anh, twins.again):
        assert client.get(customer.get_absolute_url()).status_code == 200


def test_values_read_as_on_the_record(twins, as_user):
    Customer.objects.filter(pk=twins.anh.pk).update(
        children_count=2,
        child_birth_years=[2024, 2026],
        address="12 Lý Thái Tổ",
        old_address="12 Lý Thái Tổ, Quận Hoàn Kiếm",
    )
    Customer.objects.filter(pk=twins.again.pk).update(children_count=0, old_address="Xã cũ")
    page = as_user(twins.huy).get(merge_url(twins))
    rows = {row.name: row for row, _side, _errors in page.context["form"].lines}
    assert (rows["children"].keep, rows["children"].duplicate) == ("2 con, sinh 2024, 2026", "không có")
    assert rows["address"].keep == "12 Lý Thái Tổ\n12 Lý Thái Tổ, Quận Hoàn Kiếm"
    assert rows["address"].duplicate == "Xã cũ"


@pytest.mark.parametrize(
    ("ours", "theirs", "said"),
    [
        ({"gender": "male"}, {"gender": "female"}, "khác giới tính"),
        ({"birth_year": 1990}, {"birth_year": 1956}, "khác ngày sinh"),
        ({"citizen_id": "001190000001"}, {"citizen_id": "001190000002"}, "khác số CCCD"),
        ({"family_name": "Trần"}, {}, "khác tên"),
        ({"gender": "male"}, {"birth_year": 1990}, ""),
    ],
)
def test_what_speaks_against_one_person_is_said_before_the_merge(twins, as_user, ours, theirs, said):
    Customer.objects.filter(pk=twins.anh.pk).update(**ours)
    Customer.objects.filter(pk=twins.again.pk).update(**theirs)
    page = as_user(twins.huy).get(merge_url(twins))
    assert page.context["against"] == ([said] if said else [])
    assert ('id="against"' in page.text) == bool(said)
