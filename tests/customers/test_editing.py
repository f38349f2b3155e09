"""Entering and editing over HTTP: nothing typed is ever lost, and only who may gets to save."""

import re
import uuid
from typing import Any

import pytest
from django.test import Client

from customers.duplicate_scan import set_apart
from customers.forms import CustomerForm
from customers.models import Customer, Email, Phone
from customers.services import deactivate_customer
from tests.customers.test_forms import filled
from tests.factories import BranchFactory, CustomerFactory, UserFactory

PEOPLE = ("ha", "nam", "duc", "huy", "mai", "quan")
NEW = "/customers/new/"


def edit_url(customer: Customer) -> str:
    return f"/customers/{customer.pk}/edit/"


def new_data(user: Any, **changes: Any) -> dict[str, Any]:
    return filled(CustomerForm(user=user), full_name="Phạm Gia Huy") | changes


def edit_data(user: Any, customer: Customer, **changes: Any) -> dict[str, Any]:
    return filled(CustomerForm(user=user, customer=Customer.objects.get(pk=customer.pk)), **changes)


def now(customer: Customer) -> Customer:
    return Customer.objects.get(pk=customer.pk)


@pytest.fixture
def ha(cast, as_user) -> Client:
    return as_user(cast.ha)


# Who may


@pytest.mark.parametrize("switch", [False, True])
@pytest.mark.parametrize("person", PEOPLE)
def test_who_edits_whom(cast, as_user, person, switch):
    """Customer of Hà in Cầu Giấy. With the switch, Nam reads but does not edit."""
    cast.cau_giay.staff_read_all = switch
    cast.cau_giay.save()
    user = getattr(cast, person)
    client = as_user(user)
    expected = {"ha": 200, "huy": 200, "quan": 200, "nam": 403 if switch else 404}.get(person, 404)

    assert client.get(edit_url(cast.anh)).status_code == expected
    allowed = CustomerForm(user=cast.quan, customer=now(cast.anh))
    answer = client.post(edit_url(cast.anh), filled(allowed, notes="đã sửa"))
    assert answer.status_code == (302 if expected == 200 else expected)
    assert (now(cast.anh).notes == "đã sửa") == (expected == 200)


@pytest.mark.parametrize("person", PEOPLE)
def test_everybody_with_a_role_enters_customers(cast, as_user, person):
    user = getattr(cast, person)
    answer = as_user(user).post(NEW, new_data(user))
    customer = Customer.objects.get(given_name="Huy")
    assert answer.url == f"/customers/{customer.pk}/"
    assert (customer.owner, customer.created_by) == (user, user)
    assert Customer.objects.visible_to(user).filter(pk=customer.pk).exists()


def test_without_the_permission_nobody_enters(cast, as_user):
    cast.ha.groups.clear()
    assert as_user(cast.ha).get(NEW).status_code == 403
    assert as_user(cast.ha).post(NEW, {}).status_code == 403
    assert as_user(cast.ha).get(edit_url(cast.anh)).status_code == 403


# Entering


def test_a_form_sent_twice_leads_to_the_one_customer(cast, ha):
    data = new_data(cast.ha, **{"phones-0-value": "0987 654 321"})
    first, second = ha.post(NEW, data), ha.post(NEW, data)
    assert first.url == second.url
    assert Customer.objects.filter(given_name="Huy").count() == 1


def test_errors_stand_at_their_fields_and_what_was_typed_stays(cast, ha):
    typed = {
        "birth": "31/02/1990",
        "notes": "dài\ndòng",
        "phones-0-value": "0912 x",
        "monthly_income": "15tr",
    }
    answer = ha.post(NEW, new_data(cast.ha, **typed))
    page = answer.content.decode()

    assert answer.status_code == 422
    for text in ('value="31/02/1990"', "dài\ndòng", 'value="0912 x"', 'value="15tr"', "Phạm Gia Huy"):
        assert text in page
    assert 'href="#id_birth"' in page
    assert 'href="#id_phones-0-value"' in page
    assert re.search(
        r'<input[^>]*id="id_birth"[^>]*aria-invalid="true"|aria-invalid="true"[^>]*id="id_birth"', page
    )
    assert not Customer.objects.filter(given_name="Huy").exists()


