"""All files of a data set by its plan: `manage.py import_all examples/complete_journey/import.toml`."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import translation

from customers.importing.command import add_language_and_json, mapping_with, rejects_beside
from customers.importing.customer_import import import_customers
from customers.importing.customer_rows import CUSTOMER_CANON
from customers.importing.errors import ImportFileError
from customers.importing.summary import Summary
from purchases.importing.lines import PURCHASE_CANON
from purchases.importing.plan import Step, read_plan
from purchases.importing.purchase_import import import_purchases


class Command(BaseCommand):
    help = "Import the files that a plan lists, in its order; safe to run again. See docs/import-export.md."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("plan", type=Path, metavar="PLAN.toml")
        parser.add_argument(
            "--data", type=Path, metavar="DIR", help="where the files are, if not where it says"
        )
        parser.add_argument(
            "--rejects", type=Path, metavar="DIR", help="folder for rejected rows; default: beside the files"
        )
        add_language_and_json(parser)

    def handle(self, *_args: Any, **options: Any) -> None:
        with translation.override(options["language"]):
            try:
                for step in read_plan(options["plan"], options["data"]):
                    self.tell(step, run(step, options["rejects"]), as_json=options["json"])
            except ImportFileError as error:
                raise CommandError(error.message) from error

    def tell(self, step: Step, summary: Summary, *, as_json: bool) -> None:
        """One line of JSON a file, or its summary in words."""
        if as_json:
            self.stdout.write(json.dumps({"file": step.file.name, **summary.as_dict()}, ensure_ascii=False))
            return
        self.stdout.write(f"{step.file.name}:")
        for sentence in summary.sentences():
            self.stdout.write(f"  {sentence}")


def run(step: Step, rejects_folder: Path | None) -> Summary:
    """Import the file of one step. Raises ImportFileError."""
    rejects = rejects_beside(step.file)
    if rejects_folder:
        rejects = rejects_folder / rejects.name
    if step.kind == "customers":
        return import_customers(
            path=step.file, mapping=mapping_with(step.mapping, CUSTOMER_CANON), rejects_path=rejects
        )
    return import_purchases(
        path=step.file,
        mapping=mapping_with(step.mapping, PURCHASE_CANON),
        rejects_path=rejects,
        create_missing=step.create_customers,
    )
