from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db.models import Case, CharField, Count, QuerySet, Value, When
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from accounts.forms import BranchForm, NewUserForm, RoleForm, UserForm, role_label
from accounts.handover import handover
from accounts.models import Branch, User
from accounts.roles import Role

admin.site.site_header = admin.site.site_title = "Sổ Khách"
admin.site.index_title = _("Administration")
admin.site.unregister(EmailAddress)
admin.site.unregister(Group)


def named(group: Group) -> Group:
    """The role under its name in the reader's language, for pages that write it; not to be saved any more."""
    group.name = role_label(group.name)
    return group


class RoleFilter(admin.SimpleListFilter):
    title = _("role")
    parameter_name = "role"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [
            (str(pk), role_label(name)) for pk, name in Group.objects.order_by("pk").values_list("pk", "name")
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        value = self.value()
        return queryset.filter(groups=int(value)) if value and value.isdecimal() else queryset


@admin.register(User)
class UserAdmin(DjangoUserAdmin):
    form = UserForm
    add_form = NewUserForm
    list_display = ("full_name", "username", "branch", "roles", "is_active", "last_login")
    list_display_links = ("full_name", "username")
    list_filter = ("is_active", RoleFilter, "branch")
    list_select_related = ("branch",)
    # `folded` is added to the text fields of every app by `customers`, with the function that it calls.
    search_fields = ("full_name__folded__contains", "username", "email", "phone")
    search_help_text = _("Name, user name, email or phone")
    ordering = ("full_name", "pk")
    filter_horizontal = ()
    readonly_fields = ("last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Person"), {"fields": ("full_name", "email", "phone", "branch")}),
        (_("Access"), {"fields": ("is_active", "hand_over_to", "groups", "is_superuser")}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (
            None,
            {
                "fields": (
                    "username",
                    "full_name",
                    "email",
                    "phone",
                    "branch",
                    "groups",
                    "usable_password",
                    "password1",
                    "password2",
                )
            },
        ),
    )

    @admin.display(description=_("roles"))
    def roles(self, user: User) -> str:
        return ", ".join(role_label(group.name) for group in user.groups.all())

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("groups")

    def get_form(
        self, request: HttpRequest, obj: User | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        return type(form.__name__, (form,), {"acting_user": request.user})

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Only a superuser makes superusers."""
        locked = super().get_readonly_fields(request, obj)
        return locked if request.user.is_superuser else (*locked, "is_superuser")

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Whoever leaves hands their customers over first; the database refuses it otherwise."""
        if change and form.leaves:
            colleagues = list(form.cleaned_data["hand_over_to"])
            if colleagues:
                handover.move(officer=obj, to=colleagues, by=request.user)
        super().save_model(request, obj, form, change)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """People are deactivated, never deleted: what they did stays theirs."""
        return False


@admin.register(Branch)
class BranchAdmin(admin.ModelAdmin):
    form = BranchForm
    list_display = ("name", "code", "kind", "parent", "staff_read_all", "people_count", "is_active")
    list_filter = ("kind", "is_active", "staff_read_all")
    list_select_related = ("parent",)
    search_fields = ("name__folded__contains", "code")
    search_help_text = _("Name or code")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Branch]:
        return super().get_queryset(request).annotate(people_count=Count("people"))

    @admin.display(description=_("people"), ordering="people_count")
    def people_count(self, branch: Any) -> int:
        return branch.people_count


@admin.register(Group)
class RoleAdmin(admin.ModelAdmin):
    """The roles are fixed; what each may do can be tuned."""

    form = RoleForm
    list_display = ("role", "people_count")
    # Found by what people read, see `get_search_results`.
    search_fields = ("name",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Group], search_term: str
    ) -> tuple[QuerySet[Group], bool]:
        labels = (When(name=role.value, then=Value(str(role.label))) for role in Role)
        labelled = queryset.annotate(label=Case(*labels, output_field=CharField()))
        return labelled.filter(label__folded__contains=search_term), False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Group]:
        return super().get_queryset(request).annotate(people_count=Count("user")).order_by("pk")

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Group | None:
        group = super().get_object(request, object_id, from_field)
        return named(group) if group is not None and request.method == "GET" else group

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        context["subtitle"] = str(named(context["original"]))
        return super().render_change_form(request, context, *args, **kwargs)

    def save_related(self, request: HttpRequest, form: ModelForm, formsets: Any, change: bool) -> None:
        """The last that is saved; what follows, the journal and the message, writes the role's name."""
        super().save_related(request, form, formsets, change)
        named(form.instance)

    @admin.display(description=_("role"))
    def role(self, group: Group) -> str:
        return role_label(group.name)

    @admin.display(description=_("people"), ordering="people_count")
    def people_count(self, group: Any) -> int:
        return group.people_count

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return False