@pytest.mark.parametrize(
    ("then", "expected"),
    [("more_phones", 'name="phones-2-value"'), ("more_emails", 'name="emails-2-value"'), ("wards", "00004")],
)
def test_the_other_buttons_show_the_form_again_without_judging_it(cast, ha, then, expected):
    data = new_data(cast.ha, full_name="", birth="mai", province="01", then=then)
    answer = ha.post(NEW, data | {"phones-0-value": "0912 x", "emails-0-value": "a"})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert expected in page
    assert 'value="mai"' in page
    assert 'value="0912 x"' in page
    assert data["submission"] in page
    assert "notice--danger" not in page


def test_a_household_is_searched_for_and_chosen(cast, ha):
    data = new_data(cast.ha, household="new", household_role="head")
    ha.post(NEW, data)
    first = Customer.objects.get(given_name="Huy")
    assert str(first.household) == "Hộ của Phạm Gia Huy"

    data = new_data(cast.ha, full_name="Phạm Gia Hân", household_search="gia huy", then="households")
    page = ha.post(NEW, data).content.decode()
    assert "Hộ của Phạm Gia Huy: Phạm Gia Huy" in page
    ha.post(NEW, data | {"then": "", "household": str(first.household_id), "household_role": "child"})
    assert Customer.objects.get(given_name="Hân").household == first.household


# Duplicates


def test_a_likely_duplicate_is_shown_and_saved_when_confirmed(cast, ha):
    data = new_data(cast.ha, full_name="Nguyễn Thị Ngọc Ánh", **{"phones-0-value": "0912345678"})
    answer = ha.post(NEW, data)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert f'href="/customers/{cast.anh.pk}/"' in page
    assert Customer.objects.count() == 3

    confirmation = re.search(r'name="confirm" value="(\w+)"', page)[1]
    assert ha.post(NEW, data | {"confirm": "khác"}).status_code == 422
    assert ha.post(NEW, data | {"confirm": confirmation}).status_code == 302
    assert Customer.objects.count() == 4


def test_a_duplicate_in_another_portfolio_is_not_named(cast, as_user):
    Customer.objects.filter(pk=cast.anh.pk).update(citizen_id="001192000123")
    data = new_data(cast.nam, citizen_id="001192000123")
    page = as_user(cast.nam).post(NEW, data).content.decode()
    assert "Một khách hàng ngoài danh mục của bạn" in page
    assert "Ánh" not in page
    assert f"/customers/{cast.anh.pk}/" not in page


@pytest.mark.parametrize(("person", "told"), [("ha", "Nguyễn Thị Ngọc Ánh"), ("nam", "ngoài danh mục")])
def test_a_shared_phone_is_a_hint_after_saving(cast, as_user, person, told):
    user = getattr(cast, person)
    answer = as_user(user).post(NEW, new_data(user, **{"phones-0-value": "0912345678"}), follow=True)
    assert answer.redirect_chain
    page = answer.content.decode()
    assert told in page
    assert ("Ngọc Ánh" in page) == (person == "ha")


def test_an_edit_is_asked_only_about_what_it_changes(cast, ha):
    CustomerFactory(citizen_id="001192000123", owner=cast.ha)
    Customer.objects.filter(pk=cast.anh.pk).update(citizen_id="001192000123")
    assert ha.post(edit_url(cast.anh), edit_data(cast.ha, cast.anh, notes="x")).status_code == 302
    Phone.objects.create(customer=cast.binh, number="+84987654321")
    Customer.objects.filter(pk=cast.binh.pk).update(
        family_name="Nguyễn", middle_name="Thị Ngọc", given_name="Ánh"
    )
    data = edit_data(cast.ha, cast.anh, **{"phones-0-value": "0987654321"})
    assert ha.post(edit_url(cast.anh), data).status_code == 422


