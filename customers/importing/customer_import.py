"""A whole customer list, from file to database, in batches of one transaction each."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from django.db import connection
from django.utils.translation import gettext as _

from customers.importing.binding import Binding
from customers.importing.customer_rows import CUSTOMER_CANON, CustomerReader, CustomerRow
from customers.importing.customer_saving import save_customers
from customers.importing.errors import RowError
from customers.importing.files import Record, TableFile
from customers.importing.locks import only_import_of
from customers.importing.mapping import ImportMapping
from customers.importing.rejects import RejectsFile
from customers.importing.summary import Progress, Summary, no_progress

BATCH = 2000


def import_customers(
    *,
    path: Path,
    mapping: ImportMapping,
    rejects_path: Path,
    progress: Progress = no_progress,
    batch_size: int = BATCH,
) -> Summary:
    """Bring a customer list in; running it again, or after it was killed, changes nothing twice.

    Raises ImportFileError where the file as a whole cannot be imported; batches before that point stay.
    """
    options = mapping.options
    with (
        only_import_of(options.source),
        TableFile(path, delimiter=options.delimiter, encoding=options.encoding) as table,
    ):
        binding = Binding(table.header, mapping, CUSTOMER_CANON)
        summary = Summary(options.source, ignored_columns=binding.ignored)
        with (
            RejectsFile(rejects_path, header=table.header, delimiter=table.delimiter) as rejects,
            _NumbersSeen() as seen,
        ):
            run = _Run(table, binding, CustomerReader(binding, mapping), rejects, seen, summary, progress)
            run.all_rows(batch_size)
        summary.rejects_file = rejects.path if rejects.count else None
    return summary


@dataclass(slots=True)
class _Run:
    table: TableFile
    binding: Binding
    reader: CustomerReader
    rejects: RejectsFile
    seen: _NumbersSeen
    summary: Summary
    progress: Progress
    batch: dict[str, tuple[CustomerRow, Record]] = field(default_factory=dict)

    def all_rows(self, batch_size: int) -> None:
        for record in self.table.records():
            row = self._read(record)
            if row is None:
                continue
            # A batch holds each number once, so that a repeated one meets its stored customer.
            if row.external_id in self.batch or len(self.batch) >= batch_size:
                self._save()
            self.batch[row.external_id] = (row, record)
        self._save()

    def _read(self, record: Record) -> CustomerRow | None:
        if record.problem:
            self._reject(record, record.problem)
            return None
        try:
            return self.reader.read(record.line, record.cells)
        except RowError as error:
            self._reject(record, self.binding.explain(error))
            return None

    def _reject(self, record: Record, reason: str) -> None:
        self.rejects.add(record.line, record.cells or self.table.cells_of(record.text), reason)
        self.summary.reject(record.line, reason)

    def _save(self) -> None:
        if not self.batch:
            return
        repeated = self.seen.add(list(self.batch))
        rows = [row for row, _record in self.batch.values()]
        saved = save_customers(source=self.summary.source, rows=rows, repeated=repeated)
        self.summary.created += len(saved.created)
        self.summary.updated += len(saved.updated)
        self.summary.unchanged += len(saved.unchanged)
        for row in saved.refused:
            self._reject(
                self.batch[row.external_id][1],
                _(
                    "external_id: this number stood in the file before, with other values. "
                    "Keep one row a customer."
                ),
            )
        for row in (*saved.created, *saved.updated, *saved.unchanged):
            for warning in row.warnings:
                self.summary.warn(row.line, self.binding.explain(warning))
        self.batch.clear()
        self.progress(self.summary.read)


class _NumbersSeen:
    """The external numbers of this run, in a temporary table: a list may be larger than memory."""

    def __enter__(self) -> _NumbersSeen:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS pg_temp.import_numbers_seen")
            cursor.execute("CREATE TEMPORARY TABLE import_numbers_seen (number text PRIMARY KEY)")
        return self

    def __exit__(self, *_error: object) -> None:
        if connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("DROP TABLE IF EXISTS pg_temp.import_numbers_seen")

    def add(self, numbers: list[str]) -> frozenset[str]:
        """Remember the numbers; those that were known already come back."""
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO import_numbers_seen SELECT unnest(%s::text[])"
                " ON CONFLICT DO NOTHING RETURNING number",
                [numbers],
            )
            new = {number for (number,) in cursor.fetchall()}
        return frozenset(number for number in numbers if number not in new)
