"""The columns that a list can have: what each reads, how it writes a cell, what a click on it filters by."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from django.db import models
from django.db.models import OuterRef
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from customers.choices import Channel, Education, Gender, IncomeBand, MaritalStatus, Occupation, Source
from customers.markup import write_html
from customers.models.consent import ConsentPurpose, held_by
from customers.models.customer import TAGS, code_of
from customers.sorting import CREATED, LAST_PURCHASE, SPEND
from customers.templatetags.vietnamese import days_apart
from customers.vietnamese.money import format_count, format_money
from customers.vietnamese.phones import format_phone

# More do not fit, and a row gets too long to be read.
MOST_COLUMNS = 10
COLUMNS = "columns"
BETWEEN = ","
CONSENTS = "list_consents"

PHONE = '<a href="tel:{number}">{shown}</a>'
DAY_AGO = '{day} <span class="cell-note cell-note--days">{ago}</span>'
ORDERS = '<span class="from-768">{orders}</span><span class="only-phone">{in_words}</span>'


@dataclass(frozen=True, slots=True)
class Words:
    """What every row may need words from, read once for a page: the names of groups, and which day it is."""

    groups: Mapping[int, str]
    today: datetime.date
    language: str


@dataclass(frozen=True, slots=True)
class ListColumn:
    """One column: `reads` beside what every list reads; `css` of its cells, `place` on phones.

    `value` gives what a click on the cell filters `field` by, nothing where there is nothing to filter by.
    `annotation` works out what it reads where no column of the customer holds it.
    """

    name: str
    label: str | Promise
    write: Callable[[Any, Words], str]
    reads: tuple[str, ...] = ()
    css: str = ""
    place: str = ""
    sorting: str = ""
    field: str = ""
    value: Callable[[Any, Words], str] | None = None
    annotation: Callable[[], Any] | None = None

    @property
    def is_cut(self) -> bool:
        """Whether a long text is cut, and read whole in its title."""
        return self.css == "cell-cut"


def _day(day: datetime.date | None) -> str:
    """Day, month and year, as in both languages; Django's own formatting takes twenty times as long."""
    return f"{day:%d/%m/%Y}" if day else ""


def _phone(shown: Any, _words: Words) -> str:
    number = shown.first_phone
    return write_html(PHONE, number=number, shown=format_phone(number)) if number else ""


def _group_of(shown: Any, words: Words) -> int | None:
    return next((pk for pk in shown.behaviour__segment_ids if pk in words.groups), None)


def _group(shown: Any, words: Words) -> str:
    found = _group_of(shown, words)
    return "" if found is None else words.groups[found]


def _group_value(shown: Any, words: Words) -> str:
    return str(_group_of(shown, words) or "")


def _last_purchase(shown: Any, words: Words) -> str:
    return _day_ago(shown.behaviour__last_purchase_on, words.today, words.language)


@lru_cache(maxsize=4096)
def _day_ago(day: datetime.date | None, today: datetime.date, _language: str) -> str:
    if day is None:
        return write_html('<span class="muted">{text}</span>', text=_("never bought"))
    return write_html(DAY_AGO, day=_day(day), ago=days_apart((today - day).days))


def _orders(shown: Any, words: Words) -> str:
    number = shown.behaviour__orders
    return _orders_in_words(number, words.language) if number else ""


@lru_cache(maxsize=4096)
def _orders_in_words(number: int, language: str) -> str:
    """A number under its heading; on phones, where there are no headings, in words."""
    orders = format_count(number, language)
    in_words = ngettext("%(number)s purchase", "%(number)s purchases", number) % {"number": orders}
    return write_html(ORDERS, orders=orders, in_words=in_words)


def _spend(shown: Any, words: Words) -> str:
    return format_money(shown.behaviour__spend, words.language) if shown.behaviour__orders else ""


def _tags(shown: Any, _words: Words) -> str:
    return ", ".join(getattr(shown, TAGS))


def _consent(shown: Any, _words: Words) -> str:
    """The purposes agreed to; that nobody may contact the customer says more than they do."""
    held = {entry["purpose"]: entry["is_given"] for entry in getattr(shown, CONSENTS)}
    if held.get(ConsentPurpose.CONTACT) is False:
        return _("Wants no contact")
    given = [str(purpose.label) for purpose in ConsentPurpose if held.get(purpose)]
    if given:
        return ", ".join(given)
    return _("None given") if held else ""


def _money(name: str) -> Callable[[Any, Words], str]:
    return lambda shown, words: (
        format_money(getattr(shown, name), words.language) if getattr(shown, name) else ""
    )


def _number(name: str) -> Callable[[Any, Words], str]:
    return lambda shown, words: (
        format_count(getattr(shown, name), words.language) if getattr(shown, name) else ""
    )


def _plain(name: str) -> Callable[[Any, Words], str]:
    return lambda shown, _words: str(getattr(shown, name) or "")


def _choice(
    name: str, label: str | Promise, choices: type[models.TextChoices], *, reads: str = "", field: str = ""
) -> ListColumn:
    """A column with a closed list; what is not known leaves its cell empty."""
    path = reads or name

    @cache
    def label_of(value: str, _language: str) -> str:
        return str(choices(value).label) if value and value != "unknown" else ""

    def write(shown: Any, words: Words) -> str:
        return label_of(getattr(shown, path), words.language)

    more = () if path in ALWAYS_READ else (path,)
    return ListColumn(name, label, write, more, "cell-cut", field=field or name, value=_plain(path))


