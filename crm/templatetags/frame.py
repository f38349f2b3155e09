from functools import lru_cache

from django import template
from lucide.templatetags.lucide import lucide

register = template.Library()


@register.simple_tag
def icon(name: str, size: int = 16, **attributes: str) -> str:
    """A lucide icon beside words that already say what it means, hidden from screen readers."""
    return _drawn(name, size, tuple(attributes.items()))


@lru_cache(maxsize=512)
def _drawn(name: str, size: int, attributes: tuple[tuple[str, str], ...]) -> str:
    """Each icon is built from its XML once, not thirty times a page."""
    given = dict(attributes)
    classes = f"icon {given.pop('class', '')}".strip()
    return lucide(name, size=size, aria_hidden="true", **{"class": classes}, **given)
