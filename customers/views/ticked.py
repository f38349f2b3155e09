from __future__ import annotations

from django.http import QueryDict


def ticked_numbers(data: QueryDict, *, most: int) -> list[int]:
    """The customers that were ticked on a page; whatever is no number of a row is none."""
    sent = data.getlist("customers")[:most]
    return [int(pk) for pk in sent if pk.isascii() and pk.isdecimal() and len(pk) < 19]
