"""What becomes of consent where two records of one person disagree: the strictest word stays in force."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone

from accounts.models import User
from customers.consents import entries_of
from customers.merging.rows import Handed
from customers.models import Consent, ConsentPurpose, Customer


@dataclass(frozen=True)
class Disagreement:
    """A purpose to which one of the two records agrees, and for which the other one has withdrawn."""

    purpose: ConsentPurpose
    given: Consent
    withdrawn: Consent

    @property
    def is_given_last(self) -> bool:
        """Whether the newest line alone would let the consent stand."""
        return (self.given.from_on, self.given.pk) > (self.withdrawn.from_on, self.withdrawn.pk)


def disagreements(keep: Customer, duplicate: Customer) -> list[Disagreement]:
    """Where two records disagree, in two queries."""
    ours, theirs = entries_of(keep), entries_of(duplicate)
    both = (
        (purpose, ours[purpose], theirs[purpose])
        for purpose in ConsentPurpose
        if purpose in ours.keys() & theirs
    )
    return [
        Disagreement(purpose, *((one, other) if one.is_given else (other, one)))
        for purpose, one, other in both
        if one.is_given != other.is_given
    ]


def overruled(keep: Customer, duplicate: Customer) -> list[ConsentPurpose]:
    """The purposes for which a consent has to be withdrawn, because the other record withdrew it before."""
    return [found.purpose for found in disagreements(keep, duplicate) if found.is_given_last]


def withdraw(
    purposes: Sequence[ConsentPurpose], *, keep: Customer, duplicate: Customer, by: User
) -> list[Handed]:
    """Write into the ledger of the merged record that these purposes have to be asked for again."""
    if not purposes:
        return []
    written = Consent.objects.bulk_create(
        Consent(
            customer=keep,
            purpose=purpose,
            is_given=False,
            from_on=timezone.localdate(),
            source=Consent.Source.MERGE,
            evidence=f"{duplicate.code} → {keep.code}",
            recorded_by=by,
        )
        for purpose in purposes
    )
    return [Handed(Consent._meta.label_lower, "customer", made=[entry.pk for entry in written])]
