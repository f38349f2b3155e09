"""What a file is by its content. Its name and what the browser says of it are not asked."""

from __future__ import annotations

import codecs
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import BinaryIO

from customers.models import Attachment

Kind = Attachment.Kind

BEGINNING = 64
CHUNK = 256 * 1024
ZIP_START = b"PK\x03\x04"
# An office file of 10 MB with more than this in it is made to fill memory or disk.
MOST_UNPACKED = 200 * 1024 * 1024
MOST_MEMBERS = 5_000
CONTENT_TYPES = "[Content_Types].xml"
LONGEST_CONTENT_TYPES = 512 * 1024
# What the main part of the file says it is. Files with macros say something else, so they are not taken.
MAIN_PARTS = {
    b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml": Kind.DOCX,
    b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml": Kind.XLSX,
}
MACROS = b"macroEnabled"
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# Text has none of these; tab, line feed, form feed and carriage return may stand in it.
CONTROLS = bytes(set(range(32)) - set(b"\t\n\f\r")) + b"\x7f"
# How the first bytes of each kind look; office files and text need more than these.
STARTS: tuple[tuple[Kind, Callable[[bytes], bool]], ...] = (
    (Kind.JPEG, lambda start: start.startswith(b"\xff\xd8\xff")),
    (Kind.PNG, lambda start: start.startswith(b"\x89PNG\r\n\x1a\n") and start[12:16] == b"IHDR"),
    (Kind.WEBP, lambda start: start.startswith(b"RIFF") and start[8:12] == b"WEBP"),
    (Kind.PDF, lambda start: start.startswith(b"%PDF-")),
)


def kind_of(file: BinaryIO) -> Kind | None:
    """The kind of an open file, or None for what is not taken; reads it from its beginning."""
    file.seek(0)
    start = file.read(BEGINNING)
    if start.startswith(ZIP_START):
        return _office_kind(file)
    for kind, begins in STARTS:
        if begins(start):
            return kind
    return Kind.TEXT if start and _is_text(file) else None


def _office_kind(file: BinaryIO) -> Kind | None:
    """A Word document or an Excel workbook without macros; nothing is unpacked but its list of contents."""
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            if len(members) > MOST_MEMBERS or sum(one.file_size for one in members) > MOST_UNPACKED:
                return None
            with archive.open(CONTENT_TYPES) as listed:
                content_types = listed.read(LONGEST_CONTENT_TYPES)
    except (zipfile.BadZipFile, zlib.error, KeyError, RuntimeError, NotImplementedError, EOFError, OSError):
        # Cut off, protected with a password, or packed in a way that office programs do not use.
        return None
    if MACROS in content_types:
        return None
    return next((kind for part, kind in MAIN_PARTS.items() if part in content_types), None)


def _is_text(file: BinaryIO) -> bool:
    file.seek(0)
    start = file.read(2)
    file.seek(0)
    return _is_utf_16(file) if start in UTF_16 else all(_is_plain(chunk) for chunk in _chunks(file))


def _is_plain(chunk: bytes) -> bool:
    """Without the bytes that only programs write; what is older than Unicode is text all the same."""
    return len(chunk.translate(None, CONTROLS)) == len(chunk)


def _is_utf_16(file: BinaryIO) -> bool:
    decoder = codecs.getincrementaldecoder("utf-16")()
    try:
        is_plain = all(_is_plain(decoder.decode(chunk).encode("utf-8")) for chunk in _chunks(file))
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return is_plain


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    while chunk := file.read(CHUNK):
        yield chunk
