from django.db.models import TextChoices
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

THEME_COOKIE = "theme"


class Theme(TextChoices):
    """Light and dark are set on the page; `system` leaves it to the device."""

    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")
    SYSTEM = "system", _("Same as the device")


def chosen_theme(request: HttpRequest) -> str:
    """The theme of the person's cookie; anything unknown means the device's own."""
    value = request.COOKIES.get(THEME_COOKIE, "")
    return value if value in Theme.values else Theme.SYSTEM.value
