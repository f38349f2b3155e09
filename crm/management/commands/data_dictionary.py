from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import models
from django.utils import translation

APPS = ("accounts", "customers", "purchases", "interactions", "segments")
HEAD = """# Data dictionary

Every table of Sổ Khách, written by `manage.py data_dictionary` from the models; a test keeps it current.
Names are English here; people read them in Vietnamese. Money is whole đồng. Times are stored in UTC and
shown in Asia/Ho_Chi_Minh. Tables whose name ends in `event` hold the history of another, written by triggers.
"""


def dictionary() -> str:
    """The whole page, as Markdown in English."""
    with translation.override("en"):
        return HEAD + "".join(part for label in APPS for part in app_part(label))


def app_part(label: str) -> Iterator[str]:
    yield f"\n## {label}\n"
    for model in apps.get_app_config(label).get_models():
        if not model._meta.proxy:
            yield from model_part(model)


def model_part(model: type[models.Model]) -> Iterator[str]:
    yield f"\n### {model._meta.db_table}\n\n"
    summary = (model.__doc__ or "").strip().split("\n")[0]
    if not summary.startswith(f"{model.__name__}("):
        yield f"{summary}\n\n"
    yield "| column | type | meaning |\n|---|---|---|\n"
    for field in model._meta.concrete_fields:
        yield f"| `{field.column}` | {kind(field)} | {meaning(field)} |\n"
    for constraint in model._meta.constraints:
        yield f"\n- `{constraint.name}`: {type(constraint).__name__}"
    yield "\n" if model._meta.constraints else ""


def kind(field: models.Field[Any, Any]) -> str:
    if isinstance(field, models.ForeignKey):
        text = f"→ `{field.related_model._meta.db_table}`"
    elif isinstance(field, models.GeneratedField) and field.output_field is not None:
        text = f"{field.output_field.get_internal_type()}, generated"
    else:
        length = f"({field.max_length})" if getattr(field, "max_length", None) else ""
        text = f"{field.get_internal_type()}{length}"
    return f"{text}, may be unknown" if field.null else text


def meaning(field: models.Field[Any, Any]) -> str:
    words = [str(field.verbose_name)]
    if field.flatchoices:
        words.append(", ".join(f"`{value}` {label}" for value, label in field.flatchoices))
    return ": ".join(words)


class Command(BaseCommand):
    help = "Write docs/data-dictionary.md from the models, or check that it is current."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--check", action="store_true", help="only say whether the page is current")

    def handle(self, *args: Any, **options: Any) -> None:
        page = Path(settings.BASE_DIR) / "docs" / "data-dictionary.md"
        text = dictionary()
        if options["check"]:
            if not page.exists() or page.read_text() != text:
                raise CommandError("docs/data-dictionary.md is not current: run manage.py data_dictionary")
            return
        page.write_text(text)