# What `CustomerQuerySet.for_list` reads for every list.
ALWAYS_READ = frozenset({"behaviour__main_channel"})


def _all() -> Iterable[ListColumn]:
    yield ListColumn("phone", gettext_lazy("Phone"), _phone, css="nowrap", place="at-left-1")
    yield ListColumn(
        "group",
        gettext_lazy("RFM group"),
        _group,
        css="cell-cut",
        field="segment",
        value=_group_value,
    )
    yield ListColumn(
        "last_purchase",
        gettext_lazy("Last purchase"),
        _last_purchase,
        css="number dated nowrap",
        place="at-left-2",
        sorting=LAST_PURCHASE,
    )
    spend = gettext_lazy("Total spend")
    yield ListColumn("spend", spend, _spend, css="number nowrap", place="at-right-1", sorting=SPEND)
    orders = pgettext_lazy("column", "Purchases")
    yield ListColumn("orders", orders, _orders, css="number nowrap", place="at-right-2")
    yield _choice(
        "channel",
        gettext_lazy("Main channel"),
        Channel,
        reads="behaviour__main_channel",
        field="main_channel",
    )
    yield from _of_care()
    yield from _of_person()
    yield from _of_buying()


def _of_care() -> Iterable[ListColumn]:
    yield ListColumn(
        "owner",
        gettext_lazy("Person in charge"),
        lambda shown, _words: shown.owner__full_name or shown.owner__username or "",
        reads=("owner_id",),
        css="cell-cut",
        field="owner",
        value=_plain("owner_id"),
    )
    yield ListColumn(
        "created",
        gettext_lazy("Created"),
        lambda shown, _words: _day(timezone.localdate(shown.created_at)),
        css="number",
        sorting=CREATED,
    )
    yield ListColumn(
        "branch",
        gettext_lazy("Branch"),
        _plain("branch__name"),
        reads=("branch_id", "branch__name"),
        css="cell-cut",
        field="branch",
        value=_plain("branch_id"),
    )
    yield _choice("source", gettext_lazy("Source"), Source)
    yield ListColumn("tags", gettext_lazy("Tags"), _tags, (TAGS,), "cell-cut")
    yield ListColumn(
        "consent",
        gettext_lazy("Consent"),
        _consent,
        (CONSENTS,),
        "cell-cut",
        annotation=lambda: held_by(OuterRef("pk")),
    )
    yield ListColumn("code", gettext_lazy("Customer code"), lambda shown, _words: code_of(shown.pk))


def _of_person() -> Iterable[ListColumn]:
    yield _choice("gender", gettext_lazy("Gender"), Gender)
    yield ListColumn(
        "birth_year", gettext_lazy("Birth year"), _plain("birth_year"), ("birth_year",), "number"
    )
    yield ListColumn(
        "province",
        gettext_lazy("Province or city"),
        _plain("province__name"),
        reads=("province_id", "province__name"),
        css="cell-cut",
        field="province",
        value=_plain("province_id"),
    )
    yield ListColumn(
        "ward", gettext_lazy("Ward or commune"), _plain("ward__name"), ("ward__name",), "cell-cut"
    )
    yield _choice("income_band", gettext_lazy("Income band"), IncomeBand)
    yield _choice("education", gettext_lazy("Education level"), Education)
    yield _choice("occupation", gettext_lazy("Occupation"), Occupation)
    yield _choice("marital_status", gettext_lazy("Marital status"), MaritalStatus)


def _of_buying() -> Iterable[ListColumn]:
    for name, label, write in (
        ("spend_12m", gettext_lazy("Spend in 12 months"), _money("behaviour__spend_12m")),
        ("orders_12m", gettext_lazy("Purchases in 12 months"), _number("behaviour__orders_12m")),
        ("returned", pgettext_lazy("figure", "Returned"), _money("behaviour__returned")),
    ):
        yield ListColumn(name, label, write, (f"behaviour__{name}",), "number nowrap")
    yield ListColumn(
        "first_purchase",
        gettext_lazy("First purchase"),
        lambda shown, _words: _day(shown.behaviour__first_purchase_on),
        ("behaviour__first_purchase_on",),
        "number",
    )


LIST_COLUMNS: dict[str, ListColumn] = {column.name: column for column in _all()}


def add_columns(*columns: ListColumn) -> None:
    """Offer the columns of an app above."""
    LIST_COLUMNS.update({column.name: column for column in columns})


def chosen_columns(text: str) -> list[ListColumn]:
    """The columns that an address names, in its order; those that do not exist (any more) are left out."""
    names = [name for name in dict.fromkeys(text.split(BETWEEN)) if name in LIST_COLUMNS]
    return [LIST_COLUMNS[name] for name in names[:MOST_COLUMNS]]


def usual_columns(*, with_owner: bool, with_created: bool) -> list[ListColumn]:
    """What there is room for: beside the owner, the creation replaces the channel."""
    names = ["phone", "group", "last_purchase", "spend", "orders"]
    names += [] if with_owner and with_created else ["channel"]
    names += ["owner"] if with_owner else []
    names += ["created"] if with_created else []
    return [LIST_COLUMNS[name] for name in names]


def reads_of(columns: Sequence[ListColumn]) -> list[str]:
    return list(dict.fromkeys(path for column in columns for path in column.reads))


def annotations_of(columns: Sequence[ListColumn]) -> dict[str, Any]:
    """What has to be worked out for the columns, by the name under which they read it."""
    return {column.reads[0]: column.annotation() for column in columns if column.annotation is not None}
