"""Files that people attach: each one judged by what is in it, all problems told at once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any, cast

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from customers.attachments import NewFile
from customers.file_kinds import kind_of
from customers.models import Attachment
from customers.vietnamese.names import clean

LONGEST_NAME = 200
LONGEST_ENDING = 10
MOST_AT_ONCE = 10
Kind = Attachment.Kind
# The first is the ending that a name should have.
ENDINGS = {
    Kind.JPEG: (".jpg", ".jpeg", ".jpe", ".jfif"),
    Kind.PNG: (".png",),
    Kind.WEBP: (".webp",),
    Kind.PDF: (".pdf",),
    Kind.DOCX: (".docx",),
    Kind.XLSX: (".xlsx",),
    Kind.TEXT: (".txt",),
}
ACCEPT = ",".join(ending for endings in ENDINGS.values() for ending in endings)


def shown_name(name: str) -> str:
    """The name of a file on one line: no path, nothing invisible, nothing that turns its letters around."""
    name = clean(name.replace("\\", "/").rpartition("/")[2])
    if len(name) <= LONGEST_NAME:
        return name
    ending = PurePosixPath(name).suffix[:LONGEST_ENDING]
    return f"{name[: LONGEST_NAME - len(ending) - 1].rstrip()}…{ending}"


class FilesInput(forms.FileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Any number of files, each as a `NewFile`."""

    widget = FilesInput

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.widget.attrs |= {"accept": ACCEPT}
        self.help_text = self.help_text or gettext_lazy(
            "JPEG, PNG, WebP, PDF, Word (.docx), Excel (.xlsx) or plain text (.txt)"
        )

    def clean(self, data: Any, initial: Any = None) -> list[NewFile]:
        uploads = cast(Sequence[UploadedFile], data or ())
        if not uploads:
            super().clean(None)
            return []
        if len(uploads) > MOST_AT_ONCE:
            message = ngettext(
                "At most %(most)d file can be added at once. Choose fewer.",
                "At most %(most)d files can be added at once. Choose fewer.",
                MOST_AT_ONCE,
            )
            raise ValidationError(message % {"most": MOST_AT_ONCE}, code="too_many")
        files, problems = [], []
        for upload in uploads:
            try:
                files.append(judged(upload))
            except ValidationError as error:
                problems.append(error)
        if problems:
            raise ValidationError(problems)
        return files


def judged(upload: UploadedFile) -> NewFile:
    """The upload with its kind. Raises ValidationError where it is not taken, with what to do."""
    name = shown_name(upload.name or "")
    said = {"name": name}
    if not upload.size:
        raise ValidationError(_("“%(name)s” is empty. Choose another file.") % said, code="empty")
    if upload.size > settings.LARGEST_ATTACHMENT:
        said |= {"size": filesizeformat(upload.size), "most": filesizeformat(settings.LARGEST_ATTACHMENT)}
        message = _("“%(name)s” has %(size)s; the most is %(most)s. Make it smaller, then add it again.")
        raise ValidationError(message % said, code="too_large")
    kind = kind_of(cast(Any, upload.file))
    if kind is None:
        message = _(
            "“%(name)s” is not a file that can be kept here. Save it as PDF, picture, .docx, .xlsx or .txt, "
            "without macros and without a password."
        )
        raise ValidationError(message % said, code="kind")
    if PurePosixPath(name).suffix.lower() not in ENDINGS[kind]:
        said |= {"kind": str(kind.label), "ending": ENDINGS[kind][0]}
        message = _(
            "“%(name)s” is not what its name says: %(kind)s. If it is right, rename it to %(ending)s."
        )
        raise ValidationError(message % said, code="other_name")
    return NewFile(upload, name, kind, upload.size)


class FilesForm(forms.Form):
    """Files for a customer, or for one contact with them."""

    uploads = FilesField(
        label=gettext_lazy("Files"),
        error_messages={"required": gettext_lazy("Choose at least one file.")},
    )
