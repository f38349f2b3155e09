"""How customers know each other: read from both sides, begun and ended."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from accounts.compiled_queries import CompiledQuery, Given
from accounts.models import User
from customers.models import Customer, Relation, RelationKind
from customers.people import by_phone_or_name

SHOWN = 20
OFFERED = 8
_CODE = re.compile(r"(?:KH-?)?0*([1-9][0-9]{0,17})", re.IGNORECASE)


class RelationExistsError(Exception):
    """The two are in this relation already; nothing was written."""


@dataclass(frozen=True)
class Known:
    """Somebody whom the customer knows, from the customer's side."""

    relation: Relation
    person: Customer
    kind: str


@dataclass(frozen=True)
class Relations:
    """Whom a customer knows now and knew before, as far as the viewer may see them."""

    running: Sequence[Known]
    ended: Sequence[Known]
    hidden: int

    def __bool__(self) -> bool:
        return bool(self.running or self.ended or self.hidden)


_RELATIONS = CompiledQuery(lambda: Relation.objects.of(Given("customer")).order_by("until_on", "pk")[:SHOWN])


def relations_of(customer: Customer, *, viewer: User) -> Relations:
    """Relations entered on either side; whom the viewer may not see is only counted."""
    rows: list[Relation] = _RELATIONS(customer=customer.pk)
    pks = {row.other_id if row.customer_id == customer.pk else row.customer_id for row in rows}
    people = Customer.objects.visible_to(viewer).in_bulk(pks) if pks else {}
    known = []
    for row in rows:
        is_own = row.customer_id == customer.pk
        kind = RelationKind(row.kind) if is_own else RelationKind(row.kind).inverse
        if person := people.get(row.other_id if is_own else row.customer_id):
            known.append(Known(row, person, str(kind.label)))
    return Relations(
        running=[each for each in known if each.relation.until_on is None],
        ended=[each for each in known if each.relation.until_on is not None],
        hidden=len(rows) - len(known),
    )


def people_found(text: str, *, viewer: User, besides: Customer | None) -> list[Customer]:
    """Customers of this code, phone or name whom the viewer sees; one more than are offered at most."""
    people = Customer.objects.visible_to(viewer).order_by("name_sort", "pk")
    if besides is not None:
        people = people.exclude(pk=besides.pk)
    if (number := number_of(text)) and (found := people.filter(pk=number).first()):
        return [found]
    return list(by_phone_or_name(people, text.strip())[: OFFERED + 1])


def number_of(text: str) -> int | None:
    """The number of a record whose code somebody writes, with or without its letters."""
    code = _CODE.fullmatch(text.strip())
    return int(code[1]) if code else None


def add_relation(
    *,
    customer: Customer,
    other: Customer,
    kind: RelationKind,
    from_on: datetime.date | None,
    note: str,
    by: User,
) -> Relation:
    """Note how two customers know each other. Raises RelationExistsError."""
    with transaction.atomic():
        # Both rows, in one order: entering the same relation from both sides at once must not give two.
        both = Customer.objects.filter(pk__in=[customer.pk, other.pk]).order_by("pk")
        list(both.select_for_update(of=("self",), no_key=True).values_list("pk"))
        if Relation.objects.running().between(customer, other, kind).exists():
            raise RelationExistsError
        return Relation.objects.create(
            customer=customer, other=other, kind=kind, from_on=from_on, note=note, created_by=by
        )


def end_relation(*, relation: Relation) -> bool:
    """End a relation today, or on its first day where that is later; False where it has ended already."""
    last = max(timezone.localdate(), relation.from_on or datetime.date.min)
    return Relation.objects.running().filter(pk=relation.pk).update(until_on=last) > 0
