"""What the palette finds while somebody types: actions, the customers opened last, and customers by kind."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.sessions.backends.base import SessionBase
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from customers import paging
from customers.counting import find_any
from customers.filters import colleagues_of
from customers.models import Customer
from customers.models.customer import code_of, name_of
from customers.registry import registry
from customers.search import Kind, Search, readings
from customers.sorting import DEFAULT
from customers.templatetags.vietnamese import ago_days
from customers.vietnamese.names import fold, fold_query
from customers.vietnamese.phones import format_phone

MOST_HITS = 8
MOST_RECENT = 5
# Fewer are sorted; among more, the first of the index are found sooner.
FEW = 3000
RECENT = "recent_customers"

KINDS: dict[Kind, Promise] = {
    Kind.NAME: gettext_lazy("Customers"),
    Kind.PHONE: gettext_lazy("Customers by phone"),
    Kind.CODE: gettext_lazy("Customers by code"),
    Kind.EMAIL: gettext_lazy("Customers by email"),
    Kind.CITIZEN_ID: gettext_lazy("Customers by citizen ID"),
}


@dataclass(frozen=True, slots=True)
class Action:
    """Somewhere to go from the palette, for those who hold the permission."""

    label: Promise
    url_name: str
    icon: str
    permission: str = ""


# Filled by the frame, which knows all places.
ACTIONS: list[Action] = []


@dataclass(frozen=True, slots=True)
class Hit:
    """A customer as the palette shows one; `name` comes in pieces, each with whether it was searched for."""

    url: str
    name: Sequence[tuple[str, bool]]
    detail: str
    note: str
    is_active: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Hits of one kind. `has_more`: these are the first of more."""

    label: str
    hits: Sequence[Hit]
    has_more: bool = False


@dataclass(frozen=True)
class Found:
    """What a text finds; `error` says why it cannot be searched for."""

    text: str
    groups: Sequence[Group] = ()
    error: str = ""
    is_name: bool = False

    @property
    def number(self) -> int:
        return sum(len(group.hits) for group in self.groups)


def look_up(text: str, *, user: User) -> Found:
    """The customers whom a person may see and means by this text, the best first."""
    searches = readings(text)
    search = searches[-1]
    if not search:
        return Found(search.text, error=search.error)
    groups = [_group(one, user) for one in searches]
    is_name = search.kind is Kind.NAME
    return Found(search.text, [group for group in groups if group.hits], is_name=is_name)


def _group(search: Search, user: User) -> Group:
    if search.kind is Kind.NAME:
        ids = _first_by_name(search, user)
        rows = _in_order(Customer.objects.visible_to(user), ids)
    else:
        # Whoever calls may have been made inactive; they are shown, after the others.
        found = search.among(user).filter(search.where)
        rows = sorted(found.for_list()[: MOST_HITS + 1], key=lambda row: (not row.is_active, row.pk))
    hits = list(_hits(rows[:MOST_HITS], user, search))
    return Group(str(KINDS[search.kind]), hits, has_more=len(rows) > MOST_HITS)


def _first_by_name(search: Search, user: User) -> list[int]:
    """The numbers of the first customers by name, one more than are shown, in the order of the list.

    While somebody types, most texts begin so many given names that the first stretch of the index answers;
    of the few customers of one person, it would hold too few.
    """
    order = DEFAULT.order(search)
    customers = search.among(user).active()
    size = MOST_HITS + 1
    if order.runs[0].ranges and colleagues_of(user)[0] is not None:
        first = list(paging.in_run(customers, order, 0, None, size))
        if len(first) == size:
            return [values[-1] for values in first]
    few = find_any(customers.filter(search.where_rare), FEW + 1)
    if few.number <= FEW:
        find = paging.sort(Customer.objects.filter(few.holds("pk")), order)
    else:
        find = paging.walk(customers, order)
    return [position.values[-1] for position in find(None, size)]


def _in_order(customers: Any, ids: Sequence[int]) -> list[Any]:
    if not ids:
        return []
    found = {row.pk: row for row in customers.filter(pk__in=ids).for_list()}
    return [found[pk] for pk in ids if pk in found]


def _hits(rows: Sequence[Any], user: User, search: Search | None = None) -> Iterator[Hit]:
    groups = registry.figures_legend(user).groups if rows else {}
    address = reverse("customers:detail", args=[0])
    words = fold(search.text).split() if search and search.kind is Kind.NAME else []
    by_code = search is not None and search.kind is Kind.CODE
    for row in rows:
        group = next((groups[pk] for pk in row.behaviour__segment_ids or () if pk in groups), "")
        yield Hit(
            url=address.replace("/0/", f"/{row.pk}/"),
            name=marked(name_of(row), words),
            detail=code_of(row.pk) if by_code else format_phone(row.first_phone),
            note=" · ".join(filter(None, (group, _last_purchase(row.behaviour__last_purchase_on)))),
            is_active=row.is_active,
        )


def _last_purchase(day: Any) -> str:
    return _("bought %(ago)s") % {"ago": ago_days(day)} if day else _("never bought")


def marked(name: str, words: Sequence[str]) -> list[tuple[str, bool]]:
    """The name in pieces, each with whether a word that was searched for begins there.

    >>> marked("Trần Ngọc Ánh", ["ngoc", "an"])
    [('Trần ', False), ('Ngọc Án', True), ('h', False)]
    """
    is_marked = [False] * len(name)
    for word in re.finditer(r"\S+", name):
        begun = max((len(typed) for typed in words if fold(word[0]).startswith(typed)), default=0)
        is_marked[word.start() : word.start() + begun] = [True] * begun
    for place in range(1, len(name) - 1):
        if name[place] == " " and is_marked[place - 1] and is_marked[place + 1]:
            is_marked[place] = True
    pieces: list[tuple[str, bool]] = []
    for char, mark in zip(name, is_marked, strict=True):
        if pieces and pieces[-1][1] == mark:
            pieces[-1] = (pieces[-1][0] + char, mark)
        else:
            pieces.append((char, mark))
    return pieces


def actions_for(user: User, text: str) -> list[Action]:
    """The actions that a person may take, or those of them that begin with what was typed."""
    words = fold_query(text[:100]).split()
    return [
        action
        for action in ACTIONS
        if (not action.permission or user.has_perm(action.permission)) and _begins(str(action.label), words)
    ]


def _begins(label: str, words: Sequence[str]) -> bool:
    of_label = fold(label).split()
    return all(any(word.startswith(typed) for word in of_label) for typed in words)


def remember_opened(session: SessionBase, customer: Customer) -> None:
    """Keep whom somebody opened last, until they log out; the same one again costs nothing."""
    recent = session.get(RECENT, [])
    if recent[:1] != [customer.pk]:
        session[RECENT] = [customer.pk, *(pk for pk in recent if pk != customer.pk)][: MOST_RECENT + 1]


def recent_for(user: User, session: SessionBase, *, but: int | None = None) -> Group:
    """Whom somebody opened last and may still see; `but` is the one whose page is open."""
    ids = [pk for pk in session.get(RECENT, []) if pk != but][:MOST_RECENT]
    rows = _in_order(Customer.objects.visible_to(user), ids)
    return Group(_("Opened recently"), list(_hits(rows, user)))
