"""Bringing a list in: upload, columns, manner, progress, result. Each step is a page with an address."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from accounts.models import User
from accounts.requests import UserRequest
from customers.forms.importing import DAY_FIRST, ColumnsForm, LayoutForm, MannerForm, UploadForm
from customers.importing import services
from customers.importing.encodings import Encoding
from customers.importing.errors import ImportFileError
from customers.importing.resembling import RESEMBLES
from customers.importing.runs import layout_of
from customers.importing.storage import path_of
from customers.importing.tables import first_rows
from customers.models import ImportRow, ImportRun
from customers.views.patience import is_late

may_import = permission_required("customers.add_importrun", raise_exception=True)
LISTED = 50
STEPS = (
    gettext_lazy("Upload"),
    gettext_lazy("Columns"),
    gettext_lazy("Manner"),
    gettext_lazy("Check"),
    gettext_lazy("Result"),
)
UPLOAD, COLUMNS, MANNER, CHECK, RESULT = range(1, 6)


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the way, as it is drawn above each page."""

    number: int
    label: str | Promise
    is_done: bool
    is_current: bool


def steps(current: int) -> list[Step]:
    return [Step(number, label, number < current, number == current) for number, label in enumerate(STEPS, 1)]


def run_of(user: User, pk: int) -> ImportRun:
    """An import of this person's, else 404."""
    return get_object_or_404(ImportRun.objects.visible_to(user).select_related("asked_by"), pk=pk)


@require_safe
@may_import
def imports(request: UserRequest) -> HttpResponse:
    """The latest imports, and the way to a new one."""
    runs = ImportRun.objects.visible_to(request.user).select_related("asked_by").order_by("-pk")[:LISTED]
    return render(request, "customers/importing/import_list.html", {"runs": runs})


@require_http_methods(["GET", "POST"])
@may_import
def new(request: UserRequest) -> HttpResponse:
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            run = services.bring_list(
                upload=form.cleaned_data["file"], kind=form.cleaned_data["kind"], by=request.user
            )
        except ImportFileError as error:
            form.add_error("file", error.message)
        else:
            return redirect("customers:import_columns", run.pk)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    context = {"form": form, "steps": steps(UPLOAD)}
    return render(request, "customers/importing/import_new.html", context, status=status)


@require_http_methods(["GET", "POST"])
@may_import
def columns(request: UserRequest, pk: int) -> HttpResponse:
    """What the columns mean; or, where the text is wrong, how the file is written."""
    run = run_of(request.user, pk)
    if not run.may_change:
        return redirect("customers:import_run", run.pk)
    found = {name: getattr(run, name) for name in ("sheet", "encoding", "delimiter", "header_line")}
    layout = LayoutForm(initial=found, run=run)
    if "look" in request.POST:
        layout = LayoutForm(request.POST, run=run)
        if layout.is_valid():
            try:
                services.look_again(run=run, **layout.cleaned_data)
            except ImportFileError as error:
                layout.add_error(None, error.message)
            else:
                return redirect("customers:import_columns", run.pk)
    initial = {f"column-{place}": name for place, name in enumerate(run.columns)}
    initial |= {"date_order": run.date_order or DAY_FIRST, "scale": f"{run.scale.normalize():f}"}
    data = request.POST if request.method == "POST" and "look" not in request.POST else None
    form = ColumnsForm(data, run=run, initial=initial)
    if data is not None and form.is_valid():
        services.choose_columns(
            run=run,
            columns=form.columns,
            date_order=form.cleaned_data["date_order"],
            scale=form.cleaned_data["scale"],
        )
        return redirect("customers:import_manner", run.pk)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound or layout.is_bound else HTTPStatus.OK
    context = {"run": run, "form": form, "layout": layout, "steps": steps(COLUMNS)}
    context |= _columns_shown(run, form)
    return render(request, "customers/importing/import_columns.html", context, status=status)


