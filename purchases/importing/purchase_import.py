"""A whole purchase list, from file to database: staged, gathered into purchases, saved in batches."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from customers.importing.binding import Binding
from customers.importing.files import TableFile
from customers.importing.locks import only_import_of
from customers.importing.mapping import ImportMapping
from customers.importing.rejects import RejectsFile
from customers.importing.summary import Progress, Summary, no_progress
from purchases.importing.lines import PURCHASE_CANON, PurchaseLineReader
from purchases.importing.saving import save_batch
from purchases.importing.staging import gather, rejected_lines, stage, staging

LINES_A_BATCH = 5000


def import_purchases(
    *,
    path: Path,
    mapping: ImportMapping,
    rejects_path: Path,
    create_missing: bool = False,
    progress: Progress = no_progress,
    batch_size: int = LINES_A_BATCH,
) -> Summary:
    """Bring a purchase list in; running it again, or after it was killed, changes nothing twice.

    The file is the truth for every purchase it names. Nothing is saved before all of it has been read.
    Raises ImportFileError where the file as a whole cannot be imported.
    """
    options = mapping.options
    with (
        only_import_of(options.source),
        TableFile(path, delimiter=options.delimiter, encoding=options.encoding) as table,
        RejectsFile(rejects_path, header=table.header, delimiter=table.delimiter) as rejects,
        staging(),
    ):
        binding = Binding(table.header, mapping, PURCHASE_CANON)
        summary = Summary(options.source, ignored_columns=binding.ignored)
        stage(table, PurchaseLineReader(binding, mapping), progress)
        batches = gather(source=options.source, batch_size=batch_size)
        _save(batches, options.source, summary, create_missing=create_missing)
        for rejected in rejected_lines():
            rejects.add(rejected.line, table.cells_of(rejected.original), rejected.reason)
            summary.reject(rejected.line, rejected.reason)
        summary.rejects_file = rejects.path if rejects.count else None
    return summary


def _save(batches: int, source: str, summary: Summary, *, create_missing: bool) -> None:
    lines: Counter[str] = Counter()
    details: Counter[str] = Counter(
        dict.fromkeys(
            ("purchases_created", "purchases_updated", "purchases_unchanged", "customers_created"), 0
        )
    )
    for batch in range(batches):
        saved = save_batch(batch=batch, source=source, create_missing=create_missing)
        details["customers_created"] += saved.customers_created
        for outcome in saved.outcomes:
            lines[outcome.name] += outcome.lines
            details[f"purchases_{outcome.name}"] += outcome.purchases
    summary.created, summary.updated, summary.unchanged = (
        lines[name] for name in ("created", "updated", "unchanged")
    )
    summary.details = dict(details)
