from django.db import migrations, models

# Of several heads the one of the oldest record stays; the others have no role until somebody writes one.
ONE_HEAD = """
UPDATE customers_customer other SET household_role = ''
FROM (
    SELECT household_id, min(id) AS first FROM customers_customer
    WHERE household_role = 'head' AND household_id IS NOT NULL AND trashed_at IS NULL
    GROUP BY household_id HAVING count(*) > 1
) head
WHERE other.household_id = head.household_id AND other.id <> head.first
    AND other.household_role = 'head' AND other.trashed_at IS NULL;
-- What the triggers of the change have put off is done before the table gets its index.
SET CONSTRAINTS ALL IMMEDIATE;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0024_sheets_and_duplicates_of_imports"),
    ]

    operations = [
        migrations.RunSQL(ONE_HEAD, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="customer",
            constraint=models.UniqueConstraint(
                condition=models.Q(("household_role", "head"), ("trashed_at__isnull", True)),
                fields=("household",),
                name="household_has_one_head",
                violation_error_message="This household has a head already.",
            ),
        ),
    ]