class TestWhileTyping:
    """What htmx asks for after a pause; nothing is saved, and nothing half typed is an error."""

    @pytest.fixture
    def twin(self, cast) -> dict[str, Any]:
        return new_data(cast.ha, full_name="Nguyễn Thị Ngọc Ánh", **{"phones-0-value": "0912345678"})

    def test_a_new_customer_is_recognised(self, cast, ha, twin):
        page = ha.post(f"{NEW}look-alikes/", twin | {"birth": "14/", "emails-0-value": "anh@"}).text
        assert f'href="{cast.anh.get_absolute_url()}"' in page
        assert "cùng số điện thoại, cùng tên đã bỏ dấu" in page
        assert "có thể trùng" in page
        assert "<html" not in page
        assert "confirm" not in page
        assert Customer.objects.count() == 3

    def test_a_shared_phone_is_perhaps_one_household(self, cast, ha, twin):
        page = ha.post(f"{NEW}look-alikes/", twin | {"full_name": "Lê Lan"}).text
        assert "có thể cùng hộ" in page
        assert "có thể đã có trong sổ" not in page

    def test_somebody_elses_customer_is_only_there(self, cast, as_user, twin):
        page = as_user(cast.nam).post(f"{NEW}look-alikes/", twin).text
        assert "ngoài danh mục" in page
        assert "Ánh" not in page
        assert "cùng" not in page

    @pytest.mark.parametrize(
        "typed", [{}, {"full_name": ""}, {"full_name": "Ánh"}, {"phones-0-value": "091"}]
    )
    def test_nothing_known_says_nothing(self, cast, ha, twin, typed):
        sent = twin | {"phones-0-value": ""} | typed if typed else {}
        assert ha.post(f"{NEW}look-alikes/", sent).text.strip() == ""

    def test_an_edit_is_compared_with_what_it_changes(self, cast, ha):
        path = f"/customers/{cast.anh.pk}/look-alikes/"
        other = CustomerFactory(owner=cast.ha, phone="+84987654321")
        assert ha.post(path, edit_data(cast.ha, cast.anh, notes="x")).text.strip() == ""
        sent = edit_data(cast.ha, cast.anh, **{"phones-0-value": "0987654321"})
        assert other.code in ha.post(path, sent).text
        # One fact on the record sends its own fields, and the rest is as it is known.
        rows = {name: value for name, value in sent.items() if name.startswith("phones-")}
        assert other.code in ha.post(path, rows).text
        set_apart(one=other, other=cast.anh, by=cast.ha)
        assert ha.post(path, sent).text.strip() == ""

    def test_queries_stay_few(self, cast, ha, twin, django_assert_max_num_queries):
        for number in range(15):
            CustomerFactory(owner=cast.ha, given_name=f"A{number}", phone="+84912345678")
        with django_assert_max_num_queries(4):
            ha.post(f"{NEW}look-alikes/", twin)


def test_warnings_about_a_citizen_id_come_after_saving(cast, ha):
    data = edit_data(cast.ha, cast.anh, citizen_id="001192000123", gender="male")
    page = ha.post(edit_url(cast.anh), data, follow=True).content.decode()
    assert now(cast.anh).citizen_id == "001192000123"
    assert "toast--warning" in page


# Editing


def test_an_edit_without_a_difference_writes_nothing(cast, ha):
    answer = ha.post(edit_url(cast.anh), edit_data(cast.ha, cast.anh), follow=True)
    assert "không lưu gì" in answer.content.decode()
    assert now(cast.anh).version == 1


