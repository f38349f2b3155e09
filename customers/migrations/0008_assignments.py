import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.apps.registry import Apps
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from accounts.roles import Role, grant

# The last change away from somebody else is when the present person took over; else it was the beginning.
FILL = """
    INSERT INTO customers_assignment (customer_id, owner_id, since)
    SELECT customer.id, customer.owner_id, coalesce(
        (
            SELECT max(kept.pgh_created_at) FROM customers_customerevent kept
            WHERE kept.pgh_obj_id = customer.id AND kept.owner_id IS DISTINCT FROM customer.owner_id
        ),
        customer.created_at
    )
    FROM customers_customer customer
    WHERE customer.owner_id IS NOT NULL
"""

# Nobody leaves with customers in their care. It stands here, beside the customers, because the table of users
# knows nothing of the apps above it.
GUARD = """
    CREATE FUNCTION customers_refuse_leaving() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF EXISTS (SELECT FROM customers_customer WHERE owner_id = NEW.id) THEN
            RAISE EXCEPTION 'user % is in charge of customers and cannot be deactivated', NEW.id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'user_leaves_no_customers';
        END IF;
        RETURN NULL;
    END $$;
    CREATE TRIGGER user_leaves_no_customers AFTER UPDATE OF is_active ON accounts_user
        FOR EACH ROW WHEN (OLD.is_active AND NOT NEW.is_active) EXECUTE FUNCTION customers_refuse_leaving();
"""
UNGUARD = """
    DROP TRIGGER user_leaves_no_customers ON accounts_user;
    DROP FUNCTION customers_refuse_leaving();
"""

PERMISSIONS = {Role.MANAGER: ["reassign_customer"], Role.ADMIN: ["reassign_customer"]}


def grant_permissions(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    grant(apps, app_label="customers", permissions=PERMISSIONS)


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0007_scope_beside_figures"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Assignment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("since", models.DateTimeField(verbose_name="from")),
                ("until", models.DateTimeField(null=True, verbose_name="until")),
                (
                    "reason",
                    models.CharField(blank=True, db_default="", max_length=255, verbose_name="reason"),
                ),
            ],
            options={
                "verbose_name": "assignment",
                "verbose_name_plural": "assignments",
                "ordering": ["-since", "-pk"],
                "default_permissions": (),
            },
        ),
        migrations.AlterModelOptions(
            name="customer",
            options={
                "permissions": [
                    ("view_branch_customer", "Can view the customers of their branch and those beneath it"),
                    ("view_all_customer", "Can view all customers"),
                    ("deactivate_customer", "Can deactivate and reactivate customers"),
                    ("reassign_customer", "Can reassign customers and arrange cover"),
                ],
                "verbose_name": "customer",
                "verbose_name_plural": "customers",
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="customer",
            trigger=pgtrigger.compiler.Trigger(
                name="begin_assignment",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE said jsonb; who bigint; why text;",
                    func="\n            said := nullif(current_setting('pghistory.context_metadata', true), '')::jsonb;\n            who := CASE WHEN said ->> 'user' ~ '^[0-9]{1,18}$' THEN (said ->> 'user')::bigint END;\n            INSERT INTO customers_assignment (customer_id, owner_id, since, by_id)\n            SELECT id, owner_id, created_at, who FROM new_rows WHERE owner_id IS NOT NULL;\n            RETURN NULL;\n        ",
                    hash="76593f469eda4693514aae11cd6f053a9eedcfd4",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_begin_assignment_b90e3",
                    referencing="REFERENCING NEW TABLE AS new_rows ",
                    table="customers_customer",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="customer",
            trigger=pgtrigger.compiler.Trigger(
                name="change_assignment",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE said jsonb; who bigint; why text;",
                    func="\n            IF NOT EXISTS (\n                SELECT FROM new_rows changed JOIN old_rows former ON former.id = changed.id\n                WHERE former.owner_id IS DISTINCT FROM changed.owner_id\n            ) THEN\n                RETURN NULL;\n            END IF;\n            said := nullif(current_setting('pghistory.context_metadata', true), '')::jsonb;\n            who := CASE WHEN said ->> 'user' ~ '^[0-9]{1,18}$' THEN (said ->> 'user')::bigint END;\n            why := left(coalesce(said ->> 'reason', ''), 255);\n            UPDATE customers_assignment kept SET until = greatest(now(), kept.since)\n            FROM new_rows changed JOIN old_rows former ON former.id = changed.id\n            WHERE kept.customer_id = changed.id AND kept.until IS NULL\n                AND former.owner_id IS DISTINCT FROM changed.owner_id;\n            INSERT INTO customers_assignment (customer_id, owner_id, since, by_id, reason)\n            SELECT changed.id, changed.owner_id, greatest(now(), changed.created_at), who, why\n            FROM new_rows changed JOIN old_rows former ON former.id = changed.id\n            WHERE former.owner_id IS DISTINCT FROM changed.owner_id AND changed.owner_id IS NOT NULL;\n            RETURN NULL;\n        ",
                    hash="75154d8a99fd5d40d3f24873e72e9fc6766baa9d",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_change_assignment_ee8fc",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    table="customers_customer",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddField(
            model_name="assignment",
            name="by",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="changed by",
            ),
        ),
        migrations.AddField(
            model_name="assignment",
            name="customer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="assignments",
                to="customers.customer",
            ),
        ),
        migrations.AddField(
            model_name="assignment",
            name="owner",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="person in charge",
            ),
        ),
        migrations.AddConstraint(
            model_name="assignment",
            constraint=models.UniqueConstraint(
                condition=models.Q(("until__isnull", True)),
                fields=("customer",),
                name="assignment_one_at_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="assignment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("until__isnull", True), ("until__gte", models.F("since")), _connector="OR"
                ),
                name="assignment_ends_after_it_begins",
            ),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.RunSQL(GUARD, UNGUARD),
        migrations.RunPython(grant_permissions, migrations.RunPython.noop),
    ]
