from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from crm import catalogue

OWN_FOLDERS = ("accounts", "crm", "customers", "interactions", "purchases", "segments", "templates")


def own_texts() -> list[catalogue.Text]:
    return catalogue.texts_in(Path(settings.BASE_DIR, name) for name in OWN_FOLDERS)


def po_path() -> Path:
    return Path(settings.BASE_DIR, "locale", "vi", "LC_MESSAGES", "django.po")


class Command(BaseCommand):
    """Keeps the Vietnamese catalogue in step with the code, without gettext's programs."""

    help = "update: collect texts into the .po; compile: write the .mo; check: fail on anything untranslated."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["update", "compile", "check"])

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        {"update": self.update, "compile": self.compile, "check": self.check_texts}[action]()

    def update(self) -> None:
        vietnamese = catalogue.read_catalogue(po_path())
        added, dropped = catalogue.update(vietnamese, own_texts())
        catalogue.write_catalogue(vietnamese, po_path())
        self.stdout.write(f"{added} added, {dropped} dropped, {len(vietnamese)} in all")

    def compile(self) -> None:
        self.stdout.write(f"{catalogue.compile_catalogue(po_path())} texts compiled")

    def check_texts(self) -> None:
        texts = own_texts()
        findings = catalogue.problems(catalogue.read_catalogue(po_path()), texts)
        if findings:
            raise CommandError("\n".join(["The Vietnamese catalogue needs work:", *findings.lines()]))
        self.stdout.write(f"{len(texts)} texts, all translated")
