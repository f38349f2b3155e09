"""Who changed what about a customer, when, from what to what; read from the rows that triggers keep."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from django.apps import apps
from django.db.models import (
    BigIntegerField,
    DateTimeField,
    Func,
    JSONField,
    Model,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, JSONObject
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.compiled_queries import Given, compiled
from accounts.models import User
from customers.models import Customer, CustomerTag, Email, Phone
from customers.models.customer import code_of
from customers.services import Contact
from customers.snapshot import (
    FACTS,
    RELATED_NAMES,
    Snapshot,
    as_json,
    email_words,
    phone_words,
    snapshot_of,
)
from customers.vietnamese.names import join

TRACKED: tuple[type[Model], ...] = (Customer, Phone, Email, CustomerTag)
SHOWN_CHANGES = 20
# Two different values of these may look the same.
MASKED = frozenset({"citizen_id"})
# The commands that change customers without a person, as they name themselves in `pghistory.context`.
COMMANDS = {
    "import_customers": gettext_lazy("Imported list"),
    "load_demo": gettext_lazy("Demo data"),
}


@dataclass(frozen=True)
class FieldChange:
    """One value before and after, in words; an empty text stands for nothing."""

    name: str
    label: str
    old: str
    new: str


@dataclass(frozen=True)
class Change:
    """What one person, or one command, changed in one transaction."""

    at: datetime.datetime
    actor: str
    fields: tuple[FieldChange, ...]
    is_creation: bool = False
    user: int | None = None
    # Where many customers were changed at once, or given to somebody.
    reason: str = ""
    # What two records made into one, or parted again, are told as.
    title: str = ""


@dataclass(frozen=True)
class _Row:
    """One row of history: what a row of customers, phones, emails or tags was, and became."""

    at: datetime.datetime
    pk: int
    table: str
    event: str
    obj: int
    context: dict[str, Any] | None
    person: str | None
    kept: dict[str, Any]
    newer: dict[str, Any] | None


def _events(model: type[Model]) -> type[Any]:
    return apps.get_model("customers", f"{model.__name__}Event")


def _events_of(customer: Customer, model: type[Model]) -> QuerySet[Any]:
    """The history rows of one table; what was written together with the customer is part of its creation."""
    owner = "pgh_obj" if model is Customer else "customer"
    own = Q(**{owner: customer.pk}, pgh_created_at__gt=customer.created_at)
    if customer.merged_numbers:
        own |= Q(**{f"{owner}__in": customer.merged_numbers})
    return _events(model).objects.order_by().filter(own)


def moments(customer: Customer, older_than: Q | None = None) -> QuerySet[Any, Any]:
    """When the customer was changed, newest first: all rows of one transaction share one moment."""
    each = [
        _events_of(customer, model).filter(older_than or Q()).values_list("pgh_created_at", flat=True)
        for model in TRACKED
    ]
    return each[0].union(*each[1:]).order_by("-pgh_created_at")


def newest_moments(customer: Customer, limit: int) -> list[datetime.datetime]:
    """The last moments at which the customer was changed, newest first."""
    if customer.merged_numbers:
        return list(moments(customer)[:limit])
    return _NEWEST(limit)(customer=customer.pk, created=customer.created_at)


# Of a customer with whom no other record was merged.
_ANYBODY: Any = SimpleNamespace(
    pk=Given("customer"), created_at=Given("created", DateTimeField()), merged_numbers=()
)
_NEWEST = compiled(lambda limit: moments(_ANYBODY)[:limit])


def changes_at(customer: Customer, when: Sequence[datetime.datetime]) -> list[Change]:
    """The changes of the given moments, newest first, in one query."""
    if not when:
        return []
    rows: dict[datetime.datetime, list[_Row]] = defaultdict(list)
    for row in _rows(customer, when):
        rows[row.at].append(row)
    return [_change(customer, rows[at]) for at in sorted(rows, reverse=True)]


def creation(customer: Customer) -> Change:
    """How the customer came to be here."""
    # Mostly they who look after the customer still; then nobody needs to be looked up.
    by = customer.owner if customer.created_by_id == customer.owner_id else customer.created_by
    return Change(customer.created_at, str(by) if by else _("System"), (), is_creation=True)


@dataclass(frozen=True)
class State:
    """A customer as of one version: the row itself or the row that history kept, and the contacts of then."""

    row: Any
    phones: tuple[Contact, ...]
    emails: tuple[Contact, ...]


def state_of(customer: Customer) -> State:
    """The customer as it is now."""
    return State(customer, _contacts(customer.phones.all()), _contacts(customer.emails.all()))


def state_at(customer: Customer, version: int) -> State | None:
    """The customer as somebody who opened this version saw it; None where no such version is known."""
    row = row_at(customer, version)
    if row is None or row is customer:
        return state_of(customer) if row else None
    return State(
        row,
        _contacts_before(customer.phones.all(), Phone, row),
        _contacts_before(customer.emails.all(), Email, row),
    )


def row_at(customer: Customer, version: int) -> Any:
    """The customer, or the row that history kept of this version; None where no such version is known."""
    return customer if version == customer.version else row_of(customer.pk, version)


def row_of(number: int, version: int) -> Any:
    """The row that history kept of a version, also of a record that is no longer there; None without one."""
    related = {path.split("__")[0] for path in RELATED_NAMES.values()}
    kept = _events(Customer).objects.filter(pgh_obj=number, version=version)
    return kept.select_related(*related).order_by("pgh_id").last()


def moments_since(customer: Customer, state: State) -> list[datetime.datetime]:
    """When the customer was changed after that state, newest first."""
    if state.row is customer:
        return []
    return list(moments(customer, Q(pgh_created_at__gte=state.row.pgh_created_at))[:SHOWN_CHANGES])


def fold(changes: Sequence[Change]) -> Change:
    """Several changes of one person, newest first, as one: for each field the oldest and the newest value."""
    newest = changes[0]
    fields = [field for change in reversed(changes) for field in change.fields]
    return Change(newest.at, newest.actor, _folded(fields), newest.is_creation, newest.user)


def _contacts(rows: Iterable[Any]) -> tuple[Contact, ...]:
    return tuple(Contact(str(row), row.label) for row in rows)


def _contacts_before(rows: Iterable[Any], model: type[Model], event: Any) -> tuple[Contact, ...]:
    """Phones or emails as they were before the transaction of `event`: what was done since is undone."""
    then = {row.pk: row for row in rows}
    concerned = Q(customer=event.pgh_obj_id) | Q(pgh_obj__in=list(then))
    done_since = _events(model).objects.filter(concerned, pgh_created_at__gte=event.pgh_created_at)
    for done in done_since.order_by("-pgh_id"):
        # A merge brings contacts that were somebody else's until then.
        if done.pgh_label == "insert" or done.customer_id != event.pgh_obj_id:
            then.pop(done.pgh_obj_id, None)
        else:
            then[done.pgh_obj_id] = done
    ordered = sorted(then.items(), key=lambda item: (item[1].position, item[0]))
    value = "number" if model is Phone else "address"
    return tuple(Contact(getattr(row, value), row.label) for _pk, row in ordered)


def _rows(customer: Customer, when: Sequence[datetime.datetime]) -> Iterable[_Row]:
    contact = {"label": "label", "position": "position"}
    snapshots = (
        as_json(),
        JSONObject(value="number", **contact),
        JSONObject(value="address", **contact),
        JSONObject(value="tag__name"),
    )
    each = [
        _rows_of(_events_of(customer, model).filter(pgh_created_at__in=when), model, snapshot)
        for model, snapshot in zip(TRACKED, snapshots, strict=True)
    ]
    union = each[0].union(*each[1:], all=True).order_by("pgh_created_at", "pgh_id")
    return (_Row(*values) for values in union)


def _rows_of(events: QuerySet[Any], model: type[Model], snapshot: Func) -> QuerySet[Any, Any]:
    """Rows of one history table, each with what it became: the value that the next row kept of it."""
    newer = _events(model).objects.filter(pgh_obj=OuterRef("pgh_obj"), pgh_id__gt=OuterRef("pgh_id"))
    people = User.objects.filter(pk=Cast(OuterRef("acting"), BigIntegerField()))
    return events.annotate(acting=KT("pgh_context__user")).values_list(
        "pgh_created_at",
        "pgh_id",
        Value(model.__name__),
        "pgh_label",
        "pgh_obj_id",
        "pgh_context",
        Subquery(people.values("full_name")[:1]),
        snapshot,
        Subquery(newer.order_by("pgh_id").values(kept=snapshot)[:1], output_field=JSONField()),
    )


def _change(customer: Customer, rows: Sequence[_Row]) -> Change:
    title = _merge_title(customer, rows)
    # The name of the other record stands for all that came along.
    own = [row for row in rows if (row.table, row.obj, row.event) == ("Customer", customer.pk, "update")]
    fields = [field for row in (own if title else rows) for field in _fields(customer, row)]
    context = rows[0].context or {}
    reason = context.get("reason", "")
    return Change(
        rows[0].at, _actor(rows[0]), _folded(fields), user=context.get("user"), reason=reason, title=title
    )


def _merge_title(customer: Customer, rows: Sequence[_Row]) -> str:
    """What was merged with this record, or parted from it, at one moment; empty at any other."""
    # What came just before within one transaction, as in an import that ends in a merge, has another context.
    contexts = (row.context or {} for row in rows)
    context = next((one for one in contexts if "merged" in one or "unmerged" in one), None)
    if context is None:
        return ""
    number = context["merged"] if "merged" in context else context["unmerged"]
    other = context["into"] if number == customer.pk else number
    kept = next((row.kept for row in rows if (row.table, row.obj) == ("Customer", other)), None)
    name = join(kept["family_name"], kept["middle_name"], kept["given_name"]) if kept else ""
    words = {"record": f"{code_of(other)} {name}".strip()}
    if number == customer.pk:
        text = _("Merged into %(record)s") if "merged" in context else _("Undid the merge into %(record)s")
    elif "merged" in context:
        text = _("Merged %(record)s into this record")
    else:
        text = _("Undid the merge of %(record)s")
    return text % words


def _actor(row: _Row) -> str:
    """Who did it: the person, or the command that wrote without one."""
    if row.person:
        return row.person
    command = (row.context or {}).get("command", "")
    return str(COMMANDS.get(command, _("System")))


def _fields(customer: Customer, row: _Row) -> Iterable[FieldChange]:
    if row.table == "Customer":
        return _customer_fields(row.kept, row.newer or snapshot_of(customer))
    if row.table == "CustomerTag":
        return _tag_fields(row)
    return _contact_fields(customer, row)


def _customer_fields(old: Snapshot, new: Snapshot) -> Iterable[FieldChange]:
    for fact in FACTS:
        if fact.differs(old, new):
            yield FieldChange(fact.name, fact.heading, *fact.in_words(old, new))


def _contact_fields(customer: Customer, row: _Row) -> Iterable[FieldChange]:
    words = phone_words if row.table == "Phone" else email_words
    label = capfirst(str((Phone if row.table == "Phone" else Email)._meta.verbose_name))
    name = f"{row.table} {row.obj}"
    kept = words(row.kept["value"], row.kept["label"])
    if row.event == "insert":
        yield FieldChange(name, label, "", kept)
    elif row.event == "delete":
        yield FieldChange(name, label, kept, "")
    else:
        newer = row.newer or _contact_now(customer, row)
        old, new = kept, words(newer["value"], newer["label"]) if newer else ""
        if old == new and newer:
            place = _("%(contact)s, in place %(place)d")
            old = place % {"contact": old, "place": row.kept["position"] + 1}
            new = place % {"contact": new, "place": newer["position"] + 1}
        yield FieldChange(name, label, old, new)


def _tag_fields(row: _Row) -> Iterable[FieldChange]:
    # A tag is given or taken; its row is rewritten only where a merge hands it on, which is told as such.
    name, label = (
        f"{row.table} {row.kept['value']}",
        capfirst(str(CustomerTag._meta.get_field("tag").verbose_name)),
    )
    if row.event == "insert":
        yield FieldChange(name, label, "", row.kept["value"])
    elif row.event == "delete":
        yield FieldChange(name, label, row.kept["value"], "")


def _contact_now(customer: Customer, row: _Row) -> dict[str, Any] | None:
    contacts: Iterable[Any] = customer.phones.all() if row.table == "Phone" else customer.emails.all()
    found = next((contact for contact in contacts if contact.pk == row.obj), None)
    if found is None:
        return None
    return {"value": str(found), "label": found.label, "position": found.position}


def _folded(fields: Iterable[FieldChange]) -> tuple[FieldChange, ...]:
    """Changes of one field after another, oldest first, as one; what ended where it began is left out."""
    folded: dict[str, FieldChange] = {}
    for field in fields:
        first = folded.get(field.name, field)
        folded[field.name] = FieldChange(field.name, field.label, first.old, field.new)
    return tuple(field for field in folded.values() if field.old != field.new or field.name in MASKED)
