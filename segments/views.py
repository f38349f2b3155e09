from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.db.models import Q, Subquery
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import UserRequest
from customers.views.patience import is_late
from segments.figures import FamilyReport, everybody, family_reports
from segments.models import Family, RefreshRun
from segments.rfm_map import rfm_map
from segments.services import request_refresh

may_see = permission_required("segments.view_segment", raise_exception=True)
may_refresh = permission_required("segments.refresh_segment", raise_exception=True)


@dataclass(frozen=True, slots=True)
class Theme:
    """A section of the gallery."""

    slug: str
    label: Promise
    families: tuple[Family, ...]


THEMES = (
    Theme(
        "behavioural",
        gettext_lazy("Behavioural"),
        (Family.FREQUENCY, Family.VALUE, Family.BASKET, Family.QUANTITY, Family.CHANNEL, Family.REACH),
    ),
    Theme(
        "demographic",
        gettext_lazy("Demographic"),
        (
            Family.AGE,
            Family.HOUSEHOLD,
            Family.GENDER,
            Family.INCOME,
            Family.EDUCATION,
            Family.OCCUPATION,
            Family.MARITAL,
            Family.CHILDREN,
        ),
    ),
)


@require_safe
@may_see
def gallery(request: UserRequest) -> HttpResponse:
    current, waiting = _runs()
    context: dict[str, Any] = {"run": current, "waiting": waiting}
    if current is not None:
        reports = family_reports(request.user, current, Family)
        context |= {
            "themes": [(theme, [reports[family] for family in theme.families]) for theme in THEMES],
            "rfm": reports[Family.RFM],
            "map": rfm_map(current, reports[Family.RFM], reports[Family.RFM_CELL]),
            "total": reports[Family.RFM].total,
        }
    return render(request, "segments/gallery.html", context)


@require_safe
@may_see
def family(request: UserRequest, family: str) -> HttpResponse:
    if family not in Family.values or family == Family.RFM_CELL:
        raise Http404
    chosen = Family(family)
    current, waiting = _runs()
    context: dict[str, Any] = {"run": current, "waiting": waiting, "family": chosen}
    if current is not None:
        wanted = [chosen, Family.RFM_CELL] if chosen == Family.RFM else [chosen]
        reports = family_reports(request.user, current, wanted)
        context |= {
            "report": reports[chosen],
            "is_outdated": _is_outdated(reports[chosen], current),
            "everybody": everybody(request.user, reports[chosen].total),
        }
        if chosen == Family.RFM:
            context["map"] = rfm_map(current, reports[chosen], reports[Family.RFM_CELL])
    return render(request, "segments/family.html", context)


@require_POST
@may_refresh
def refresh(request: UserRequest) -> HttpResponse:
    run, created = request_refresh(by=request.user)
    if not created:
        messages.info(request, _("The segments are being calculated already. Here is how far it has come."))
    return redirect("segments:run", run.pk)


@require_safe
@may_see
def run(request: UserRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(RefreshRun, pk=pk)
    waiting_since = found.created_at if found.state == RefreshRun.State.QUEUED else None
    template = "segments/run.html" + ("#progress" if request.htmx else "")
    return render(request, template, {"run": found, "is_late": is_late(waiting_since)})


def _runs() -> tuple[RefreshRun | None, RefreshRun | None]:
    """The run that the figures come from, and the one that waits or runs, in one query."""
    finished = RefreshRun.objects.filter(state=RefreshRun.State.DONE).order_by("-finished_at", "-pk")
    found = RefreshRun.objects.filter(
        Q(pk=Subquery(finished.values("pk")[:1]))
        | Q(state__in=[RefreshRun.State.QUEUED, RefreshRun.State.RUNNING])
    )
    current = waiting = None
    for one in found:
        if one.is_open:
            waiting = one
        else:
            current = one
    return current, waiting


def _is_outdated(report: FamilyReport, run: RefreshRun) -> bool:
    """Whether a bound of this family was changed after its figures were calculated."""
    return any(
        row.segment.bound_changed_at and run.started_at and row.segment.bound_changed_at > run.started_at
        for row in report.rows
    )
