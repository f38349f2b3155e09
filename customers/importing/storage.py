"""Where uploaded lists are kept: outside what the web server serves, under random names."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from customers import private_files
from customers.importing import tables
from customers.models import ImportRun


def folder() -> Path:
    return private_files.folder(settings.IMPORT_DIR)


def path_of(run: ImportRun) -> Path:
    return folder() / run.stored_as


def keep(upload: UploadedFile) -> str:
    """Store an upload; gives the name under which it lies."""
    return private_files.keep(folder(), upload)


def forget(stored_as: str) -> None:
    """Delete what was stored under a name; nothing where it is gone already."""
    tables.forget(folder() / stored_as)
