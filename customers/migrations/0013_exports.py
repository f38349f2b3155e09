import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
from django.apps.registry import Apps
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from accounts.roles import Role, grant

# Staff take away the customers in their own care; administrators see who took what.
PERMISSIONS = {
    Role.STAFF: ["add_customerexport"],
    Role.MANAGER: ["add_customerexport"],
    Role.ADMIN: ["add_customerexport", "view_customerexport"],
}


def grant_permissions(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    grant(apps, app_label="customers", permissions=PERMISSIONS)


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0012_saved_views"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CustomerExport",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reason", models.CharField(max_length=255, verbose_name="what for")),
                ("query", models.TextField()),
                ("conditions", models.TextField(blank=True, verbose_name="conditions")),
                (
                    "columns",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=60), size=None, verbose_name="columns"
                    ),
                ),
                (
                    "file_format",
                    models.CharField(
                        choices=[("xlsx", "Excel (.xlsx)"), ("csv", "CSV (.csv, UTF-8)")],
                        max_length=4,
                        verbose_name="format",
                    ),
                ),
                ("language", models.CharField(max_length=8)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "Waiting"),
                            ("running", "Being written"),
                            ("done", "Finished"),
                            ("cancelled", "Cancelled"),
                            ("failed", "Failed"),
                        ],
                        default="queued",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("progress", models.PositiveSmallIntegerField(default=0, verbose_name="progress")),
                ("rows", models.PositiveIntegerField(default=0, verbose_name="customers")),
                ("error", models.TextField(blank=True, verbose_name="error")),
                ("stored_as", models.CharField(blank=True, max_length=60)),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="asked at"),
                ),
                ("finished_at", models.DateTimeField(null=True, verbose_name="finished at")),
                ("expires_at", models.DateTimeField(null=True, verbose_name="kept until")),
                (
                    "asked_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="asked by",
                    ),
                ),
            ],
            options={
                "verbose_name": "export of customers",
                "verbose_name_plural": "exports of customers",
                "indexes": [models.Index(fields=["asked_by", "-id"], name="export_asked_by")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True),
                        name="export_says_what_for",
                        violation_error_message="Say what the file is for.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("progress__lte", 100)), name="export_progress_at_most_100"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("stored_as", ""),
                            models.Q(("expires_at__isnull", False), ("state", "done")),
                            _connector="OR",
                        ),
                        name="export_file_only_when_done",
                    ),
                ],
            },
        ),
        migrations.RunPython(grant_permissions, migrations.RunPython.noop),
    ]
