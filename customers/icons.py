"""Icons beside words, for templates and for what is written in Python."""

from functools import lru_cache

from lucide.templatetags.lucide import lucide


def icon(name: str, size: int = 16, **attributes: str) -> str:
    """A lucide icon beside words that already say what it means, hidden from screen readers."""
    return _drawn(name, size, tuple(attributes.items()))


@lru_cache(maxsize=512)
def _drawn(name: str, size: int, attributes: tuple[tuple[str, str], ...]) -> str:
    """Each icon is built from its XML once, not thirty times a page."""
    given = dict(attributes)
    classes = f"icon {given.pop('class', '')}".strip()
    return lucide(name, size=size, aria_hidden="true", **{"class": classes}, **given)
