"""Finding somebody in a form by what people say of them: a phone number, or words of the name."""

from __future__ import annotations

from django.db.models import Q

from customers.models import CustomerQuerySet
from customers.vietnamese.names import fold_query
from customers.vietnamese.phones import phone_search_candidates

SHORTEST_NAME = 2


def by_phone_or_name(customers: CustomerQuerySet, text: str) -> CustomerQuerySet:
    """Those whose phone begins so, or in whose name words begin so; nobody for less than two letters."""
    if phones := phone_search_candidates(text):
        matches = Q()
        for prefix in phones.prefixes:
            matches |= Q(phones__number__startswith=prefix)
        return customers.filter(matches).distinct()
    words = fold_query(text)
    if len(words) < SHORTEST_NAME:
        return customers.none()
    return customers.filter(name_search__contains=f" {words}")
