"""What the tests of imports share: writing a file, running a command, reading its summary and its rejects."""

import csv
import io
import json
from pathlib import Path

from django.core.management import call_command


def write(path: Path, text: str | bytes, encoding: str = "utf-8") -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return path


def run(command: str, path: Path, *options: str) -> dict:
    """The summary of an import as its JSON says it; the parts always add up to the rows read."""
    output = io.StringIO()
    call_command(command, path, "--json", "--language", "en", *options, stdout=output, stderr=io.StringIO())
    summary = json.loads(output.getvalue())
    parts = ("created", "updated", "unchanged", "rejected")
    assert summary["read"] == sum(summary[part] for part in parts)
    return summary


def counts(summary: dict) -> tuple[int, int, int, int]:
    return tuple(summary[part] for part in ("created", "updated", "unchanged", "rejected"))


def rejects(path: Path, delimiter: str = ",") -> list[dict[str, str]]:
    """The rows of the rejects file beside a list, by column."""
    beside = path.with_name(path.name.removesuffix(".gz") + ".rejects.csv")
    with beside.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=delimiter))
