"""The rows that belong to a customer, in whatever table: handed to another customer, and given back."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from django.apps import apps
from django.db import IntegrityError, transaction
from django.db.models import ForeignKey, Max, Model, QuerySet
from pghistory.models import Event

from customers import raw
from customers.keys import CustomerKey, customer_keys
from customers.models import CustomerBehaviour, Email, Phone
from customers.models.consent import ledger_opened
from customers.registry import registry

# Contacts are called in their order: those of the merged record come after those of the kept one.
IN_ORDER: tuple[type[Model], ...] = (Phone, Email)


@dataclass
class Handed:
    """What became of the rows of one foreign key: handed over (some with changed values) or set aside.

    A row is set aside where the other customer has its like and the table takes only one, such as the same
    number twice. `made` are rows that the merge itself has written.
    """

    model: str
    key: str
    keys: list[Any] = field(default_factory=list)
    changed: dict[str, dict[str, Any]] = field(default_factory=dict)
    aside: list[raw.RowJSON] = field(default_factory=list)
    made: list[Any] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def follows(model: type[Model]) -> bool:
    """History stays with the number it was written under, and figures are calculated again."""
    return model is not CustomerBehaviour and not issubclass(model, Event)


def owned() -> list[CustomerKey]:
    return [key for key in customer_keys() if follows(key.model)]


def hand_over(*, source: int, target: int) -> list[Handed]:
    """Hand all rows of one customer to another, and write down what it takes to give them back."""
    done = (_hand_over(key, source, target) for key in owned())
    return [handed for handed in done if handed is not None]


def _hand_over(key: CustomerKey, source: int, target: int) -> Handed | None:
    rows = _rows(key, source)
    keys = list(rows.order_by("pk").values_list("pk", flat=True))
    if not keys:
        return None
    handed = Handed(key.model._meta.label_lower, key.name)
    try:
        with transaction.atomic():
            rows.update(**{key.name: target})
        handed.keys = keys
    except IntegrityError:
        for pk in keys:
            _hand_over_one(key, pk, source, target, handed)
    if key.model in IN_ORDER:
        _put_last(key.model, target, handed)
    return handed


def _hand_over_one(key: CustomerKey, pk: Any, source: int, target: int, handed: Handed) -> None:
    row = key.model._base_manager.filter(pk=pk)
    try:
        with transaction.atomic():
            row.update(**{key.name: target})
    except IntegrityError:
        spare = registry.spare_values.get(key.model)
        if spare is None:
            handed.aside += raw.take_out(key.model, [pk])
            return
        former = row.values_list(spare.column, flat=True).get()
        row.update(**{key.name: target, spare.column: spare.value(former, source)})
        handed.changed[str(pk)] = {spare.column: str(former)}
    handed.keys.append(pk)


def _put_last(model: type[Model], target: int, handed: Handed) -> None:
    """Give contacts that were handed over places behind those of their new customer."""
    others = model._base_manager.filter(customer=target).exclude(pk__in=handed.keys)
    last = others.aggregate(last=Max("position"))["last"]
    if last is None:
        return
    moved: list[Any] = list(model._base_manager.filter(pk__in=handed.keys).order_by("position", "pk"))
    for place, row in enumerate(moved, start=last + 1):
        handed.changed[str(row.pk)] = {"position": row.position}
        model._base_manager.filter(pk=row.pk).update(position=place)


def forget_made_by_triggers(customer: int) -> None:
    """Remove what triggers wrote for a customer who has just been put back: the real rows come back."""
    for key in owned():
        raw.take_out(key.model, list(_rows(key, customer).values_list("pk", flat=True)))


def give_back(journal: list[dict[str, Any]], *, source: int, target: int) -> None:
    """Undo `hand_over`. What was deleted since stays deleted; what was added since stays with `source`."""
    for entry in reversed(journal):
        handed = Handed(**entry)
        model = apps.get_model(handed.model)
        if handed.made:
            with ledger_opened():
                raw.take_out(model, handed.made)
        still = model._base_manager.filter(pk__in=handed.keys, **{handed.key: source})
        still.update(**{handed.key: target})
        for pk, former in handed.changed.items():
            model._base_manager.filter(pk=pk, **{handed.key: target}).update(**former)
    for entry in journal:
        raw.put_in(apps.get_model(entry["model"]), entry["aside"])
    while _follow_parents(source, target):
        pass


def _follow_parents(source: int, target: int) -> bool:
    """Rows that were added since to something that went back, such as lines of a purchase, go with it."""
    moved = 0
    for key in owned():
        for parent, of_parent in parents(key.model):
            left = {key.name: source, f"{parent.name}__{of_parent.name}": target}
            moved += key.model._base_manager.filter(**left).update(**{key.name: target})
    return moved > 0


def parents(model: type[Model]) -> list[tuple[CustomerKey, CustomerKey]]:
    """The foreign keys of a table to others that follow a customer, each with the key that makes it do so."""
    keys = {key.model: key for key in owned() if key.model is not model}
    links = (link for link in model._meta.concrete_fields if isinstance(link, ForeignKey))
    return [(link, keys[link.related_model]) for link in links if link.related_model in keys]


def _rows(key: CustomerKey, customer: int) -> QuerySet[Any]:
    rows: QuerySet[Any] = key.model._base_manager.filter(**{key.name: customer})
    return rows
