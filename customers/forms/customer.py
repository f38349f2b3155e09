"""The one form by which a customer is entered and edited. Only the name is required."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Branch, User
from customers import organisations
from customers.choices import HouseholdRole, IncomeBand
from customers.forms import households, offers
from customers.forms.contacts import ContactFormSet, EmailFormSet, PhoneFormSet, rows_of, typed_rows
from customers.forms.fields import (
    BirthDateField,
    IncomeField,
    LunarDateField,
    NameField,
    PastDateField,
    YearsField,
)
from customers.forms.initial import NAME_PARTS, SAME_FIELDS, initial_of
from customers.forms.widgets import PlainSelect
from customers.history import row_at
from customers.households import has_other_head
from customers.income import band_of
from customers.models import Customer, Province, Ward
from customers.persons import refusal_of_name
from customers.services import CustomerInput
from customers.vietnamese.citizen_id import check_citizen_id
from customers.vietnamese.dates import PartialDate
from customers.vietnamese.names import Name, split_name
from customers.vietnamese.typed import InputError

LONGEST_PARTS = {"family_name": 60, "middle_name": 80, "given_name": 60}
LARGEST_HOUSEHOLD = 30
LONGEST_TEXT = 4000
LAST_VERSION = 2**31 - 1
HEAD_TAKEN = gettext_lazy(
    "This household has a head already. Choose another role, or change the head on the page of the household."
)
OUT_OF_DATE = gettext_lazy("This page is out of date: load it again and repeat your changes.")


def _label(name: str) -> Any:
    field: Any = Customer._meta.get_field(name)
    return capfirst(field.verbose_name)


def _choice(name: str) -> forms.TypedChoiceField:
    """A closed list; nothing chosen is what the model begins with."""
    field: Any = Customer._meta.get_field(name)
    nothing = [("", gettext_lazy("Not recorded"))] if field.blank else []
    empty = field.default if field.has_default() else ""
    return forms.TypedChoiceField(
        label=_label(name),
        choices=[*nothing, *field.choices],
        required=False,
        initial=empty,
        empty_value=empty,
        widget=PlainSelect,
    )


def _line(name: str) -> NameField:
    field: Any = Customer._meta.get_field(name)
    return NameField(label=_label(name), required=False, max_length=field.max_length)


def _text(name: str) -> forms.CharField:
    return forms.CharField(
        label=_label(name),
        required=False,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


def _count(name: str) -> forms.IntegerField:
    return forms.IntegerField(
        label=_label(name), required=False, min_value=0, max_value=LARGEST_HOUSEHOLD, localize=False
    )


class CustomerForm(forms.Form):
    """What a person writes about a customer, with the phones and emails as formsets of its own."""

    full_name = NameField(
        label=gettext_lazy("Full name"),
        max_length=202,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Enter the customer's name.")},
    )
    family_name = _line("family_name")
    middle_name = _line("middle_name")
    given_name = _line("given_name")
    honorific = _choice("honorific")
    gender = _choice("gender")
    birth = BirthDateField(
        label=gettext_lazy("Date of birth"),
        required=False,
        max_length=20,
        help_text=gettext_lazy("14/05/1992, or only 1992, or only 14/05"),
    )
    lunar_birth = LunarDateField(
        label=gettext_lazy("Lunar birthday"),
        required=False,
        max_length=30,
        help_text=gettext_lazy("Day/month. Example: 15/8, or 15/8 nhuận for a leap month"),
    )
    citizen_id = forms.CharField(
        label=_label("citizen_id"),
        required=False,
        max_length=30,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )

    province = offers.PlaceField(
        Province.objects.all(), label=_label("province"), required=False, empty_label=gettext_lazy("Choose")
    )
    ward = offers.PlaceField(
        Ward.objects.none(),
        label=_label("ward"),
        required=False,
        empty_label=gettext_lazy("Choose"),
        error_messages={
            "invalid_choice": gettext_lazy("Choose a ward or commune of the province or city above.")
        },
    )
    address = _line("address")
    old_address = _line("old_address")

    education = _choice("education")
    occupation = _choice("occupation")
    occupation_text = _line("occupation_text")
    monthly_income = IncomeField(
        label=_label("monthly_income"),
        required=False,
        max_length=40,
        help_text=gettext_lazy("15tr, 12 triệu 500 or 15.000.000; the income band follows from it"),
    )
    income_band = _choice("income_band")
    income_basis = _choice("income_basis")
    income_noted_on = PastDateField(label=_label("income_noted_on"), required=False, max_length=20)

    marital_status = _choice("marital_status")
    household_size = _count("household_size")
    children_count = _count("children_count")
    child_birth_years = YearsField(
        label=_label("child_birth_years"),
        required=False,
        max_length=200,
        help_text=Customer._meta.get_field("child_birth_years").help_text,
    )
    household_search = NameField(
        label=gettext_lazy("Find a household by a member's name or phone"), required=False, max_length=80
    )
    household = forms.ChoiceField(label=_label("household"), required=False, widget=forms.RadioSelect)
    household_role = _choice("household_role")

    source = _choice("source")
    owner = offers.PersonField(
        User.objects.none(), label=_label("owner"), required=False, empty_label=gettext_lazy("Nobody yet")
    )
    branch = offers.BranchField(
        Branch.objects.none(),
        label=_label("branch"),
        required=False,
        empty_label=gettext_lazy("That of the person in charge"),
    )
    special_requests = _text("special_requests")
    needs = _text("needs")
    preferences = _text("preferences")
    notes = _text("notes")

    version = forms.IntegerField(
        widget=forms.HiddenInput,
        required=False,
        min_value=1,
        max_value=LAST_VERSION,
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), OUT_OF_DATE),
    )
    submission = forms.UUIDField(
        widget=forms.HiddenInput, required=False, error_messages={"invalid": OUT_OF_DATE}
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        user: User,
        customer: Customer | None = None,
        typed: Mapping[str, Any] | None = None,
        more: str = "",
        name: str = "",
    ) -> None:
        """`typed` shows again what somebody typed, unjudged, with one more row of phones or emails.

        `name` is what a new customer is called.
        """
        self.user, self.customer = user, customer
        new = {"submission": uuid.uuid4(), "full_name": name}
        initial: dict[str, Any] = initial_of(customer) if customer else new
        if typed is not None:
            initial |= {name: typed.get(name, "") for name in self.base_fields}
        super().__init__(data, initial=initial)
        if typed is not None:
            phones = typed_rows(typed, "phones", more=more == "phones")
            emails = typed_rows(typed, "emails", more=more == "emails")
        else:
            phones = rows_of(customer.phones.all()) if customer else []
            emails = rows_of(customer.emails.all()) if customer else []
        self.phones = PhoneFormSet(data, initial=phones, prefix="phones")
        self.emails = EmailFormSet(data, initial=emails, prefix="emails")
        # Those of the two that are on the page.
        self.rows: dict[str, ContactFormSet] = {"phones": self.phones, "emails": self.emails}
        self._offer_choices()

    def _typed(self, name: str) -> str:
        """What stands in a field now, before it is judged."""
        value = self[name].value()
        return "" if value is None else str(value)

    def _offer_choices(self) -> None:
        fields: dict[str, Any] = self.fields
        self._offer_wards()
        if offers.assigns(self.user):
            fields["owner"].queryset = offers.people(self.user, self.customer)
            fields["owner"].initial = self.user.pk
            fields["branch"].queryset = offers.branches(self.user, self.customer)
        else:
            del fields["owner"], fields["branch"]
        self.households = households.offered(
            chosen=self._typed("household"),
            search=self._typed("household_search"),
            current=self.customer.household if self.customer else None,
            viewer=self.user,
        )
        fields["household"].choices = households.choices(self.households, self._typed("full_name"))

    def _offer_wards(self) -> None:
        fields: dict[str, Any] = self.fields
        if "province" in fields and (province := self._typed("province")):
            fields["ward"].queryset = Ward.objects.filter(province=province)

    def is_valid(self) -> bool:
        return all([super().is_valid(), *(rows.is_valid() for rows in self.rows.values())])

    @property
    def problems(self) -> Iterator[forms.BoundField]:
        """The visible fields with errors, in the order of the form, those of phones and emails included."""
        rows = [form for rows in self.rows.values() for form in rows.forms]
        for form in (self, *rows):
            yield from (field for field in form.visible_fields() if field.errors)

    @property
    def has_problems(self) -> bool:
        return not self.is_valid()

    def clean_full_name(self) -> str:
        full_name: str = self.cleaned_data["full_name"]
        if refusal := refusal_of_name(full_name):
            raise ValidationError(refusal, code="not_a_person")
        return full_name

    def clean(self) -> dict[str, Any]:
        self.warnings: list[str] = []
        if "full_name" in self.cleaned_data and not set(NAME_PARTS) & set(self.errors):
            self._split_name()
        if self.cleaned_data.get("citizen_id"):
            self._check_citizen_id()
        if self.cleaned_data.get("household_role") and not self.cleaned_data.get("household"):
            message = _("Choose the household first, then the role in it.")
            self.add_error("household_role", ValidationError(message, code="no_household"))
        elif self.cleaned_data.get("household_role") == HouseholdRole.HEAD and self._household_has_head():
            self.add_error("household_role", ValidationError(HEAD_TAKEN, code="head"))
        lacks_version = self.customer is not None and self.cleaned_data.get("version") is None
        if (lacks_version or self.lacks_rows) and not {"version", "submission"} & set(self.errors):
            self.add_error("version", ValidationError(OUT_OF_DATE, code="out_of_date"))
        return self.cleaned_data

    def _household_has_head(self) -> bool:
        household = self.cleaned_data["household"]
        if household == households.NEW:
            return False
        return has_other_head(int(household), self.customer.pk if self.customer else None)

    @property
    def lacks_rows(self) -> bool:
        """Whether the page did not say all of its phones and emails."""
        return any(rows.is_out_of_date for rows in self.rows.values())

    @cached_property
    def began(self) -> Any:
        """The customer as of the version with which the page was opened; somebody may have saved since."""
        version = self.cleaned_data.get("version")
        kept = row_at(self.customer, version) if self.customer and version else None
        return kept or self.customer

    def _split_name(self) -> None:
        """Full name and parts say the same, or only one of them was touched: then the other follows."""
        full_name = self.cleaned_data["full_name"]
        parts = Name(*(self.cleaned_data[name] for name in NAME_PARTS))
        before = Name(*(getattr(self.began, name, "") for name in NAME_PARTS))
        if str(parts) in {full_name, ""} or full_name == str(before) or parts == before:
            follows_full_name = not str(parts) or (parts == before and full_name != str(before))
            self._keep_name(split_name(full_name) if follows_full_name else parts)
            return
        message = _("The full name and its parts differ. Correct one of them, or empty all parts.")
        self.add_error("full_name", ValidationError(message, code="name_parts_differ"))

    def _keep_name(self, name: Name) -> None:
        for field, part in zip(NAME_PARTS, (name.family, name.middle, name.given), strict=True):
            if len(part) > LONGEST_PARTS[field]:
                message = _("This name is too long. Check whether there is more than a name in it.")
                self.add_error("full_name", ValidationError(message, code="name_too_long"))
                return
            self.cleaned_data[field] = part
        if refusal := refusal_of_name(str(name)):
            self.add_error("full_name", ValidationError(refusal, code="not_a_person"))
            return
        self.cleaned_data["full_name"] = str(name)

    def _check_citizen_id(self) -> None:
        typed = self.cleaned_data["citizen_id"]
        if refusal := organisations.refusal_of_number(typed):
            self.add_error("citizen_id", ValidationError(refusal, code="organisation"))
            return
        try:
            card = check_citizen_id(typed, *self._gender_and_birth_year())
        except InputError as error:
            self.add_error("citizen_id", ValidationError(error.message, code="not_understood"))
            return
        self.cleaned_data["citizen_id"] = card.number
        self.warnings += card.warnings

    def _gender_and_birth_year(self) -> tuple[str, int | None]:
        """What the number of a citizen ID should agree with."""
        born: PartialDate | None = self.cleaned_data.get("birth")
        return self.cleaned_data.get("gender", ""), born.year if born else None

    @property
    def entered(self) -> CustomerInput:
        """What a valid form says."""
        household = self.cleaned_data["household"]
        return CustomerInput(
            values=self._values(),
            phones=self.phones.contacts,
            emails=self.emails.contacts,
            begins_household=household == households.NEW,
        )

    def _values(self) -> dict[str, Any]:
        household = households.chosen(self.households, self.cleaned_data["household"])
        return self._facts() | {"household": household} | self._assignment()

    def _facts(self) -> dict[str, Any]:
        """What the fields that are shown say of the customer alone."""
        cleaned = self.cleaned_data
        same = (*NAME_PARTS, *SAME_FIELDS, "province", "ward")
        values = {name: cleaned[name] for name in same if name in cleaned}
        if "birth" in cleaned:
            born = cleaned["birth"]
            parts = ("year", "month", "day")
            values |= {f"birth_{part}": getattr(born, part) if born else None for part in parts}
        if "lunar_birth" in cleaned:
            lunar = cleaned["lunar_birth"]
            values["lunar_birth_day"] = lunar.day if lunar else None
            values["lunar_birth_month"] = lunar.month if lunar else None
            values["lunar_birth_leap"] = bool(lunar and lunar.leap)
        return values | (self._income() if "monthly_income" in cleaned else {})

    def _income(self) -> dict[str, Any]:
        """The band follows from the amount; an income noted or changed now was noted today."""
        cleaned = self.cleaned_data
        income = cleaned["monthly_income"]
        band = band_of(income) if income is not None else cleaned["income_band"]
        noted_on = cleaned["income_noted_on"]
        before = (self.began.monthly_income, self.began.income_band) if self.began else None
        is_known = income is not None or band != IncomeBand.UNKNOWN
        if noted_on is None and is_known and (income, band) != before:
            noted_on = timezone.localdate()
        return {"income_band": band, "income_noted_on": noted_on}

    def _assignment(self) -> dict[str, Any]:
        """Who is in charge, and the branch, which follows the person unless another is chosen."""
        if "owner" not in self.fields:
            return {} if self.customer else {"owner": self.user, "branch": self.user.branch}
        owner: User | None = self.cleaned_data["owner"]
        branch: Branch | None = self.cleaned_data["branch"]
        began = self.began
        if began and owner and owner.pk != began.owner_id and branch == began.branch:
            branch = owner.branch
        return {"owner": owner, "branch": branch or (owner.branch if owner else None) or self.user.branch}
