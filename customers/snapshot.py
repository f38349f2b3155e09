"""A customer at one moment as plain values: what history compares and an edit conflict lays side by side."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Expression, Func, JSONField
from django.db.models.functions import JSONObject
from django.db.models.sql.compiler import SQLCompiler
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.choices import EmailLabel, PhoneLabel
from customers.models import Customer
from customers.vietnamese.citizen_id import mask_citizen_id
from customers.vietnamese.dates import LunarDate
from customers.vietnamese.money import format_money
from customers.vietnamese.names import join
from customers.vietnamese.phones import format_phone

Snapshot = Mapping[str, Any]

COLUMNS = (
    "family_name",
    "middle_name",
    "given_name",
    "honorific",
    "gender",
    "birth_year",
    "birth_month",
    "birth_day",
    "lunar_birth_day",
    "lunar_birth_month",
    "lunar_birth_leap",
    "citizen_id",
    "monthly_income",
    "income_band",
    "income_basis",
    "income_noted_on",
    "education",
    "occupation",
    "occupation_text",
    "marital_status",
    "household_size",
    "children_count",
    "child_birth_years",
    "household_id",
    "household_role",
    "province_id",
    "ward_id",
    "address",
    "old_address",
    "source",
    "owner_id",
    "branch_id",
    "needs",
    "preferences",
    "special_requests",
    "notes",
    "is_active",
    "inactive_reason",
    "trashed_at",
    "trash_reason",
)
# Names stand beside the ids, so that reading a history never asks for them one by one.
RELATED_NAMES = {
    "owner_name": "owner__full_name",
    "branch_name": "branch__name",
    "province_name": "province__name",
    "ward_name": "ward__name",
    "household_name": "household__name",
}


class _Columns(Expression):
    """All columns of the row that is read, as JSON; to name them one by one costs Django 7 ms a page."""

    output_field = JSONField()

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, tuple[()]]:
        return f"to_jsonb({compiler.quote_name_unless_alias(compiler.query.get_initial_alias())})", ()


def as_json() -> Func:
    """The snapshot of a row of customers, or of a row of their history, read by the database."""
    names = JSONObject(**RELATED_NAMES)
    return Func(_Columns(), names, template="(%(expressions)s)", arg_joiner=" || ", output_field=JSONField())


def snapshot_of(customer: Customer) -> Snapshot:
    """The snapshot of a customer in memory; reads owner, branch, places and household."""
    values = {column: _plain(getattr(customer, column)) for column in COLUMNS}
    names = {
        name: getattr(getattr(customer, path.split("__")[0]), path.split("__")[1], None)
        for name, path in RELATED_NAMES.items()
    }
    return values | names


def _plain(value: Any) -> Any:
    """The value as the database's JSON gives it."""
    if isinstance(value, datetime.date):
        return value.isoformat()
    return int(value) if isinstance(value, Decimal) else value


@dataclass(frozen=True)
class Fact:
    """What people call one thing about a customer: the columns behind it and its value in words.

    `finer` tells two values apart whose words are the same, such as one name split in two ways.
    """

    name: str
    label: str | Promise
    columns: tuple[str, ...]
    words: Callable[[Snapshot], str]
    finer: Callable[[Snapshot], str] | None = None

    def differs(self, one: Snapshot, other: Snapshot) -> bool:
        return any(one[column] != other[column] for column in self.columns)

    @property
    def heading(self) -> str:
        return capfirst(str(self.label))

    def in_words(self, old: Snapshot, new: Snapshot) -> tuple[str, str]:
        """Both values in words that differ where they can."""
        before, after = self.words(old), self.words(new)
        if before == after and self.finer is not None:
            return self.finer(old), self.finer(new)
        return before, after


def _field(column: str) -> Any:
    return Customer._meta.get_field(column)


def _text(name: str) -> Fact:
    return Fact(name, _field(name).verbose_name, (name,), lambda row: str(row[name]))


def _number(name: str) -> Fact:
    return Fact(
        name,
        _field(name).verbose_name,
        (name,),
        lambda row: "" if row[name] is None else str(row[name]),
    )


