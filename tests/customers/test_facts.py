"""Facts edited in their place on the record: one field, the rules of the whole form, nobody's edit lost."""

import json
import re
from typing import Any
from unittest import mock

import pytest
from django.test import Client

from customers.forms.facts import FACT_FIELDS
from customers.models import Customer, Ward
from customers.services import deactivate_customer
from customers.views import facts
from tests.factories import CustomerFactory, EmailFactory

PART = {"HX-Request": "true"}


def url(customer: Customer, name: str) -> str:
    return f"/customers/{customer.pk}/facts/{name}/"


def now(customer: Customer) -> Customer:
    return Customer.objects.get(pk=customer.pk)


def sent(page: str, **typed: Any) -> dict[str, Any]:
    """What a browser sends of an open field: its hidden inputs, and what somebody typed."""
    hidden = re.findall(r'<input type="hidden" name="(version|base|[a-z]+-\w+_FORMS)" value="([^"]*)"', page)
    return dict(hidden) | typed


@pytest.fixture
def ha(cast, as_user) -> Client:
    return as_user(cast.ha)


@pytest.mark.parametrize("name", FACT_FIELDS)
def test_every_fact_opens_in_place_closes_and_has_a_page(cast, ha, name):
    Customer.objects.filter(pk=cast.anh.pk).update(special_requests="Gọi sau 17 giờ")
    assert f'href="{url(cast.anh, name)}"' in ha.get(cast.anh.get_absolute_url()).text
    part = ha.get(url(cast.anh, name), headers=PART).text
    assert "<html" not in part
    assert f'hx-post="{url(cast.anh, name)}"' in part
    assert part.count("autofocus") == 1
    for field in FACT_FIELDS[name]:
        assert f'name="{field}"' in part
    page = ha.get(url(cast.anh, name)).text
    assert "<h1>Sửa: " in re.sub(r">\s+", ">", page)
    assert "hx-post=" not in re.search(r"<form class=\"form\".*?>", page)[0]
    closed = ha.get(f"{url(cast.anh, name)}?closed", headers=PART).text
    assert f'id="fact-{name}"' in closed
    assert "<form" not in closed


@pytest.mark.parametrize(
    ("name", "typed", "kept"),
    [
        ("birth", {"birth": "14/5/1992"}, {"birth_year": 1992, "birth_month": 5, "birth_day": 14}),
        ("birth", {"birth": ""}, {"birth_year": None, "birth_month": None, "birth_day": None}),
        ("lunar_birth", {"lunar_birth": "15/8"}, {"lunar_birth_day": 15, "lunar_birth_month": 8}),
        ("honorific", {"honorific": "co"}, {"honorific": "co"}),
        (
            "children",
            {"children_count": "2", "child_birth_years": "2018"},
            {"children_count": 2, "child_birth_years": [2018]},
        ),
        ("income", {"monthly_income": "25tr"}, {"monthly_income": 25_000_000, "income_band": "from_20"}),
        ("notes", {"notes": "dài\r\nhai dòng"}, {"notes": "dài\r\nhai dòng"}),
        ("family", {"household_size": "4"}, {"household_size": 4}),
        ("source", {"source": ""}, {"source": ""}),
    ],
)
def test_saving_writes_this_fact_and_nothing_else(cast, ha, name, typed, kept):
    EmailFactory(customer=cast.anh, address="anh@example.vn")
    Customer.objects.filter(pk=cast.anh.pk).update(needs="Nồi chiên", source="event", gender="female")
    before = Customer.objects.filter(pk=cast.anh.pk).values().get()
    answer = ha.post(url(cast.anh, name), sent(ha.get(url(cast.anh, name)).text, **typed))
    assert answer.url == cast.anh.get_absolute_url()
    after = Customer.objects.filter(pk=cast.anh.pk).values().get()
    assert {column: after[column] for column in kept} == kept
    changed = {column for column in before if before[column] != after[column]}
    assert changed - {"version", "updated_at", "income_noted_on"} <= set(kept)
    assert [str(phone) for phone in cast.anh.phones.all()] == ["+84912345678"]
    assert [str(email) for email in cast.anh.emails.all()] == ["anh@example.vn"]


