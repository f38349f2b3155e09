import datetime

import django.db.models.functions.comparison
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0006_user_name_is_no_email"),
        ("customers", "0025_one_head"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="customerbehaviour",
            name="behaviour_last_purchase",
        ),
        migrations.RemoveIndex(
            model_name="customerbehaviour",
            name="behaviour_spend",
        ),
        migrations.RemoveIndex(
            model_name="customerbehaviour",
            name="behaviour_name",
        ),
        migrations.AddIndex(
            model_name="customerbehaviour",
            index=models.Index(
                models.OrderBy(
                    django.db.models.functions.comparison.Coalesce(
                        "last_purchase_on",
                        models.Value(datetime.date(1, 1, 1)),
                        output_field=models.DateField(),
                    ),
                    descending=True,
                ),
                models.OrderBy(models.F("customer_id"), descending=True),
                include=(
                    "owner",
                    "branch",
                    "is_active",
                    "is_trashed",
                    "segment_ids",
                    "last_purchase_on",
                    "spend",
                    "spend_12m",
                ),
                name="behaviour_last_purchase",
            ),
        ),
        migrations.AddIndex(
            model_name="customerbehaviour",
            index=models.Index(
                fields=["-spend", "-customer"],
                include=(
                    "owner",
                    "branch",
                    "is_active",
                    "is_trashed",
                    "segment_ids",
                    "last_purchase_on",
                    "spend_12m",
                ),
                name="behaviour_spend",
            ),
        ),
        migrations.AddIndex(
            model_name="customerbehaviour",
            index=models.Index(
                fields=["name_sort", "customer"],
                include=(
                    "owner",
                    "branch",
                    "is_active",
                    "is_trashed",
                    "segment_ids",
                    "last_purchase_on",
                    "spend",
                    "spend_12m",
                ),
                name="behaviour_name",
            ),
        ),
    ]
