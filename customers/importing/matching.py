"""Who in the book a row of a list is about, as far as the person who brings the list may know."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models.functions import Lower

from accounts.models import User
from customers.importing.customer_rows import CustomerRow
from customers.importing.customer_saving import identifier_kind
from customers.importing.errors import RowError
from customers.models import Customer, CustomerIdentifier, Email, ImportRun, Phone
from customers.models.customer import code_of
from customers.said import said as _
from customers.vietnamese.names import fold, join


@dataclass(slots=True)
class Match:
    """The customer of a row, or none; or why it cannot be decided. `hint` is worth a look, no obstacle.

    `resembles` says of whom else the row may be, by the evidence that finds duplicates.
    """

    pk: int | None = None
    error: RowError | None = None
    hint: RowError | None = None
    resembles: RowError | None = None

    @property
    def is_nobody(self) -> bool:
        """Whether the row is about nobody whom it names by what customers are known by."""
        return self.pk is None and self.error is None


@dataclass(slots=True)
class _Candidates:
    """Customers by what rows may know them by; who of them may be changed, and what they are called."""

    numbers: dict[str, int] = field(default_factory=dict)
    values: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    editable: dict[int, str] = field(default_factory=dict)


class Matcher:
    """Finds the customers of rows, many at a time. A number of the other system or our code decide alone."""

    def __init__(self, *, key: str, source: str, viewer: User) -> None:
        self._key = key
        self._kind = identifier_kind(source)
        self._viewer = viewer

    def find(self, rows: Sequence[CustomerRow]) -> dict[int, Match]:
        """The match of each row, by line."""
        candidates = self._candidates(rows)
        return {row.line: self._match(row, candidates) for row in rows}

    def key_of(self, row: CustomerRow) -> str:
        """What two rows about one customer have in common; empty where nothing says."""
        if row.pk:
            return f"code:{row.pk}"
        if row.external_id:
            return f"number:{row.external_id}"
        value = next(iter(self._values(row)), "")
        if not value:
            return ""
        return f"{self._key}:{value}" + (f":{_name_of(row)}" if self._needs_name else "")

    @property
    def _needs_name(self) -> bool:
        return self._key in {ImportRun.Key.PHONE, ImportRun.Key.EMAIL}

    def _values(self, row: CustomerRow) -> list[str]:
        if self._key == ImportRun.Key.PHONE:
            return [number for number, _label in row.phones]
        if self._key == ImportRun.Key.EMAIL:
            return [address.lower() for address, _label in row.emails]
        if self._key == ImportRun.Key.CITIZEN_ID:
            return [row.fields["citizen_id"]] if row.fields.get("citizen_id") else []
        return []

    def _candidates(self, rows: Sequence[CustomerRow]) -> _Candidates:
        found = _Candidates()
        if numbers := [row.external_id for row in rows if row.external_id]:
            known = CustomerIdentifier.objects.filter(kind=self._kind, value__in=numbers)
            found.numbers = dict(known.values_list("value", "customer_id"))
        for value, pk in self._look_up({value for row in rows for value in self._values(row)}):
            found.values[value].add(pk)
        pks = {*found.numbers.values(), *(row.pk for row in rows if row.pk)}.union(*found.values.values())
        editable = Customer.objects.editable_by(self._viewer).filter(pk__in=pks)
        for pk, family, middle, given in editable.values_list(
            "pk", "family_name", "middle_name", "given_name"
        ):
            found.editable[pk] = join(family, middle, given)
        return found

    def _look_up(self, values: set[str]) -> Iterable[tuple[str, int]]:
        if not values:
            return ()
        if self._key == ImportRun.Key.PHONE:
            return Phone.objects.filter(number__in=values).values_list("number", "customer_id")
        if self._key == ImportRun.Key.EMAIL:
            emails = Email.objects.annotate(lower=Lower("address")).filter(lower__in=values)
            return emails.values_list("lower", "customer_id")
        return Customer.objects.filter(citizen_id__in=values).values_list("citizen_id", "pk")

    def _match(self, row: CustomerRow, found: _Candidates) -> Match:
        if row.pk:
            if row.pk in found.editable:
                return Match(row.pk)
            return Match(
                error=RowError("code", _("No customer of yours has this code. Correct it or empty it."))
            )
        if row.external_id and (pk := found.numbers.get(row.external_id)):
            if pk in found.editable:
                return Match(pk)
            # Who it is stays untold; that the number is taken has to be said.
            return Match(
                error=RowError("external_id", _("This number belongs to a customer outside your branches."))
            )
        return self._by_value(row, found)

    def _by_value(self, row: CustomerRow, found: _Candidates) -> Match:
        values = self._values(row)
        all_of_them = set().union(*(found.values.get(value, set()) for value in values))
        mine = [pk for pk in all_of_them if pk in found.editable]
        same = [pk for pk in mine if not self._needs_name or _agree(_name_of(row), fold(found.editable[pk]))]
        if len(same) == 1:
            return Match(same[0])
        column = str(self._key)
        if same:
            codes = ", ".join(code_of(pk) for pk in sorted(same)[:3])
            text = _("%(count)d customers have this: %(codes)s. Merge them first, or give the customer code.")
            return Match(error=RowError(column, text % {"count": len(same), "codes": codes}))
        if mine:
            text = _("Also that of %(name)s. Another name: a new customer, perhaps one family.")
            return Match(hint=RowError(column, text % {"name": found.editable[mine[0]] or code_of(mine[0])}))
        if all_of_them:
            return Match(hint=RowError(column, _("Somebody outside your portfolio has the same.")))
        return Match()


def _name_of(row: CustomerRow) -> str:
    parts: Mapping[str, str] = row.fields
    return fold(join(*(parts.get(name, "") for name in ("family_name", "middle_name", "given_name"))))


def _agree(one: str, other: str) -> bool:
    """Whether two names can be one person's: the same, or one of them is not known."""
    return not one or not other or one == other
