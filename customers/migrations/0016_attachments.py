import django.db.models.deletion
import django.utils.timezone
from django.apps.registry import Apps
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from accounts.roles import Role, grant

# Whoever added a file may delete it; what others added, these.
DELETE = ["delete_attachment"]
PERMISSIONS = {Role.MANAGER: DELETE, Role.ADMIN: DELETE}


def grant_permissions(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    grant(apps, app_label="customers", permissions=PERMISSIONS)


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0015_tags"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Attachment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=200, verbose_name="name of the file")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("jpeg", "JPEG picture"),
                            ("png", "PNG picture"),
                            ("webp", "WebP picture"),
                            ("pdf", "PDF document"),
                            ("docx", "Word document"),
                            ("xlsx", "Excel workbook"),
                            ("text", "Plain text"),
                        ],
                        max_length=5,
                        verbose_name="kind",
                    ),
                ),
                ("size", models.PositiveBigIntegerField(verbose_name="size in bytes")),
                ("stored_as", models.CharField(blank=True, max_length=40)),
                ("added_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="added")),
                ("deleted_at", models.DateTimeField(null=True, verbose_name="deleted")),
                (
                    "added_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="added by",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="attachments",
                        to="customers.customer",
                        verbose_name="customer",
                    ),
                ),
                (
                    "deleted_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="deleted by",
                    ),
                ),
            ],
            options={
                "verbose_name": "attachment",
                "verbose_name_plural": "attachments",
                "default_permissions": ("delete",),
                "indexes": [
                    models.Index(fields=["customer", "-id"], name="attachment_of_customer"),
                    models.Index(
                        condition=models.Q(("stored_as", ""), _negated=True),
                        fields=["stored_as"],
                        name="attachment_file",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("deleted_at__isnull", True),
                                ("deleted_by__isnull", True),
                                models.Q(("stored_as", ""), _negated=True),
                            ),
                            models.Q(("deleted_at__isnull", False), ("stored_as", "")),
                            _connector="OR",
                        ),
                        name="attachment_file_until_deleted",
                    ),
                    models.CheckConstraint(condition=models.Q(("size__gt", 0)), name="attachment_not_empty"),
                ],
            },
        ),
        migrations.RunPython(grant_permissions, migrations.RunPython.noop),
    ]
