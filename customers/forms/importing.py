"""What a person says of a list: the file, what its columns mean, and how it is to be imported."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from customers.importing.customer_rows import branches_for
from customers.importing.encodings import Encoding
from customers.importing.kinds import KINDS, kind_of
from customers.importing.mapping import LONGEST_SOURCE, known_source
from customers.importing.services import Manner
from customers.models import ImportRun
from customers.vietnamese.typed import InputError

MOST_SCALE = 10**9
# A choice between radio buttons needs a value for each.
DAY_FIRST = "dmy"
KEY_COLUMNS = {
    ImportRun.Key.NUMBER: "external_id",
    ImportRun.Key.CODE: "code",
    ImportRun.Key.PHONE: "phone",
    ImportRun.Key.EMAIL: "email",
    ImportRun.Key.CITIZEN_ID: "citizen_id",
}


class UploadForm(forms.Form):
    """The list itself."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What is in the list"),
        choices=[(kind.value, kind.label) for kind in ImportRun.Kind],
        initial=ImportRun.Kind.CUSTOMERS,
        widget=forms.RadioSelect,
    )
    file = forms.FileField(
        label=gettext_lazy("Excel or CSV file"),
        help_text=gettext_lazy(
            "XLSX, XLS, ODS or CSV, at most 50 MB and 200,000 rows. Encoding, separator and header are found."
        ),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,.xlsx,.xls,.ods"}),
        error_messages={
            "required": gettext_lazy("Choose a file."),
            "empty": gettext_lazy("The file is empty. Choose another one."),
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if len(KINDS) == 1:
            self.fields["kind"].widget = forms.HiddenInput()


class LayoutForm(forms.Form):
    """How the list is written, where what was found is wrong."""

    encoding = forms.ChoiceField(
        label=gettext_lazy("Encoding"), choices=[(one.value, one.label) for one in Encoding], required=False
    )
    delimiter = forms.ChoiceField(
        label=gettext_lazy("Separator"),
        choices=[
            (",", gettext_lazy("comma ,")),
            (";", gettext_lazy("semicolon ;")),
            ("\t", gettext_lazy("tab")),
            ("|", "|"),
        ],
        required=False,
    )
    header_line = forms.IntegerField(
        label=gettext_lazy("Line of the column names"), min_value=1, max_value=30, localize=False
    )

    def __init__(self, *args: Any, run: ImportRun, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [
            (name, name if is_visible else _("%(sheet)s (hidden)") % {"sheet": name})
            for name, is_visible in run.sheets
        ]
        self.fields["sheet"] = forms.ChoiceField(label=_("Sheet"), choices=choices, required=False)


class ColumnsForm(forms.Form):
    """What each column of the list is here."""

    date_order = forms.TypedChoiceField(
        label=gettext_lazy("Dates in the file"),
        choices=[
            (DAY_FIRST, ImportRun.DateOrder.DAY_FIRST.label),
            (ImportRun.DateOrder.MONTH_FIRST.value, ImportRun.DateOrder.MONTH_FIRST.label),
        ],
        coerce=lambda order: "" if order == DAY_FIRST else order,
        widget=forms.RadioSelect,
    )
    scale = forms.DecimalField(
        label=gettext_lazy("Amounts times"),
        help_text=gettext_lazy("1 for đồng, 1000 for thousands, an exchange rate for another currency."),
        min_value=Decimal("0.001"),
        max_value=MOST_SCALE,
        max_digits=12,
        decimal_places=3,
        localize=False,
    )

    def __init__(self, *args: Any, run: ImportRun, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._run = run
        self._fields = {field.name: field for field in kind_of(run).fields}
        choices = [
            ("", gettext_lazy("(leave out)")),
            *((field.name, field.label) for field in self._fields.values()),
        ]
        for place, title in enumerate(run.header):
            self.fields[f"column-{place}"] = forms.ChoiceField(label=title, choices=choices, required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        times = Counter(name for name in self.columns if name)
        for place, name in enumerate(self.columns):
            if name and times[name] > 1 and self._fields[name].between is None:
                self.add_error(
                    f"column-{place}",
                    _("%(count)d columns are “%(name)s”. Choose one of them.")
                    % {"count": times[name], "name": self._fields[name].label},
                )
        missing = [name for name in kind_of(self._run).required if name not in times]
        if missing:
            labels = ", ".join(str(self._fields[name].label) for name in missing)
            raise ValidationError(_("Choose which column is: %(names)s.") % {"names": labels})
        if not kind_of(self._run).required and not times.keys() & {"full_name", "external_id", "code"}:
            raise ValidationError(_("Choose which column is the name, or the number, of the customer."))
        return cleaned

    @property
    def columns(self) -> list[str]:
        return [self.cleaned_data.get(f"column-{place}", "") for place in range(len(self._run.header))]


class MannerForm(forms.Form):
    """How the list is to be imported."""

    mode = forms.ChoiceField(
        label=gettext_lazy("What to do with the rows"),
        choices=ImportRun.Mode.choices,
        widget=forms.RadioSelect,
    )
    duplicates = forms.ChoiceField(
        label=gettext_lazy("Other rows that resemble somebody in the book"),
        help_text=gettext_lazy(
            "By name, phone, email, date of birth and citizen ID together. A phone alone is a family's."
        ),
        choices=ImportRun.Duplicates.choices,
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, run: ImportRun, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        branches = branches_for(by).filter(is_active=True)
        usable = [key for key, column in KEY_COLUMNS.items() if column in run.columns]
        if usable:
            self.fields["match_key"] = forms.ChoiceField(
                label=_("Customers who are in the book already are known by"),
                choices=[(key.value, key.label) for key in usable],
                widget=forms.RadioSelect,
            )
        if run.kind == ImportRun.Kind.PURCHASES:
            del self.fields["mode"], self.fields["duplicates"]
        if {"external_id", "customer_external_id"} & set(run.columns):
            self.fields["source"] = forms.CharField(
                label=_("Name of the other system"),
                help_text=_("Its numbers are remembered under this name. Example: KiotViet"),
                max_length=LONGEST_SOURCE,
            )
        # A manager's customers belong to a branch of theirs, or the manager would not see them again.
        needs_branch = not by.has_perm("customers.view_all_customer")
        self.fields["branch"] = forms.ModelChoiceField(
            branches,
            label=_("Branch of new customers"),
            required=needs_branch,
            empty_label=_("Choose") if needs_branch else _("No branch"),
        )
        self.fields["owner"] = forms.ModelChoiceField(
            User.objects.filter(is_active=True, branch__in=branches).order_by("full_name", "pk"),
            label=_("Person in charge of new customers"),
            required=False,
            empty_label=_("Nobody yet"),
        )
        if run.kind == ImportRun.Kind.PURCHASES:
            del self.fields["owner"]
            self.fields["create_missing"] = forms.BooleanField(
                label=_("Create a customer without a name for a number that is not known"), required=False
            )
        self.order_fields(["mode", "match_key", "duplicates"])

    def clean_source(self) -> str:
        try:
            return known_source(self.cleaned_data["source"])
        except InputError as error:
            raise ValidationError(error.message) from error

    @property
    def manner(self) -> Manner:
        cleaned = self.cleaned_data
        return Manner(
            mode=cleaned.get("mode", ImportRun.Mode.BOTH),
            match_key=cleaned.get("match_key", ImportRun.Key.PHONE),
            source=cleaned.get("source", "import"),
            branch=cleaned["branch"],
            owner=cleaned.get("owner"),
            duplicates=cleaned.get("duplicates", ImportRun.Duplicates.CREATE),
            create_missing=cleaned.get("create_missing", False),
        )
