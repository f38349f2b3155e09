import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
import pghistory.utils
import pgtrigger.compiler
import pgtrigger.migrations
from django.apps.registry import Apps
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from accounts.roles import Role, grant

# Which tags there are is decided once for the firm; giving them to a customer is part of changing the customer.
PERMISSIONS = {Role.ADMIN: ["view_tag", "add_tag", "change_tag", "delete_tag"]}


def grant_permissions(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    grant(apps, app_label="customers", permissions=PERMISSIONS)


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0014_relations"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CustomerTag",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "since",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        editable=False,
                        verbose_name="since",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="given by",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="customer_tags",
                        to="customers.customer",
                    ),
                ),
            ],
            options={
                "verbose_name": "tag of a customer",
                "verbose_name_plural": "tags of customers",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Tag",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=40, verbose_name="name")),
                (
                    "tone",
                    models.CharField(
                        choices=[
                            ("plain", "Plain"),
                            ("accent", "Highlighted"),
                            ("ok", "Good"),
                            ("warn", "Careful"),
                            ("danger", "Urgent"),
                        ],
                        default="plain",
                        max_length=8,
                        verbose_name="tone",
                    ),
                ),
                (
                    "is_active",
                    models.BooleanField(
                        default=True,
                        help_text="Customers keep a tag that is no longer active; nobody else is given it.",
                        verbose_name="active",
                    ),
                ),
            ],
            options={
                "verbose_name": "tag",
                "verbose_name_plural": "tags",
                "ordering": ["name", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        django.db.models.functions.text.Lower("name"),
                        name="tag_name_any_case",
                        violation_error_message="There is a tag of this name already. Choose another name.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("name__regex", "\\S")),
                        name="tag_has_a_name",
                        violation_error_message="Give the tag a name.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CustomerTagEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_context", pghistory.utils.JSONField(null=True)),
                ("id", models.BigIntegerField()),
                (
                    "since",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        editable=False,
                        verbose_name="since",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        db_constraint=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="given by",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="customers.customer",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="events",
                        to="customers.customertag",
                    ),
                ),
                (
                    "tag",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="customers.tag",
                        verbose_name="tag",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.AddField(
            model_name="customertag",
            name="tag",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="customer_tags",
                to="customers.tag",
                verbose_name="tag",
            ),
        ),
        migrations.AddIndex(
            model_name="customertag",
            index=models.Index(fields=["tag", "customer"], name="customer_tag_customers"),
        ),
        migrations.AddConstraint(
            model_name="customertag",
            constraint=models.UniqueConstraint(fields=("customer", "tag"), name="customer_tag_once"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="customertag",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "customers_customertagevent" ("by_id", "customer_id", "id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "since", "tag_id") VALUES (NEW."by_id", NEW."customer_id", NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id", NEW."since", NEW."tag_id"); RETURN NULL;',
                    hash="3b7fe058650e27658e3cbaf0dc78bd31b0d59956",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_a4327",
                    table="customers_customertag",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="customertag",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "customers_customertagevent" ("by_id", "customer_id", "id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "since", "tag_id") VALUES (OLD."by_id", OLD."customer_id", OLD."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', OLD."id", OLD."since", OLD."tag_id"); RETURN NULL;',
                    hash="ce6c8d7fc0dcefa5ebcbf56fd3b89d6ec08d9b75",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_6ce39",
                    table="customers_customertag",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="customertag",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "customers_customertagevent" ("by_id", "customer_id", "id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "since", "tag_id") VALUES (OLD."by_id", OLD."customer_id", OLD."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id", OLD."since", OLD."tag_id"); RETURN NULL;',
                    hash="82c70f4bcd90ab7e2ec37b8b6d3cad2d41e817bc",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_5b5ab",
                    table="customers_customertag",
                    when="AFTER",
                ),
            ),
        ),
        migrations.RunPython(grant_permissions, migrations.RunPython.noop),
    ]
