"""A row of a customer list, checked and turned into what is stored. Nothing is saved here."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import QuerySet, TextChoices
from django.utils import timezone

from accounts.models import Branch, User
from customers import organisations
from customers.choices import (
    Education,
    EmailLabel,
    Gender,
    Honorific,
    MaritalStatus,
    Occupation,
    PhoneLabel,
    Source,
)
from customers.importing.addressing import AddressReader
from customers.importing.binding import Binding
from customers.importing.cells import (
    no_longer_than,
    read_birth_date,
    read_identifier,
    read_moment,
    read_text,
    required,
)
from customers.importing.errors import RowError
from customers.importing.labels import meaning_of, read_choice
from customers.importing.mapping import Canon, ImportMapping
from customers.importing.numbers import WHOLE, parse_amount, parse_count
from customers.income import band_of, refusal_of_income
from customers.persons import refusal_of_name
from customers.said import said as _
from customers.vietnamese.citizen_id import check_citizen_id
from customers.vietnamese.dates import birth_date
from customers.vietnamese.names import clean, split_name
from customers.vietnamese.phones import format_phone, is_old_number, parse_phone
from customers.vietnamese.typed import InputError

CUSTOMER_CANON = Canon(
    columns=(
        *("external_id", "full_name", "honorific", "gender", "birth_date", "phone", "email"),
        *("province", "district", "ward", "address"),
        *("education", "occupation", "monthly_income", "marital_status"),
        *("household_size", "children", "owner", "branch", "source", "created_at"),
        *("citizen_id", "notes"),
    ),
    required=("external_id",),
    money=("monthly_income",),
)
LONGEST_EXTERNAL_ID = 120
LONGEST_EMAIL = 254
LONGEST_NAME = 200
LONGEST_OCCUPATION = 120
LONGEST_NOTES = 10_000
LARGEST_HOUSEHOLD = 99
OLD_NUMBER_DIGITS = 11
_BETWEEN_PHONES = re.compile(r"[;/,|\n]| - ")
_BETWEEN_EMAILS = re.compile(r"[;/,|\s]+")
_PHONE_LABELS = {"mobile": PhoneLabel.MOBILE, "landline": PhoneLabel.HOME}
_CODE = re.compile(r"(?:KH-?)?([0-9]{1,15})")
_COUNTS = (("household_size", "household_size"), ("children", "children_count"))
_CHOICES: Mapping[str, type[TextChoices]] = {
    "honorific": Honorific,
    "gender": Gender,
    "education": Education,
    "marital_status": MaritalStatus,
    "source": Source,
}

Contacts = tuple[tuple[str, str], ...]


@dataclass(slots=True)
class CustomerRow:
    """One customer as a list describes them: only what it says; contact points in its order, with labels.

    `pk` is the customer whom the list names by our own code; `changed` tells what was read as something else
    than it says, by column.
    """

    line: int
    external_id: str
    pk: int | None = None
    fields: dict[str, Any] = field(default_factory=dict)
    phones: Contacts = ()
    emails: Contacts = ()
    warnings: list[RowError] = field(default_factory=list)
    changed: list[RowError] = field(default_factory=list)


class CustomerReader:
    """Reads the rows of one file; looks places, users and branches up once.

    With a `viewer`, people and branches outside what they answer for are as unknown as if they were not.
    """

    def __init__(self, binding: Binding, mapping: ImportMapping, *, viewer: User | None = None) -> None:
        self._binding = binding
        self._options = mapping.options
        self._income_scale = mapping.scale.get("monthly_income", WHOLE)
        self._addresses = AddressReader()
        people = list(_people_for(viewer))
        self._owners = _Directory(
            (name, user.pk) for user in people for name in (user.username, user.email) if name
        )
        self._branches = _Directory(
            (name, branch.pk) for branch in branches_for(viewer) for name in (branch.code, branch.name)
        )
        self._steps: tuple[Callable[[Mapping[str, str], CustomerRow], None], ...] = (
            self._name,
            *(partial(self._choice, name=name, choices=choices) for name, choices in _CHOICES.items()),
            self._occupation,
            self._birth,
            *(partial(self._count, name=name, stored=stored) for name, stored in _COUNTS),
            self._income,
            self._phones,
            self._emails,
            self._place,
            self._owner,
            self._branch,
            self._since,
            self._citizen_id,
            self._notes,
        )

    def read(self, line: int, cells: list[str]) -> CustomerRow:
        """The customer on a line. Raises RowError for the first cell that cannot be understood."""
        values = self._binding.row(cells)
        row = CustomerRow(line, self._cell(values, "external_id", _external_id))
        for step in self._steps:
            step(values, row)
        return row

    def read_all(self, line: int, cells: list[str]) -> tuple[CustomerRow, list[RowError]]:
        """The customer on a line as far as it can be understood, with all that cannot.

        Here a list need not have numbers of its own.
        """
        values = self._binding.row(cells)
        row = CustomerRow(line, "")
        errors: list[RowError] = []
        for step in (self._number, self._code, *self._steps):
            try:
                step(values, row)
            except RowError as error:
                errors.append(error)
        return row, errors

    def _number(self, values: Mapping[str, str], row: CustomerRow) -> None:
        if values.get("external_id"):
            row.external_id = self._cell(values, "external_id", _external_id)

    def _code(self, values: Mapping[str, str], row: CustomerRow) -> None:
        if values.get("code"):
            row.pk = self._cell(values, "code", _pk_of_code)

    def _cell(self, values: Mapping[str, str], name: str, read: Callable[[str], Any]) -> Any:
        try:
            return read(values.get(name, ""))
        except InputError as error:
            raise RowError(name, error.message) from error

    def _name(self, values: Mapping[str, str], row: CustomerRow) -> None:
        text = self._cell(values, "full_name", partial(read_text, most=LONGEST_NAME))
        if not text:
            return
        if refusal := refusal_of_name(text):
            raise RowError("full_name", refusal)
        name = split_name(text)
        if len(name.family) > 60 or len(name.middle) > 80 or len(name.given) > 60:
            raise RowError("full_name", _("The name is too long. Shorten it."))
        row.fields.update(family_name=name.family, middle_name=name.middle, given_name=name.given)

    def _choice(
        self, values: Mapping[str, str], row: CustomerRow, *, name: str, choices: type[TextChoices]
    ) -> None:
        if values.get(name):
            row.fields[name] = self._cell(values, name, partial(read_choice, choices=choices))

    def _occupation(self, values: Mapping[str, str], row: CustomerRow) -> None:
        if text := values.get("occupation"):
            if meant := meaning_of(text, Occupation):
                row.fields["occupation"] = meant
            else:
                # Work in the person's own words has a field of its own.
                row.fields["occupation_text"] = self._cell(
                    values, "occupation", partial(read_text, most=LONGEST_OCCUPATION)
                )

    def _birth(self, values: Mapping[str, str], row: CustomerRow) -> None:
        if not values.get("birth_date"):
            return
        birth = self._cell(
            values,
            "birth_date",
            lambda text: birth_date(
                partial(read_birth_date, text, self._options.date_format), today=timezone.localdate()
            ),
        )
        row.fields.update(birth_year=birth.year, birth_month=birth.month, birth_day=birth.day)

    def _count(self, values: Mapping[str, str], row: CustomerRow, *, name: str, stored: str) -> None:
        if values.get(name):
            row.fields[stored] = self._cell(values, name, partial(parse_count, most=LARGEST_HOUSEHOLD))

    def _income(self, values: Mapping[str, str], row: CustomerRow) -> None:
        if not values.get("monthly_income"):
            return
        mark = self._binding.mark_of("monthly_income")
        income = self._cell(
            values, "monthly_income", partial(parse_amount, scale=self._income_scale, mark=mark)
        )
        if refusal := refusal_of_income(income, is_scaled=self._income_scale != WHOLE):
            raise RowError("monthly_income", refusal)
        row.fields.update(monthly_income=income, income_band=band_of(income))

    def _phones(self, values: Mapping[str, str], row: CustomerRow) -> None:
        for text in filter(None, map(str.strip, _BETWEEN_PHONES.split(values.get("phone", "")))):
            phone = self._cell({"phone": text}, "phone", parse_phone)
            row.phones = _with(row.phones, phone.number, _PHONE_LABELS.get(phone.kind, PhoneLabel.OTHER))
            if phone.extension:
                left_out = _("The extension %(extension)s was left out.") % {"extension": phone.extension}
                row.warnings.append(RowError("phone", left_out))
            if len(text) > OLD_NUMBER_DIGITS - 1 and is_old_number(text):
                row.changed.append(
                    RowError("phone", _("11 digits, now %(number)s") % {"number": format_phone(phone.number)})
                )

    def _emails(self, values: Mapping[str, str], row: CustomerRow) -> None:
        for text in filter(None, _BETWEEN_EMAILS.split(values.get("email", ""))):
            row.emails = _with(row.emails, self._cell({"email": text}, "email", _email), EmailLabel.PERSONAL)

    def _place(self, values: Mapping[str, str], row: CustomerRow) -> None:
        """Today's province and ward, also of an address of before July 2025, which is kept as it stands."""
        street, ward, district, province = (
            values.get(name, "") for name in ("address", "ward", "district", "province")
        )
        if not (street or ward or district or province):
            return
        address = self._addresses.read(street=street, ward=ward, district=district, province=province)
        row.fields.update(address.fields)
        row.warnings.extend(address.warnings)

    def _owner(self, values: Mapping[str, str], row: CustomerRow) -> None:
        if text := values.get("owner"):
            row.fields["owner_id"] = self._owners.find(text)
            if row.fields["owner_id"] is None:
                raise RowError(
                    "owner", _("No active user has the user name or email “%(text)s”.") % {"text": text[:80]}
                )

    def _branch(self, values: Mapping[str, str], row: CustomerRow) -> None:
        if text := values.get("branch"):
            row.fields["branch_id"] = self._branches.find(text)
            if row.fields["branch_id"] is None:
                raise RowError(
                    "branch", _("No branch has the code or name “%(text)s”.") % {"text": text[:80]}
                )

    def _since(self, values: Mapping[str, str], row: CustomerRow) -> None:
        if values.get("created_at"):
            row.fields["created_at"] = self._cell(
                values, "created_at", partial(read_moment, date_format=self._options.date_format)
            )

    def _citizen_id(self, values: Mapping[str, str], row: CustomerRow) -> None:
        if text := values.get("citizen_id"):
            if refusal := organisations.refusal_of_number(text):
                raise RowError("citizen_id", refusal)
            row.fields["citizen_id"] = self._cell(values, "citizen_id", check_citizen_id).number

    def _notes(self, values: Mapping[str, str], row: CustomerRow) -> None:
        if values.get("notes"):
            row.fields["notes"] = self._cell(values, "notes", _notes)


