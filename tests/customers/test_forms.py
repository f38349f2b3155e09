"""The customer form: what it understands, what it refuses with which words, and what it offers to whom."""

import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import User
from customers.forms import CustomerForm
from customers.models import Customer
from customers.services import CustomerInput, update_customer
from tests.factories import HouseholdFactory, UserFactory


def filled(form: CustomerForm, **changes: Any) -> dict[str, Any]:
    """What a browser sends for a form in which these fields were changed."""
    data: dict[str, Any] = {}
    for name, field in form.fields.items():
        value = field.prepare_value(form[name].value())
        data[name] = "" if value is None else str(value)
    for prefix, rows in (("phones", form.phones), ("emails", form.emails)):
        data |= {
            f"{prefix}-TOTAL_FORMS": len(rows.forms),
            f"{prefix}-INITIAL_FORMS": rows.initial_form_count(),
        }
        for row in rows.forms:
            for field in row.visible_fields():
                data[field.html_name] = field.field.prepare_value(field.value()) or ""
    return data | changes


def new(user: User, **changes: Any) -> CustomerForm:
    data = filled(CustomerForm(user=user), full_name="Phạm Gia Huy") | changes
    return CustomerForm(data, user=user)


def edit(user: User, customer: Customer, **changes: Any) -> CustomerForm:
    customer = Customer.objects.get(pk=customer.pk)
    data = filled(CustomerForm(user=user, customer=customer), **changes)
    return CustomerForm(data, user=user, customer=customer)


def values(form: CustomerForm) -> dict[str, Any]:
    assert form.is_valid(), (form.errors, form.phones.errors, form.emails.errors)
    return dict(form.entered.values)


def errors(form: CustomerForm, field: str) -> list[str]:
    assert not form.is_valid()
    return form.errors.get(field, [])


def codes(form: CustomerForm, field: str) -> list[str]:
    assert not form.is_valid()
    return [error.code for error in form.errors.as_data().get(field, [])]


def test_only_the_name_is_required(cast):
    entered = values(
        CustomerForm(
            {
                "full_name": "Huy",
                "phones-TOTAL_FORMS": 0,
                "phones-INITIAL_FORMS": 0,
                "emails-TOTAL_FORMS": 0,
                "emails-INITIAL_FORMS": 0,
            },
            user=cast.ha,
        )
    )
    assert (entered["given_name"], entered["family_name"]) == ("Huy", "")
    assert (entered["gender"], entered["education"], entered["income_band"]) == ("unknown",) * 3
    assert (entered["owner"], entered["branch"]) == (cast.ha, cast.cau_giay)
    assert errors(new(cast.ha, full_name="  "), "full_name") == ["Nhập tên khách hàng."]


@pytest.mark.parametrize(
    ("full_name", "parts"),
    [
        ("phạm  gia huy", ("phạm", "gia", "huy")),
        ("Tôn Nữ Thị Ánh", ("Tôn Nữ", "Thị", "Ánh")),
        ("Ánh", ("", "", "Ánh")),
        ("Ðặng Minh", ("Đặng", "", "Minh")),
    ],
)
def test_a_new_name_is_split(cast, full_name, parts):
    entered = values(new(cast.ha, full_name=full_name))
    assert (entered["family_name"], entered["middle_name"], entered["given_name"]) == parts


@pytest.mark.parametrize(
    ("changes", "parts"),
    [
        ({}, ("Nguyễn", "Thị Ngọc", "Ánh")),
        ({"full_name": "Nguyễn Thị Ngọc Anh"}, ("Nguyễn", "Thị Ngọc", "Anh")),
        ({"family_name": "Nguyễn Thị", "middle_name": "Ngọc"}, ("Nguyễn Thị", "Ngọc", "Ánh")),
        ({"given_name": "Ảnh"}, ("Nguyễn", "Thị Ngọc", "Ảnh")),
        ({"full_name": "Lê Ánh", "family_name": "Lê", "middle_name": ""}, ("Lê", "", "Ánh")),
        ({"family_name": "", "middle_name": "", "given_name": ""}, ("Nguyễn", "Thị Ngọc", "Ánh")),
    ],
)
def test_name_and_parts_follow_each_other(cast, changes, parts):
    entered = values(edit(cast.ha, cast.anh, **changes))
    assert (entered["family_name"], entered["middle_name"], entered["given_name"]) == parts


def test_a_name_that_says_two_things_is_asked_about(cast):
    form = edit(cast.ha, cast.anh, full_name="Lê Ánh", family_name="Trần")
    assert "không khớp" in errors(form, "full_name")[0]


