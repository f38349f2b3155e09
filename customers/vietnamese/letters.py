"""The letters of Vietnamese: one source for the search keys and sort keys of Python and of PostgreSQL."""

import unicodedata

# Dictionary order; f, j, w and z are not Vietnamese letters and stand at their Latin places.
ALPHABET = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
# Marks that make another letter (breve, circumflex, horn), unlike tones.
_LETTER_MARKS = "\u0306\u0302\u031b"
# huyền, hỏi, ngã, sắc, nặng: the order in which tones decide; no mark (ngang) comes first.
_TONE_MARKS = "\u0300\u0309\u0303\u0301\u0323"
_VOWELS = "aăâeêioôơuưy"
# Letters that Unicode does not decompose.
_STROKED = {
    "đ": "d",
    "Đ": "D",
    "ð": "d",
    "Ð": "D",
    "ø": "o",
    "Ø": "O",
    "ł": "l",
    "Ł": "L",
    "ħ": "h",
    "Ħ": "H",
}
_LATIN_BLOCKS = (range(0xC0, 0x250), range(0x1E00, 0x1F00))
# Left over where a letter and its marks have no single code point; the keys ignore them.
COMBINING_MARKS = "".join(map(chr, range(0x300, 0x370)))


def _ascii_of(char: str) -> str:
    """The plain Latin letter under the marks of char, or nothing where there is none."""
    base = unicodedata.normalize("NFD", _STROKED.get(char, char))[0]
    return base if base.isascii() and base.isalpha() else ""


def _vietnamese_letter(char: str) -> str:
    """The letter of the alphabet that char is, without its tone: Ấ is â, Ñ is n."""
    if char in "đĐðÐ":
        return "đ"
    base = _ascii_of(char).lower()
    marks = [mark for mark in unicodedata.normalize("NFD", char)[1:] if mark in _LETTER_MARKS]
    letter = unicodedata.normalize("NFC", base + "".join(marks))
    return letter if letter in ALPHABET else base


def _tone_digit(char: str) -> str:
    """1 to 5 for a vowel with huyền, hỏi, ngã, sắc or nặng; nothing for any other character."""
    if _vietnamese_letter(char) not in _VOWELS:
        return ""
    tones = [mark for mark in unicodedata.normalize("NFD", char)[1:] if mark in _TONE_MARKS]
    return str(_TONE_MARKS.index(tones[0]) + 1) if tones else ""


def _marked_letters() -> str:
    """Every single code point that is a Latin letter with marks, the Vietnamese ones first."""
    marked = [chr(code) for block in _LATIN_BLOCKS for code in block if _ascii_of(chr(code))]
    return "".join(sorted(marked, key=lambda char: (_tone_digit(char) == "", char not in ALPHABET, char)))


# PostgreSQL's translate() looks each character up from the start of the list: the commonest come first.
_PLAIN = "nhgtiaucom bdefjklpqrsvwxyzNTHLPĐDVCBAEFGIJKMOQRSUWXYZ"
_MARKED = "".join(char for char in _marked_letters() if char not in _PLAIN)
LETTERS = _PLAIN + _MARKED

# One printable ASCII character per letter, in the order of the alphabet; "!" separates words, so that
# a blank, the smallest of all, is free to separate the parts of a key.
WORD_BREAK = "!"
PART_BREAK = " "
_WEIGHTS = dict(zip(ALPHABET, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg", strict=True))


def weights_under(plain: str) -> str:
    """The weights, in order, of the letters that a plain one may stand for: those of a, ă and â for a."""
    return "".join(weight for letter, weight in _WEIGHTS.items() if _ascii_of(letter) == plain)


def _weight(char: str) -> str:
    return WORD_BREAK if char == " " else _WEIGHTS[_vietnamese_letter(char)]


def _lower(char: str) -> str:
    """The small letter, where that is one character; Python and PostgreSQL disagree about İ."""
    small = "đ" if char in "ÐðĐ" else char.lower()
    return small if len(small) == 1 else char


# Each pair of strings is what translate(value, from, to) takes; characters beyond the end of `to` vanish.
FOLD = (
    LETTERS + COMBINING_MARKS,
    "".join(char if char == " " else _ascii_of(char).lower() for char in LETTERS),
)
LOWER = (LETTERS, "".join(map(_lower, LETTERS)))
WEIGHT = (LETTERS + COMBINING_MARKS + WORD_BREAK, "".join(map(_weight, LETTERS)))
_TONED = "".join(filter(_tone_digit, LETTERS))
# Only tones and word breaks count here: TONE_KEPT drops all else, digits of the text vanish first. The
# plain letters are listed, and kept until then, so that the database finds them early.
_UNTONED = _PLAIN.replace(" ", "")
TONE = (
    " " + _UNTONED + _TONED + WORD_BREAK + "0123456789",
    WORD_BREAK + _UNTONED + "".join(map(_tone_digit, _TONED)),
)
TONE_KEPT = "[^1-5!]"

# The two ways of writing a tone on oa, oe and uy: hòa and hoà, khỏe and khoẻ, thúy and thuý.
TONE_PLACEMENTS = tuple(
    (
        unicodedata.normalize("NFC", first + mark + second),
        unicodedata.normalize("NFC", first + second + mark),
    )
    for first, second in ("oa", "oe", "uy")
    for mark in _TONE_MARKS
)


def translation(pair: tuple[str, str]) -> dict[int, str | None]:
    """The table for str.translate() that does what PostgreSQL's translate() does with the same pair."""
    source, target = pair
    return {ord(char): target[place] if place < len(target) else None for place, char in enumerate(source)}
