from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InteractionsConfig(AppConfig):
    name = "interactions"
    verbose_name = _("Interactions")

    def ready(self) -> None:
        from customers.registry import registry
        from customers.rules.vocabulary import vocabulary
        from interactions.record import COMPOSER
        from interactions.rules import FIELDS
        from interactions.timeline import INTERACTIONS

        registry.timeline_sources.insert(0, INTERACTIONS)
        registry.record_panels.append(COMPOSER)
        vocabulary.add(*FIELDS)
