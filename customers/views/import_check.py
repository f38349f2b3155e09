"""The check of a list: a grid of its rows, bad cells corrected in place, and the file of what failed."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.requests import UserRequest
from customers.exporting import safe_text
from customers.importing import services
from customers.importing.addressing import ANSWER
from customers.importing.correcting import LEAVE_EMPTY, unknown_words
from customers.importing.kinds import kind_of
from customers.importing.resembling import RESEMBLES
from customers.models import ImportRow, ImportRun
from customers.said import told
from customers.vietnamese.money import format_count
from customers.vietnamese.names import visible
from customers.views.imports import CHECK, failures_of, may_import, run_of, steps

ROWS_A_PAGE = 25
# Which rows of the list the grid shows, as the address says it.
SHOWN = {
    "": ~Q(problems=[]),
    "all": Q(),
    "duplicates": RESEMBLES,
    "questions": ~Q(problems=[]) & Q(problems__contains=[{"level": "question"}]),
}
COUNTED = ("questions", "duplicates")
_CELL = re.compile(r"cell-(\d{1,9})-(\d{1,3})")
ICONS = {
    ImportRow.Verdict.CREATE: "plus",
    ImportRow.Verdict.UPDATE: "pencil",
    ImportRow.Verdict.UNCHANGED: "equal",
    ImportRow.Verdict.SKIP: "minus",
    ImportRow.Verdict.REJECT: "circle-alert",
}


@dataclass(slots=True)
class Cell:
    """One cell of the grid, with what is to be said about it."""

    name: str
    label: str
    text: str
    problems: list[dict[str, Any]] = field(default_factory=list)
    is_open: bool = False

    @property
    def level(self) -> str:
        levels = {problem["level"] for problem in self.problems}
        return "error" if "error" in levels else "warning" if levels else ""

    @property
    def choices(self) -> list[tuple[str, str]]:
        """What the cell would say with each answer to what is asked of it, and the answer."""
        asked = (choice for problem in self.problems for choice in problem.get("choices", ()))
        return [(self.text + ANSWER.format(code=code, name=name), name) for code, name in asked]


@dataclass(slots=True)
class GridRow:
    """One row of the grid."""

    row: ImportRow
    icon: str
    cells: list[Cell]
    problems: list[dict[str, Any]]


@require_http_methods(["GET", "POST"])
@may_import
def check(request: UserRequest, pk: int) -> HttpResponse:
    """What the import would do, row by row; corrected cells are checked again at once."""
    run = run_of(request.user, pk)
    if run.state != ImportRun.State.CHECKED:
        return redirect("customers:import_run", run.pk)
    if request.method == "POST":
        edits = _edits(request)
        done = kind_of(run).correct(run=run, edits=edits)
        if done:
            text = ngettext("%(count)d cell corrected.", "%(count)d cells corrected.", done)
            messages.success(request, text % {"count": done})
        return redirect(request.get_full_path())
    shown_rows = request.GET.get("show", "")
    rows, pager = _page(request, run.rows.filter(SHOWN.get(shown_rows, SHOWN[""])))
    counts = {name: Count("pk", filter=SHOWN[name]) for name in COUNTED}
    imported = ~Q(verdict__in=[ImportRow.Verdict.REJECT, ImportRow.Verdict.SKIP])
    counted = run.rows.filter(SHOWN[""]).aggregate(
        rows=Count("pk"), to_review=Count("pk", filter=imported), **counts
    )
    shown = [(place, name) for place, name in enumerate(run.columns) if name]
    labels = {field.name: field.label for field in kind_of(run).fields}
    opened = request.GET.get("edit", "")
    context = {
        "run": run,
        "steps": steps(CHECK),
        "headings": [(labels[name], run.header[place]) for place, name in shown],
        "rows": [_grid_row(row, run, shown, labels, is_open=str(row.line) == opened) for row in rows],
        "shown_rows": shown_rows if shown_rows in SHOWN else "",
        "counted": counted,
        "words": unknown_words(run, kind_of(run).fields),
        "leave_empty": LEAVE_EMPTY,
        **pager,
    }
    return render(request, "customers/importing/import_check.html", context, status=HTTPStatus.OK)


def _edits(request: UserRequest) -> dict[int, dict[int, str]]:
    edits: dict[int, dict[int, str]] = defaultdict(dict)
    use = str(request.POST.get("use", ""))
    for name, value in request.POST.items():
        if found := _CELL.fullmatch(name):
            edits[int(found[1])][int(found[2])] = str(value)
    name, _colon, value = use.partition(":")
    if found := _CELL.fullmatch(name):
        edits[int(found[1])][int(found[2])] = value
    return dict(edits)


def _page(request: UserRequest, rows: QuerySet[ImportRow]) -> tuple[list[ImportRow], dict[str, Any]]:
    """The rows after a line, or before one; and the lines from which the next and the previous page go on."""
    before, after = (_line(request.GET.get(name)) for name in ("before", "after"))
    if before:
        found = list(rows.filter(line__lt=before).order_by("-line")[: ROWS_A_PAGE + 1])
        has_previous, has_next = len(found) > ROWS_A_PAGE, True
        found = found[:ROWS_A_PAGE][::-1]
    else:
        found = list(rows.filter(line__gt=after).order_by("line")[: ROWS_A_PAGE + 1])
        has_previous, has_next = after > 0, len(found) > ROWS_A_PAGE
        found = found[:ROWS_A_PAGE]
    previous = f"before={found[0].line}" if found and has_previous else ""
    following = f"after={found[-1].line}" if found and has_next else ""
    return found, {"previous": previous, "following": following}


def _line(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) <= len("999999999") else 0


def _grid_row(
    row: ImportRow, run: ImportRun, shown: list[tuple[int, str]], labels: dict[str, Any], *, is_open: bool
) -> GridRow:
    at: dict[int | None, list[dict[str, Any]]] = defaultdict(list)
    places = {place for place, _name in shown}
    for problem in row.problems:
        at[problem["column"] if problem["column"] in places else None].append(
            problem | {"text": told(problem)}
        )
    cells = [
        Cell(
            name=f"cell-{row.line}-{place}",
            label=_("%(column)s, line %(line)s") % {"column": labels[name], "line": format_count(row.line)},
            text=visible(row.cells[place]) if place < len(row.cells) else "",
            problems=at[place],
            is_open=is_open or any(problem["level"] == "error" for problem in at[place]),
        )
        for place, name in shown
    ]
    return GridRow(row, ICONS[ImportRow.Verdict(row.verdict)], cells, at[None])


@require_POST
@may_import
def words(request: UserRequest, pk: int) -> HttpResponse:
    """What words of the list mean; then all of it is checked again."""
    run = run_of(request.user, pk)
    if run.state != ImportRun.State.CHECKED:
        return redirect("customers:import_run", run.pk)
    meanings: dict[str, dict[str, str]] = defaultdict(dict)
    for number, word in enumerate(unknown_words(run, kind_of(run).fields)):
        chosen = request.POST.get(f"meaning-{number}", "")
        # The words may be others by now, so the form says which it was about.
        if request.POST.get(f"word-{number}") == word.name and chosen in word.values:
            meanings[word.field][word.folded] = "" if chosen == LEAVE_EMPTY else chosen
    if meanings:
        services.say_meanings(run=run, meanings=meanings)
    return redirect(reverse("customers:import_run", args=[run.pk]))


class _Echo:
    """Gives back what is written, so that a CSV writer can be streamed from."""

    def write(self, text: str) -> str:
        return text


@require_safe
@may_import
def failures(request: UserRequest, pk: int) -> StreamingHttpResponse:
    """The rows that failed, with line and reason, to be corrected and brought again."""
    run = run_of(request.user, pk)
    response = StreamingHttpResponse(
        _failures_csv(run, get_language() or "vi"), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="import-{run.pk}-failures.csv"'
    return response


def _failures_csv(run: ImportRun, language: str) -> Iterator[str]:
    """The file line by line, as it is sent: by then the language of the request is over."""
    writer = csv.writer(_Echo())
    with translation.override(language):
        heading = writer.writerow([*map(safe_text, run.header), _("line"), _("reason")])
    yield "\ufeff" + heading
    for row in failures_of(run).iterator(chunk_size=2000):
        with translation.override(language):
            reasons = "; ".join(told(problem) for problem in row.problems if problem["level"] == "error")
        yield writer.writerow([*map(safe_text, map(visible, row.cells)), row.line, reasons])
