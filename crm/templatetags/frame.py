from functools import cache

from django import template
from django.templatetags.static import static
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from customers.icons import icon

# In the order in which they are read; `reset.css` names the layers.
STYLESHEETS = (
    *("reset", "tokens", "base", "frame", "layout", "controls"),
    *("components", "forms", "builder", "bulk", "facts", "tables"),
    *("merging", "timeline", "charts", "import", "overlays", "palette"),
    *("exports", "entrance", "utilities", "print"),
)

register = template.Library()
register.simple_tag(icon)


@register.simple_tag
def stylesheets() -> SafeString:
    """The links to our CSS; where one of them is looked up, all others are known."""
    return _links(static(f"css/{STYLESHEETS[0]}.css"))


@cache
def _links(_first: str) -> SafeString:
    addresses = ((static(f"css/{name}.css"),) for name in STYLESHEETS)
    return format_html_join("\n    ", '<link rel="stylesheet" href="{}">', addresses)
