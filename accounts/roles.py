"""The three roles, and the one function by which a migration gives a role its permissions."""

from django.apps.registry import Apps
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Role(TextChoices):
    """Names of the groups that the first migration makes; the label is what people read."""

    STAFF = "relationship_staff", _("Relationship staff")
    MANAGER = "manager", _("Manager")
    ADMIN = "admin", _("Administrator")


def grant(apps: Apps, *, app_label: str, permissions: dict[Role, list[str]]) -> None:
    """Give roles permissions written `action_model`, also where `post_migrate` has not made them yet."""
    group_model = apps.get_model("auth", "Group")
    content_type_model = apps.get_model("contenttypes", "ContentType")
    permission_model = apps.get_model("auth", "Permission")
    for role, codenames in permissions.items():
        group, _created = group_model.objects.get_or_create(name=role.value)
        for codename in codenames:
            model_name = codename.rsplit("_", 1)[1]
            content_type, _created = content_type_model.objects.get_or_create(
                app_label=app_label, model=model_name
            )
            permission, _created = permission_model.objects.get_or_create(
                content_type=content_type, codename=codename, defaults={"name": codename.replace("_", " ")}
            )
            group.permissions.add(permission)
