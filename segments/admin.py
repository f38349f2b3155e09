from __future__ import annotations

from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from customers.vietnamese.money import format_count, format_money
from segments.bands import MONEY
from segments.models import RefreshRun, Segment
from segments.services import change_segment


@admin.register(Segment)
class SegmentAdmin(admin.ModelAdmin):
    """Names and bounds can be changed; which segments there are is part of the product."""

    list_display = ("shown_name", "family", "bound", "name_vi", "name_en")
    list_filter = ("family",)
    search_fields = ("name_vi__folded__contains", "name_en__folded__contains")
    search_help_text = gettext_lazy("Name in Vietnamese or English")
    list_per_page = 200
    fields = (
        "family",
        "name_vi",
        "name_en",
        "description_vi",
        "description_en",
        "lower_bound",
    )

    @admin.display(description=gettext_lazy("name"))
    def shown_name(self, segment: Segment) -> str:
        return segment.name

    @admin.display(description=gettext_lazy("from"), ordering="lower_bound", empty_value="")
    def bound(self, segment: Segment) -> str | None:
        if segment.lower_bound is None:
            return None
        write = format_money if segment.family in MONEY else format_count
        return write(int(segment.lower_bound))

    def get_readonly_fields(self, request: HttpRequest, obj: Segment | None = None) -> list[str]:
        is_band = obj is not None and obj.lower_bound is not None
        return ["family"] if is_band else ["family", "lower_bound"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Segment | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Segment, form: ModelForm, change: bool) -> None:
        bound_changed = "lower_bound" in form.changed_data
        change_segment(segment=obj, bound_changed=bound_changed, by=cast(User, request.user))
        if bound_changed:
            messages.info(
                request,
                _("The new bound takes effect with the next calculation, which has been asked for."),
            )


@admin.register(RefreshRun)
class RefreshRunAdmin(admin.ModelAdmin):
    """The journal of calculations; nobody edits it."""

    list_display = ("pk", "as_of", "state", "asked_by", "started_at", "finished_at", "rows_changed", "error")
    list_filter = ("state",)
    list_select_related = ("asked_by",)
    ordering = ("-pk",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[RefreshRun]:
        return super().get_queryset(request).select_related("asked_by")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
