"""What somebody has typed so far of what a customer can be recognised by."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from customers.duplicates import Identity
from customers.forms.customer import CustomerForm
from customers.forms.initial import NAME_PARTS
from customers.vietnamese.names import Name

RECOGNISED_BY = ("full_name", *NAME_PARTS, "birth", "citizen_id")
NOBODY = Identity(Name("", "", ""))


class LookAlikeForm(CustomerForm):
    """As much of the form as was sent: all of it while a customer is entered, one fact on the record."""

    def _offer_choices(self) -> None:
        name = {"full_name", *NAME_PARTS}
        sent = {field for field in RECOGNISED_BY if field in self.data}
        shown = {"version"} | (sent if name <= sent else sent - name)
        self.fields = {field: self.fields[field] for field in self.fields if field in shown}
        self.rows = {name: rows for name, rows in self.rows.items() if not rows.is_out_of_date}


def identity_typed(form: CustomerForm) -> Identity:
    """What the customer can be recognised by, with what a form that was judged says where it can be read."""
    known = Identity.of(form.customer) if form.customer else NOBODY
    cleaned = form.cleaned_data
    said: dict[str, Any] = {name: cleaned[name] for name in ("birth", "citizen_id") if name in cleaned}
    if "full_name" in cleaned:
        said["name"] = Name(*(cleaned[part] for part in NAME_PARTS))
    if "phones" in form.rows:
        said["phones"] = tuple(form.phones.readable)
    if "emails" in form.rows:
        said["emails"] = tuple(address.lower() for address in form.emails.readable)
    return replace(known, **said)