def test_saving_draws_again_what_changes_with_a_fact_and_no_form(cast, ha):
    base = now(cast.anh).version
    opened = ha.get(url(cast.anh, "full_name"), headers=PART).text
    answer = ha.post(url(cast.anh, "full_name"), sent(opened, full_name="Lê Thị Lan"), headers=PART)
    page = answer.text
    assert "HX-Refresh" not in answer.headers
    assert "<form" not in page
    assert "<title>Lê Thị Lan · Sổ Khách</title>" in page
    assert "<h1>Lê Thị Lan</h1>" in page
    assert "Đã lưu" in page
    for part in ("name", "person", "pinned", "segments", "timeline", "fact-notes"):
        assert re.search(rf'id="{part}"[^>]* hx-swap-oob="outerHTML"', page), part
    assert re.search(r'id="fact-full_name"><dt>', page)
    assert json.loads(answer.headers["HX-Trigger"]) == {"customer-saved": {"before": base, "now": base + 1}}


def test_open_facts_do_not_go_on_from_what_somebody_else_saved(cast, ha):
    data = sent(ha.get(url(cast.anh, "notes"), headers=PART).text, notes="mới")
    real = facts.update_customer

    def overtaken(**given: Any) -> bool:
        is_written = real(**given)
        Customer.objects.filter(pk=cast.anh.pk).update(needs="Máy lọc nước")
        return is_written

    with mock.patch.object(facts, "update_customer", overtaken):
        answer = ha.post(url(cast.anh, "notes"), data, headers=PART)
    assert "HX-Trigger" not in answer.headers
    assert now(cast.anh).needs == "Máy lọc nước"


def test_saving_nothing_new_writes_nothing(cast, ha):
    ha.post(url(cast.anh, "notes"), sent(ha.get(url(cast.anh, "notes")).text, notes="mới"))
    version = now(cast.anh).version
    ha.post(url(cast.anh, "notes"), sent(ha.get(url(cast.anh, "notes")).text, notes="mới"))
    assert now(cast.anh).version == version


def test_an_address_asks_for_the_wards_of_its_province(cast, ha):
    ward = Ward.objects.filter(province="01").first()
    data = sent(ha.get(url(cast.anh, "address")).text, province="01", address="12 Lý Thái Tổ")
    part = ha.post(url(cast.anh, "address"), data | {"then": "wards"}, headers=PART).text
    assert f'value="{ward.pk}"' in part
    assert 'value="12 Lý Thái Tổ"' in part
    assert now(cast.anh).address == ""
    ha.post(url(cast.anh, "address"), data | {"ward": ward.pk})
    assert (now(cast.anh).ward, now(cast.anh).address) == (ward, "12 Lý Thái Tổ")


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("birth", {"birth": "31/02/1990"}),
        ("birth", {"birth": "\x00"}),
        ("source", {"source": "mars"}),
        ("notes", {"notes": "x" * 5000}),
        ("family", {"household_size": "9" * 40}),
        ("address", {"province": "zz"}),
        ("income", {"monthly_income": "-5", "income_band": "unknown"}),
        ("notes", {"notes": "x", "version": ""}),
        ("notes", {"notes": "x", "version": "9" * 30}),
        ("notes", {"notes": "x", "version": "x"}),
    ],
)
def test_what_cannot_be_read_is_said_at_its_field_and_stays_typed(cast, ha, name, typed):
    data = sent(ha.get(url(cast.anh, name)).text) | typed
    for headers in ({}, PART):
        answer = ha.post(url(cast.anh, name), data, headers=headers)
        assert answer.status_code == 422
        assert "field__error" in answer.text
    assert now(cast.anh).version == 1


def contacts(**rows: tuple[str, str]) -> dict[str, str]:
    """What a browser sends of the rows of an open fact."""
    return {
        f"{row}-{name}": said
        for row, pair in rows.items()
        for name, said in zip(("value", "label"), pair, strict=True)
    }