def _choice(name: str) -> Fact:
    field = _field(name)
    return Fact(
        name, field.verbose_name, (name,), lambda row: str(dict(field.flatchoices).get(row[name], row[name]))
    )


def _related(name: str) -> Fact:
    return Fact(
        name, _field(name).verbose_name, (f"{name}_id",), lambda row: row[f"{name}_name"] or "", finer=None
    )


def _name(row: Snapshot) -> str:
    return join(row["family_name"], row["middle_name"], row["given_name"])


def _name_parts(row: Snapshot) -> str:
    return " | ".join((row["family_name"], row["middle_name"], row["given_name"]))


def birth_text(year: int | None, month: int | None, day: int | None) -> str:
    """A birthday as far as it is known: 14/05/1992, 05/1992, 14/05 or 1992."""
    pieces = (f"{day:02d}" if day else "", f"{month:02d}" if month else "", str(year) if year else "")
    return "/".join(piece for piece in pieces if piece)


def _birth(row: Snapshot) -> str:
    return birth_text(row["birth_year"], row["birth_month"], row["birth_day"])


def _lunar_birth(row: Snapshot) -> str:
    if not row["lunar_birth_day"]:
        return ""
    return str(LunarDate(row["lunar_birth_day"], row["lunar_birth_month"], leap=row["lunar_birth_leap"]))


def _income(row: Snapshot) -> str:
    return "" if row["monthly_income"] is None else format_money(row["monthly_income"])


def _income_noted_on(row: Snapshot) -> str:
    noted_on = row["income_noted_on"]
    return f"{datetime.date.fromisoformat(noted_on):%d/%m/%Y}" if noted_on else ""


def _active(row: Snapshot) -> str:
    if row["trashed_at"]:
        return _("in the trash: %(reason)s") % {"reason": row["trash_reason"]}
    if row["is_active"]:
        return _("active")
    reason = row["inactive_reason"]
    return _("inactive: %(reason)s") % {"reason": reason} if reason else _("inactive")


FACTS: tuple[Fact, ...] = (
    Fact(
        "full_name",
        gettext_lazy("full name"),
        ("family_name", "middle_name", "given_name"),
        _name,
        finer=_name_parts,
    ),
    _choice("honorific"),
    _choice("gender"),
    Fact("birth", gettext_lazy("date of birth"), ("birth_year", "birth_month", "birth_day"), _birth),
    Fact(
        "lunar_birth",
        gettext_lazy("lunar birthday"),
        ("lunar_birth_day", "lunar_birth_month", "lunar_birth_leap"),
        _lunar_birth,
    ),
    Fact(
        "citizen_id",
        _field("citizen_id").verbose_name,
        ("citizen_id",),
        lambda row: mask_citizen_id(row["citizen_id"]),
    ),
    _related("province"),
    _related("ward"),
    _text("address"),
    _text("old_address"),
    Fact("monthly_income", _field("monthly_income").verbose_name, ("monthly_income",), _income),
    _choice("income_band"),
    _choice("income_basis"),
    Fact("income_noted_on", _field("income_noted_on").verbose_name, ("income_noted_on",), _income_noted_on),
    _choice("education"),
    _choice("occupation"),
    _text("occupation_text"),
    _choice("marital_status"),
    _number("household_size"),
    _number("children_count"),
    Fact(
        "child_birth_years",
        _field("child_birth_years").verbose_name,
        ("child_birth_years",),
        lambda row: ", ".join(map(str, row["child_birth_years"])),
    ),
    _related("household"),
    _choice("household_role"),
    _choice("source"),
    _related("owner"),
    _related("branch"),
    _text("special_requests"),
    _text("needs"),
    _text("preferences"),
    _text("notes"),
    Fact(
        "is_active",
        gettext_lazy("status"),
        ("is_active", "inactive_reason", "trashed_at", "trash_reason"),
        _active,
    ),
)


def phone_words(number: str, label: str) -> str:
    return f"{format_phone(number)} ({PhoneLabel(label).label})"


def email_words(address: str, label: str) -> str:
    return f"{address} ({EmailLabel(label).label})"
