"""Vietnamese syllables and names, and the hostile text that people paste."""

import unicodedata
from collections.abc import Callable
from typing import TypeVar

from hypothesis import strategies as st

from customers.vietnamese.typed import InputError

Value = TypeVar("Value")

TONE_MARKS = ("", "\u0300", "\u0309", "\u0303", "\u0301", "\u0323")
ONSETS = (
    "",
    "b",
    "c",
    "ch",
    "d",
    "đ",
    "g",
    "gh",
    "h",
    "k",
    "kh",
    "l",
    "m",
    "n",
    "ng",
    "nh",
    "ph",
    "qu",
    "t",
    "tr",
)
VOWELS = ("a", "ă", "â", "e", "ê", "i", "o", "ô", "ơ", "u", "ư", "y")
CODAS = ("", "c", "ch", "i", "m", "n", "ng", "nh", "o", "t", "u")


@st.composite
def syllables(draw: st.DrawFn) -> str:
    """One capitalised syllable with a tone, composed."""
    vowel = draw(st.sampled_from(VOWELS)) + draw(st.sampled_from(TONE_MARKS))
    word = draw(st.sampled_from(ONSETS)) + vowel + draw(st.sampled_from(CODAS))
    return unicodedata.normalize("NFC", word).capitalize()


name_parts = st.lists(syllables(), max_size=3).map(" ".join)
names = st.tuples(name_parts, name_parts, syllables())

# Everything PostgreSQL stores: no NUL and no lone surrogates. Unassigned code points are left out, because
# Python and PostgreSQL may know different versions of Unicode.
stored_text = st.text(st.characters(exclude_categories=["Cs", "Cn"], exclude_characters="\0"), max_size=20)
odd_letters = st.sampled_from(
    "ÐðĐđİıßŁøǛẤẫỰ\u0300\u0309\u0303\u0301\u0323\u0306\u0302\u031b oaeuyOAEUY!0159."
)
hostile_text = stored_text | st.text(odd_letters, max_size=20)


def read_or_refused(read: Callable[[], Value]) -> tuple[Value | None, str]:
    """What was read, or nothing and the message of the refusal; any other error is a fault."""
    try:
        return read(), ""
    except InputError as refusal:
        return None, refusal.message
