import django.contrib.postgres.indexes
from django.contrib.postgres.operations import BtreeGinExtension
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("customers", "0005_exact_spellings")]

    operations = [
        BtreeGinExtension(),
        migrations.AddIndex(
            model_name="customer",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["gender", "income_band", "education", "occupation", "marital_status", "source"],
                name="customer_facets",
            ),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                condition=models.Q(("is_active", False)),
                fields=["name_sort", "id"],
                name="customer_inactive",
            ),
        ),
    ]
