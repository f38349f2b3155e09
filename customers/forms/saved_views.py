from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from customers.models import SavedView


class ChoiceForm(forms.Form):
    """What a person makes of a view, their own or a colleague's."""

    is_pinned = forms.BooleanField(label=gettext_lazy("Pin above the list"), required=False)
    is_default = forms.BooleanField(label=gettext_lazy("Open first with the customers"), required=False)


class ViewForm(ChoiceForm):
    """The name of a view of one's own, and whether the branch may open it."""

    name = forms.CharField(label=gettext_lazy("Name of the view"), max_length=80)
    is_shared = forms.BooleanField(label=gettext_lazy("Share with my branch"), required=False)
    field_order = ("name", "is_shared", "is_pinned", "is_default")

    def __init__(self, *args: Any, user: User, view: SavedView, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.view = view
        if user.branch_id is None:
            del self.fields["is_shared"]

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        same = SavedView.objects.editable_by(self.user).filter(name__iexact=name)
        if same.exclude(pk=self.view.pk).exists():
            raise forms.ValidationError(_("You have a view of this name already. Choose another name."))
        return name
