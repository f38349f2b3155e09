"""One fact of a customer at a time, with the fields, rules and messages of the whole form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from accounts.models import User
from customers.forms.customer import CustomerForm
from customers.history import state_of
from customers.models import Customer
from customers.services import CustomerInput

# The fields that open with each fact. What may make a duplicate of somebody (name, phones, emails, number of
# the citizen ID) is edited on the page that can show whom.
FACT_FIELDS: Mapping[str, tuple[str, ...]] = {
    "honorific": ("honorific",),
    "birth": ("birth",),
    "lunar_birth": ("lunar_birth",),
    "gender": ("gender",),
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
    ) -> None:
        self.shown = FACT_FIELDS[fact]
        self.subject = customer
        super().__init__(data, user=user, customer=customer, typed=typed)

    def _offer_choices(self) -> None:
        # Other forms of the record have fields of the same names.
        self.auto_id = "fact_%s"
        self.fields = {name: self.fields[name] for name in (*self.shown, "version")}
        self.fields[self.shown[0]].widget.attrs["autofocus"] = True
        self._offer_wards()

    def is_valid(self) -> bool:
        return forms.Form.is_valid(self)

    @property
    def lacks_rows(self) -> bool:
        """Phones and emails are not on this page."""
        return False

    @property
    def entered(self) -> CustomerInput:
        now = state_of(self.subject)
        return CustomerInput(values=self._facts(), phones=now.phones, emails=now.emails)
