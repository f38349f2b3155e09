from __future__ import annotations

from typing import Any

import phonenumbers
from django import forms
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group, Permission
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.handover import handover
from accounts.models import Branch, User
from accounts.roles import Role

KEPT_BY_ADMINISTRATORS = frozenset(
    {"open_admin_user", "view_user", "change_user", "view_group", "change_group"}
)


OWN_APPS = ("accounts", "auth", "customers", "interactions", "purchases", "segments")
ACTIONS = {"view": _("view"), "add": _("add"), "change": _("edit"), "delete": _("delete")}


class PermissionChoiceField(forms.ModelMultipleChoiceField):
    """What may be done with what, in the reader's language; the database keeps these names in English."""

    def label_from_instance(self, obj: Any) -> str:
        model = obj.content_type.model_class()
        if model is None:
            return obj.name
        own_names = dict(model._meta.permissions)
        action = obj.codename.partition("_")[0]
        label = own_names.get(obj.codename) or ACTIONS.get(action, obj.name)
        return f"{model._meta.verbose_name}: {label}"


class RoleChoiceField(forms.ModelMultipleChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return role_label(obj.name)


def role_label(name: str) -> str:
    """The name of a role in the reader's language; a group of the firm's own keeps its own name."""
    return str(Role(name).label) if name in Role.values else name


def canonical_phone(text: str) -> str:
    """A phone number of a colleague as +84…, or an error that says how to write it."""
    if not text.strip():
        return ""
    try:
        number = phonenumbers.parse(text, "VN")
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_valid_number(number):
        raise ValidationError(_("This is not a complete phone number. Example: 0912 345 678"))
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


class PersonMixin(forms.Form):
    groups = RoleChoiceField(
        label=_("roles"),
        queryset=Group.objects.order_by("pk"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("What this person may do. Whom they see depends on the role and the branch."),
    )

    def clean_phone(self) -> str:
        return canonical_phone(self.cleaned_data["phone"])


class NewUserForm(PersonMixin, AdminUserCreationForm):
    class Meta:
        model = User
        fields = ("username", "full_name", "email", "phone", "branch", "groups")


class UserForm(PersonMixin, UserChangeForm):
    """Changes a user; nobody can take their own access away."""

    acting_user: User

    hand_over_to = forms.ModelMultipleChoiceField(
        label=_("customers go to"),
        queryset=User.objects.none(),
        required=False,
        help_text=_(
            "When you deactivate somebody who is in charge of customers: one colleague gets all of them,"
            " several get equal parts."
        ),
    )

    class Meta:
        model = User
        fields = (
            "username",
            "password",
            "full_name",
            "email",
            "phone",
            "branch",
            "is_active",
            "groups",
            "is_superuser",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        colleagues = User.objects.filter(is_active=True).exclude(pk=self.instance.pk)
        field: Any = self.fields["hand_over_to"]
        field.queryset = colleagues.select_related("branch")

    @property
    def leaves(self) -> bool:
        """Whether this form deactivates a person who was active."""
        return "is_active" in self.changed_data and not self.cleaned_data.get("is_active", True)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.leaves and not cleaned.get("hand_over_to"):
            self._refuse_to_leave_customers()
        if self.instance.pk != self.acting_user.pk:
            return cleaned
        if not cleaned.get("is_active", True):
            self.add_error("is_active", _("You cannot deactivate yourself. Ask another administrator."))
        if "groups" in cleaned and not self._keeps_administration(cleaned):
            self.add_error(
                "groups", _("You cannot give up your own administrator role. Ask another administrator.")
            )
        return cleaned

    def _refuse_to_leave_customers(self) -> None:
        if size := handover.size(self.instance):
            text = ngettext(
                "%(name)s is in charge of %(count)d customer. Choose who takes over.",
                "%(name)s is in charge of %(count)d customers. Choose who takes them over.",
                size,
            )
            self.add_error("hand_over_to", text % {"name": self.instance, "count": size})

    def _keeps_administration(self, cleaned: dict[str, Any]) -> bool:
        if cleaned.get("is_superuser", self.instance.is_superuser):
            return True
        return any(group.name == Role.ADMIN for group in cleaned["groups"])


class RoleForm(forms.ModelForm):
    """Changes what a role may do; administrators always keep what leads back to these pages."""

    permissions = PermissionChoiceField(
        label=_("permissions"),
        # History is written by triggers, so there is nothing that a role could be allowed there.
        queryset=Permission.objects.filter(content_type__app_label__in=OWN_APPS)
        .exclude(content_type__model__endswith="event")
        .select_related("content_type")
        .order_by("content_type__app_label", "content_type__model", "pk"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = Group
        fields = ("permissions",)

    def clean_permissions(self) -> Any:
        permissions = self.cleaned_data["permissions"]
        kept = {permission.codename for permission in permissions}
        missing = KEPT_BY_ADMINISTRATORS - kept
        if self.instance.name == Role.ADMIN and missing:
            raise ValidationError(
                _("Administrators must keep these permissions, or nobody could manage users: %(names)s"),
                params={"names": ", ".join(sorted(missing))},
            )
        return permissions


class BranchForm(forms.ModelForm):
    class Meta:
        model = Branch
        fields = ("code", "name", "kind", "parent", "staff_read_all", "is_active")