class TestWhatMakesADuplicate:
    """Name, phones, emails and citizen ID open in their place, and say whom they make a duplicate of."""

    def test_a_label_is_said_once(self, cast, ha):
        for name, label in (
            ("notes", "Ghi chú"),
            ("citizen_id", "Số định danh cá nhân"),
            ("honorific", "Danh xưng"),
        ):
            part = ha.get(url(cast.anh, name), headers=PART).text
            assert re.sub(r"<[^>]+>", "", part).count(label) == 1, name
            assert f'<label for="fact_{name}">' in part

    def test_a_name_follows_its_parts_and_the_parts_the_name(self, cast, ha):
        data = sent(ha.get(url(cast.anh, "full_name")).text, full_name="Tôn Nữ Ngọc Ánh")
        parts = {"family_name": "Nguyễn", "middle_name": "Thị Ngọc", "given_name": "Ánh"}
        assert ha.post(url(cast.anh, "full_name"), data | parts).status_code == 302
        assert (now(cast.anh).family_name, now(cast.anh).middle_name) == ("Tôn Nữ", "Ngọc")
        refused = ha.post(url(cast.anh, "full_name"), data | parts | {"full_name": ""})
        assert "field__error" in refused.text

    def test_rows_are_added_labelled_and_taken_away(self, cast, ha):
        opened = ha.get(url(cast.anh, "phones")).text
        two = contacts(**{"phones-0": ("0912345678", "home"), "phones-1": ("0987 654 321", "work")})
        more = ha.post(url(cast.anh, "phones"), sent(opened, **two, then="more_phones"), headers=PART)
        assert more.status_code == 200
        assert 'name="phones-2-value"' in more.text
        assert 'value="0987 654 321"' in more.text
        assert ha.post(url(cast.anh, "phones"), sent(more.text, **two)).status_code == 302
        kept = list(cast.anh.phones.values_list("number", "label"))
        assert kept == [("+84912345678", "home"), ("+84987654321", "work")]

        opened = ha.get(url(cast.anh, "phones")).text
        one = contacts(**{"phones-0": ("", "home"), "phones-1": ("0987 654 321", "work")})
        ha.post(url(cast.anh, "phones"), sent(opened, **one))
        assert [str(phone) for phone in cast.anh.phones.all()] == ["+84987654321"]
        assert not cast.anh.emails.exists()

    @pytest.mark.parametrize(
        ("name", "typed", "said"),
        [
            ("phones", contacts(**{"phones-0": ("0912", "mobile")}), "field__error"),
            ("phones", contacts(**{"phones-0": ("0912345678", "x")}), "field__error"),
            ("phones", {"phones-TOTAL_FORMS": "x"}, "hãy tải lại"),
            ("phones", {"phones-TOTAL_FORMS": "900"}, "field__error"),
            ("emails", contacts(**{"emails-0": ("a@", "personal")}), "field__error"),
            ("citizen_id", {"citizen_id": "12"}, "field__error"),
        ],
    )
    def test_what_cannot_be_read_stays_typed(self, cast, ha, name, typed, said):
        data = sent(ha.get(url(cast.anh, name)).text) | typed
        for headers in ({}, PART):
            answer = ha.post(url(cast.anh, name), data, headers=headers)
            assert answer.status_code == 422
            assert said in answer.text
        assert [str(phone) for phone in cast.anh.phones.all()] == ["+84912345678"]

    def test_a_number_is_held_against_the_gender_that_is_known(self, cast, ha):
        Customer.objects.filter(pk=cast.anh.pk).update(gender="male")
        data = sent(ha.get(url(cast.anh, "citizen_id")).text, citizen_id="001192000123")
        page = ha.post(url(cast.anh, "citizen_id"), data, follow=True).text
        assert "toast--warning" in page
        assert now(cast.anh).citizen_id == "001192000123"

    @pytest.mark.parametrize(
        ("name", "typed"),
        [
            ("phones", contacts(**{"phones-0": ("0987654321", "mobile")})),
            ("emails", contacts(**{"emails-0": ("Twin@example.vn", "personal")})),
            ("citizen_id", {"citizen_id": "001192000123"}),
            ("birth", {"birth": "14/5/1992"}),
        ],
    )
    @pytest.mark.parametrize("headers", [{}, PART])
    def test_a_duplicate_is_shown_there_and_saved_when_confirmed(self, cast, ha, name, typed, headers):
        born = {"birth_year": 1992, "birth_month": 5, "birth_day": 14, "citizen_id": "001192000123"}
        twin = CustomerFactory(owner=cast.ha, phone="+84987654321", **born)
        EmailFactory(customer=twin, address="twin@example.vn")
        data = sent(ha.get(url(cast.anh, name)).text, **typed)
        answer = ha.post(url(cast.anh, name), data, headers=headers)
        assert answer.status_code == 422
        assert f'href="{twin.get_absolute_url()}"' in answer.text
        assert now(cast.anh).version == 1
        confirmation = re.search(r'name="confirm" value="(\w+)"', answer.text)[1]
        done = ha.post(url(cast.anh, name), sent(answer.text, **typed, confirm=confirmation), headers=headers)
        assert done.status_code == (200 if headers else 302)
        assert now(cast.anh).version > 1

    def test_a_name_is_one_too(self, cast, ha):
        CustomerFactory(
            owner=cast.ha, family_name="Lê", middle_name="", given_name="Lan", phone="+84912345678"
        )
        data = sent(ha.get(url(cast.anh, "full_name")).text, full_name="Lê Lan")
        parts = {"family_name": "Nguyễn", "middle_name": "Thị Ngọc", "given_name": "Ánh"}
        answer = ha.post(url(cast.anh, "full_name"), data | parts)
        assert answer.status_code == 422
        assert "Khách hàng này có thể đã có trong sổ" in answer.text

    def test_a_shared_number_is_a_hint_after_saving(self, cast, ha):
        CustomerFactory(owner=cast.ha, given_name="Lan", phone="+84987654321")
        typed = contacts(**{"phones-0": ("0987654321", "mobile")})
        data = sent(ha.get(url(cast.anh, "phones")).text, **typed)
        page = ha.post(url(cast.anh, "phones"), data, follow=True).text
        assert "có thể cùng hộ" in page


