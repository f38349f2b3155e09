"""Where uploaded lists are kept: outside what the web server serves, under random names."""

from __future__ import annotations

import os
import uuid
from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from customers.importing import tables
from customers.models import ImportRun


def folder() -> Path:
    path = Path(settings.IMPORT_DIR)
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def path_of(run: ImportRun) -> Path:
    return folder() / run.stored_as


def keep(upload: UploadedFile) -> str:
    """Store an upload, readable by its owner only; gives the name under which it lies."""
    name = uuid.uuid4().hex
    descriptor = os.open(folder() / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        for chunk in upload.chunks():
            file.write(chunk)
    return name


def forget(stored_as: str) -> None:
    """Delete what was stored under a name; nothing where it is gone already."""
    tables.forget(folder() / stored_as)
