from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SegmentsConfig(AppConfig):
    name = "segments"
    verbose_name = _("Segments")

    def ready(self) -> None:
        from customers.registry import registry
        from segments import offers
        from segments.past import segments_on

        offers.register()
        registry.segments_on = segments_on
