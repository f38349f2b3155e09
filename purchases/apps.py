from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PurchasesConfig(AppConfig):
    name = "purchases"
    verbose_name = _("Purchases")

    def ready(self) -> None:
        from customers.importing.kinds import KINDS, ImportKind
        from customers.models import ImportRun
        from customers.registry import SpareValue, registry
        from purchases.importing.lines import PURCHASE_CANON
        from purchases.importing.undoing import undo_purchases
        from purchases.importing.wizard import (
            PURCHASE_FIELDS,
            check_purchases,
            correct_purchases,
            write_purchases,
        )
        from purchases.models import Purchase, Return, number_beside
        from purchases.record import SPEND
        from purchases.timeline import PURCHASES, RETURNS

        KINDS[ImportRun.Kind.PURCHASES] = ImportKind(
            PURCHASE_FIELDS,
            PURCHASE_CANON.required,
            check_purchases,
            write_purchases,
            undo_purchases,
            correct_purchases,
        )
        registry.timeline_sources += [PURCHASES, RETURNS]
        registry.record_panels.append(SPEND)
        registry.spare_values |= dict.fromkeys((Purchase, Return), SpareValue("number", number_beside))
