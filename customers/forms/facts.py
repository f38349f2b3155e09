"""One fact of a customer at a time, with the fields, rules and messages of the whole form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from accounts.models import User
from customers.forms.customer import CustomerForm
from customers.forms.initial import NAME_PARTS
from customers.history import state_of
from customers.models import Customer
from customers.services import CustomerInput

# The fields that open with each fact.
FACT_FIELDS: Mapping[str, tuple[str, ...]] = {
    "full_name": ("full_name", *NAME_PARTS),
    "honorific": ("honorific",),
    "phones": (),
    "emails": (),
    "birth": ("birth",),
    "lunar_birth": ("lunar_birth",),
    "gender": ("gender",),
    "citizen_id": ("citizen_id",),
    "occupation": ("occupation", "occupation_text"),
    "education": ("education",),
    "income": ("monthly_income", "income_band", "income_basis", "income_noted_on"),
    "marital_status": ("marital_status",),
    "family": ("household_size",),
    "children": ("children_count", "child_birth_years"),
    "address": ("province", "ward", "address"),
    "old_address": ("old_address",),
    "special_requests": ("special_requests",),
    "needs": ("needs",),
    "preferences": ("preferences",),
    "notes": ("notes",),
    "source": ("source",),
}


class FactForm(CustomerForm):
    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        user: User,
        customer: Customer,
        fact: str,
        typed: Mapping[str, Any] | None = None,
        more: str = "",
    ) -> None:
        self.fact, self.shown = fact, FACT_FIELDS[fact]
        self.subject = customer
        super().__init__(data, user=user, customer=customer, typed=typed, more=more)

    def _offer_choices(self) -> None:
        # Other forms of the record have fields of the same names.
        self.auto_id = "fact_%s"
        self.fields = {name: self.fields[name] for name in (*self.shown, "version")}
        self.rows = {name: rows for name, rows in self.rows.items() if name == self.fact}
        for rows in self.rows.values():
            rows.auto_id = self.auto_id
        first = self.fields[self.shown[0]] if self.shown else self.rows[self.fact].first_empty
        first.widget.attrs["autofocus"] = True
        self._offer_wards()

    def _gender_and_birth_year(self) -> tuple[str, int | None]:
        return self.subject.gender, self.subject.birth_year

    @property
    def entered(self) -> CustomerInput:
        now = state_of(self.subject)
        phones = self.phones.contacts if "phones" in self.rows else now.phones
        emails = self.emails.contacts if "emails" in self.rows else now.emails
        return CustomerInput(values=self._facts(), phones=phones, emails=emails)
