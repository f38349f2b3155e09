import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0016_attachments"),
        ("interactions", "0002_role_permissions"),
    ]

    operations = [
        migrations.CreateModel(
            name="InteractionAttachment",
            fields=[
                (
                    "attachment",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="of_interaction",
                        serialize=False,
                        to="customers.attachment",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="customers.customer"
                    ),
                ),
                (
                    "interaction",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="attachments",
                        to="interactions.interaction",
                    ),
                ),
            ],
            options={
                "verbose_name": "file of an interaction",
                "verbose_name_plural": "files of interactions",
                "default_permissions": (),
            },
        ),
    ]
