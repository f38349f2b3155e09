from django import template
from lucide.templatetags.lucide import lucide

register = template.Library()


@register.simple_tag
def icon(name: str, size: int = 16, **attributes: str) -> str:
    """A lucide icon beside words that already say what it means, hidden from screen readers."""
    classes = f"icon {attributes.pop('class', '')}".strip()
    return lucide(name, size=size, aria_hidden="true", **{"class": classes}, **attributes)
