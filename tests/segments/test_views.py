import datetime
import re

import pytest
from django.urls import reverse

from customers.models import Customer
from customers.vietnamese.money import NO_BREAK_SPACE
from segments.models import Family, RefreshRun, Segment
from segments.refresh import refresh_now
from tests.factories import CustomerFactory
from tests.segments.worlds import make_world

AS_OF = datetime.date(2026, 11, 22)
GALLERY = reverse("segments:gallery")
FAMILIES = [family for family in Family if family != Family.RFM_CELL]


@pytest.fixture
def calculated(cast):
    make_world(21, AS_OF, customers=30)
    Customer.objects.filter(branch=None).update(branch=cast.dong_da)
    return refresh_now(as_of=AS_OF)


@pytest.mark.parametrize("path", ["", "age/", "rfm/"])
@pytest.mark.parametrize(("name", "status"), [("ha", 403), ("mai", 200), ("huy", 200), ("quan", 200)])
def test_managers_and_admins_read_the_report_and_staff_do_not(cast, as_user, name, status, path):
    assert as_user(getattr(cast, name)).get(GALLERY + path).status_code == status


@pytest.mark.parametrize(("name", "status"), [("ha", 403), ("mai", 302), ("quan", 302)])
def test_only_who_may_refresh_starts_a_calculation(cast, as_user, name, status):
    assert as_user(getattr(cast, name)).post(reverse("segments:refresh")).status_code == status
    assert RefreshRun.objects.exists() == (status == 302)


def test_a_calculation_is_never_started_by_following_a_link(cast, as_user):
    assert as_user(cast.huy).get(reverse("segments:refresh")).status_code == 405


@pytest.mark.parametrize("path", ["", "value/"])
def test_before_the_first_calculation_the_page_says_what_to_do(cast, as_user, path):
    page = as_user(cast.huy).get(GALLERY + path).content.decode()
    assert "Phân khúc chưa được tính lần nào" in page
    assert page.count(reverse("segments:refresh")) == 1


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_family_has_a_page_whose_figures_open_their_customers(calculated, cast, as_user, language):
    client = as_user(cast.mai)
    client.cookies["django_language"] = language
    for family in FAMILIES:
        page = client.get(reverse("segments:family", args=[family])).content.decode()
        links = re.findall(r'\?segment=(\d+)&amp;status=all">([\d.,]+)</a>', page)
        offered = {int(pk) for pk, _count in links}
        assert offered >= set(Segment.objects.of(family).values_list("pk", flat=True))
        for pk, count in links:
            behind = Customer.objects.visible_to(cast.mai).filter(behaviour__segment_ids__contains=[int(pk)])
            assert behind.count() == int(count.replace(".", "").replace(",", ""))
        assert "22/11/2026" in page


EVERYBODY = re.compile(r'href="/customers/\?status=all">([^<]+?)\s*</a>')


@pytest.mark.parametrize("name", ["mai", "huy", "quan"])
def test_the_number_of_all_customers_opens_as_many(calculated, cast, as_user, name):
    client = as_user(getattr(cast, name))
    page = client.get(reverse("segments:family", args=["rfm"])).content.decode()
    links = EVERYBODY.findall(page)
    assert len(links) == 2
    assert links[0] == links[1]
    opened = client.get("/customers/?status=all").content.decode()
    found = re.search(r'page-head__note" role="status">\s*([^<]+?)\s*<', opened)
    assert found
    assert found[1] == f"{links[0]} khách hàng"


def test_customers_who_came_since_the_calculation_are_told_beside_its_figure(calculated, cast, as_user):
    before = Customer.objects.count()
    CustomerFactory(branch=cast.dong_da)
    client = as_user(cast.quan)
    page = client.get(reverse("segments:family", args=["rfm"])).content.decode()
    assert f'<span class="kpi__figure">{before}' in page
    assert EVERYBODY.findall(page) == [f"{before + 1} khách hàng"]
    refresh_now(as_of=AS_OF)
    page = client.get(reverse("segments:family", args=["rfm"])).content.decode()
    assert EVERYBODY.findall(page) == [f"{before + 1}"] * 2


