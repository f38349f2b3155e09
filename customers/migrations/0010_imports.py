import django.contrib.postgres.fields
import django.db.models.deletion
from django.apps.registry import Apps
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from accounts.roles import Role, grant

PERMISSIONS = {Role.MANAGER: ["add_importrun"], Role.ADMIN: ["add_importrun"]}


def grant_permissions(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    grant(apps, app_label="customers", permissions=PERMISSIONS)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_branch_tree"),
        ("customers", "0009_merges_and_duplicates"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ImportRun",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("customers", "Customers"), ("purchases", "Purchases")],
                        default="customers",
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("mapping", "Choosing columns"),
                            ("checking", "Being checked"),
                            ("checked", "Checked"),
                            ("importing", "Being imported"),
                            ("done", "Imported"),
                            ("cancelled", "Cancelled"),
                            ("failed", "Failed"),
                            ("undoing", "Being undone"),
                            ("undone", "Undone"),
                        ],
                        default="mapping",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("language", models.CharField(max_length=8)),
                ("file_name", models.CharField(max_length=200, verbose_name="file")),
                ("stored_as", models.CharField(max_length=32, unique=True)),
                ("file_size", models.PositiveBigIntegerField(verbose_name="size")),
                ("sheet", models.CharField(blank=True, max_length=100, verbose_name="sheet")),
                ("encoding", models.CharField(blank=True, max_length=10, verbose_name="encoding")),
                ("delimiter", models.CharField(blank=True, max_length=1, verbose_name="delimiter")),
                (
                    "header_line",
                    models.PositiveIntegerField(default=1, verbose_name="line of the column names"),
                ),
                (
                    "header",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), default=list, size=None, verbose_name="columns"
                    ),
                ),
                (
                    "columns",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(blank=True, max_length=30), default=list, size=None
                    ),
                ),
                ("meanings", models.JSONField(default=dict)),
                (
                    "date_order",
                    models.CharField(
                        blank=True,
                        choices=[("", "day/month/year"), ("mdy", "month/day/year")],
                        default="",
                        max_length=3,
                        verbose_name="dates in the file",
                    ),
                ),
                (
                    "scale",
                    models.DecimalField(
                        decimal_places=3, default=1, max_digits=12, verbose_name="amounts times"
                    ),
                ),
                (
                    "mode",
                    models.CharField(
                        choices=[
                            ("both", "Create and update"),
                            ("create", "Only create"),
                            ("update", "Only update"),
                        ],
                        default="both",
                        max_length=6,
                        verbose_name="what to do",
                    ),
                ),
                (
                    "match_key",
                    models.CharField(
                        choices=[
                            ("number", "the number in your other system"),
                            ("code", "customer code"),
                            ("phone", "phone and name"),
                            ("email", "email and name"),
                            ("citizen_id", "citizen ID number"),
                        ],
                        default="phone",
                        max_length=10,
                        verbose_name="known by",
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        default="import", max_length=40, verbose_name="name of the other system"
                    ),
                ),
                (
                    "create_missing",
                    models.BooleanField(default=False, verbose_name="create customers who are missing"),
                ),
                ("total", models.PositiveIntegerField(default=0, verbose_name="rows")),
                ("progress", models.PositiveIntegerField(default=0, verbose_name="rows so far")),
                ("cancel_asked", models.BooleanField(default=False)),
                ("error", models.TextField(blank=True, verbose_name="error")),
                ("created", models.PositiveIntegerField(default=0, verbose_name="created")),
                ("updated", models.PositiveIntegerField(default=0, verbose_name="updated")),
                ("unchanged", models.PositiveIntegerField(default=0, verbose_name="unchanged")),
                ("skipped", models.PositiveIntegerField(default=0, verbose_name="skipped")),
                ("failed", models.PositiveIntegerField(default=0, verbose_name="failed")),
                ("restored", models.PositiveIntegerField(default=0, verbose_name="restored")),
                ("kept", models.PositiveIntegerField(default=0, verbose_name="kept")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="brought at")),
                ("queued_at", models.DateTimeField(null=True)),
                ("started_at", models.DateTimeField(null=True, verbose_name="started at")),
                ("finished_at", models.DateTimeField(null=True, verbose_name="finished at")),
                (
                    "asked_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="brought by",
                    ),
                ),
                (
                    "branch",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.branch",
                        verbose_name="branch of new customers",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person in charge of new customers",
                    ),
                ),
            ],
            options={
                "verbose_name": "import",
                "verbose_name_plural": "imports",
            },
        ),
        migrations.CreateModel(
            name="ImportRow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("line", models.PositiveIntegerField(verbose_name="line")),
                (
                    "cells",
                    django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None),
                ),
                (
                    "verdict",
                    models.CharField(
                        choices=[
                            ("create", "Create"),
                            ("update", "Update"),
                            ("unchanged", "Nothing new"),
                            ("skip", "Leave out"),
                            ("reject", "Rejected"),
                        ],
                        max_length=9,
                    ),
                ),
                ("problems", models.JSONField(default=list)),
                ("key", models.TextField(blank=True)),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "waiting"),
                            ("created", "created"),
                            ("updated", "updated"),
                            ("unchanged", "unchanged"),
                            ("skipped", "skipped"),
                            ("failed", "failed"),
                        ],
                        max_length=9,
                    ),
                ),
                ("customer_pk", models.BigIntegerField(null=True)),
                ("written", models.JSONField(null=True)),
                (
                    "undo",
                    models.CharField(
                        blank=True,
                        choices=[("", "not undone"), ("restored", "restored"), ("kept", "kept")],
                        max_length=8,
                    ),
                ),
                ("kept_because", models.TextField(blank=True)),
                (
                    "run",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rows",
                        to="customers.importrun",
                    ),
                ),
            ],
            options={
                "verbose_name": "imported row",
                "verbose_name_plural": "imported rows",
            },
        ),
        migrations.AddIndex(
            model_name="importrun",
            index=models.Index(fields=["asked_by", "-id"], name="import_of_person"),
        ),
        migrations.AddConstraint(
            model_name="importrun",
            constraint=models.CheckConstraint(
                condition=models.Q(("scale__gt", 0)), name="import_scale_above_zero"
            ),
        ),
        migrations.AddIndex(
            model_name="importrow",
            index=models.Index(
                condition=models.Q(("problems", []), _negated=True),
                fields=["run", "line"],
                name="import_row_problems",
            ),
        ),
        migrations.AddIndex(
            model_name="importrow",
            index=models.Index(
                condition=models.Q(("key", ""), _negated=True),
                fields=["run", "key", "line"],
                name="import_row_key",
            ),
        ),
        migrations.AddConstraint(
            model_name="importrow",
            constraint=models.UniqueConstraint(fields=("run", "line"), name="import_row_once_a_line"),
        ),
        migrations.RunPython(grant_permissions, migrations.RunPython.noop),
    ]