def test_who_lost_the_customer_meanwhile_keeps_what_they_typed(cast, ha):
    data = edit_data(cast.ha, cast.anh, notes="gọi lại thứ Sáu", **{"phones-0-value": "0987 000 111"})
    Customer.objects.filter(pk=cast.anh.pk).update(owner=cast.duc, branch=cast.dong_da)

    answer = ha.post(edit_url(cast.anh), data)
    nowhere = ha.post("/customers/999999/edit/", data)

    assert (answer.status_code, nowhere.status_code) == (404, 404)
    page = answer.content.decode()
    assert "gọi lại thứ Sáu" in page
    assert "0987 000 111" in page
    assert now(cast.anh).notes == ""
    own = re.compile(r'csrfmiddlewaretoken" value="\w+|X-CSRFToken": "\w+|customers/\d+/edit')
    assert own.sub("", page) == own.sub("", nowhere.content.decode())


class TestConflicts:
    """Hà opens the form; Huy saves; then Hà saves. Everything is committed, as history needs it."""

    @pytest.fixture
    def cast(self, committed_cast):
        return committed_cast

    def begin(self, cast, **changes: Any) -> dict[str, Any]:
        return edit_data(cast.ha, cast.anh, **changes)

    def meanwhile(self, cast, as_user, **changes: Any) -> None:
        data = edit_data(cast.huy, cast.anh, **changes)
        assert as_user(cast.huy).post(edit_url(cast.anh), data).status_code == 302

    def hidden(self, page: str, data: dict[str, Any]) -> dict[str, Any]:
        """The data as the page with the conflict sends it: its version, its radio buttons, its fields."""
        sent = dict(data)
        for name in ("version", "base"):
            sent[name] = re.search(rf'name="{name}" value="(\d+)"|value="(\d+)" name="{name}"', page)[1]
        return sent

    def test_the_same_field_changed_by_both_shows_three_values(self, cast, ha, as_user):
        data = self.begin(cast, notes="của Hà")
        self.meanwhile(cast, as_user, notes="của Huy")

        answer = ha.post(edit_url(cast.anh), data)
        page = answer.content.decode()

        assert answer.status_code == 409
        assert now(cast.anh).notes == "của Huy"
        for text in (
            "Phạm Quốc Huy đã lưu lúc",
            "của <ins>Hà</ins>",
            "của <ins>Huy</ins>",
            "trống",
            "Ghi chú",
        ):
            assert text in page
        assert 'name="resolve-notes" value="yours" checked' in page
        again = ha.post(edit_url(cast.anh), self.hidden(page, data) | {"resolve-notes": "yours"})
        assert again.status_code == 302
        assert now(cast.anh).notes == "của Hà"

    @pytest.mark.parametrize(
        ("keep", "notes", "phones"),
        [
            ("yours", "của Hà", ["+84900000001"]),
            ("current", "của Huy", ["+84900000002", "+84900000003"]),
            ("original", "", ["+84912345678"]),
        ],
    )
    def test_each_of_the_three_can_be_kept(self, cast, ha, as_user, keep, notes, phones):
        data = self.begin(cast, notes="của Hà", **{"phones-0-value": "0900000001"})
        more = {"phones-0-value": "0900000002", "phones-1-value": "0900000003"}
        self.meanwhile(cast, as_user, notes="của Huy", **more)
        page = ha.post(edit_url(cast.anh), data).content.decode()

        chosen = {"resolve-notes": keep, "resolve-phones": keep}
        answer = ha.post(edit_url(cast.anh), self.hidden(page, data) | chosen)

        assert answer.status_code == 302
        assert now(cast.anh).notes == notes
        assert [str(phone) for phone in now(cast.anh).phones.all()] == phones

    @pytest.mark.parametrize(
        ("keep", "name"),
        [
            ("yours", ("Lê", "Thị", "Ánh")),
            ("current", ("Trần", "Ngọc", "Ánh")),
            ("original", ("Nguyễn", "Thị Ngọc", "Ánh")),
        ],
    )
    @pytest.mark.parametrize(
        "typed",
        [
            {"full_name": "Lê Thị Ánh"},
            {"family_name": "Lê", "middle_name": "Thị"},
        ],
    )
    @pytest.mark.parametrize("path", ["edit/", "facts/full_name/"])
    def test_one_name_changed_by_both_shows_three_values(self, cast, ha, as_user, path, typed, keep, name):
        data = self.begin(cast, **typed)
        self.meanwhile(cast, as_user, full_name="Trần Ngọc Ánh")
        url = f"/customers/{cast.anh.pk}/{path}"

        answer = ha.post(url, data)
        page = answer.text

        assert answer.status_code == 409
        assert "field__error" not in page
        assert "Nguyễn Thị Ngọc Ánh</span>" in page
        shown = dict(re.findall(r'name="(\w+_name)" value="([^"]*)"', page))
        again = self.hidden(page, data) | shown | {"resolve-full_name": keep}
        assert ha.post(url, again).status_code == 302
        saved = now(cast.anh)
        assert (saved.family_name, saved.middle_name, saved.given_name) == name

    def test_a_name_in_conflict_may_be_typed_anew(self, cast, ha, as_user):
        data = self.begin(cast, full_name="Lê Thị Ánh")
        self.meanwhile(cast, as_user, full_name="Trần Ngọc Ánh")
        page = ha.post(edit_url(cast.anh), data).text
        shown = dict(re.findall(r'name="(\w+_name)" value="([^"]*)"', page))
        again = self.hidden(page, data) | shown | {"full_name": "Lê Trần Ánh", "resolve-full_name": "yours"}
        assert ha.post(edit_url(cast.anh), again).status_code == 302
        assert str(now(cast.anh)) == "Lê Trần Ánh"

    def test_changes_of_different_fields_merge_by_themselves(self, cast, ha, as_user):
        data = self.begin(cast, address="12 Lý Thái Tổ")
        self.meanwhile(cast, as_user, full_name="Nguyễn Thị Ngọc Anh", **{"emails-0-value": "anh@example.vn"})
        answer = ha.post(edit_url(cast.anh), data, follow=True)
        assert answer.redirect_chain
        assert "được giữ lại: Họ và tên, Email." in answer.content.decode()
        customer = now(cast.anh)
        assert (customer.given_name, customer.address) == ("Anh", "12 Lý Thái Tổ")
        assert [str(email) for email in customer.emails.all()] == ["anh@example.vn"]
        assert [str(phone) for phone in customer.phones.all()] == ["+84912345678"]

    def test_a_third_save_between_is_a_new_conflict(self, cast, ha, as_user):
        data = self.begin(cast, notes="của Hà")
        self.meanwhile(cast, as_user, notes="của Huy")
        page = ha.post(edit_url(cast.anh), data).content.decode()
        self.meanwhile(cast, as_user, notes="của Huy, lần hai")
        again = self.hidden(page, data) | {"resolve-notes": "yours"}
        answer = ha.post(edit_url(cast.anh), again)
        assert answer.status_code == 409
        assert "Huy, lần hai</ins>" in answer.content.decode()

    def test_a_customer_deactivated_meanwhile_says_so_and_stays_inactive(self, cast, ha):
        data = self.begin(cast, notes="của Hà")
        deactivate_customer(customer=cast.anh, reason="Đã mất", by=cast.huy)
        page = ha.post(edit_url(cast.anh), data).content.decode()
        assert "ngừng hoạt động: Đã mất" in page
        assert ha.post(edit_url(cast.anh), self.hidden(page, data)).status_code == 302
        assert (now(cast.anh).is_active, now(cast.anh).notes) == (False, "của Hà")

    def test_a_version_that_never_was_is_looked_at_again(self, cast, ha):
        answer = ha.post(edit_url(cast.anh), self.begin(cast, notes="của Hà", version="77"))
        page = answer.content.decode()
        assert answer.status_code == 409
        assert "của Hà" in page
        assert "Trang này đã cũ" in page
        assert "người khác" not in page
        assert now(cast.anh).notes == ""
        assert ha.post(edit_url(cast.anh), self.hidden(page, {"full_name": "Ánh"})).status_code != 409

    def test_ones_own_save_in_another_tab_is_not_somebody_elses(self, cast, ha, as_user):
        data = self.begin(cast, notes="thẻ thứ nhất", address="")
        in_other_tab = self.begin(cast, notes="thẻ thứ hai", address="12 Lý Thái Tổ")
        assert ha.post(edit_url(cast.anh), in_other_tab).status_code == 302
        page = ha.post(edit_url(cast.anh), data).content.decode()
        assert "Bạn đã lưu khách hàng này ở thẻ khác" in page
        assert "Bạn đã sửa các trường dưới đây ở cả hai thẻ" in page
        assert "Đã sửa ở thẻ kia, được giữ lại" in page
        assert "Hồ sơ vừa được người khác sửa" not in page
        self.meanwhile(cast, as_user, notes="của Huy")
        page = ha.post(edit_url(cast.anh), data).content.decode()
        assert "Hồ sơ vừa được người khác sửa" in page


