from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PurchasesConfig(AppConfig):
    name = "purchases"
    verbose_name = _("Purchases")

    def ready(self) -> None:
        from customers.registry import SpareValue, registry
        from purchases.models import Purchase, Return, number_beside
        from purchases.record import SPEND
        from purchases.timeline import PURCHASES, RETURNS

        registry.timeline_sources += [PURCHASES, RETURNS]
        registry.record_panels.append(SPEND)
        registry.spare_values |= dict.fromkeys((Purchase, Return), SpareValue("number", number_beside))
