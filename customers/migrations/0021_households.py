import django.db.models.deletion
import pghistory.utils
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0020_observations"),
    ]

    operations = [
        migrations.CreateModel(
            name="HouseholdEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_context", pghistory.utils.JSONField(null=True)),
                ("id", models.BigIntegerField()),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                (
                    "address",
                    models.CharField(
                        blank=True, db_default="", max_length=255, verbose_name="shared address"
                    ),
                ),
                (
                    "phone",
                    models.CharField(blank=True, db_default="", max_length=16, verbose_name="shared phone"),
                ),
                ("notes", models.TextField(blank=True, verbose_name="notes")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.AddField(
            model_name="household",
            name="address",
            field=models.CharField(blank=True, db_default="", max_length=255, verbose_name="shared address"),
        ),
        migrations.AddField(
            model_name="household",
            name="phone",
            field=models.CharField(blank=True, db_default="", max_length=16, verbose_name="shared phone"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="household",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "customers_householdevent" ("address", "created_at", "id", "name", "notes", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone") VALUES (OLD."address", OLD."created_at", OLD."id", OLD."name", OLD."notes", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', OLD."id", OLD."phone"); RETURN NULL;',
                    hash="e12882a4f127772b01df2ee69cfc1246370bb5f8",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_73978",
                    table="customers_household",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="household",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "customers_householdevent" ("address", "created_at", "id", "name", "notes", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone") VALUES (OLD."address", OLD."created_at", OLD."id", OLD."name", OLD."notes", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id", OLD."phone"); RETURN NULL;',
                    hash="4c6c10940e9c78a8be935129fc5f67ad919184c9",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_436ae",
                    table="customers_household",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="household",
            constraint=models.CheckConstraint(
                condition=models.Q(("phone", ""), ("phone__regex", "^\\+[1-9][0-9]{6,14}$"), _connector="OR"),
                name="household_phone_canonical",
                violation_error_message="Write the phone number with its digits. Example: 0912 345 678",
            ),
        ),
        migrations.AddField(
            model_name="householdevent",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="events",
                to="customers.household",
            ),
        ),
    ]
