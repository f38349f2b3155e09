"""Addresses of the list of customers: all that it shows can be read in them, shared and kept.

`?view=3` is a saved view as it was saved. Conditions, order or columns beside it are all that counts then:
the view as somebody changed it. `all()`, a rule that everybody meets, stands for a view with nothing left.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from functools import cached_property
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote, urlencode

from django.http import QueryDict
from django.urls import reverse

from accounts.compiled_queries import CompiledQuery, Given
from accounts.models import User
from customers.filters import ACTIVE, STATUS
from customers.forms.rules import together
from customers.listing import CURSOR, RULE
from customers.models import SavedView
from customers.rules import tree
from customers.sorting import DEFAULT

VIEW = "view"
# The list without any view, for somebody who has one that opens first.
NO_VIEW = "all"
NOTHING_LEFT = "all()"
# What people may read in an address as it is.
LEGIBLE = "(),!"
# Stands in the address for a value until each cell puts in its own.
ANY_VALUE = "-any-value-"


class Addresses:
    """Addresses of the list as it is now, less or more one thing; what is empty is left out."""

    def __init__(self, asked: QueryDict, views: list[Any]) -> None:
        """`views` are all that the person can open (`SavedView.objects.for_menu`)."""
        self.views = views
        self._sent = {name: str(value) for name, value in asked.items()}
        if len(rules := asked.getlist(RULE)) > 1:
            # Somebody joined two addresses: whom the list shows meets both.
            self._sent[RULE] = ",".join(rules)
        number = self._sent.get(VIEW, "")
        self.view: Any = next((view for view in views if str(view.pk) == number), None)
        self.is_view_missing = bool(number) and number != NO_VIEW and self.view is None
        self.default: Any = next((view for view in views if view.is_default), None)
        is_as_saved = self.view is not None and not set(self._sent) - {VIEW, CURSOR}
        self.state = self._saved if is_as_saved else _state(self._sent)

    @property
    def is_tidy(self) -> bool:
        """Whether the address is as the list itself would write it, and no view is to be opened first."""
        if not self._sent and self.default is not None:
            return False
        return self._sent == self._query(self.state, self._sent.get(CURSOR, "")) or self.is_view_missing

    @property
    def tidied(self) -> str:
        if not self._sent and self.default is not None:
            return str(self.default.get_absolute_url())
        return self.list_with(cursor=self._sent.get(CURSOR, ""))

    @property
    def is_changed(self) -> bool:
        """Whether the list differs from its saved view."""
        return self.view is not None and self.state != self._saved

    @property
    def asked(self) -> QueryDict:
        """What the list shows, whether the address or a view says so."""
        query = QueryDict(mutable=True)
        cursor = self._sent.get(CURSOR, "")
        query.update(self.state | ({CURSOR: cursor} if cursor else {}))
        return query

    @property
    def state_text(self) -> str:
        """What a view keeps of the list."""
        return _encoded(self.state)

    def list_with(self, *, cursor: str = "", **changes: str) -> str:
        """The list with some things changed, from its first page unless there is a cursor."""
        return self._with_query(self._list_path, cursor, changes)

    def at(self, name: str, *args: object, cursor: str = "", **changes: str) -> str:
        """Another page about the list as it is, with some things changed."""
        return self._with_query(reverse(name, args=args), cursor, changes)

    @property
    def without_conditions(self) -> str:
        """The list of everybody in the same order, with the same columns."""
        kept = {"sort", "columns"}
        return self.list_with(**{name: "" for name in self.state if name not in kept})

    @property
    def without_view(self) -> str:
        """The list of everybody, as it is for somebody who has no views."""
        return f"{reverse('customers:list')}?{VIEW}={NO_VIEW}" if self.default else reverse("customers:list")

    def kept_by_form(self, fields: Container[str]) -> dict[str, str]:
        """What a form that asks for the fields has to send along, so that the rest stays as it is."""
        kept = {name: value for name, value in self.state.items() if name not in fields}
        if self.view is not None:
            kept = {VIEW: str(self.view.pk), RULE: NOTHING_LEFT, **kept}
        return kept

    @cached_property
    def _list_path(self) -> str:
        return reverse("customers:list")

    def _with_query(self, path: str, cursor: str, changes: Mapping[str, str]) -> str:
        query = _encoded(self._query(_state({**self.state, **changes}), cursor))
        return f"{path}?{query}" if query else path

    @property
    def _saved(self) -> dict[str, str]:
        return _state({name: str(value) for name, value in QueryDict(self.view.state).items()})

    def _query(self, state: Mapping[str, str], cursor: str) -> dict[str, str]:
        """The shortest address of a state."""
        if self.view is not None:
            view = {VIEW: str(self.view.pk)}
            query = view if state == self._saved else {**view, **(state or {RULE: NOTHING_LEFT})}
        else:
            query = dict(state) or ({VIEW: NO_VIEW} if self.default is not None else {})
        return {**query, **({CURSOR: cursor} if cursor else {})}


def read_addresses(user: User, asked: QueryDict) -> Addresses:
    return Addresses(asked, _MENU(user=user.pk, branch=user.branch_id))


_ANYBODY: Any = SimpleNamespace(pk=Given("user"), branch_id=Given("branch"))
_MENU = CompiledQuery(lambda: SavedView.objects.for_menu(_ANYBODY))


def _state(sent: Mapping[str, str]) -> dict[str, str]:
    """What says something: a form sends its empty fields too, and nobody needs to read what is usual."""
    return {
        name: value
        for name, value in sent.items()
        if name not in {VIEW, CURSOR} and value.strip() and (name, value) not in USUAL
    }


USUAL = {(STATUS, ACTIVE), ("sort", DEFAULT.name), (RULE, NOTHING_LEFT)}


class CellAddresses:
    """Addresses of the list with one more condition: that a field has a value.

    A page has some hundred cells with few fields, so each field's address is made once, for any value.
    """

    def __init__(self, rule: tree.Group, addresses: Addresses) -> None:
        self._rule = rule
        self._addresses = addresses
        self._patterns: dict[str, str] = {}

    def with_value(self, field: str, value: str) -> str:
        """Empty where the list is narrowed by it already."""
        if self._addresses.state.get(field) == value or self._is_in_rule(_has(field, value)):
            return ""
        if field not in self._patterns:
            added = together(self._rule, tree.Group(tree.Match.ALL, (_has(field, ANY_VALUE),)))
            self._patterns[field] = self._addresses.list_with(rule=tree.write(added))
        return self._patterns[field].replace(ANY_VALUE, quote(tree.write_value(value), safe=LEGIBLE))

    def _is_in_rule(self, condition: tree.Condition) -> bool:
        return self._rule.match == tree.Match.ALL and condition in self._rule.members


def _has(field: str, value: str) -> tree.Condition:
    return tree.Condition(field, "is", (value,))


def _encoded(query: Mapping[str, str]) -> str:
    return urlencode(query, safe=LEGIBLE, quote_via=quote)
