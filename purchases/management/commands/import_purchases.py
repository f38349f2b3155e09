"""Purchases from a list: `manage.py import_purchases FILE [--mapping M.toml] [--create-customers]`."""

from typing import Any

from django.core.management.base import CommandParser

from customers.importing.command import ImportCommand, rejects_beside
from customers.importing.mapping import ImportMapping
from customers.importing.summary import Summary
from purchases.importing.lines import PURCHASE_CANON
from purchases.importing.purchase_import import import_purchases


class Command(ImportCommand):
    help = "Import purchases from a CSV file, one row a line; safe to run again. See docs/import-export.md."
    canon = PURCHASE_CANON

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--create-customers",
            action="store_true",
            help="make a customer without a name for a number that is not known",
        )

    def import_file(self, mapping: ImportMapping, options: dict[str, Any]) -> Summary:
        return import_purchases(
            path=options["file"],
            mapping=mapping,
            rejects_path=options["rejects"] or rejects_beside(options["file"]),
            create_missing=options["create_customers"],
            progress=self.show_progress,
        )
