from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CustomersConfig(AppConfig):
    name = "customers"
    verbose_name = _("Customers")

    def ready(self) -> None:
        from accounts.handover import handover
        from customers import portfolio
        from customers.registry import registry
        from customers.rules import fields
        from customers.rules.vocabulary import vocabulary
        from customers.timeline import CHANGES
        from customers.vietnamese import lookups

        lookups.register()
        handover.size = portfolio.size_in_care_of
        handover.move = portfolio.hand_over
        registry.timeline_sources.append(CHANGES)
        fields.register(vocabulary)
