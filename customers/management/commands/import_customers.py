"""Customers from a list: `manage.py import_customers FILE [--mapping M.toml]`."""

from typing import Any

from customers.importing.command import ImportCommand, rejects_beside
from customers.importing.customer_import import import_customers
from customers.importing.customer_rows import CUSTOMER_CANON
from customers.importing.mapping import ImportMapping
from customers.importing.summary import Summary


class Command(ImportCommand):
    help = "Import customers from a CSV file; safe to run again. See docs/import-export.md."
    canon = CUSTOMER_CANON

    def import_file(self, mapping: ImportMapping, options: dict[str, Any]) -> Summary:
        return import_customers(
            path=options["file"],
            mapping=mapping,
            rejects_path=options["rejects"] or rejects_beside(options["file"]),
            progress=self.show_progress,
        )
