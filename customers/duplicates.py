"""Whether a customer who is being saved is already in the book, as far as the person who saves may know."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, Q
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from accounts.models import User
from customers.evidence import ALMOST_CERTAIN, EVIDENCE_OF_TYPED, LIKELY, MOST_IN_A_BLOCK, weight
from customers.models import Customer, DuplicatePair, Evidence
from customers.vietnamese.dates import PartialDate
from customers.vietnamese.names import Name, fold

# The blocks of the scan, looked up by index for what somebody types, and for what stood there before an edit.
COMPARED = """
WITH one AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(%(typed)s::jsonb) AS typed (
        number integer, citizen_id text, family_name text, given_search text, name_search text,
        birth_year smallint, birth_month smallint, birth_day smallint, phones text[], emails text[]
    )
), block AS MATERIALIZED (
    SELECT one.number, ARRAY(
        SELECT customer_id FROM customers_phone WHERE customers_phone.number = value LIMIT %(most)s + 1
    ) AS ids
    FROM one, unnest(one.phones) AS value
    UNION ALL
    SELECT one.number, ARRAY(
        SELECT customer_id FROM customers_email WHERE lower(address) = value LIMIT %(most)s + 1
    )
    FROM one, unnest(one.emails) AS value
    UNION ALL
    SELECT one.number, ARRAY(
        SELECT id FROM customers_customer kept
        WHERE kept.citizen_id = one.citizen_id AND kept.citizen_id <> '' LIMIT %(most)s + 1
    )
    FROM one WHERE one.citizen_id <> ''
    UNION ALL
    SELECT one.number, ARRAY(
        SELECT id FROM customers_customer kept WHERE kept.name_search = one.name_search
            AND (kept.birth_year, kept.birth_month, kept.birth_day)
                = (one.birth_year, one.birth_month, one.birth_day)
        LIMIT %(most)s + 1
    )
    FROM one
    WHERE one.name_search > ' ' AND (one.birth_year, one.birth_month, one.birth_day) IS NOT NULL
), candidate AS (
    SELECT DISTINCT block.number, other_id
    FROM block, unnest(array_remove(block.ids, %(edited)s)) AS other_id
    WHERE cardinality(array_remove(block.ids, %(edited)s)) < %(most)s
)
SELECT one.number, other.id, EVIDENCE AS evidence
FROM candidate
JOIN one ON one.number = candidate.number
JOIN customers_customer other ON other.id = candidate.other_id AND other.trashed_at IS NULL
""".replace("EVIDENCE", EVIDENCE_OF_TYPED)

Signs = tuple[Evidence, ...]


@dataclass(frozen=True)
class Identity:
    """What a customer can be recognised by. Phones are canonical, emails in small letters."""

    name: Name
    birth: PartialDate | None = None
    citizen_id: str = ""
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()

    @classmethod
    def of(cls, customer: Customer) -> Identity:
        year, month, day = customer.birth_year, customer.birth_month, customer.birth_day
        return cls(
            name=Name(customer.family_name, customer.middle_name, customer.given_name),
            birth=PartialDate(year, month, day) if year or day else None,
            citizen_id=customer.citizen_id,
            phones=tuple(str(phone) for phone in customer.phones.all()),
            emails=tuple(str(email).lower() for email in customer.emails.all()),
        )

    @property
    def name_key(self) -> str:
        """As in `Customer.name_search`."""
        return fold(f" {self.name}")

    @property
    def is_telling(self) -> bool:
        """Whether there is anything by which to look for others; a name alone is nothing."""
        is_born = self.birth is not None and self.birth.full
        return bool(self.phones or self.emails or self.citizen_id or is_born)

    def as_row(self, number: int) -> dict[str, Any]:
        """The columns of a customer, as the database compares them."""
        born = self.birth
        return {
            "number": number,
            "citizen_id": self.citizen_id,
            "family_name": self.name.family,
            "given_search": fold(self.name.given),
            "name_search": self.name_key,
            "birth_year": born.year if born else None,
            "birth_month": born.month if born else None,
            "birth_day": born.day if born else None,
            "phones": self.phones,
            "emails": self.emails,
        }


@dataclass(frozen=True)
class Match:
    """A customer with something in common that few have, and the weight of all the evidence.

    `customer` is None for one whom the viewer may not see: then nothing but their existence may be told.
    """

    customer: Customer | None
    pk: int
    signs: Signs

    @property
    def score(self) -> int:
        return weight(self.signs)

    @property
    def is_hint(self) -> bool:
        """Too little for a duplicate, such as a phone that a family shares."""
        return self.score < LIKELY

    @property
    def is_almost_certain(self) -> bool:
        return self.score >= ALMOST_CERTAIN

    @property
    def reason(self) -> str:
        return ", ".join(str(sign.label) for sign in self.signs)

    @property
    def hint(self) -> str:
        """What evidence that is too little may mean."""
        if Evidence.CITIZEN_ID in self.signs:
            return _("check the number")
        return _("perhaps of one household")


def find(identity: Identity, *, viewer: User, edited: Customer | None = None) -> list[Match]:
    """Possible duplicates, the strongest evidence first, by the blocks and weights of the scan.

    Of a customer who is being edited, only those for whom the edit adds evidence, and nobody of whom somebody
    has said that it is another person. It takes two queries, or none where nothing speaks for anybody.
    """
    before = Identity.of(edited) if edited else None
    if identity == before or not identity.is_telling:
        return []
    signs = _compared(identity, before, edited)
    if not signs:
        return []
    visible = Customer.objects.visible_to(viewer).filter(pk=OuterRef("pk"))
    found = (
        Customer.objects.filter(pk__in=signs).annotate(visible=Exists(visible)).order_by("name_sort", "pk")
    )
    if edited is not None:
        found = found.exclude(_set_apart(edited.pk))
    matches = [_match(other, signs[other.pk]) for other in found if not _live_together(other, edited, signs)]
    return sorted(matches, key=lambda match: -match.score)


def _match(other: Any, signs: Signs) -> Match:
    return Match(other if other.visible else None, other.pk, signs)


def _compared(identity: Identity, before: Identity | None, edited: Customer | None) -> dict[int, Signs]:
    """The evidence for each candidate, less those for whom it is no stronger than before the edit."""
    typed = [each.as_row(number) for number, each in enumerate([identity, before]) if each is not None]
    found: tuple[dict[int, Signs], dict[int, Signs]] = ({}, {})
    for number, pk, signs in compare(typed, edited=edited.pk if edited else None):
        found[number][pk] = signs
    now, then = found
    return {pk: signs for pk, signs in now.items() if pk not in then or weight(signs) > weight(then[pk])}


def compare(typed: Sequence[Mapping[str, Any]], *, edited: int | None = None) -> list[tuple[int, int, Signs]]:
    """The numbers of rows (`Identity.as_row`), each with the number of a customer and the evidence for it."""
    with connection.cursor() as cursor:
        values = {"typed": json.dumps(typed), "edited": edited, "most": MOST_IN_A_BLOCK}
        cursor.execute(COMPARED, values)
        return [(number, pk, tuple(map(Evidence, signs))) for number, pk, signs in cursor.fetchall()]


def _set_apart(pk: int) -> Exists:
    """Whether somebody has said that a customer is another person than this one."""
    either = Q(customer=OuterRef("pk"), other=pk) | Q(other=OuterRef("pk"), customer=pk)
    return Exists(DuplicatePair.objects.set_apart().filter(either))


def _live_together(other: Customer, edited: Customer | None, signs: Mapping[int, Signs]) -> bool:
    """Whether a hint at a household says nothing new: the two are in one."""
    home = edited.household_id if edited else None
    return home is not None and other.household_id == home and weight(signs[other.pk]) < LIKELY


def confirmation(matches: Sequence[Match]) -> str:
    """What a person sends along who saves in spite of these matches; empty where nothing needs it.

    Other matches need another confirmation. It tells nothing about whom it stands for.
    """
    pks = " ".join(map(str, sorted(match.pk for match in matches if not match.is_hint)))
    return salted_hmac("customers.duplicates", pks).hexdigest() if pks else ""
