"""What an import did, for people and for programs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from customers.vietnamese.money import format_count

EXAMPLE_LINES = 5
# Reasons quote cells, so there may be as many as rows.
MOST_NOTICES = 20
# Called with the number of rows so far.
Progress = Callable[[int], None]


def no_progress(_rows: int) -> None:
    """For callers that show none."""


@dataclass(slots=True)
class Notice:
    """Something that happened to many rows: how many, and the first lines."""

    count: int = 0
    lines: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Summary:
    """Every row read is in exactly one of created, updated, unchanged and rejected."""

    source: str
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    ignored_columns: list[str] = field(default_factory=list)
    warnings: dict[str, Notice] = field(default_factory=dict)
    reasons: dict[str, Notice] = field(default_factory=dict)
    rejects_file: Path | None = None
    details: dict[str, int] = field(default_factory=dict)
    started: float = field(default_factory=time.monotonic)

    @property
    def read(self) -> int:
        return self.created + self.updated + self.unchanged + self.rejected

    def reject(self, line: int, reason: str) -> None:
        self.rejected += 1
        _note(self.reasons, reason, line)

    def warn(self, line: int, warning: str) -> None:
        _note(self.warnings, warning, line)

    def as_dict(self) -> dict[str, Any]:
        return {
            "source": self.source,
            "read": self.read,
            "created": self.created,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "rejected": self.rejected,
            **self.details,
            "ignored_columns": self.ignored_columns,
            "warnings": {text: notice.count for text, notice in self.warnings.items()},
            "rejects_file": str(self.rejects_file) if self.rejects_file else None,
            "seconds": round(time.monotonic() - self.started, 2),
        }

    def sentences(self) -> Iterator[str]:
        """The summary as lines of text, in the language of the moment."""
        yield _(
            "Rows: %(read)s read, %(created)s created, %(updated)s updated, "
            "%(unchanged)s unchanged, %(rejected)s rejected."
        ) % {
            name: format_count(getattr(self, name))
            for name in ("read", "created", "updated", "unchanged", "rejected")
        }
        if self.details:
            yield _(
                "Purchases: %(created)s created, %(updated)s updated, %(unchanged)s unchanged; "
                "customers created: %(customers)s."
            ) % {
                "created": format_count(self.details["purchases_created"]),
                "updated": format_count(self.details["purchases_updated"]),
                "unchanged": format_count(self.details["purchases_unchanged"]),
                "customers": format_count(self.details["customers_created"]),
            }
        if self.ignored_columns:
            yield _("Columns without a use here: %(names)s.") % {"names": ", ".join(self.ignored_columns)}
        for text, notice in self.warnings.items():
            yield _("To look at: %(count)s (lines %(lines)s): %(text)s") % _filled(text, notice)
        for text, notice in self.reasons.items():
            yield _("Rejected: %(count)s (lines %(lines)s): %(text)s") % _filled(text, notice)
        if self.rejects_file:
            yield _("The rejected rows with their reasons: %(path)s") % {"path": self.rejects_file}


def _note(notices: dict[str, Notice], text: str, line: int) -> None:
    if text not in notices and len(notices) >= MOST_NOTICES:
        text = _("other reasons")
    notice = notices.setdefault(text, Notice())
    notice.count += 1
    if len(notice.lines) < EXAMPLE_LINES:
        notice.lines.append(line)


def _filled(text: str, notice: Notice) -> dict[str, str]:
    lines = ", ".join(map(str, notice.lines))
    more = ", …" if notice.count > len(notice.lines) else ""
    return {"count": format_count(notice.count), "lines": lines + more, "text": text}
