"""What the import commands have in common: options, language, progress, the summary at the end."""

from __future__ import annotations

import json
from abc import abstractmethod
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import translation
from django.utils.translation import gettext as _

from customers.importing.errors import ImportFileError
from customers.importing.mapping import Canon, ImportMapping, known_source, read_mapping
from customers.importing.summary import Summary
from customers.vietnamese.money import format_count

PROGRESS_EVERY = 20_000


def rejects_beside(path: Path) -> Path:
    """Where rejected rows go unless somebody says: `list.csv.rejects.csv`, for `list.csv.gz` too."""
    return path.with_name(path.name.removesuffix(".gz") + ".rejects.csv")


def mapping_with(path: Path | None, canon: Canon, *, source: str = "", encoding: str = "") -> ImportMapping:
    """The mapping of a file, or none, with what the command line says instead. Raises ImportFileError."""
    mapping = read_mapping(path, canon) if path else ImportMapping()
    options = mapping.options
    if source:
        options = replace(options, source=known_source(source))
    if encoding:
        options = replace(options, encoding=encoding)
    return replace(mapping, options=options)


class ImportCommand(BaseCommand):
    """Imports one file and tells what became of its rows; rejected rows are no failure of the command."""

    canon: Canon

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="CSV or .csv.gz, in UTF-8")
        parser.add_argument("--mapping", type=Path, metavar="M.toml", help="how its columns become ours")
        parser.add_argument("--source", default="", help="under which name its numbers are remembered")
        parser.add_argument("--encoding", default="", help="utf-8 (default), cp1258, cp1252 or latin-1")
        parser.add_argument("--rejects", type=Path, metavar="PATH", help="default: FILE.rejects.csv")
        add_language_and_json(parser)

    def handle(self, *_args: Any, **options: Any) -> None:
        with translation.override(options["language"]):
            try:
                mapping = mapping_with(
                    options["mapping"], self.canon, source=options["source"], encoding=options["encoding"]
                )
                summary = self.import_file(mapping, options)
            except ImportFileError as error:
                raise CommandError(error.message) from error
            if options["json"]:
                self.stdout.write(json.dumps(summary.as_dict(), ensure_ascii=False))
            else:
                for sentence in summary.sentences():
                    self.stdout.write(sentence)

    @abstractmethod
    def import_file(self, mapping: ImportMapping, options: dict[str, Any]) -> Summary:
        """Import `options["file"]`."""

    def show_progress(self, rows: int) -> None:
        """A line now and then on stderr, so that a long import is seen to live."""
        reached = rows // PROGRESS_EVERY
        if reached > getattr(self, "_reached", 0):
            self._reached = reached
            self.stderr.write(_("Rows so far: %(count)s") % {"count": format_count(rows)})


def add_language_and_json(parser: CommandParser) -> None:
    parser.add_argument(
        "--language",
        choices=[code for code, _name in settings.LANGUAGES],
        default=settings.LANGUAGE_CODE,
        help="of the summary and of the reasons in the rejects file",
    )
    parser.add_argument("--json", action="store_true", help="print the summary as JSON")
