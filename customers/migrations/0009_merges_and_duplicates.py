import django.contrib.postgres.fields
import django.core.serializers.json
import django.db.models.deletion
import django.db.models.functions.comparison
import django.db.models.functions.datetime
import django.utils.timezone
from django.apps.registry import Apps
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from accounts.roles import Role, grant

PERMISSIONS = {Role.MANAGER: ["merge_customer"], Role.ADMIN: ["merge_customer"]}


def grant_permissions(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    grant(apps, app_label="customers", permissions=PERMISSIONS)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_branch_tree"),
        ("customers", "0008_assignments"),
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
                ],
                "verbose_name": "customer",
                "verbose_name_plural": "customers",
            },
        ),
        migrations.RunPython(grant_permissions, migrations.RunPython.noop),
        migrations.CreateModel(
            name="CustomerMerge",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("duplicate", models.BigIntegerField(verbose_name="number of the merged record")),
                (
                    "duplicate_name",
                    models.CharField(max_length=210, verbose_name="name of the merged record"),
                ),
                ("merged_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="merged")),
                ("undone_at", models.DateTimeField(null=True, verbose_name="undone")),
                (
                    "former_row",
                    models.JSONField(default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder),
                ),
                (
                    "former_behaviour",
                    models.JSONField(default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder),
                ),
                (
                    "changed_values",
                    models.JSONField(default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder),
                ),
                (
                    "journal",
                    models.JSONField(default=list, encoder=django.core.serializers.json.DjangoJSONEncoder),
                ),
                (
                    "by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="merged by",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="merges",
                        to="customers.customer",
                        verbose_name="customer",
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
                "verbose_name": "merge",
                "verbose_name_plural": "merges",
                "default_permissions": (),
                "indexes": [
                    models.Index(fields=["-merged_at", "-id"], name="merge_newest"),
                    models.Index(
                        condition=models.Q(("undone_at__isnull", True)),
                        fields=["duplicate"],
                        name="merge_of_duplicate",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("duplicate", models.F("customer_id")), _negated=True),
                        name="merge_joins_two_records",
                        violation_error_message="A record cannot be merged with itself. Choose another one.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("undone_at__isnull", True), ("undone_by__isnull", True)),
                            models.Q(("undone_at__isnull", False), ("undone_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="merge_undone_by_somebody",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DuplicatePair",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("score", models.SmallIntegerField(verbose_name="weight of the evidence")),
                (
                    "evidence",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("citizen_id", "the same citizen ID number"),
                                ("email", "the same email"),
                                ("phone", "the same phone number"),
                                ("name", "the same name, marks aside"),
                                ("birth_date", "the same date of birth"),
                                ("birth_year", "the same year of birth"),
                                ("other_name", "different names"),
                                ("other_birth", "different dates of birth"),
                                ("other_id", "different citizen ID numbers"),
                            ],
                            max_length=12,
                        ),
                        size=None,
                        verbose_name="evidence",
                    ),
                ),
                (
                    "found_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), verbose_name="found"
                    ),
                ),
                (
                    "verdict",
                    models.CharField(
                        choices=[("open", "to be looked at"), ("apart", "not duplicates")],
                        default="open",
                        max_length=5,
                        verbose_name="verdict",
                    ),
                ),
                ("decided_at", models.DateTimeField(null=True, verbose_name="decided")),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="customers.customer"
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="decided by",
                    ),
                ),
                (
                    "other",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="customers.customer"
                    ),
                ),
            ],
            options={
                "verbose_name": "possible duplicate",
                "verbose_name_plural": "possible duplicates",
                "default_permissions": (),
                "indexes": [
                    models.Index(
                        condition=models.Q(("verdict", "open")),
                        fields=["-score", "-id"],
                        name="pair_strongest",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        django.db.models.functions.comparison.Least("customer", "other"),
                        django.db.models.functions.comparison.Greatest("customer", "other"),
                        name="pair_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("customer", models.F("other")), _negated=True),
                        name="pair_of_two_records",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("decided_at__isnull", True),
                                ("decided_by__isnull", True),
                                ("verdict", "open"),
                            ),
                            models.Q(
                                ("decided_at__isnull", False),
                                ("decided_by__isnull", False),
                                ("verdict", "apart"),
                            ),
                            _connector="OR",
                        ),
                        name="pair_decided_by_somebody",
                    ),
                ],
            },
        ),
    ]
