"""The orders in which customers can be listed, each as keys that one index holds."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import BigIntegerField, DateField, DateTimeField, DecimalField, F, Q, TextField, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact, GreaterThan
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from customers.models.behaviour import LONG_AGO
from customers.paging import Key, Order, Run
from customers.search import Search

NAME = "name"
CREATED = "created"
LAST_PURCHASE = "last_purchase"
SPEND = "spend"

# Where the figures of a customer are; from a row of figures itself, nowhere else.
FIGURES = "behaviour__"


def last_purchase_day(figures: str = FIGURES) -> Coalesce:
    """The day of the last purchase as the index holds it: a day long ago for those who never bought."""
    return Coalesce(F(f"{figures}last_purchase_on"), Value(LONG_AGO), output_field=DateField())


@dataclass(frozen=True)
class Sorting:
    """An order as the list offers it: its name in the address, and the words for it in a menu."""

    name: str
    label: Promise

    @property
    def column(self) -> str:
        return self.name.removeprefix("-")

    @property
    def is_descending(self) -> bool:
        return self.name.startswith("-")

    @property
    def is_by_figures(self) -> bool:
        return self.column in {LAST_PURCHASE, SPEND}

    def order(self, search: Search) -> Order:
        """The order for customers. Among names that were searched for, the best matches come first."""
        if self.is_by_figures:
            return self.order_of_figures(FIGURES)
        column = {NAME: Key(F("name_sort"), TextField()), CREATED: Key(F("created_at"), DateTimeField())}
        keys = (column[self.column], Key(F("id"), BigIntegerField()))
        return Order(self.name, keys, self.is_descending, search.runs if self.column == NAME else (Run(),))

    def order_of_figures(self, figures: str = "") -> Order:
        """The order for a list of rows of figures; those who never bought come last in either direction."""
        number = Key(F(f"{figures}customer_id"), BigIntegerField())
        if self.column == NAME:
            return Order(self.name, (Key(F(f"{figures}name_sort"), TextField()), number), self.is_descending)
        if self.column == SPEND:
            return Order(self.name, (Key(F(f"{figures}spend"), DecimalField()), number), self.is_descending)
        day = last_purchase_day(figures)
        keys = (Key(day, DateField()), number)
        if self.is_descending:
            return Order(self.name, keys, descending=True)
        long_ago = Value(LONG_AGO, output_field=DateField())
        runs = (Run(Q(GreaterThan(day, long_ago)), is_beginning=True), Run(Q(Exact(day, long_ago))))
        return Order(self.name, keys, runs=runs)


SORTINGS = {
    sorting.name: sorting
    for sorting in (
        Sorting(NAME, _("Name A–Y")),
        Sorting(f"-{NAME}", _("Name Y–A")),
        Sorting(f"-{CREATED}", _("Newest first")),
        Sorting(CREATED, _("Oldest first")),
        Sorting(f"-{LAST_PURCHASE}", _("Bought most recently")),
        Sorting(LAST_PURCHASE, _("Longest without a purchase")),
        Sorting(f"-{SPEND}", _("Highest spend")),
        Sorting(SPEND, _("Lowest spend")),
    )
}
DEFAULT = SORTINGS[NAME]
