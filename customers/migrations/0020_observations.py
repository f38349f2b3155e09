import django.db.models.deletion
import django.utils.timezone
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0019_triggers_without_joins"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Observation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("request", "Special request"),
                            ("need", "Need"),
                            ("preference", "Preference"),
                            ("budget", "Budget"),
                            ("goal", "Goal"),
                            ("psychology", "Influence: psychology"),
                            ("culture", "Influence: culture"),
                            ("society", "Influence: society"),
                            ("surroundings", "Influence: surroundings"),
                        ],
                        max_length=12,
                        verbose_name="kind",
                    ),
                ),
                ("text", models.CharField(blank=True, max_length=500, verbose_name="in words")),
                (
                    "budget_min",
                    models.DecimalField(
                        blank=True, decimal_places=0, max_digits=14, null=True, verbose_name="budget from"
                    ),
                ),
                (
                    "budget_max",
                    models.DecimalField(
                        blank=True, decimal_places=0, max_digits=14, null=True, verbose_name="up to"
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("said", "said by the customer"),
                            ("noticed", "noticed by us"),
                            ("form", "form or survey"),
                            ("others", "told by others"),
                        ],
                        default="said",
                        max_length=8,
                        verbose_name="how it is known",
                    ),
                ),
                ("from_on", models.DateField(verbose_name="since")),
                ("until_on", models.DateField(blank=True, null=True, verbose_name="until")),
                ("is_pinned", models.BooleanField(default=False, verbose_name="pinned at the top")),
                ("is_sensitive", models.BooleanField(default=False, verbose_name="sensitive")),
                (
                    "recorded_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="recorded"),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="observations",
                        to="customers.customer",
                        verbose_name="customer",
                    ),
                ),
                (
                    "ended_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="ended by",
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="recorded by",
                    ),
                ),
            ],
            options={
                "verbose_name": "observation",
                "verbose_name_plural": "observations",
                "ordering": ["-from_on", "-pk"],
                "default_permissions": (),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("budget_max", None),
                                ("budget_min", None),
                                ("kind", "budget"),
                                ("text", ""),
                                _negated=True,
                            ),
                            models.Q(
                                ("kind", "budget"), models.Q(("text", ""), _negated=True), _connector="OR"
                            ),
                        ),
                        name="observation_says_something",
                        violation_error_message="Write in a few words what you know.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind", "budget"),
                            models.Q(("budget_max", None), ("budget_min", None)),
                            _connector="OR",
                        ),
                        name="observation_amounts_of_budgets_only",
                        violation_error_message="Amounts belong to a budget: choose that kind, or leave them out.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("budget_min__isnull", True),
                            ("budget_max__isnull", True),
                            ("budget_max__gte", models.F("budget_min")),
                            _connector="OR",
                        ),
                        name="observation_budget_in_order",
                        violation_error_message="The budget ends below where it begins. Check both amounts.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_by__isnull", True), ("until_on__isnull", True)),
                            ("until_on__gte", models.F("from_on")),
                            _connector="OR",
                        ),
                        name="observation_ends_after_it_begins",
                    ),
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="observation",
            trigger=pgtrigger.compiler.Trigger(
                name="say_once",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."text" IS DISTINCT FROM (NEW."text") OR OLD."budget_min" IS DISTINCT FROM (NEW."budget_min") OR OLD."budget_max" IS DISTINCT FROM (NEW."budget_max") OR OLD."source" IS DISTINCT FROM (NEW."source") OR OLD."from_on" IS DISTINCT FROM (NEW."from_on") OR OLD."is_sensitive" IS DISTINCT FROM (NEW."is_sensitive") OR OLD."recorded_by_id" IS DISTINCT FROM (NEW."recorded_by_id") OR OLD."recorded_at" IS DISTINCT FROM (NEW."recorded_at"))',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="f09628702c30d648dace7f5d2ebee2fd91417dca",
                    operation="UPDATE",
                    pgid="pgtrigger_say_once_40f66",
                    table="customers_observation",
                    when="BEFORE",
                ),
            ),
        ),
    ]
