"""Customers to a file: `manage.py export_customers FILE --columns code,full_name,phone`."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import User
from customers.exporting import DEFAULT_COLUMNS, ExportError, export_customers, in_segment
from customers.models import Customer
from customers.vietnamese.money import format_count


class Command(BaseCommand):
    help = "Export customers to .csv or .xlsx. See docs/import-export.md for the columns."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="ends in .csv or .xlsx")
        parser.add_argument("--columns", default=",".join(DEFAULT_COLUMNS), help="names with commas between")
        parser.add_argument("--segment", type=int, metavar="ID", help="only who is in this segment now")
        parser.add_argument(
            "--user", metavar="USERNAME", help="only whom this user may see; default: everybody"
        )
        parser.add_argument("--labels", action="store_true", help="labels instead of names in the first row")
        parser.add_argument(
            "--language",
            choices=[code for code, _name in settings.LANGUAGES],
            default=settings.LANGUAGE_CODE,
            help="of labels, values of closed lists, and messages",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        with translation.override(options["language"]):
            customers: QuerySet[Customer] = Customer.objects.all()
            if options["user"]:
                customers = Customer.objects.visible_to(self.user_named(options["user"]))
            try:
                if options["segment"] is not None:
                    customers = in_segment(customers, options["segment"])
                count = export_customers(
                    path=options["file"],
                    customers=customers,
                    columns=[name.strip() for name in options["columns"].split(",") if name.strip()],
                    labels=options["labels"],
                )
            except ExportError as error:
                raise CommandError(error.message) from error
            self.stdout.write(
                _("%(count)s customers are in %(path)s.")
                % {"count": format_count(count), "path": options["file"]}
            )

    def user_named(self, name: str) -> User:
        """The active user of this name. Raises CommandError."""
        try:
            return User.objects.get(username__iexact=name, is_active=True)
        except User.DoesNotExist as error:
            raise CommandError(_("There is no active user “%(name)s”.") % {"name": name}) from error
