from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from customers.forms.tags import TagForm
from customers.models import Tag


@admin.register(Tag)
class TagAdmin(admin.ModelAdmin):
    """The tags that the firm uses. One that customers have is taken out of use, and not deleted."""

    form = TagForm
    list_display = ("name", "tone", "customer_count", "is_active")
    list_filter = ("is_active", "tone")
    search_fields = ("name__folded__contains",)
    search_help_text = _("Name")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Tag]:
        return super().get_queryset(request).annotate(customer_count=Count("customer_tags"))

    @admin.display(description=_("customers"), ordering="customer_count")
    def customer_count(self, tag: Any) -> int:
        return tag.customer_count