def _columns_shown(run: ImportRun, form: ColumnsForm) -> dict[str, object]:
    """Each column of the file with its first values and the choice of what it is."""
    first = first_rows(path_of(run), layout_of(run))
    samples = [record.cells for record in first if not record.problem]
    rows = [
        {
            "title": title,
            "samples": [cells[place] for cells in samples if cells[place].strip()],
            "field": form[f"column-{place}"],
        }
        for place, title in enumerate(run.header)
    ]
    return {
        "columns": rows,
        "unreadable": [record for record in first if record.problem],
        "is_readable": bool(samples) or not first,
        "recognised": sum(1 for name in run.columns if name),
        "encoding_label": Encoding(run.encoding).label if run.encoding else "",
    }


@require_http_methods(["GET", "POST"])
@may_import
def manner(request: UserRequest, pk: int) -> HttpResponse:
    """Create, update or both, and by what customers are known; then the list is checked."""
    run = run_of(request.user, pk)
    if not run.may_change:
        return redirect("customers:import_run", run.pk)
    named = ("mode", "match_key", "duplicates", "source", "branch", "owner")
    initial = {name: getattr(run, name) for name in named}
    form = MannerForm(request.POST or None, run=run, by=request.user, initial=initial)
    if form.is_bound and form.is_valid():
        services.choose_manner(run=run, manner=form.manner)
        return redirect("customers:import_run", run.pk)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    context = {"run": run, "form": form, "steps": steps(MANNER)}
    return render(request, "customers/importing/import_manner.html", context, status=status)


@require_safe
@may_import
def detail(request: UserRequest, pk: int) -> HttpResponseBase:
    """How far an import is, or what it did; while something is to be chosen, that page."""
    run = run_of(request.user, pk)
    if run.may_change:
        name = "import_check" if run.state == ImportRun.State.CHECKED else "import_columns"
        url = reverse(f"customers:{name}", args=[run.pk])
        return HttpResponseClientRedirect(url) if request.htmx else redirect(url)
    if request.htmx and not run.is_working:
        # The rest of the page changes with the end of the work.
        return HttpResponseClientRedirect(request.path)
    template = "customers/importing/import_run.html" + ("#progress" if request.htmx else "")
    step = CHECK if run.state == ImportRun.State.CHECKING else RESULT
    waiting_since = None if run.started_at else run.queued_at
    context = {"run": run, "steps": steps(step), "is_late": is_late(waiting_since)}
    if run.is_finished:
        alike = run.rows.filter(RESEMBLES).order_by("line")
        context |= {"alike": alike[:LISTED], "alike_count": alike.count()}
    if run.state == ImportRun.State.UNDONE:
        context["kept_rows"] = run.rows.filter(undo=ImportRow.Undo.KEPT).order_by("line")[:LISTED]
    return render(request, template, context)


@require_POST
@may_import
def write(request: UserRequest, pk: int) -> HttpResponse:
    run = run_of(request.user, pk)
    if not services.write(run=run):
        messages.info(request, _("This list is being imported already, or has to be checked first."))
    return redirect("customers:import_run", run.pk)


@require_POST
@may_import
def cancel(request: UserRequest, pk: int) -> HttpResponse:
    run = run_of(request.user, pk)
    if services.cancel(run=run):
        messages.info(request, _("It stops after the rows it is at. What is written by then can be undone."))
    return redirect("customers:import_run", run.pk)


@require_http_methods(["GET", "POST"])
@may_import
def undo(request: UserRequest, pk: int) -> HttpResponse:
    """Ask whether the import is to be taken back, then have it taken back."""
    run = run_of(request.user, pk)
    if request.method == "POST" or not run.may_be_undone:
        if request.method == "POST" and not services.undo(run=run):
            messages.info(request, _("This import cannot be undone, or is being undone already."))
        return redirect("customers:import_run", run.pk)
    return render(request, "customers/importing/import_undo.html", {"run": run, "steps": steps(RESULT)})


def failures_of(run: ImportRun) -> QuerySet[ImportRow]:
    """Rows that are not in the book because something is wrong with them, in the order of the file."""
    if run.may_change:
        return run.rows.filter(verdict=ImportRow.Verdict.REJECT).order_by("line")
    return run.rows.filter(outcome=ImportRow.Outcome.FAILED).order_by("line")
