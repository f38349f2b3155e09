"""What the customer form begins with: the values of a customer as its fields take them."""

from __future__ import annotations

from typing import Any

from customers.vietnamese.dates import LunarDate, PartialDate

NAME_PARTS = ("family_name", "middle_name", "given_name")
# Fields of the form that mean the field of the customer with the same name.
SAME_FIELDS = (
    "honorific",
    "gender",
    "citizen_id",
    "monthly_income",
    "income_basis",
    "income_noted_on",
    "education",
    "occupation",
    "occupation_text",
    "marital_status",
    "household_size",
    "children_count",
    "child_birth_years",
    "household_role",
    "address",
    "old_address",
    "source",
    "special_requests",
    "needs",
    "preferences",
    "notes",
)
RELATED_FIELDS = ("province", "ward", "household", "owner", "branch")


def initial_of(customer: Any) -> dict[str, Any]:
    """The initial values for a customer, or for a row of its history, which has the same columns."""
    values = {name: getattr(customer, name) for name in (*NAME_PARTS, *SAME_FIELDS, "income_band")}
    values |= {name: getattr(customer, f"{name}_id") for name in RELATED_FIELDS}
    parts = (values[name] for name in NAME_PARTS)
    values["full_name"] = " ".join(part for part in parts if part)
    values["birth"] = birth_of(customer)
    values["lunar_birth"] = lunar_birth_of(customer)
    values["version"] = customer.version
    return values


def birth_of(customer: Any) -> PartialDate | None:
    year, month, day = customer.birth_year, customer.birth_month, customer.birth_day
    return PartialDate(year, month, day) if year or day else None


def lunar_birth_of(customer: Any) -> LunarDate | None:
    if not customer.lunar_birth_day:
        return None
    return LunarDate(customer.lunar_birth_day, customer.lunar_birth_month, leap=customer.lunar_birth_leap)
