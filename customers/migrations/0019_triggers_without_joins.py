import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0018_bulk_changes"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="customer",
            name="change_assignment",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="customer",
            name="carry_to_identifiers",
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="customer",
            trigger=pgtrigger.compiler.Trigger(
                name="change_assignment",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE said jsonb; who bigint; why text;",
                    func="\n            IF NOT EXISTS (SELECT id, owner_id FROM new_rows EXCEPT SELECT id, owner_id FROM old_rows) THEN\n                RETURN NULL;\n            END IF;\n            said := nullif(current_setting('pghistory.context_metadata', true), '')::jsonb;\n            who := CASE WHEN said ->> 'user' ~ '^[0-9]{1,18}$' THEN (said ->> 'user')::bigint END;\n            why := left(coalesce(said ->> 'reason', ''), 255);\n            UPDATE customers_assignment kept SET until = greatest(now(), kept.since)\n            FROM (SELECT id, owner_id FROM new_rows EXCEPT SELECT id, owner_id FROM old_rows) moved\n            WHERE kept.customer_id = moved.id AND kept.until IS NULL;\n            INSERT INTO customers_assignment (customer_id, owner_id, since, by_id, reason)\n            SELECT moved.id, moved.owner_id, greatest(now(), customer.created_at), who, why\n            FROM (SELECT id, owner_id FROM new_rows EXCEPT SELECT id, owner_id FROM old_rows) moved\n            JOIN customers_customer customer ON customer.id = moved.id\n            WHERE moved.owner_id IS NOT NULL;\n            RETURN NULL;\n        ",
                    hash="deed28deb26f9aa7b7ab20ec0734464a10e0bc97",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_change_assignment_ee8fc",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    table="customers_customer",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="customer",
            trigger=pgtrigger.compiler.Trigger(
                name="carry_to_identifiers",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n        IF NOT EXISTS (\n            SELECT id, trashed_at IS NULL FROM new_rows EXCEPT SELECT id, trashed_at IS NULL FROM old_rows\n        ) THEN\n            RETURN NULL;\n        END IF;\n        UPDATE customers_customeridentifier kept SET is_trashed = changed.trashed_at IS NOT NULL\n        FROM new_rows changed\n        WHERE kept.customer_id = changed.id AND kept.is_trashed <> (changed.trashed_at IS NOT NULL);\n        RETURN NULL;\n    ",
                    hash="619b213f5dd553d8f0765e64147ce355a2210575",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_carry_to_identifiers_10f7f",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    table="customers_customer",
                    when="AFTER",
                ),
            ),
        ),
    ]
