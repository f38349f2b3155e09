"""Small files of every kind that can be attached, and the form in which a browser sends them."""

from __future__ import annotations

import io
import zipfile

from django.core.files.uploadedfile import SimpleUploadedFile

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"


def office(main_part: str, **members: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", f'<Types><Override ContentType="{main_part}"/></Types>')
        for name, content in members.items():
            archive.writestr(name, content)
    return packed.getvalue()


CONTENTS = {
    "jpg": b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(40),
    "png": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(40),
    "webp": b"RIFF\x24\x00\x00\x00WEBPVP8 " + bytes(40),
    "pdf": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n",
    "docx": office(WORD, document=b"<w:document/>"),
    "xlsx": office(EXCEL, workbook=b"<workbook/>"),
    "txt": "Chị Ánh thích trà thảo mộc".encode(),
}


def upload(name: str, content: bytes | None = None) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, CONTENTS[name.rpartition(".")[2]] if content is None else content)
