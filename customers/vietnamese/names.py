"""Vietnamese personal names: cleaned, split, searched, sorted, and how to address their bearers."""

import itertools
import math
import re
import unicodedata
from dataclasses import dataclass
from functools import cache

from customers.vietnamese import letters

# Characters that are drawn as nothing but belong to no invisible category: grapheme joiner, Hangul
# fillers, variation selectors, the braille blank.
_DRAWN_AS_NOTHING = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0]")
# What is printable and composed, but still needs a repair.
_TO_REPAIR = re.compile(_DRAWN_AS_NOTHING.pattern + "|[Ðð]|  ")
# Controls, format characters (zero width, bidirectional, soft hyphen), lone surrogates, private use.
_DROPPED_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co"})
_ETH_TO_STROKED_D = str.maketrans("Ðð", "Đđ")

# Family names of several words. Only those that are never a family name plus a middle name; an
# unmarked "Hoang Phu" stays split, because it may as well be Hoàng with the middle name Phú.
COMPOUND_FAMILY_NAMES = (
    "Công Tằng Tôn Nữ",
    "Công Huyền Tôn Nữ",
    "Huyền Tôn Nữ",
    "Tôn Nữ",
    "Tôn Thất",
    "Âu Dương",
    "Gia Cát",
    "Hoàng Phủ",
    "Thượng Quan",
    "Tư Đồ",
    "Tư Mã",
)

HONOURED_CUSTOMER = "quý khách"
ELDERLY_FROM = 60  # "người cao tuổi" begins at 60 in the law on the elderly
ADULT_FROM = 18
# The codes that a form stores, and the words that people say.
_SPOKEN_HONORIFICS = {
    "anh": "anh",
    "chi": "chị",
    "co": "cô",
    "chu": "chú",
    "bac": "bác",
    "ong": "ông",
    "ba": "bà",
    "em": "em",
}


def clean(text: str) -> str:
    """The text as a person meant it: composed, Đ repaired, no invisible characters, single blanks.

    The typed place of a tone is kept: hoà stays hoà.
    """
    if _is_clean(text):
        return text
    composed = unicodedata.normalize("NFC", visible(text)).translate(_ETH_TO_STROKED_D)
    return " ".join(composed.split())


def visible(text: str) -> str:
    """The text without invisible characters, such as marks that turn its direction; blanks and lines stay."""
    if text.isprintable() and (text.isascii() or not _DRAWN_AS_NOTHING.search(text)):
        return text
    return "".join(
        char
        for char in _DRAWN_AS_NOTHING.sub("", text)
        if char.isspace() or unicodedata.category(char) not in _DROPPED_CATEGORIES
    )


def _is_clean(text: str) -> bool:
    """Whether there is nothing to do, as with most texts; lists of many thousands are read this way."""
    if text.isascii():
        return text.isprintable() and "  " not in text and text == text.strip(" ")
    return (
        text.isprintable()
        and unicodedata.is_normalized("NFC", text)
        and not _TO_REPAIR.search(text)
        and text == text.strip(" ")
    )


@dataclass(frozen=True, slots=True)
class Name:
    """A personal name in its three parts; each may be empty."""

    family: str
    middle: str
    given: str

    def __str__(self) -> str:
        return join(self.family, self.middle, self.given)


@cache
def _compound_family_keys() -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(exact_key(name).split()) for name in COMPOUND_FAMILY_NAMES)


def split_name(full: str) -> Name:
    """The parts of a name written family first: "Nguyễn Thị Ánh". One word alone is a given name."""
    words = clean(full).split()
    if len(words) < 2:
        return Name(family="", middle="", given=" ".join(words))
    size = _family_size(words)
    return Name(family=" ".join(words[:size]), middle=" ".join(words[size:-1]), given=words[-1])


def _family_size(words: list[str]) -> int:
    compounds = _compound_family_keys()
    if exact_key(words[0]) not in {key[0] for key in compounds}:
        return 1
    keys = tuple(exact_key(word) for word in words)
    sizes = (len(key) for key in compounds if len(key) < len(keys) and keys[: len(key)] == key)
    return next(sizes, 1)


def join(family: str, middle: str, given: str) -> str:
    """The full name in Vietnamese order, without blanks for missing parts."""
    return " ".join(part for part in (family, middle, given) if part)


