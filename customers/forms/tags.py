from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from customers.forms.fields import NameField
from customers.models import Customer, Tag


class TagsForm(forms.Form):
    """The tags of one customer: what is ticked, beside what was ticked when the page was opened."""

    tags = forms.ModelMultipleChoiceField(
        label=_("Tags"),
        queryset=Tag.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": _("A ticked tag is no longer in use. Choose again.")},
    )
    had = forms.ModelMultipleChoiceField(
        queryset=Tag.objects.none(), required=False, widget=forms.MultipleHiddenInput
    )

    def __init__(self, *args: Any, customer: Customer, **kwargs: Any) -> None:
        had = [given.tag_id for given in customer.customer_tags.all()]
        kwargs["initial"] = {"tags": had, "had": had}
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["tags"].queryset = Tag.objects.offered(to=customer)
        # A colleague may have taken a tag back since, which then is neither given nor taken here.
        fields["had"].queryset = Tag.objects.all()

    @property
    def given(self) -> list[Tag]:
        return [tag for tag in self.cleaned_data["tags"] if tag not in self.cleaned_data["had"]]

    @property
    def taken(self) -> list[Tag]:
        return [tag for tag in self.cleaned_data["had"] if tag not in self.cleaned_data["tags"]]


class TagForm(forms.ModelForm):
    """A tag of the vocabulary."""

    name = NameField(label=_("name"), max_length=40)

    class Meta:
        model = Tag
        fields = ("name", "tone", "is_active")
