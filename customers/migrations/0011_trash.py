import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.apps.registry import Apps
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from accounts.roles import Role, grant

PERMISSIONS = {role: ["delete_customer"] for role in Role}


def grant_permissions(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    grant(apps, app_label="customers", permissions=PERMISSIONS)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0005_covers"),
        ("customers", "0010_imports"),
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
        pgtrigger.migrations.RemoveTrigger(
            model_name="customer",
            name="update_update",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="customer",
            name="delete_delete",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="customer",
            name="begin_behaviour",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="customer",
            name="carry_to_behaviour",
        ),
        migrations.RemoveConstraint(
            model_name="customeridentifier",
            name="identifier_names_one_customer",
        ),
        migrations.RemoveIndex(
            model_name="customerbehaviour",
            name="behaviour_spend",
        ),
        migrations.AddField(
            model_name="customer",
            name="trash_reason",
            field=models.CharField(
                blank=True, db_default="", editable=False, max_length=255, verbose_name="reason for deleting"
            ),
        ),
        migrations.AddField(
            model_name="customer",
            name="trashed_at",
            field=models.DateTimeField(
                blank=True, editable=False, null=True, verbose_name="in the trash since"
            ),
        ),
        migrations.AddField(
            model_name="customer",
            name="trashed_by",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="deleted by",
            ),
        ),
        migrations.AddField(
            model_name="customerbehaviour",
            name="is_trashed",
            field=models.BooleanField(db_default=False),
        ),
        migrations.AddField(
            model_name="customerevent",
            name="trash_reason",
            field=models.CharField(
                blank=True, db_default="", editable=False, max_length=255, verbose_name="reason for deleting"
            ),
        ),
        migrations.AddField(
            model_name="customerevent",
            name="trashed_at",
            field=models.DateTimeField(
                blank=True, editable=False, null=True, verbose_name="in the trash since"
            ),
        ),
        migrations.AddField(
            model_name="customerevent",
            name="trashed_by",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="deleted by",
            ),
        ),
        migrations.AddField(
            model_name="customeridentifier",
            name="is_trashed",
            field=models.BooleanField(db_default=False, default=False, editable=False),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                condition=models.Q(("trashed_at__isnull", False)),
                fields=["-trashed_at", "-id"],
                name="customer_trash",
            ),
        ),
        migrations.AddIndex(
            model_name="customerbehaviour",
            index=models.Index(
                fields=["-spend", "-customer"],
                include=("owner", "branch", "is_active", "is_trashed"),
                name="behaviour_spend",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="customer",
            trigger=pgtrigger.compiler.Trigger(
                name="carry_to_identifiers",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n        IF NOT EXISTS (\n            SELECT FROM new_rows changed JOIN old_rows former ON former.id = changed.id\n            WHERE (former.trashed_at IS NULL) <> (changed.trashed_at IS NULL)\n        ) THEN\n            RETURN NULL;\n        END IF;\n        UPDATE customers_customeridentifier kept SET is_trashed = changed.trashed_at IS NOT NULL\n        FROM new_rows changed\n        WHERE kept.customer_id = changed.id AND kept.is_trashed <> (changed.trashed_at IS NOT NULL);\n        RETURN NULL;\n    ",
                    hash="bfa7343db71c099e0ad443bedeaa6beb657aff3e",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_carry_to_identifiers_10f7f",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    table="customers_customer",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="customer",
            trigger=pgtrigger.compiler.Trigger(
                name="begin_behaviour",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n                    INSERT INTO customers_customerbehaviour\n                        (customer_id, owner_id, branch_id, is_active, is_trashed)\n                    SELECT id, owner_id, branch_id, is_active, trashed_at IS NOT NULL FROM new_rows;\n                    RETURN NULL;\n                ",
                    hash="24883de5974bf22e6ad01360177b2584da57c897",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_begin_behaviour_9b420",
                    referencing="REFERENCING NEW TABLE AS new_rows ",
                    table="customers_customer",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="customer",
            trigger=pgtrigger.compiler.Trigger(
                name="carry_to_behaviour",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n                    UPDATE customers_customerbehaviour kept\n                    SET owner_id = changed.owner_id, branch_id = changed.branch_id,\n                        is_active = changed.is_active, is_trashed = changed.trashed_at IS NOT NULL\n                    FROM new_rows changed\n                    WHERE kept.customer_id = changed.id AND (\n                        (kept.owner_id, kept.branch_id, kept.is_active)\n                            IS DISTINCT FROM (changed.owner_id, changed.branch_id, changed.is_active)\n                        OR kept.is_trashed <> (changed.trashed_at IS NOT NULL)\n                    );\n                    RETURN NULL;\n                ",
                    hash="9d6212179481083ba0a84f37a2210f6258ac4558",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_carry_to_behaviour_a0f70",
                    referencing="REFERENCING NEW TABLE AS new_rows ",
                    table="customers_customer",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="customer",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."address" IS DISTINCT FROM (NEW."address") OR OLD."birth_day" IS DISTINCT FROM (NEW."birth_day") OR OLD."birth_month" IS DISTINCT FROM (NEW."birth_month") OR OLD."birth_year" IS DISTINCT FROM (NEW."birth_year") OR OLD."branch_id" IS DISTINCT FROM (NEW."branch_id") OR OLD."child_birth_years" IS DISTINCT FROM (NEW."child_birth_years") OR OLD."children_count" IS DISTINCT FROM (NEW."children_count") OR OLD."citizen_id" IS DISTINCT FROM (NEW."citizen_id") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."created_by_id" IS DISTINCT FROM (NEW."created_by_id") OR OLD."education" IS DISTINCT FROM (NEW."education") OR OLD."family_name" IS DISTINCT FROM (NEW."family_name") OR OLD."gender" IS DISTINCT FROM (NEW."gender") OR OLD."given_name" IS DISTINCT FROM (NEW."given_name") OR OLD."honorific" IS DISTINCT FROM (NEW."honorific") OR OLD."household_id" IS DISTINCT FROM (NEW."household_id") OR OLD."household_role" IS DISTINCT FROM (NEW."household_role") OR OLD."household_size" IS DISTINCT FROM (NEW."household_size") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."inactive_reason" IS DISTINCT FROM (NEW."inactive_reason") OR OLD."income_band" IS DISTINCT FROM (NEW."income_band") OR OLD."income_basis" IS DISTINCT FROM (NEW."income_basis") OR OLD."income_noted_on" IS DISTINCT FROM (NEW."income_noted_on") OR OLD."is_active" IS DISTINCT FROM (NEW."is_active") OR OLD."lunar_birth_day" IS DISTINCT FROM (NEW."lunar_birth_day") OR OLD."lunar_birth_leap" IS DISTINCT FROM (NEW."lunar_birth_leap") OR OLD."lunar_birth_month" IS DISTINCT FROM (NEW."lunar_birth_month") OR OLD."marital_status" IS DISTINCT FROM (NEW."marital_status") OR OLD."middle_name" IS DISTINCT FROM (NEW."middle_name") OR OLD."monthly_income" IS DISTINCT FROM (NEW."monthly_income") OR OLD."needs" IS DISTINCT FROM (NEW."needs") OR OLD."notes" IS DISTINCT FROM (NEW."notes") OR OLD."occupation" IS DISTINCT FROM (NEW."occupation") OR OLD."occupation_text" IS DISTINCT FROM (NEW."occupation_text") OR OLD."old_address" IS DISTINCT FROM (NEW."old_address") OR OLD."owner_id" IS DISTINCT FROM (NEW."owner_id") OR OLD."preferences" IS DISTINCT FROM (NEW."preferences") OR OLD."province_id" IS DISTINCT FROM (NEW."province_id") OR OLD."source" IS DISTINCT FROM (NEW."source") OR OLD."special_requests" IS DISTINCT FROM (NEW."special_requests") OR OLD."trash_reason" IS DISTINCT FROM (NEW."trash_reason") OR OLD."trashed_at" IS DISTINCT FROM (NEW."trashed_at") OR OLD."trashed_by_id" IS DISTINCT FROM (NEW."trashed_by_id") OR OLD."version" IS DISTINCT FROM (NEW."version") OR OLD."ward_id" IS DISTINCT FROM (NEW."ward_id"))',
                    func='INSERT INTO "customers_customerevent" ("address", "birth_day", "birth_month", "birth_year", "branch_id", "child_birth_years", "children_count", "citizen_id", "created_at", "created_by_id", "education", "family_name", "gender", "given_name", "honorific", "household_id", "household_role", "household_size", "id", "inactive_reason", "income_band", "income_basis", "income_noted_on", "is_active", "lunar_birth_day", "lunar_birth_leap", "lunar_birth_month", "marital_status", "middle_name", "monthly_income", "needs", "notes", "occupation", "occupation_text", "old_address", "owner_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "preferences", "province_id", "source", "special_requests", "trash_reason", "trashed_at", "trashed_by_id", "version", "ward_id") VALUES (OLD."address", OLD."birth_day", OLD."birth_month", OLD."birth_year", OLD."branch_id", OLD."child_birth_years", OLD."children_count", OLD."citizen_id", OLD."created_at", OLD."created_by_id", OLD."education", OLD."family_name", OLD."gender", OLD."given_name", OLD."honorific", OLD."household_id", OLD."household_role", OLD."household_size", OLD."id", OLD."inactive_reason", OLD."income_band", OLD."income_basis", OLD."income_noted_on", OLD."is_active", OLD."lunar_birth_day", OLD."lunar_birth_leap", OLD."lunar_birth_month", OLD."marital_status", OLD."middle_name", OLD."monthly_income", OLD."needs", OLD."notes", OLD."occupation", OLD."occupation_text", OLD."old_address", OLD."owner_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', OLD."id", OLD."preferences", OLD."province_id", OLD."source", OLD."special_requests", OLD."trash_reason", OLD."trashed_at", OLD."trashed_by_id", OLD."version", OLD."ward_id"); RETURN NULL;',
                    hash="990d23e4b1dd080de04609b5eb8f1d0b8e6ceaf3",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_ca86d",
                    table="customers_customer",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="customer",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "customers_customerevent" ("address", "birth_day", "birth_month", "birth_year", "branch_id", "child_birth_years", "children_count", "citizen_id", "created_at", "created_by_id", "education", "family_name", "gender", "given_name", "honorific", "household_id", "household_role", "household_size", "id", "inactive_reason", "income_band", "income_basis", "income_noted_on", "is_active", "lunar_birth_day", "lunar_birth_leap", "lunar_birth_month", "marital_status", "middle_name", "monthly_income", "needs", "notes", "occupation", "occupation_text", "old_address", "owner_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "preferences", "province_id", "source", "special_requests", "trash_reason", "trashed_at", "trashed_by_id", "version", "ward_id") VALUES (OLD."address", OLD."birth_day", OLD."birth_month", OLD."birth_year", OLD."branch_id", OLD."child_birth_years", OLD."children_count", OLD."citizen_id", OLD."created_at", OLD."created_by_id", OLD."education", OLD."family_name", OLD."gender", OLD."given_name", OLD."honorific", OLD."household_id", OLD."household_role", OLD."household_size", OLD."id", OLD."inactive_reason", OLD."income_band", OLD."income_basis", OLD."income_noted_on", OLD."is_active", OLD."lunar_birth_day", OLD."lunar_birth_leap", OLD."lunar_birth_month", OLD."marital_status", OLD."middle_name", OLD."monthly_income", OLD."needs", OLD."notes", OLD."occupation", OLD."occupation_text", OLD."old_address", OLD."owner_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id", OLD."preferences", OLD."province_id", OLD."source", OLD."special_requests", OLD."trash_reason", OLD."trashed_at", OLD."trashed_by_id", OLD."version", OLD."ward_id"); RETURN NULL;',
                    hash="4711c0082dadc99bd2a8c793722719b9d89d611d",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_939ca",
                    table="customers_customer",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="customer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("trashed_at__isnull", False),
                    models.Q(("trash_reason", ""), ("trashed_by__isnull", True)),
                    _connector="OR",
                ),
                name="customer_trash_has_a_moment",
            ),
        ),
        migrations.AddConstraint(
            model_name="customeridentifier",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_trashed", False)),
                fields=("kind", "value"),
                name="identifier_names_one_customer",
                violation_error_message="Another customer has this number.",
            ),
        ),
        migrations.RunPython(grant_permissions, migrations.RunPython.noop),
    ]
