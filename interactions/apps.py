from uuid import uuid4

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InteractionsConfig(AppConfig):
    name = "interactions"
    verbose_name = _("Interactions")

    def ready(self) -> None:
        from customers.list_columns import add_columns
        from customers.registry import SpareValue, registry
        from customers.rules.vocabulary import vocabulary
        from interactions.columns import LIST_COLUMNS
        from interactions.files import origins
        from interactions.models import Interaction
        from interactions.record import COMPOSER, NEXT_CONTACT
        from interactions.rules import FIELDS
        from interactions.timeline import INTERACTIONS

        registry.timeline_sources.insert(0, INTERACTIONS)
        registry.record_panels.append(COMPOSER)
        # Before what they have bought: this is what to do now.
        registry.record_panels.insert(0, NEXT_CONTACT)
        registry.attachment_origins = origins
        # Only the form that was sent for one of the two customers needs to know this number.
        registry.spare_values[Interaction] = SpareValue("submission", lambda _former, _customer: uuid4())
        vocabulary.add(*FIELDS)
        add_columns(*LIST_COLUMNS)