def test_totals_that_the_list_does_not_count_are_links_too(calculated, cast, as_user, monkeypatch):
    monkeypatch.setattr("customers.listing.MOST_COUNTED", 2)
    CustomerFactory(branch=cast.dong_da)
    client = as_user(cast.huy)
    assert len(EVERYBODY.findall(client.get(reverse("segments:family", args=["rfm"])).content.decode())) == 2
    assert "hơn 2 khách hàng" in client.get("/customers/?status=all").content.decode()


def test_a_card_says_how_many_segments_it_leaves_out(calculated, cast, as_user):
    page = " ".join(as_user(cast.huy).get("/segments/").content.decode().split())
    every = Segment.objects.filter(family=Family.OCCUPATION).count()
    assert every > 5
    assert f"và {every - 5} phân khúc khác" in page


def test_every_cell_of_the_map_is_named_by_its_group_and_its_place_on_the_axes(calculated, cast, as_user):
    page = as_user(cast.quan).get(GALLERY).content.decode()
    names = re.findall(r'aria-label="([^"]*)" href="[^"]*segment=', page)
    assert len(names) == 25
    assert sum("Tốt nhất: " in name for name in names) == 2
    assert names[0].endswith("khách, 0–30 ngày kể từ lần mua gần nhất, 1 đơn")
    assert "R: số ngày kể từ lần mua gần nhất" in page
    assert "F: số lần mua" in page


@pytest.mark.parametrize("path", ["", "age/"])
def test_a_manager_without_customers_is_told_so(calculated, cast, as_user, path):
    Customer.objects.update(branch=cast.cau_giay)
    refresh_now(as_of=AS_OF)
    assert "chưa có khách hàng nào" in as_user(cast.mai).get(GALLERY + path).content.decode()


@pytest.mark.parametrize("family", ["rfm_cell", "nonsense"])
def test_an_unknown_family_is_not_found(calculated, cast, as_user, family):
    assert as_user(cast.quan).get(reverse("segments:family", args=[family])).status_code == 404


@pytest.mark.parametrize(("path", "queries"), [("", 7), ("rfm/", 8), ("age/", 8)])
def test_the_report_costs_few_queries_with_login_and_scope(
    calculated, cast, as_user, path, queries, django_assert_max_num_queries
):
    client = as_user(cast.mai)
    with django_assert_max_num_queries(queries):
        client.get(GALLERY + path)


def test_the_axes_of_the_map_carry_real_bounds(calculated, cast, as_user):
    page = as_user(cast.quan).get(reverse("segments:family", args=["rfm"])).content.decode()
    for label in ("0–30 ngày", "31–90 ngày", "từ 366 ngày", "1 đơn", "3–4 đơn", "từ 9 đơn"):
        assert label in page


def test_a_changed_bound_is_announced_until_the_next_calculation(calculated, cast, as_user):
    Segment.objects.filter(family="age", key="elderly").update(
        bound_changed_at=calculated.started_at + datetime.timedelta(minutes=1)
    )
    client = as_user(cast.quan)
    assert "theo mốc cũ" in client.get(reverse("segments:family", args=["age"])).content.decode()
    assert "theo mốc cũ" not in client.get(reverse("segments:family", args=["value"])).content.decode()


def test_progress_polls_while_the_run_is_open_and_tells_the_result(cast, as_user):
    client = as_user(cast.huy)
    where = client.post(reverse("segments:refresh")).url
    run = RefreshRun.objects.get()
    waiting = client.get(where).content.decode()
    assert 'hx-trigger="every 1s"' in waiting
    assert f'<noscript><p><a class="button" href="{where}"' in waiting
    assert "Đang chờ tiến trình nền" in waiting
    RefreshRun.objects.update(state="running", step="scores", progress=55)
    part = client.get(where, headers={"hx-request": "true"}).content.decode()
    assert "<html" not in part
    assert "Tìm mốc chia điểm RFM" in part
    assert 'value="55"' in part
    RefreshRun.objects.update(state="queued")
    refresh_now(as_of=run.as_of)
    done = client.get(where, headers={"hx-request": "true"}).content.decode()
    assert "every 1s" not in done
    assert "Phân khúc đã được cập nhật" in done


