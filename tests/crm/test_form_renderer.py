"""Inputs written without a template say what Django's templates say, whatever stands in them."""

import html
import re

import pytest
from django import forms
from django.forms.renderers import TemplatesSetting
from django.test.html import parse_html
from hypothesis import given
from hypothesis import strategies as st

from crm.form_renderer import PlainInputs
from customers.forms.widgets import PlainSelect

EVIL = "\"'<b>&amp;</b>"
ATTRIBUTES = {"id": "id_x", "required": True, "disabled": False, "maxlength": 40, "placeholder": EVIL}


@pytest.mark.parametrize("value", [None, "", "An", EVIL, "hai\ndòng", 0])
@pytest.mark.parametrize(
    "widget",
    [
        forms.TextInput,
        forms.EmailInput,
        forms.NumberInput,
        forms.HiddenInput,
        forms.PasswordInput,
        forms.Textarea,
        forms.CheckboxInput,
        forms.RadioSelect,
    ],
)
def test_every_widget_as_django_writes_it(widget, value):
    shown = widget(attrs=ATTRIBUTES)
    if widget is forms.RadioSelect:
        shown.choices = [("An", EVIL), ("", "none")]
    written, expected = (
        shown.render("x", value, renderer=each()) for each in (PlainInputs, TemplatesSetting)
    )
    assert parse_html(written) == parse_html(expected)
    assert html.unescape(re.sub(r"\s+", " ", written)) == html.unescape(re.sub(r"\s+", " ", expected))


@given(
    st.lists(st.tuples(st.text(max_size=8) | st.integers() | st.none(), st.text(max_size=8)), max_size=6),
    st.text(max_size=8) | st.integers() | st.none(),
)
def test_a_plain_select_says_its_choices_and_which_is_chosen(choices, value):
    written = PlainSelect(choices=choices).render("x", value, {"id": "id_x"})
    options = re.findall(r'<option value="([^"<>]*)"( selected)?>([^<>]*)</option>', written)
    said = [(html.unescape(key), bool(selected), html.unescape(label)) for key, selected, label in options]
    keys = ["" if key is None else str(key) for key, _label in choices]
    chosen = "" if value is None else str(value)
    assert said == [(key, key == chosen, label) for key, (_key, label) in zip(keys, choices, strict=True)]