_FOLD = letters.translation(letters.FOLD)
_LOWER = letters.translation(letters.LOWER)
_WEIGHT = letters.translation(letters.WEIGHT)
_TONE = letters.translation(letters.TONE)
_NOT_A_TONE = re.compile(letters.TONE_KEPT)
# Wherever a tone may have to move, and at a few places more: most texts have none.
_TONE_TO_MOVE = re.compile(
    "[{}][{}]".format(*map("".join, zip(*(old for old, _new in letters.TONE_PLACEMENTS), strict=True)))
)


def fold(text: str) -> str:
    """The search key: small plain Latin letters, so that `dang thi hoa` finds ĐẶNG Thị Hoà.

    The same as `vn_fold` in the database. Every character of the composed text gives one character,
    but for left-over combining marks, which give none.
    """
    return unicodedata.normalize("NFC", text).translate(_FOLD)


def fold_query(text: str) -> str:
    """The search key of what somebody typed or pasted into a search box."""
    return fold(clean(text))


def exact_key(text: str) -> str:
    """Small letters with all their marks and one place for the tone: equal for Hòa and HOÀ, not for Hoa.

    The same as `vn_exact_key` in the database; it ranks exact spellings above the others.
    """
    key = unicodedata.normalize("NFC", text).translate(_LOWER)
    if _TONE_TO_MOVE.search(key):
        for first_vowel, second_vowel in letters.TONE_PLACEMENTS:
            key = key.replace(first_vowel, second_vowel)
    return key


def _part_key(part: str) -> str:
    composed = unicodedata.normalize("NFC", part)
    tones = _NOT_A_TONE.sub("", composed.translate(_TONE))
    return composed.translate(_WEIGHT) + letters.PART_BREAK + tones


def sort_key(family: str, middle: str, given: str) -> str:
    """What to sort a list of names by, bytewise: given, family, middle name in dictionary order.

    Inside a part the letters decide before the tones, the shorter first. The same as `vn_sort_key`
    in the database, whose column has the collation "C". Expects parts that `clean` has seen.
    """
    return letters.PART_BREAK.join(map(_part_key, (given, family, middle)))


def given_name_stretch(given: str) -> tuple[str, str]:
    """The bounds, from and below, of the sort keys of everybody with exactly this given name."""
    key = _part_key(given)
    return key + letters.PART_BREAK, key + letters.WORD_BREAK


# A word with more readings than this is sorted rather than looked for in so many places.
_MOST_STRETCHES = 24


def given_prefix_stretches(prefix: str) -> list[tuple[str, str]]:
    """The bounds, from and below, of the sort keys of given names that begin like `prefix` in any spelling.

    `prefix` is folded, so "hoa" may be read hoa, hoă, hôa…: several stretches, in order. Empty where it has
    other signs than letters, or too many readings.
    """
    readings = [letters.weights_under(char) for char in prefix]
    if not prefix or not all(readings) or math.prod(map(len, readings[:-1])) > _MOST_STRETCHES:
        return []
    *before, last = readings
    starts = ("".join(weights) for weights in itertools.product(*before))
    return [(start + last[0], start + chr(ord(last[-1]) + 1)) for start in starts]


def address_as(honorific: str, given: str) -> str:
    """How to speak to a customer: "chị Ánh", never "chị Nguyễn"; "quý khách" where too little is known.

    Takes the stored code of the honorific ("chi") or the word itself ("chị").
    """
    word = _SPOKEN_HONORIFICS.get(fold(honorific))
    return f"{word} {given}" if word and given else HONOURED_CUSTOMER


def default_honorific(gender: str, birth_year: int | None, today_year: int) -> str:
    """The code of an honorific that offends nobody: anh or chị for adults, ông or bà from 60.

    Nobody is called "em" by guess; an unknown gender and a minor give "quy_khach".
    """
    age = today_year - birth_year if birth_year else None
    if gender not in {"male", "female"} or (age is not None and age < ADULT_FROM):
        return "quy_khach"
    if age is not None and age >= ELDERLY_FROM:
        return "ong" if gender == "male" else "ba"
    return "anh" if gender == "male" else "chi"