def test_a_failed_run_says_why_and_offers_another_try(cast, as_user):
    run = RefreshRun.objects.create(as_of=AS_OF, state="failed", error="no space left on device")
    page = as_user(cast.huy).get(reverse("segments:run", args=[run.pk])).content.decode()
    assert "no space left on device" in page
    assert reverse("segments:refresh") in page


def test_a_worker_that_does_not_answer_is_noticed(cast, as_user):
    client = as_user(cast.huy)
    where = client.post(reverse("segments:refresh")).url
    RefreshRun.objects.update(created_at=datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC))
    assert "Tiến trình nền chưa trả lời" in client.get(where).content.decode()


def test_staff_do_not_see_progress(cast, as_user):
    run = RefreshRun.objects.create(as_of=AS_OF)
    assert as_user(cast.ha).get(reverse("segments:run", args=[run.pk])).status_code == 403


def change_bound(client, segment: Segment, bound: str):
    return client.post(
        reverse("admin:segments_segment_change", args=[segment.pk]),
        {
            "name_vi": segment.name_vi,
            "name_en": segment.name_en,
            "description_vi": "",
            "description_en": "",
            "lower_bound": bound,
        },
    )


def test_an_admin_moves_a_bound_and_a_wrong_one_is_explained(cast, as_user):
    segment = Segment.objects.get(family="age", key="middle_aged")
    client = as_user(cast.quan)
    refused = change_bound(client, segment, "61")
    assert "Hãy nhập số nhỏ hơn 60" in refused.content.decode()
    assert change_bound(client, segment, "45").status_code == 302
    segment.refresh_from_db()
    assert segment.lower_bound == 45
    assert RefreshRun.objects.open().exists()


def test_nobody_adds_or_deletes_a_system_segment(cast, as_user):
    client = as_user(cast.quan)
    segment = Segment.objects.first()
    assert client.get(reverse("admin:segments_segment_changelist")).status_code == 200
    assert client.get(reverse("admin:segments_segment_add")).status_code == 403
    assert client.post(reverse("admin:segments_segment_delete", args=[segment.pk])).status_code == 403
    run = RefreshRun.objects.create(as_of=AS_OF)
    assert client.get(reverse("admin:segments_refreshrun_changelist")).status_code == 200
    assert client.post(reverse("admin:segments_refreshrun_delete", args=[run.pk])).status_code == 403


def test_the_administration_of_segments_speaks_vietnamese(cast, as_user):
    page = as_user(cast.quan).get(reverse("admin:segments_segment_changelist")).content.decode()
    heading = page.split("column-shown_name")[1].split("</th>")[0]
    assert ">tên<" in heading.lower()
    assert "Trang chủ" in page
    assert "Theo " in page.split('id="changelist-filter"')[1]


@pytest.mark.parametrize(
    ("language", "family", "bounds"),
    [
        ("vi", "value", ["0 ₫", "1.000.000 ₫", "5.000.000 ₫", "20.000.000 ₫", "50.000.000 ₫", ""]),
        ("en", "value", ["0 ₫", "1,000,000 ₫", "5,000,000 ₫", "20,000,000 ₫", "50,000,000 ₫", ""]),
        ("vi", "age", ["0", "13", "20", "30", "40", "60", ""]),
    ],
)
def test_bounds_of_money_are_written_as_money(cast, as_user, language, family, bounds):
    client = as_user(cast.quan)
    client.cookies["django_language"] = language
    page = client.get(reverse("admin:segments_segment_changelist"), {"family": family})
    shown = re.findall(r'class="field-bound[^"]*">([^<]*)<', page.content.decode())
    assert [bound.replace(NO_BREAK_SPACE, " ") for bound in shown] == bounds
