import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0022_consents"),
        ("interactions", "0003_attachments"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="FollowUp",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("due_on", models.DateField(verbose_name="due date")),
                ("due_time", models.TimeField(blank=True, null=True, verbose_name="time")),
                ("subject", models.CharField(max_length=160, verbose_name="subject")),
                ("note", models.CharField(blank=True, max_length=500, verbose_name="note")),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="planned"),
                ),
                ("done_at", models.DateTimeField(null=True, verbose_name="done")),
                ("cancelled_at", models.DateTimeField(null=True, verbose_name="cancelled")),
                (
                    "cancel_reason",
                    models.CharField(blank=True, max_length=255, verbose_name="reason for cancelling"),
                ),
                (
                    "cancelled_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="cancelled by",
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="planned by",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="follow_ups",
                        to="customers.customer",
                        verbose_name="customer",
                    ),
                ),
                (
                    "done_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="done by",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="to be done by",
                    ),
                ),
            ],
            options={
                "verbose_name": "next step",
                "verbose_name_plural": "next steps",
                "ordering": ["due_on", models.OrderBy(models.F("due_time"), nulls_last=True), "pk"],
                "default_permissions": ("view", "add", "change"),
                "indexes": [
                    models.Index(fields=["customer", "due_on"], name="follow_up_of_customer"),
                    models.Index(
                        condition=models.Q(("cancelled_at__isnull", True), ("done_at__isnull", True)),
                        fields=["due_on", "customer"],
                        name="follow_up_due",
                    ),
                    models.Index(
                        condition=models.Q(("cancelled_at__isnull", True), ("done_at__isnull", True)),
                        fields=["owner", "due_on"],
                        name="follow_up_of_person",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("subject__regex", "\\S")),
                        name="follow_up_says_what",
                        violation_error_message="Write in a few words what is to be done.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("done_at__isnull", True), ("done_by__isnull", True)),
                            models.Q(
                                ("cancelled_at__isnull", True),
                                ("done_at__isnull", False),
                                ("done_by__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="follow_up_done_by_somebody",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("cancel_reason", ""),
                                ("cancelled_at__isnull", True),
                                ("cancelled_by__isnull", True),
                            ),
                            models.Q(
                                ("cancel_reason__regex", "\\S"),
                                ("cancelled_at__isnull", False),
                                ("cancelled_by__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="follow_up_cancelled_for_a_reason",
                        violation_error_message="Say why it is cancelled.",
                    ),
                ],
            },
        ),
    ]
