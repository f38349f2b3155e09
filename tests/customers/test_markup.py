"""HTML written in Python: as Django's own function writes it, whatever the texts hold."""

from django.utils.html import format_html
from django.utils.safestring import SafeString
from hypothesis import given
from hypothesis import strategies as st

from customers.markup import write_html

PATTERN = '<a title="{title}">{text}</a>{rest}'


@given(title=st.text(), text=st.text(), rest=st.text())
def test_texts_are_written_as_by_django(title, text, rest):
    values = {"title": title, "text": text, "rest": rest}
    assert write_html(PATTERN, **values) == format_html(PATTERN, **values)


def test_only_what_is_safe_is_left_as_it_is():
    written = write_html("{safe}{hostile}", safe=SafeString("<b>"), hostile="<script>\"&'{safe}")
    assert written == "<b>&lt;script&gt;&quot;&amp;&#x27;{safe}"
    assert isinstance(written, SafeString)
