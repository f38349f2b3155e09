"""Files kept with a customer: taken in, given out, deleted. Nobody serves the folder in which they lie."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from customers import private_files
from customers.models import Attachment, Customer

# A file of an upload that was cut off before its row was written; nobody writes for so long.
ABANDONED = datetime.timedelta(days=1)
SWEPT_AT_ONCE = 1000
DELETE = "customers.delete_attachment"

CONTENT_TYPES = {
    Attachment.Kind.JPEG: "image/jpeg",
    Attachment.Kind.PNG: "image/png",
    Attachment.Kind.WEBP: "image/webp",
    Attachment.Kind.PDF: "application/pdf",
    Attachment.Kind.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    Attachment.Kind.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Attachment.Kind.TEXT: "text/plain",
}


@dataclass(frozen=True)
class NewFile:
    """An upload that has been judged: its content, a name that can be shown, and what it is."""

    upload: UploadedFile
    name: str
    kind: Attachment.Kind
    size: int


def folder() -> Path:
    return private_files.folder(settings.ATTACHMENT_DIR)


def path_of(attachment: Attachment) -> Path:
    return folder() / attachment.stored_as


def attach(*, customer: Customer, files: Sequence[NewFile], by: User) -> list[Attachment]:
    """Keep files with a customer, all of them or none."""
    stored: list[str] = []
    with ExitStack() as undoing:
        undoing.callback(_forget, stored)
        # One by one, so that what is stored is known also where the next one fails.
        stored.extend(private_files.keep(folder(), file.upload) for file in files)
        made = Attachment.objects.bulk_create(
            Attachment(
                customer=customer,
                name=file.name,
                kind=file.kind,
                size=file.size,
                stored_as=name,
                added_by=by,
            )
            for file, name in zip(files, stored, strict=True)
        )
        undoing.pop_all()
    return made


def may_delete(attachment: Attachment, user: User) -> bool:
    """Whoever added a file may delete it; what others added, those with the permission to."""
    return attachment.added_by_id == user.pk or user.has_perm(DELETE)


def delete_attachment(*, attachment: Attachment, by: User) -> bool:
    """Delete a file for good; False where somebody has already done so."""
    with transaction.atomic():
        kept = Attachment.objects.kept().select_for_update(of=("self",), no_key=True)
        names = list(kept.filter(pk=attachment.pk).values_list("stored_as", flat=True))
        kept.filter(pk=attachment.pk).update(deleted_at=timezone.now(), deleted_by=by, stored_as="")
        forget_after_commit(names)
    return bool(names)


def stored_for(customers: Collection[int]) -> list[str]:
    """Under which names the files of these customers lie."""
    return list(Attachment.objects.kept().filter(customer__in=customers).values_list("stored_as", flat=True))


def forget_after_commit(names: Iterable[str]) -> None:
    """Remove files once it is certain that nothing refers to them any longer."""
    given = tuple(names)
    transaction.on_commit(lambda: _forget(given))


def forget_strays() -> int:
    """Remove files that no row refers to, left where a program was killed; how many those were."""
    limit = (timezone.now() - ABANDONED).timestamp()
    removed = 0
    everything = folder().iterdir()
    while paths := list(islice(everything, SWEPT_AT_ONCE)):
        names = [path.name for path in paths if path.stat().st_mtime < limit]
        known = set(Attachment.objects.filter(stored_as__in=names).values_list("stored_as", flat=True))
        strays = [name for name in names if name not in known]
        _forget(strays)
        removed += len(strays)
    return removed


def _forget(names: Iterable[str]) -> None:
    for name in names:
        (folder() / name).unlink(missing_ok=True)