def test_markup_is_shown_harmless(cast, ha):
    data = sent(ha.get(url(cast.anh, "notes")).text, notes="<script>alert(1)</script>")
    page = ha.post(url(cast.anh, "notes"), data, follow=True).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in ha.get(url(cast.anh, "notes"), headers=PART).text


def test_facts_that_do_not_exist_and_readers_are_refused(cast, ha, as_user):
    assert ha.get(url(cast.anh, "owner")).status_code == 404
    assert ha.post(url(cast.anh, "version")).status_code == 404
    cast.cau_giay.staff_read_all = True
    cast.cau_giay.save()
    nam = as_user(cast.nam)
    assert nam.post(url(cast.anh, "notes"), {"notes": "x", "version": "1"}).status_code == 403
    assert url(cast.anh, "notes") not in nam.get(cast.anh.get_absolute_url()).text


class TestConflicts:
    """Hà opens a field; Huy saves; then Hà saves. Everything is committed, as history needs it."""

    @pytest.fixture
    def cast(self, committed_cast):
        return committed_cast

    def meanwhile(self, cast, as_user, name: str, **typed: Any) -> None:
        huy = as_user(cast.huy)
        answer = huy.post(url(cast.anh, name), sent(huy.get(url(cast.anh, name)).text, **typed))
        assert answer.status_code == 302

    def test_another_fact_merges_by_itself(self, cast, ha, as_user):
        opened = ha.get(url(cast.anh, "notes")).text
        self.meanwhile(cast, as_user, "needs", needs="Nồi chiên")
        answer = ha.post(url(cast.anh, "notes"), sent(opened, notes="của Hà"), follow=True)
        assert "được giữ lại: Nhu cầu." in answer.text
        assert (now(cast.anh).notes, now(cast.anh).needs) == ("của Hà", "Nồi chiên")

    def test_another_field_of_the_same_fact_merges_by_itself(self, cast, ha, as_user):
        opened = ha.get(url(cast.anh, "income")).text
        self.meanwhile(cast, as_user, "income", income_basis="declared")
        ha.post(url(cast.anh, "income"), sent(opened, income_band="from_20"))
        assert (now(cast.anh).income_band, now(cast.anh).income_basis) == ("from_20", "declared")

    @pytest.mark.parametrize(
        ("keep", "notes"), [("yours", "của Hà"), ("current", "của Huy"), ("original", "")]
    )
    @pytest.mark.parametrize("headers", [{}, PART])
    def test_the_same_field_shows_three_values_to_choose(self, cast, ha, as_user, keep, notes, headers):
        opened = ha.get(url(cast.anh, "notes")).text
        self.meanwhile(cast, as_user, "notes", notes="của Huy")
        answer = ha.post(url(cast.anh, "notes"), sent(opened, notes="của Hà"), headers=headers)
        assert answer.status_code == (422 if headers else 409)
        assert "của <ins>Hà</ins>" in answer.text
        assert "của <ins>Huy</ins>" in answer.text
        assert now(cast.anh).notes == "của Huy"
        chosen = sent(answer.text, notes="của Hà") | {"resolve-notes": keep}
        assert ha.post(url(cast.anh, "notes"), chosen, headers=headers).status_code in {200, 302}
        assert now(cast.anh).notes == notes

    @pytest.mark.parametrize(
        ("keep", "numbers"),
        [("yours", ["+84900000001"]), ("current", ["+84900000002"]), ("original", ["+84912345678"])],
    )
    @pytest.mark.parametrize("headers", [{}, PART])
    def test_phones_of_both_show_three_lists_to_choose(self, cast, ha, as_user, keep, numbers, headers):
        opened = ha.get(url(cast.anh, "phones")).text
        self.meanwhile(cast, as_user, "phones", **contacts(**{"phones-0": ("0900000002", "work")}))
        mine = contacts(**{"phones-0": ("0900000001", "mobile")})
        answer = ha.post(url(cast.anh, "phones"), sent(opened, **mine), headers=headers)
        assert answer.status_code == (422 if headers else 409)
        said = re.sub(r"<[^>]+>", "", answer.text)
        assert "0900 000 002 (Cơ quan)" in said.replace("\xa0", " ")
        assert 'name="resolve-phones"' in answer.text
        chosen = sent(answer.text, **mine) | {"resolve-phones": keep}
        assert ha.post(url(cast.anh, "phones"), chosen, headers=headers).status_code in {200, 302}
        assert [str(phone) for phone in cast.anh.phones.all()] == numbers

    def test_a_name_and_a_phone_merge_by_themselves(self, cast, ha, as_user):
        opened = ha.get(url(cast.anh, "phones")).text
        parts = {"family_name": "Nguyễn", "middle_name": "Thị Ngọc", "given_name": "Ánh"}
        self.meanwhile(cast, as_user, "full_name", full_name="Lê Ánh", **parts)
        ha.post(url(cast.anh, "phones"), sent(opened, **contacts(**{"phones-0": ("0900000001", "mobile")})))
        assert str(now(cast.anh)) == "Lê Ánh"
        assert [str(phone) for phone in cast.anh.phones.all()] == ["+84900000001"]

    def test_a_customer_who_is_inactive_by_now_is_looked_at_again(self, cast, ha):
        opened = ha.get(url(cast.anh, "notes")).text
        deactivate_customer(customer=cast.anh, reason="Đã mất", by=cast.huy)
        answer = ha.post(url(cast.anh, "notes"), sent(opened, notes="của Hà"))
        assert answer.status_code == 409
        assert "ngừng hoạt động: Đã mất" in answer.text

    def test_a_save_at_the_very_same_moment_is_a_conflict(self, cast, ha, monkeypatch):
        """Between reading the customer and writing, somebody else writes."""
        opened = ha.get(url(cast.anh, "notes")).text
        update = facts.update_customer

        def late(**asked: Any) -> bool:
            Customer.objects.filter(pk=cast.anh.pk).update(notes="của Huy")
            return update(**asked)

        monkeypatch.setattr(facts, "update_customer", late)
        answer = ha.post(url(cast.anh, "notes"), sent(opened, notes="của Hà"))
        assert answer.status_code == 409
        assert now(cast.anh).notes == "của Huy"
        assert "của <ins>Hà</ins>" in answer.text
