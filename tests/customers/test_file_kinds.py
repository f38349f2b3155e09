"""What a file is by its content, whatever it is called."""

from __future__ import annotations

import io
import zipfile

import pytest

from customers import file_kinds
from customers.file_kinds import kind_of
from tests.customers.files import CONTENTS, WORD, office

OLD_WORD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
MACROS = "application/vnd.ms-word.document.macroEnabled.main+xml"


def kind(content: bytes) -> str | None:
    found = kind_of(io.BytesIO(content))
    return found.value if found else None


@pytest.mark.parametrize(("ending", "content"), CONTENTS.items(), ids=CONTENTS)
def test_each_kind_is_known_by_its_content(ending, content):
    assert kind(content) == {"jpg": "jpeg", "txt": "text"}.get(ending, ending)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1258"])
def test_text_may_be_older_than_unicode(encoding):
    text = "Nguyễn" if encoding != "cp1258" else "Hà Nội".encode("ascii", "ignore").decode()
    assert kind(f"{text}\r\n\tdòng".encode(encoding, "ignore")) == "text"


# By name: packed files hold the time of day, which must not be in the name of a test.
OTHERS = {
    "nothing": b"",
    "program of Windows": b"MZ\x90\x00" + bytes(60),
    "program of Linux": b"\x7fELF" + bytes(60),
    "Word before 2007": OLD_WORD,
    "text with a zero": b"chu thuong\x00an",
    "UTF-16 with a zero": "có số không".encode("utf-16") + b"\x00\x00",
    "half a letter of UTF-16": b"\xff\xfe\x00\xd8",
    "beginning of an archive": b"PK\x03\x04",
    "half a document": CONTENTS["docx"][:80],
    "book": office("application/epub+zip"),
    "document with macros": office(f"{MACROS} {WORD}"),
}


@pytest.mark.parametrize("content", OTHERS.values(), ids=OTHERS)
def test_everything_else_is_not_taken(content):
    assert kind(content) is None


def test_a_bomb_is_not_unpacked(monkeypatch):
    monkeypatch.setattr(file_kinds, "MOST_UNPACKED", 1_000_000)
    bomb = office(WORD, document=bytes(2_000_000))
    assert len(bomb) < 10_000
    assert kind(bomb) is None
    monkeypatch.setattr(file_kinds, "MOST_MEMBERS", 2)
    assert kind(office(WORD, one=b"1", two=b"2", three=b"3")) is None


def test_a_list_of_contents_that_is_a_bomb_is_read_to_its_limit_only(monkeypatch):
    monkeypatch.setattr(file_kinds, "LONGEST_CONTENT_TYPES", 1_000)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", b" " * 5_000 + WORD.encode())
    assert kind(packed.getvalue()) is None


def test_a_member_with_a_password_is_not_taken():
    content = bytearray(CONTENTS["docx"])
    for start in (b"PK\x03\x04", b"PK\x01\x02"):
        flags = content.find(start) + (6 if start[2] == 3 else 8)
        content[flags] |= 1
    assert kind(bytes(content)) is None