def test_a_name_whose_part_is_too_long_is_refused(cast):
    assert "quá dài" in errors(new(cast.ha, full_name="Nguyễn " + "a" * 61), "full_name")[0]


@pytest.mark.parametrize("name", ["Công ty TNHH An Phát", "DNTN Minh Châu"])
def test_organisations_are_refused(cast, name):
    assert codes(new(cast.ha, full_name=name), "full_name") == ["not_a_person"]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("14/05/1992", (1992, 5, 14)),
        ("1992", (1992, None, None)),
        ("14/5", (None, 5, 14)),
        ("05/1992", (1992, 5, None)),
        ("", (None, None, None)),
    ],
)
def test_birth_dates_as_far_as_they_are_known(cast, typed, expected):
    entered = values(new(cast.ha, birth=typed))
    assert (entered["birth_year"], entered["birth_month"], entered["birth_day"]) == expected


@pytest.mark.parametrize("typed", ["30/02/1990", "1700", "mai", "31/12/2999", "29/02/1991"])
def test_birth_dates_that_cannot_be(cast, typed):
    assert errors(new(cast.ha, birth=typed), "birth")


def test_a_birth_date_cannot_lie_in_the_future(cast):
    tomorrow = timezone.localdate() + datetime.timedelta(days=1)
    said = "tương lai" if tomorrow.year == timezone.localdate().year else "Năm sinh"
    assert said in errors(new(cast.ha, birth=f"{tomorrow:%d/%m/%Y}"), "birth")[0]
    assert values(new(cast.ha, birth=f"{timezone.localdate():%d/%m/%Y}"))


def test_lunar_birthdays(cast):
    entered = values(new(cast.ha, lunar_birth="15/8 nhuận"))
    lunar = (entered["lunar_birth_day"], entered["lunar_birth_month"], entered["lunar_birth_leap"])
    assert lunar == (15, 8, True)
    assert errors(new(cast.ha, lunar_birth="31/8"), "lunar_birth")


def test_income_gives_its_band_and_day(cast):
    entered = values(new(cast.ha, monthly_income="15tr", income_band="under_5"))
    assert entered["monthly_income"] == Decimal(15_000_000)
    assert entered["income_band"] == "from_15"
    assert entered["income_noted_on"] == timezone.localdate()
    assert values(new(cast.ha, income_band="from_20"))["income_band"] == "from_20"
    assert values(new(cast.ha))["income_noted_on"] is None
    assert errors(new(cast.ha, monthly_income="nhiều"), "monthly_income")


def test_an_income_keeps_the_day_it_was_noted(cast):
    noted = datetime.date(2024, 3, 1)
    Customer.objects.filter(pk=cast.anh.pk).update(
        monthly_income=15_000_000, income_band="from_15", income_noted_on=noted
    )
    assert values(edit(cast.ha, cast.anh, notes="khác"))["income_noted_on"] == noted


def test_child_birth_years(cast):
    assert values(new(cast.ha, child_birth_years="2022; 2018"))["child_birth_years"] == [2018, 2022]
    for typed in ("18", "2018 bé Na", "2999", "1800", ", ".join(["2018"] * 21)):
        assert errors(new(cast.ha, child_birth_years=typed), "child_birth_years")


def test_citizen_ids_warn_but_do_not_block(cast):
    form = new(cast.ha, citizen_id="001 192 000 123", gender="male", birth="1990")
    assert values(form)["citizen_id"] == "001192000123"
    assert len(form.warnings) == 2
    for typed, code in (
        ("123", "not_understood"),
        ("0101234567", "organisation"),
        ("00119200012x", "not_understood"),
    ):
        assert codes(new(cast.ha, citizen_id=typed), "citizen_id") == [code]


def test_wards_belong_to_their_province(cast):
    form = new(cast.ha, province="01")
    ward = next(code for code, _name in form.fields["ward"].choices if code)
    entered = values(new(cast.ha, province="01", ward=str(ward)))
    assert (entered["province"].pk, entered["ward"].pk) == ("01", str(ward))
    assert "phường" in errors(new(cast.ha, province="79", ward=str(ward)), "ward")[0]
    assert errors(new(cast.ha, ward=str(ward)), "ward")


def test_provinces_stand_in_vietnamese_order(cast):
    names = [str(name) for _code, name in CustomerForm(user=cast.ha).fields["province"].choices]
    assert names.index("Cần Thơ") < names.index("Đà Nẵng") < names.index("Gia Lai")


