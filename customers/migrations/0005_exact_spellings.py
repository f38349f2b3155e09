from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import migrations, models

from customers.vietnamese.sql import CREATE_NAME_EXACT, DROP_NAME_EXACT


class Migration(migrations.Migration):
    dependencies = [("customers", "0004_behaviour_without_as_of")]

    operations = [
        migrations.RunSQL(CREATE_NAME_EXACT, DROP_NAME_EXACT),
        migrations.AddField(
            model_name="customer",
            name="name_exact",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Func(
                    models.F("family_name"),
                    models.F("middle_name"),
                    models.F("given_name"),
                    function="vn_name_exact",
                ),
                output_field=models.TextField(),
            ),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=GinIndex(OpClass("name_exact", name="gin_trgm_ops"), name="customer_exact_trigrams"),
        ),
        # The planner must tell a rare word of a name from a common one, which the usual sample does not show.
        migrations.RunSQL(
            """
            ALTER TABLE customers_customer ALTER COLUMN name_search SET STATISTICS 1000;
            ALTER TABLE customers_customer ALTER COLUMN name_exact SET STATISTICS 1000;
            ALTER TABLE customers_customer ALTER COLUMN given_search SET STATISTICS 1000;
            """,
            """
            ALTER TABLE customers_customer ALTER COLUMN name_search SET STATISTICS -1;
            ALTER TABLE customers_customer ALTER COLUMN given_search SET STATISTICS -1;
            """,
        ),
    ]
