from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import get_script_prefix, reverse
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy

from crm.themes import chosen_theme


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of the main navigation, shown to those who hold its permission."""

    url_name: str
    label: Promise
    icon: str
    permission: str = ""


PLACES = (
    Place("customers:list", gettext_lazy("Customers"), "users"),
    Place("segments:gallery", gettext_lazy("Segments"), "shapes", "segments.view_segment"),
    Place("customers:portfolios", gettext_lazy("Portfolios"), "contact-round", "customers.reassign_customer"),
    Place("customers:duplicates", gettext_lazy("Duplicate records"), "git-merge", "customers.merge_customer"),
    Place("customers:imports", gettext_lazy("Import from Excel"), "file-up", "customers.add_importrun"),
    Place("admin:index", gettext_lazy("Admin"), "settings", "accounts.open_admin_user"),
    Place("help", gettext_lazy("Help"), "circle-question-mark"),
)


@cache
def _addresses(_prefix: str) -> dict[str, str]:
    """Where the places are, looked up once for each prefix that the server may run under."""
    return {place.url_name: reverse(place.url_name) for place in PLACES}


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    held = request.user.get_all_permissions() if request.user.is_authenticated else set()
    addresses = _addresses(get_script_prefix())
    entries = [
        {"place": place, "url": addresses[place.url_name]}
        for place in PLACES
        if not place.permission or place.permission in held
    ]
    around = [str(entry["url"]) for entry in entries if request.path.startswith(str(entry["url"]))]
    # A place may lie within another one; the innermost is where the person is.
    current = max(around, key=len, default="")
    return [{**entry, "is_current": entry["url"] == current} for entry in entries]


def _frame_key(request: HttpRequest, places: list[dict[str, Any]], theme: str) -> str:
    """All that the parts of the frame say which are the same from page to page, for them to be kept by."""
    user: Any = request.user
    current = next((place["url"] for place in places if place["is_current"]), "")
    who = (user.username, str(user), str(user.branch or "")) if user.is_authenticated else ()
    may = sorted(user.get_all_permissions()) if user.is_authenticated else ()
    return repr((get_language(), theme, current, who, may))


def _search_within(request: HttpRequest) -> list[tuple[str, str]]:
    """What narrows and orders the list that stands on the page: a search stays within it."""
    if request.path != _addresses(get_script_prefix())["customers:list"]:
        return []
    return [(name, str(value)) for name, value in request.GET.items() if name not in {"q", "cursor"}]


def other_language() -> dict[str, str]:
    """The language that the switch offers, named in that language."""
    names = {"vi": "Tiếng Việt", "en": "English"}
    current = get_language() or settings.LANGUAGE_CODE
    code = "en" if current == "vi" else "vi"
    return {"code": code, "name": names[code]}


def frame(request: HttpRequest) -> dict[str, Any]:
    """What the layout around every page shows."""
    user = getattr(request, "user", None)
    theme = chosen_theme(request)
    places = navigation(request) if user is not None and user.is_authenticated else []
    return {
        "navigation": places,
        "theme": theme,
        "frame_key": _frame_key(request, places, theme) if places else "",
        "other_language": other_language(),
        "search_text": request.GET.get("q", ""),
        "search_within": _search_within(request),
    }
