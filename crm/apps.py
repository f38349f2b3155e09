from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CrmConfig(AppConfig):
    name = "crm"
    verbose_name = "Sổ Khách"

    def ready(self) -> None:
        from crm.context_processors import PLACES
        from customers.palette import ACTIONS, Action

        ACTIONS[:] = [
            Action(_("New customer"), "customers:create", "plus", "customers.add_customer"),
            *(Action(place.label, place.url_name, place.icon, place.permission) for place in PLACES),
        ]