class _Directory:
    """Ids by name, in any case; a name that two share finds nobody."""

    def __init__(self, entries: Iterable[tuple[str, int]]) -> None:
        self._ids: dict[str, set[int]] = defaultdict(set)
        for name, pk in entries:
            self._ids[clean(name).casefold()].add(pk)

    def find(self, name: str) -> int | None:
        found = self._ids.get(clean(name).casefold(), set())
        return next(iter(found)) if len(found) == 1 else None


def branches_for(viewer: User | None) -> QuerySet[Branch]:
    """The branches to which a person may bring customers; all of them where nobody is named."""
    if viewer is None or viewer.has_perm("customers.view_all_customer"):
        return Branch.objects.all()
    return Branch.objects.filter(pk__in=viewer.branch_ids)


def _people_for(viewer: User | None) -> QuerySet[User]:
    people = User.objects.filter(is_active=True)
    if viewer is None or viewer.has_perm("customers.view_all_customer"):
        return people
    return people.filter(branch__in=viewer.branch_ids)


def _pk_of_code(text: str) -> int:
    found = _CODE.fullmatch(clean(text).upper())
    if not found:
        raise InputError(_("A customer code is written KH-000123. Correct it, or leave the cell empty."))
    return int(found[1])


def _external_id(text: str) -> str:
    return read_identifier(required(text), most=LONGEST_EXTERNAL_ID)


def _email(text: str) -> str:
    try:
        validate_email(text)
    except ValidationError as error:
        raise InputError(
            _("“%(text)s” is not an email address. Example: an@example.vn") % {"text": text[:80]}
        ) from error
    if len(text) > LONGEST_EMAIL:
        raise InputError(_("The email address is too long. Shorten it."))
    return text


def _notes(text: str) -> str:
    """Notes keep their lines."""
    return no_longer_than(LONGEST_NOTES, "\n".join(map(clean, text.splitlines())).strip())


def _with(contacts: Contacts, value: str, label: str) -> Contacts:
    """The contact points with one more at the end, unless it is there already in any case."""
    if any(known.lower() == value.lower() for known, _label in contacts):
        return contacts
    return (*contacts, (value, str(label)))