# Deactivating


@pytest.mark.parametrize("person", PEOPLE)
def test_who_deactivates_whom(cast, as_user, person):
    expected = 302 if person in {"ha", "huy", "quan"} else 404
    client = as_user(getattr(cast, person))
    url = f"/customers/{cast.anh.pk}/deactivate/"
    assert client.post(url, {"reason": "Chuyển nhà"}).status_code == expected
    assert now(cast.anh).is_active == (expected != 302)
    assert client.post(f"/customers/{cast.anh.pk}/reactivate/").status_code == expected
    assert now(cast.anh).is_active


def test_deactivating_needs_a_reason_and_the_permission(cast, ha, as_user):
    url = f"/customers/{cast.anh.pk}/deactivate/"
    assert ha.get(url).status_code == 200
    answer = ha.post(url, {"reason": "  "})
    assert answer.status_code == 422
    assert "Ghi lý do" in answer.content.decode()
    assert ha.get(f"/customers/{cast.anh.pk}/reactivate/").status_code == 405
    cast.cau_giay.staff_read_all = True
    cast.cau_giay.save()
    assert as_user(cast.nam).post(url, {"reason": "x"}).status_code == 403
    assert now(cast.anh).is_active


def test_a_made_up_submission_is_no_error(cast, ha):
    assert ha.post(NEW, new_data(cast.ha, submission="không phải uuid")).status_code == 422
    assert ha.post(NEW, new_data(cast.ha, submission="")).status_code == 302
    assert ha.post(NEW, new_data(cast.ha, submission=str(uuid.uuid4()), full_name="Lan")).status_code == 302


@pytest.mark.parametrize(
    ("person", "entering", "editing"),
    # Session and person; provinces. Of a customer with phones and emails also the wards of the province; for
    # whoever assigns also people and branches, and for managers the branches beneath theirs.
    [("ha", 3, 7), ("huy", 5, 9), ("quan", 5, 9)],
)
def test_the_form_costs_as_many_queries_for_twenty_as_for_two(
    cast, as_user, person, entering, editing, django_assert_num_queries
):
    client = as_user(getattr(cast, person))
    Customer.objects.filter(pk=cast.anh.pk).update(province="01", ward="00004")
    client.get("/customers/new/")
    for number in (2, 20):
        branches = BranchFactory.create_batch(number, parent=cast.cau_giay)
        UserFactory.create_batch(number, branch=branches[0])
        Email.objects.bulk_create(
            Email(customer=cast.anh, address=f"{number}{place}@example.vn") for place in range(number)
        )
        with django_assert_num_queries(entering):
            client.get("/customers/new/")
        with django_assert_num_queries(editing):
            client.get(f"/customers/{cast.anh.pk}/edit/")
