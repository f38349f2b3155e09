"""How many customers each condition of a list finds by itself, among those whom the person sees."""

from __future__ import annotations

import time
from collections.abc import Iterator

from django.db import OperationalError, connection, transaction
from django.http import QueryDict
from psycopg.errors import QueryCanceled

from accounts.models import User
from customers.counting import Count
from customers.filters import STATUS
from customers.listing import RULE, CustomerList
from customers.rules import tree

# A number is a help while somebody narrows a list: what takes longer to count comes without one.
SECONDS = 3.0
MILLISECONDS_EACH = 1_000


def chip_counts(listing: CustomerList) -> Iterator[tuple[str, Count]]:
    """The conditions of a list by name, each with its count; those for which time ran out are left out."""
    until = time.monotonic() + SECONDS
    for name in [] if listing.error else listing.condition_names:
        if time.monotonic() > until:
            return
        if (count := _count(listing.user, _alone(listing, name))) is not None:
            yield name, count


def _alone(listing: CustomerList, name: str) -> QueryDict:
    """The address of a list with one condition, and with the status that the whole list has."""
    asked = QueryDict(mutable=True)
    if STATUS in listing.filter.values:
        asked[STATUS] = str(listing.asked[STATUS])
    part = listing.parts.get(name)
    if part is None:
        asked[name] = str(listing.asked[name])
    else:
        rule = part if isinstance(part, tree.Group) else tree.Group(tree.Match.ALL, (part,))
        asked[RULE] = tree.write(rule)
    return asked


def _count(user: User, asked: QueryDict) -> Count | None:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = %s", [MILLISECONDS_EACH])
            count = CustomerList(user, asked).count
            cursor.execute("SET LOCAL statement_timeout TO DEFAULT")
            return count
    except OperationalError as error:
        if not isinstance(error.__cause__, QueryCanceled):
            raise
        return None