def test_numbers_out_of_range_are_refused(cast):
    assert errors(new(cast.ha, household_size="99999"), "household_size")
    assert errors(new(cast.ha, children_count="-1"), "children_count")


def test_contacts_are_read_in_their_order(cast):
    rows = {
        "phones-TOTAL_FORMS": 3,
        "phones-0-value": "0912 345 678",
        "phones-0-label": "zalo",
        "phones-1-value": "",
        "phones-1-label": "mobile",
        "phones-2-value": "+84 24 3825 0000",
        "phones-2-label": "home",
    }
    form = new(cast.ha, **rows)
    assert form.is_valid()
    assert [(phone.value, phone.label) for phone in form.entered.phones] == [
        ("+84912345678", "zalo"),
        ("+842438250000", "home"),
    ]


@pytest.mark.parametrize(
    "rows",
    [
        {"phones-0-value": "0912 345"},
        {"phones-0-value": "1900 1234"},
        {"phones-0-value": "024 3825 0000 ext 12"},
        {"phones-TOTAL_FORMS": 2, "phones-0-value": "0912345678", "phones-1-value": "84912345678"},
        {"emails-0-value": "an@"},
        {"phones-TOTAL_FORMS": 11},
    ],
)
def test_contacts_that_cannot_be(cast, rows):
    rows = {"phones-0-label": "mobile", "phones-1-label": "mobile", "emails-0-label": "work"} | rows
    form = new(cast.ha, **rows)
    assert not form.is_valid()
    assert list(form.problems) or form.phones.non_form_errors()


def test_staff_keep_their_own_customers(cast):
    form = new(cast.ha, owner=str(cast.nam.pk), branch=str(cast.dong_da.pk))
    assert "owner" not in form.fields
    assert values(form)["owner"] == cast.ha
    entered = values(edit(cast.ha, cast.anh, owner=str(cast.nam.pk)))
    assert "owner" not in entered


@pytest.mark.parametrize(
    ("person", "offered"),
    [
        ("huy", {"ha", "nam", "duc", "huy", "mai", "quan"}),
        ("mai", {"duc", "mai"}),
        ("quan", {"ha", "nam", "duc", "huy", "mai", "quan"}),
    ],
)
def test_managers_choose_among_their_people(cast, person, offered):
    UserFactory(username="nghi", branch=cast.dong_da, is_active=False)
    form = CustomerForm(user=getattr(cast, person))
    assert {user.username for user in form.fields["owner"].queryset} == offered


def test_the_branch_follows_the_person_in_charge(cast):
    entered = values(new(cast.huy, owner=str(cast.duc.pk)))
    assert (entered["owner"], entered["branch"]) == (cast.duc, cast.dong_da)
    entered = values(edit(cast.huy, cast.anh, owner=str(cast.duc.pk)))
    assert (entered["owner"], entered["branch"]) == (cast.duc, cast.dong_da)
    entered = values(edit(cast.huy, cast.anh, branch=str(cast.dong_da.pk)))
    assert (entered["owner"], entered["branch"]) == (cast.ha, cast.dong_da)
    entered = values(new(cast.mai, owner="", branch=""))
    assert (entered["owner"], entered["branch"]) == (None, cast.dong_da)


def test_a_manager_cannot_give_a_customer_out_of_the_tree(cast):
    assert errors(new(cast.mai, owner=str(cast.ha.pk)), "owner")
    assert errors(new(cast.mai, branch=str(cast.cau_giay.pk)), "branch")


def test_somebody_who_moved_stays_in_charge_until_changed(cast):
    User.objects.filter(pk=cast.duc.pk).update(branch=cast.cau_giay)
    assert values(edit(cast.mai, cast.cuc, notes="x"))["owner"] == cast.duc
    assert errors(new(cast.mai, owner=str(cast.duc.pk)), "owner")


def household_of(customer: Customer, name: str) -> Any:
    household = HouseholdFactory(name=name)
    Customer.objects.filter(pk=customer.pk).update(household=household)
    return household


def test_households_are_found_by_members_whom_one_sees(cast):
    mine, other = household_of(cast.anh, "Nhà Ánh"), household_of(cast.binh, "Nhà Bình")

    def found(user: User, text: str) -> set[str]:
        form = CustomerForm(user=user, typed={"household_search": text})
        return {name for value, name in form.fields["household"].choices if value.isdecimal()}

    assert found(cast.ha, "ngoc anh") == {"Nhà Ánh: Nguyễn Thị Ngọc Ánh"}
    assert found(cast.ha, "0912 345 678") == {"Nhà Ánh: Nguyễn Thị Ngọc Ánh"}
    assert found(cast.ha, "binh") == set()
    assert found(cast.huy, "binh") == {"Nhà Bình: Trần Văn Bình"}
    assert values(new(cast.ha, household=str(mine.pk), household_role="child"))["household"] == mine
    assert errors(new(cast.ha, household=str(other.pk)), "household")
    assert errors(new(cast.ha, household="9" * 30), "household")


