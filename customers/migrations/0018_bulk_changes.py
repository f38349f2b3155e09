import django.core.serializers.json
import django.db.models.deletion
import django.utils.timezone
from django.apps.registry import Apps
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from accounts.roles import Role, grant

# Everybody within their own scope; giving customers to somebody else needs its own permission as well.
PERMISSIONS = {role: ["bulk_edit_customer"] for role in Role}


def grant_permissions(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    grant(apps, app_label="customers", permissions=PERMISSIONS)


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0017_names_beside_figures"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="customer",
            options={
                "permissions": [
                    ("view_branch_customer", "Can view the customers of their branch and those beneath it"),
                    ("view_all_customer", "Can view all customers"),
                    ("deactivate_customer", "Can deactivate and reactivate customers"),
                    ("merge_customer", "Can merge duplicate customers and undo a merge"),
                    ("reassign_customer", "Can reassign customers and arrange cover"),
                    ("bulk_edit_customer", "Can change many customers at once"),
                ],
                "verbose_name": "customer",
                "verbose_name_plural": "customers",
            },
        ),
        migrations.CreateModel(
            name="ChangeBatch",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("chosen", "Choosing what to change"),
                            ("previewed", "Waiting for confirmation"),
                            ("running", "Being carried out"),
                            ("done", "Carried out"),
                            ("cancelled", "Stopped"),
                            ("failed", "Failed"),
                            ("undoing", "Being undone"),
                            ("undone", "Undone"),
                        ],
                        default="chosen",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("conditions", models.TextField(blank=True, verbose_name="who was chosen")),
                ("query", models.TextField(blank=True)),
                ("action", models.CharField(blank=True, max_length=30, verbose_name="action")),
                (
                    "writes",
                    models.JSONField(default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder),
                ),
                ("value_words", models.CharField(blank=True, max_length=300, verbose_name="new value")),
                ("reason", models.CharField(blank=True, max_length=255, verbose_name="reason")),
                (
                    "fault",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", ""),
                            ("target", "The chosen tag or person can no longer be given."),
                            ("rights", "Whoever asked for it may no longer change customers in bulk."),
                            ("database", "The database refused a change."),
                        ],
                        max_length=10,
                        verbose_name="error",
                    ),
                ),
                ("total", models.PositiveIntegerField(default=0, verbose_name="customers chosen")),
                ("to_change", models.PositiveIntegerField(default=0, verbose_name="customers to change")),
                (
                    "same",
                    models.PositiveIntegerField(
                        default=0, verbose_name="customers who have the value already"
                    ),
                ),
                (
                    "barred",
                    models.PositiveIntegerField(
                        default=0, verbose_name="customers who cannot have the value"
                    ),
                ),
                (
                    "lost",
                    models.PositiveIntegerField(
                        default=0, verbose_name="customers whom the person may not change"
                    ),
                ),
                ("changed", models.PositiveIntegerField(default=0, verbose_name="customers changed")),
                ("restored", models.PositiveIntegerField(default=0, verbose_name="customers restored")),
                (
                    "kept",
                    models.PositiveIntegerField(default=0, verbose_name="customers kept as changed since"),
                ),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="chosen at"),
                ),
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
                        verbose_name="asked by",
                    ),
                ),
                (
                    "undone_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="undone by",
                    ),
                ),
            ],
            options={
                "verbose_name": "bulk change",
                "verbose_name_plural": "bulk changes",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="ChangeRow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("customer_pk", models.BigIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("chosen", "chosen"),
                            ("to_change", "to be changed"),
                            ("same", "so already"),
                            ("barred", "cannot have the value"),
                            ("lost", "may not be changed"),
                            ("changed", "changed"),
                            ("restored", "restored"),
                            ("kept", "kept"),
                        ],
                        default="chosen",
                        max_length=9,
                    ),
                ),
                ("before", models.JSONField(null=True)),
                ("version", models.PositiveIntegerField(null=True)),
                (
                    "kept_because",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", ""),
                            ("changed", "Somebody has changed it since."),
                            ("gone", "The customer has been deleted or merged since."),
                            ("not_yours", "The customer is in somebody else's care now."),
                            ("owner_left", "The person who was in charge has left."),
                        ],
                        db_default="",
                        max_length=10,
                    ),
                ),
                (
                    "batch",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rows",
                        to="customers.changebatch",
                    ),
                ),
            ],
            options={
                "verbose_name": "row of a bulk change",
                "verbose_name_plural": "rows of bulk changes",
                "default_permissions": (),
            },
        ),
        migrations.AddIndex(
            model_name="changebatch",
            index=models.Index(fields=["asked_by", "-id"], name="batch_asked_by"),
        ),
        migrations.AddConstraint(
            model_name="changebatch",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ("chosen", "previewed")),
                    models.Q(("reason", ""), _negated=True),
                    _connector="OR",
                ),
                name="batch_says_why",
                violation_error_message="Write the reason, so that colleagues understand it later.",
            ),
        ),
        migrations.AddConstraint(
            model_name="changerow",
            constraint=models.UniqueConstraint(fields=("batch", "customer_pk"), name="change_row_once"),
        ),
        migrations.RunPython(grant_permissions, migrations.RunPython.noop),
    ]
