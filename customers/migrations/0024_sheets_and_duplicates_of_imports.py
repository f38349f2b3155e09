from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("customers", "0023_consent_permissions")]

    operations = [
        migrations.AddField(
            model_name="importrun",
            name="duplicates",
            field=models.CharField(
                choices=[
                    ("create", "Create them all the same; the check says which"),
                    ("skip", "Leave them out"),
                    ("update", "Update whom they are almost certainly, where you may; create the others"),
                ],
                default="create",
                max_length=6,
                verbose_name="rows that resemble a customer",
            ),
        ),
        migrations.AddField(
            model_name="importrun",
            name="sheets",
            field=models.JSONField(default=list),
        ),
        migrations.AlterField(
            model_name="importrun",
            name="sheet",
            field=models.TextField(blank=True, verbose_name="sheet"),
        ),
    ]
