import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0021_households"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Consent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "purpose",
                    models.CharField(
                        choices=[
                            ("service", "Contract and service"),
                            ("call", "Marketing by call"),
                            ("message", "Marketing by SMS or Zalo"),
                            ("email", "Marketing by email"),
                            ("analysis", "Analysis and profiling"),
                            ("third_party", "Disclosure to third parties"),
                            ("contact", "Any contact by us"),
                        ],
                        max_length=12,
                        verbose_name="purpose of processing",
                    ),
                ),
                ("is_given", models.BooleanField(verbose_name="consent given")),
                ("from_on", models.DateField(verbose_name="holds from")),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("paper", "signed form"),
                            ("spoken", "said in person"),
                            ("call", "said on the phone"),
                            ("message", "message (SMS, Zalo)"),
                            ("email", "message by email"),
                            ("online", "form on the website or app"),
                            ("merge", "two records merged"),
                        ],
                        max_length=8,
                        verbose_name="how it was obtained",
                    ),
                ),
                ("evidence", models.CharField(blank=True, max_length=300, verbose_name="evidence")),
                (
                    "recorded_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="recorded"),
                ),
                ("is_current", models.BooleanField(default=False, editable=False, verbose_name="holds now")),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="consents",
                        to="customers.customer",
                        verbose_name="customer",
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
                "verbose_name": "entry in the consent ledger",
                "verbose_name_plural": "entries in the consent ledger",
                "ordering": ["-from_on", "-pk"],
                "default_permissions": ("add",),
                "indexes": [
                    models.Index(
                        fields=["customer", "purpose", "-from_on", "-id"], name="consent_of_customer"
                    ),
                    models.Index(
                        condition=models.Q(("is_current", True)),
                        fields=["purpose", "is_given", "customer"],
                        name="consent_in_force",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("is_given", False), ("evidence__regex", "\\S"), _connector="OR"),
                        name="consent_given_has_evidence",
                        violation_error_message="Say by what this consent can be proved.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("from_on__lte", django.db.models.functions.datetime.TruncDate("recorded_at"))
                        ),
                        name="consent_holds_already",
                        violation_error_message="This date lies in the future. Enter today or an earlier day.",
                    ),
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="consent",
            trigger=pgtrigger.compiler.Trigger(
                name="say_once",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."purpose" IS DISTINCT FROM (NEW."purpose") OR OLD."is_given" IS DISTINCT FROM (NEW."is_given") OR OLD."from_on" IS DISTINCT FROM (NEW."from_on") OR OLD."source" IS DISTINCT FROM (NEW."source") OR OLD."evidence" IS DISTINCT FROM (NEW."evidence") OR OLD."recorded_by_id" IS DISTINCT FROM (NEW."recorded_by_id") OR OLD."recorded_at" IS DISTINCT FROM (NEW."recorded_at"))',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="1582402b8002d8f750735e8026afce3443974b01",
                    operation="UPDATE",
                    pgid="pgtrigger_say_once_19bc3",
                    table="customers_consent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="consent",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_the_ledger",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="3596515a3bb67969316e53ab17dd94109a1a9e59",
                    operation="DELETE",
                    pgid="pgtrigger_keep_the_ledger_1a411",
                    table="customers_consent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="consent",
            trigger=pgtrigger.compiler.Trigger(
                name="find_newest",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n    PERFORM 1 FROM customers_customer\n    WHERE id IN (SELECT customer_id FROM new_rows) ORDER BY id FOR NO KEY UPDATE;\n    UPDATE customers_consent kept SET is_current = ranked.is_first\n    FROM (\n        SELECT id, 1 = row_number() OVER (\n            PARTITION BY customer_id, purpose ORDER BY from_on DESC, id DESC\n        ) AS is_first\n        FROM customers_consent WHERE customer_id IN (SELECT customer_id FROM new_rows)\n    ) ranked\n    WHERE ranked.id = kept.id AND ranked.is_first <> kept.is_current;\n    RETURN NULL;\n",
                    hash="9c254bb4d5dc1ff406fe63a096dbb41738d1a355",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_find_newest_df6bb",
                    referencing="REFERENCING NEW TABLE AS new_rows ",
                    table="customers_consent",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="consent",
            trigger=pgtrigger.compiler.Trigger(
                name="find_newest_left",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n    PERFORM 1 FROM customers_customer\n    WHERE id IN (SELECT customer_id FROM old_rows) ORDER BY id FOR NO KEY UPDATE;\n    UPDATE customers_consent kept SET is_current = ranked.is_first\n    FROM (\n        SELECT id, 1 = row_number() OVER (\n            PARTITION BY customer_id, purpose ORDER BY from_on DESC, id DESC\n        ) AS is_first\n        FROM customers_consent WHERE customer_id IN (SELECT customer_id FROM old_rows)\n    ) ranked\n    WHERE ranked.id = kept.id AND ranked.is_first <> kept.is_current;\n    RETURN NULL;\n",
                    hash="e1d88cee0837f6674c7343ae1c54a6c5e5f80dc1",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_find_newest_left_a51b7",
                    referencing="REFERENCING OLD TABLE AS old_rows ",
                    table="customers_consent",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="consent",
            trigger=pgtrigger.compiler.Trigger(
                name="find_newest_of_both",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n    IF NOT EXISTS (SELECT id, customer_id FROM new_rows EXCEPT SELECT id, customer_id FROM old_rows) THEN\n        RETURN NULL;\n    END IF;\n\n    PERFORM 1 FROM customers_customer\n    WHERE id IN (SELECT customer_id FROM (TABLE old_rows UNION ALL TABLE new_rows) moved) ORDER BY id FOR NO KEY UPDATE;\n    UPDATE customers_consent kept SET is_current = ranked.is_first\n    FROM (\n        SELECT id, 1 = row_number() OVER (\n            PARTITION BY customer_id, purpose ORDER BY from_on DESC, id DESC\n        ) AS is_first\n        FROM customers_consent WHERE customer_id IN (SELECT customer_id FROM (TABLE old_rows UNION ALL TABLE new_rows) moved)\n    ) ranked\n    WHERE ranked.id = kept.id AND ranked.is_first <> kept.is_current;\n    RETURN NULL;\n",
                    hash="3c26f2f3419f290e176e55d8c56b238d3e3defd5",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_find_newest_of_both_91fd9",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    table="customers_consent",
                    when="AFTER",
                ),
            ),
        ),
    ]
