"""What somebody typed into the search box: a name, a phone number, a code, an email or a citizen ID."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import cache, reduce
from operator import and_
from typing import Any

from django.db.models import F, Func, Q, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Coalesce, Lower, Reverse
from django.db.models.lookups import Contains
from django.utils.translation import gettext as _

from accounts.models import User
from customers.models import Customer, CustomerMerge, CustomerQuerySet, Email, Phone
from customers.paging import Run
from customers.vietnamese.facts import read_rows
from customers.vietnamese.names import (
    clean,
    exact_key,
    fold,
    given_name_stretch,
    given_prefix_stretches,
)
from customers.vietnamese.phones import phone_search_candidates
from customers.vietnamese.typed import plain

LONGEST = 100
LONGEST_PHONE = 15
# One or two letters begin so many words that only the beginnings of family and given names count.
SHORT_WORD = 2

_CODE = re.compile(r"kh ?[-–]? ?([0-9]{1,18})")
_BARE_CODE = re.compile(r"[0-9]{1,9}")
# Too short for a part of a phone number.
SHORT_CODE = 3
_DIGITS = re.compile(r"[+(]*[0-9][0-9\s().\-–—]*")
_CITIZEN_ID = re.compile(r"0[0-9]{11}")
# One word with a sign that no name has: lan.nguyen92
_EMAIL_BEGINNING = re.compile(r"(?=.*[a-z])[a-z0-9]+[._+-][a-z0-9._+-]*")


class Kind(Enum):
    """What a text was taken for."""

    NAME = auto()
    PHONE = auto()
    CODE = auto()
    EMAIL = auto()
    CITIZEN_ID = auto()


@dataclass(frozen=True)
class Search:
    """A search: who matches, and for a name, who of them comes first. `error` says why it was refused.

    Each of the `runs` is the whole condition of its rows. `where_rare` is `where` for finding all who match:
    it keeps the words that very many names have from the index, which would read a posting for every one.
    """

    text: str = ""
    where: Q = field(default_factory=Q)
    where_rare: Q = field(default_factory=Q)
    runs: tuple[Run, ...] = (Run(),)
    error: str = ""
    kind: Kind = Kind.NAME

    def __bool__(self) -> bool:
        return bool(self.where)

    def among(self, user: User) -> CustomerQuerySet:
        """The customers whom a person may find by this: by citizen ID only those whom they may change.

        Whoever only reads a customer sees the number masked, and must not learn it by trying either.
        """
        if self.kind is Kind.CITIZEN_ID:
            return Customer.objects.editable_by(user)
        return Customer.objects.visible_to(user)


def read_search(text: str) -> Search:
    """What the text asks for; empty for a blank text. What cannot be searched for is refused in words."""
    # Cleaning costs time by length, and nobody types this much.
    if len(text) > LONGEST:
        return Search(
            error=_("The search is too long. Type at most %(count)d characters.") % {"count": LONGEST}
        )
    cleaned = clean(text)
    if not cleaned:
        return Search()
    if not any(char.isalnum() for char in cleaned):
        return Search(
            cleaned, error=_("Type letters or digits to search: a name, phone number, code or email.")
        )
    if "@" in cleaned or (_EMAIL_BEGINNING.fullmatch(cleaned.lower()) and not _CODE.fullmatch(fold(cleaned))):
        return _by_email(cleaned)
    if code := _CODE.fullmatch(fold(cleaned)):
        return _by_code(cleaned, int(code[1]))
    digits = plain(cleaned)
    if _DIGITS.fullmatch(digits):
        return _by_digits(cleaned, re.sub(r"[^0-9]", "", digits))
    return _by_name(cleaned)


def readings(text: str) -> tuple[Search, ...]:
    """What the text may mean, nobody in two of them: digits may be a code or a part of a phone number."""
    search = read_search(text)
    digits = re.sub(r"[^0-9]", "", plain(search.text))
    phones = _with_phones(search.text) if search.kind is Kind.PHONE else None
    if phones is None or not _BARE_CODE.fullmatch(digits):
        return (search,)
    code = _by_code(search.text, int(digits))
    return code, _found(search.text, Q(pk__in=phones) & ~code.where, Kind.PHONE)


def _found(text: str, where: Q, kind: Kind) -> Search:
    return Search(text, where, where, kind=kind)


def _by_code(text: str, number: int) -> Search:
    """The code of a record that was merged finds the one that was kept."""
    kept = CustomerMerge.objects.in_force().filter(duplicate=number).values("customer")[:1]
    return _found(text, Q(pk=Coalesce(Subquery(kept), Value(number))), Kind.CODE)


def _by_email(text: str) -> Search:
    if text.startswith("@"):
        return Search(text, error=_("Type the email from its beginning. Example: lan@example.vn"))
    emails = Email.objects.alias(small=Lower("address")).filter(small__startswith=text.lower())
    return _found(text, Q(pk__in=emails.values("customer")), Kind.EMAIL)


def _by_digits(text: str, digits: str) -> Search:
    if _CITIZEN_ID.fullmatch(digits):
        return _found(text, Q(citizen_id=digits), Kind.CITIZEN_ID)
    if len(digits) <= SHORT_CODE:
        return _by_code(text, int(digits))
    phones = _with_phones(text)
    if phones is None:
        return Search(
            text,
            error=_("A phone number has at most %(count)d digits. Remove the others.")
            % {"count": LONGEST_PHONE},
        )
    if _BARE_CODE.fullmatch(digits):
        # One list of numbers: as an alternative to them, the code would cost a walk through all customers.
        phones = phones.union(Customer.objects.filter(_by_code(text, int(digits)).where).values("pk"))
    return _found(text, Q(pk__in=phones), Kind.PHONE)


def _with_phones(text: str) -> QuerySet[Phone, Any] | None:
    """The customers who have a phone number of which these digits may be a part; None for too many digits."""
    wanted = phone_search_candidates(text)
    if wanted is None:
        return None
    numbers = Q()
    for prefix in wanted.prefixes:
        numbers |= Q(number__startswith=prefix)
    if wanted.suffix:
        numbers |= Q(backwards__startswith=wanted.suffix[::-1])
    phones = Phone.objects.alias(backwards=Reverse("number")).filter(numbers)
    return phones.order_by().values("customer")


def _by_name(text: str) -> Search:
    typed = exact_key(text)
    words = list(dict.fromkeys(fold(text).split()))
    if not words:
        return Search(text, error=_("Type letters or digits to search: a name, phone number, code or email."))
    if len(words) == 1 and len(words[0]) <= SHORT_WORD:
        where = where_rare = Q(given_search__startswith=words[0]) | Q(name_search__startswith=f" {words[0]}")
    else:
        where = _each(Q(name_search__contains=f" {word}") for word in words)
        where_rare = _rarest_by_index(words)
    last = fold(text).split()[-1]
    rest = _each(Q(name_search__contains=f" {word}") for word in words if word != last)
    runs = _given_name_first(last, rest, where)
    if typed != fold(text):
        runs = _exact_spelling_first(typed.split(), runs)
    return Search(text, where, where_rare, runs)


def _each(conditions: Iterable[Q]) -> Q:
    return reduce(and_, conditions, Q())


class _NotIndexed(Func):
    """A text that no index holds, so that PostgreSQL compares it only with rows found otherwise."""

    template = "(%(expressions)s || '')"
    output_field = TextField()


def _rarest_by_index(words: list[str]) -> Q:
    conditions = Q()
    for word in words:
        pattern = f" {word}"
        if word in _common_words():
            conditions &= Q(Contains(_NotIndexed(F("name_search")), pattern))
        else:
            conditions &= Q(name_search__contains=pattern)
    return conditions


@cache
def _common_words() -> frozenset[str]:
    """Words that many names have, and their beginnings: the big surnames, thị and văn."""
    surnames = (row["surname"] for row in read_rows("surnames.csv") if float(row["seed_weight_national"]) > 3)
    words = [fold(word) for word in (*surnames, "Thị", "Văn")]
    return frozenset(word[:size] for word in words for size in range(1, len(word) + 1))


def _given_name_first(word: str, rest: Q, where: Q) -> tuple[Run, ...]:
    """Whoever has the last word as their given name comes first: people are called and listed by it.

    The stretches of the index stand for that word: said twice, the planner would take it for twice as rare.
    """
    stretches = given_prefix_stretches(word)
    if not stretches:
        return (Run(where),)
    ranges = tuple(Q(name_sort__gte=start, name_sort__lt=end) & rest for start, end in stretches)
    has_given = Q(given_search__startswith=word)
    return Run(where & has_given, ranges), Run(where & ~has_given)


def _exact_spelling_first(typed: list[str], others: tuple[Run, ...]) -> tuple[Run, ...]:
    """Names written as typed, with every mark, before the other spellings."""
    last = typed[-1]
    rest = _each(Q(name_exact__contains=f" {word} ") for word in dict.fromkeys(typed) if word != last)
    exact = rest & Q(name_exact__contains=f" {last} ")
    start, end = given_name_stretch(last)
    has_given = Q(name_sort__gte=start, name_sort__lt=end)
    return (
        Run(exact & has_given, (has_given & rest,)),
        Run(exact & ~has_given),
        *(Run(run.where & ~exact, tuple(stretch & ~exact for stretch in run.ranges)) for run in others),
    )
