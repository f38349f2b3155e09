"""Folders that no web server serves, with files under random names that only their owner can read."""

from __future__ import annotations

import os
import uuid
from pathlib import Path

from django.core.files.uploadedfile import UploadedFile


def folder(path: str | Path) -> Path:
    """The folder, made where it is missing."""
    made = Path(path)
    made.mkdir(mode=0o700, parents=True, exist_ok=True)
    return made


def keep(place: Path, upload: UploadedFile) -> str:
    """Store an upload; gives the name under which it lies."""
    name = uuid.uuid4().hex
    descriptor = os.open(place / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        for chunk in upload.chunks():
            file.write(chunk)
    return name
