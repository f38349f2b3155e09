"""In which encoding a list is written. Old Vietnamese ones are told apart by what can be a word."""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Iterator
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

SAMPLE = 256 * 1024


class Encoding(StrEnum):
    """The encodings that are read; the value is kept with the import."""

    UTF_8 = "utf-8"
    UTF_8_BOM = "utf-8-bom"
    UTF_16_LE = "utf-16-le"
    UTF_16_BE = "utf-16-be"
    WINDOWS_1258 = "cp1258"
    TCVN3 = "tcvn3"
    WINDOWS_1252 = "cp1252"

    @property
    def label(self) -> str:
        """The name that people know it by; the same in every language."""
        return _LABELS[self]


_LABELS = {
    Encoding.UTF_8: "UTF-8",
    Encoding.UTF_8_BOM: "UTF-8 (BOM)",
    Encoding.UTF_16_LE: "UTF-16 LE",
    Encoding.UTF_16_BE: "UTF-16 BE",
    Encoding.WINDOWS_1258: "Windows-1258",
    Encoding.TCVN3: "TCVN3 (ABC)",
    Encoding.WINDOWS_1252: "Windows-1252",
}
_CODECS = {Encoding.UTF_8_BOM: "utf-8-sig", Encoding.TCVN3: "latin-1"}
# TCVN 5712:1993, as the fonts named .VnTime use it, from 0xA1 to 0xFE.
_TCVN3_LETTERS = (
    "ĂÂÊÔƠƯĐăâêôơưđẰ\u0300\u0309\u0303\u0301\u0323àảãáạẲằẳẵắẴẮẦẨẪẤỀặầẩẫấậèỂẻẽéẹềểễếệìỉỄẾỒĩíịò"
    "ỔỏõóọồổỗốộờởỡớợùỖủũúụừửữứựỳỷỹýỵ"
)
TCVN3 = {0xA1 + place: letter for place, letter in enumerate(_TCVN3_LETTERS)}
_ONSET = r"(?:ngh|ng|nh|ch|gh|gi|kh|ph|qu|th|tr|[bcdđghklmnpqrstvx])?"
_SYLLABLE = re.compile(_ONSET + r"[aăâeêioôơuưy]{1,3}(?:ch|nh|ng|[cmnpt])?")
_WORD = re.compile(r"[^\s\d,;|\t\"'()./:@_+=<>&*#!?%-]+")
# Controls that no text has; more than one in so many characters, and it is none.
_NO_TEXT = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
ONE_CONTROL_IN = 20
_WEB_PAGE = re.compile(
    r"\ufeff?\s*<(?:!doctype\b|!--|\?xml\b|(?:html|head|meta|style|body|div|table)\b)", re.IGNORECASE
)
_TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")


def find_encoding(path: Path) -> Encoding:
    """The encoding of a file: by its mark, else UTF-8 where all of it is, else what gives the most words."""
    with path.open("rb") as file:
        start = file.read(SAMPLE)
    for mark, marked in (
        (codecs.BOM_UTF8, Encoding.UTF_8_BOM),
        (codecs.BOM_UTF16_LE, Encoding.UTF_16_LE),
        (codecs.BOM_UTF16_BE, Encoding.UTF_16_BE),
    ):
        if start.startswith(mark):
            return marked
    if unmarked := _utf_16_without_mark(start):
        return unmarked
    if _is_utf_8(path):
        return Encoding.TCVN3 if is_tcvn3_in_unicode(start.decode("utf-8", "ignore")) else Encoding.UTF_8
    scores = {
        encoding: _words(decoded(start, encoding))
        for encoding in (Encoding.WINDOWS_1258, Encoding.TCVN3, Encoding.WINDOWS_1252)
    }
    best = max(scores, key=lambda encoding: scores[encoding])
    return best if scores[best] > 0 else Encoding.WINDOWS_1252


def is_text(start: str) -> bool:
    """Whether the beginning of a file is that of a text, which has hardly any control characters."""
    return len(_NO_TEXT.findall(start)) * ONE_CONTROL_IN <= len(start)


def is_web_page(start: str) -> bool:
    """Whether it is HTML or XML, as many programs write what they call an Excel file."""
    return _WEB_PAGE.match(start) is not None


def is_tcvn3_in_unicode(text: str) -> bool:
    """Whether letters of a TCVN3 font stand here as the Latin ones that share their bytes: NguyÔn, §Æng."""
    as_it_stands = _words(text)
    return as_it_stands < 0 and _words(from_tcvn3(text)) > abs(as_it_stands) // 2


def decoded(raw: bytes, encoding: Encoding) -> str:
    """The text of some bytes; what cannot be read stays visible."""
    text = raw.decode(_CODECS.get(encoding, str(encoding)), "backslashreplace")
    if encoding == Encoding.TCVN3:
        return from_tcvn3(text)
    return unicodedata.normalize("NFC", text) if encoding == Encoding.WINDOWS_1258 else text


def from_tcvn3(text: str) -> str:
    """The text of a TCVN3 font in Unicode; a word in capitals, which these fonts draw, gets real ones."""
    letters = unicodedata.normalize("NFC", text.translate(TCVN3))
    return _WORD.sub(lambda word: _capitals(word[0]), letters)


def _capitals(word: str) -> str:
    plain = [letter for letter in word if letter.isascii() and letter.isalpha()]
    return word.upper() if len(plain) > 1 and all(letter.isupper() for letter in plain) else word


def utf_8_lines(path: Path, encoding: Encoding) -> Iterator[str]:
    """The file in Unicode, line by line with its line ends."""
    if encoding == Encoding.TCVN3 and _is_utf_8(path):
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield from map(from_tcvn3, file)
    elif encoding in {Encoding.UTF_16_LE, Encoding.UTF_16_BE}:
        with path.open(encoding=str(encoding), errors="backslashreplace", newline="") as file:
            for number, line in enumerate(file):
                yield line.removeprefix("\ufeff") if number == 0 else line
    else:
        with path.open("rb") as raw:
            for piece in raw:
                yield decoded(piece, encoding)


def _utf_16_without_mark(start: bytes) -> Encoding | None:
    """Latin letters have a zero byte each: on even places where the high byte comes first."""
    even, odd = start[::2].count(0), start[1::2].count(0)
    if odd > len(start) // 5 and even < odd // 10 + 1:
        return Encoding.UTF_16_LE
    if even > len(start) // 5 and odd < even // 10 + 1:
        return Encoding.UTF_16_BE
    return None


def _is_utf_8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        try:
            while piece := file.read(SAMPLE):
                decoder.decode(piece)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _words(text: str) -> int:
    """How many words with marks can be Vietnamese, less those that cannot be."""
    marked = [word for word in _WORD.findall(text) if not word.isascii()]
    return sum(1 if _can_be_vietnamese(word) else -1 for word in marked)


@lru_cache(maxsize=20_000)
def _can_be_vietnamese(word: str) -> bool:
    if not (word.islower() or word.isupper() or word.istitle()):
        return False
    letters = unicodedata.normalize("NFD", word.lower())
    tones = sum(letter in _TONES for letter in letters)
    bare = unicodedata.normalize("NFC", "".join(letter for letter in letters if letter not in _TONES))
    return tones <= 1 and _SYLLABLE.fullmatch(bare) is not None