def test_a_household_may_be_kept_by_whoever_sees_nobody_else_in_it(cast):
    household = household_of(cast.anh, "Nhà Ánh")
    assert values(edit(cast.ha, cast.anh))["household"] == household


def test_a_new_household_or_none(cast):
    assert new(cast.ha, household="new").is_valid()
    form = new(cast.ha, household="new")
    values(form)
    assert form.entered.begins_household
    assert "hộ" in errors(new(cast.ha, household_role="head"), "household_role")[0]


def test_what_was_typed_is_shown_again_unjudged(cast):
    typed = {
        "full_name": "  Lê ",
        "birth": "mai",
        "province": "01",
        "phones-TOTAL_FORMS": "1",
        "phones-0-value": "0912x",
        "phones-0-label": "zalo",
        "submission": "một",
    }
    form = CustomerForm(user=cast.ha, typed=typed, more="phones")
    assert not form.is_bound
    assert (form["birth"].value(), form["full_name"].value()) == ("mai", "  Lê ")
    assert form.phones.forms[0]["value"].value() == "0912x"
    assert len(form.phones.forms) == 3
    assert len(form.fields["ward"].choices) > 50


def test_an_edit_without_its_version_is_refused(cast):
    assert errors(edit(cast.ha, cast.anh, version=""), "version")


@pytest.mark.parametrize("person", ["ha", "huy", "quan"])
def test_a_form_sent_back_untouched_changes_nothing(cast, person):
    """Whatever is stored, the form says it again; nothing is lost by opening and saving."""
    household_of(cast.anh, "Nhà Ánh")
    Customer.objects.filter(pk=cast.anh.pk).update(
        honorific="chi",
        gender="female",
        birth_year=1992,
        birth_month=5,
        birth_day=14,
        lunar_birth_day=15,
        lunar_birth_month=8,
        lunar_birth_leap=True,
        monthly_income=15_500_000,
        income_band="from_15",
        income_basis="declared",
        income_noted_on="2024-03-01",
        education="university",
        occupation="2",
        occupation_text="Giáo viên",
        marital_status="married",
        household_size=4,
        children_count=2,
        child_birth_years=[2018, 2022],
        household_role="head",
        province="01",
        ward="00004",
        address="12 Lý Thái Tổ",
        old_address="Hà Tây",
        citizen_id="001192000123",
        source="referral",
        needs="máy lọc\nnồi",
        preferences="trà",
        special_requests="gọi tối",
        notes="ghi",
    )
    customer = Customer.objects.get(pk=cast.anh.pk)
    form = edit(getattr(cast, person), customer)
    assert form.is_valid(), form.errors
    by = getattr(cast, person)
    assert not update_customer(
        customer=customer, expected_version=customer.version, entered=form.entered, by=by
    )


@settings(deadline=None)
@given(
    text=st.text(max_size=60),
    field=st.sampled_from(
        [
            "full_name",
            "birth",
            "lunar_birth",
            "citizen_id",
            "monthly_income",
            "income_noted_on",
            "child_birth_years",
            "household",
            "household_size",
            "version",
            "submission",
            "province",
            "ward",
            "household_search",
            "notes",
        ]
    ),
)
def test_nothing_that_can_be_typed_breaks_the_form(django_db_setup, django_db_blocker, text, field):
    """It answers every text with a value or with words, and never with an exception."""
    user = User(pk=0)
    # As whoever asks is read, here without any right.
    user.permission_names, user.standing_in_for, user.own_branches = [], [], []
    with django_db_blocker.unblock():
        form = CustomerForm(
            {
                "full_name": "An",
                "phones-TOTAL_FORMS": "1",
                "phones-INITIAL_FORMS": "0",
                "phones-0-value": text,
                "phones-0-label": "mobile",
                "emails-TOTAL_FORMS": "0",
                "emails-INITIAL_FORMS": "0",
                field: text,
            },
            user=user,
        )
        if form.is_valid():
            assert isinstance(form.entered, CustomerInput)
        else:
            assert all(str(error) for field in form.problems for error in field.errors)
