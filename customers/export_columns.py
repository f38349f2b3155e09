"""The columns of an export that `customers` itself knows; apps above add theirs to the registry."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterator
from typing import Any

from django.db.models import Field, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from customers.choices import Channel
from customers.models import Customer, CustomerBehaviour
from customers.registry import ExportColumn, registry
from customers.vietnamese.dates import PartialDate
from customers.vietnamese.phones import NO_BREAK_SPACE, format_phone

IMPORTED = "import:"
SEPARATOR = "; "
FIGURES = (
    *("first_purchase_on", "last_purchase_on", "orders", "units", "gross", "discount", "spend", "returned"),
    *("orders_12m", "units_12m", "spend_12m", "recency_score", "frequency_score", "monetary_score"),
)
# Forms explain some labels in brackets.
_EXPLANATION = re.compile(r"\s*\(.*\)$")

Read = Callable[[Customer], Any]
Prepare = Callable[["QuerySet[Customer]"], "QuerySet[Customer]"]


def known_columns() -> dict[str, ExportColumn]:
    """Every column by name, with its label in the language of the moment."""
    return {column.name: column for column in (*_own_columns(), *registry.export_columns)}


def _own_columns() -> Iterator[ExportColumn]:
    yield ExportColumn("code", _("customer code"), _value("code"))
    yield ExportColumn("external_id", _("number in other systems"), _external_ids, _also("identifiers"))
    yield ExportColumn("full_name", _("full name"), _value("full_name"))
    yield from (_plain(name) for name in ("family_name", "middle_name", "given_name"))
    yield from (_chosen(name) for name in ("honorific", "gender"))
    yield ExportColumn("birth_date", _("date of birth"), _birth_date)
    yield ExportColumn("phone", _("phone"), _phones, _also("phones"))
    yield ExportColumn("email", _("email"), _emails, _also("emails"))
    yield from (_related(name) for name in ("province", "ward"))
    yield from (_plain(name) for name in ("address", "old_address"))
    yield _chosen("education")
    yield _chosen("occupation")
    yield from (_plain(name) for name in ("occupation_text", "monthly_income"))
    yield from (_chosen(name) for name in ("income_band", "marital_status"))
    yield _plain("household_size")
    yield ExportColumn("children", _label("children_count"), _value("children_count"))
    yield from (_related(name) for name in ("household", "branch"))
    yield ExportColumn("owner", _label("owner"), _owner, _joining("owner"))
    yield _chosen("source")
    yield ExportColumn("tags", _("tags"), _tags, _also("customer_tags__tag"))
    yield from (_plain(name) for name in ("needs", "preferences", "special_requests", "notes"))
    yield ExportColumn("is_active", _label("is_active"), lambda customer: int(customer.is_active))
    yield from (_moment(name) for name in ("created_at", "updated_at"))
    yield from (_figure(name) for name in FIGURES)
    yield ExportColumn("main_channel", _figure_label("main_channel"), _main_channel, _joining("behaviour"))
    yield ExportColumn("channels_12m", _figure_label("channels_12m"), _channels, _joining("behaviour"))


def _label(name: str) -> str:
    return _name_of(Customer._meta.get_field(name))


def _figure_label(name: str) -> str:
    return _name_of(CustomerBehaviour._meta.get_field(name))


def _name_of(field: Any) -> str:
    return str(field.verbose_name) if isinstance(field, Field) else ""


def _value(name: str) -> Read:
    return lambda customer: getattr(customer, name)


def _plain(name: str) -> ExportColumn:
    return ExportColumn(name, _label(name), _value(name))


def _chosen(name: str) -> ExportColumn:
    """The label of a closed list, as an import reads it back."""

    def read(customer: Customer) -> str:
        return _EXPLANATION.sub("", str(getattr(customer, f"get_{name}_display")()))

    return ExportColumn(name, _label(name), read)


def _related(name: str) -> ExportColumn:
    return ExportColumn(
        name, _label(name), lambda customer: str(getattr(customer, name) or ""), _joining(name)
    )


def _moment(name: str) -> ExportColumn:
    def read(customer: Customer) -> datetime.datetime:
        return timezone.localtime(getattr(customer, name))

    return ExportColumn(name, _label(name), read)


def _figure(name: str) -> ExportColumn:
    def read(customer: Customer) -> Any:
        return getattr(customer.behaviour, name)

    return ExportColumn(name, _figure_label(name), read, _joining("behaviour"))


def _joining(relation: str) -> Prepare:
    """One join for all rows."""
    return lambda customers: customers.select_related(relation)


def _also(relation: str) -> Prepare:
    """One query more for each portion of rows."""
    return lambda customers: customers.prefetch_related(relation)


def _external_ids(customer: Customer) -> str:
    return SEPARATOR.join(
        number.value for number in customer.identifiers.all() if number.kind.startswith(IMPORTED)
    )


def _birth_date(customer: Customer) -> datetime.date | str:
    """The date or, where less is known, that much of it: the year, day and month."""
    known = (customer.birth_year, customer.birth_month, customer.birth_day)
    if not any(known):
        return ""
    return customer.birth_date or str(PartialDate(*known))


def _phones(customer: Customer) -> str:
    """With blanks between the digits, so that a spreadsheet keeps the leading zero."""
    numbers = (format_phone(phone.number) for phone in customer.phones.all())
    return SEPARATOR.join(numbers).replace(NO_BREAK_SPACE, " ")


def _emails(customer: Customer) -> str:
    return SEPARATOR.join(email.address for email in customer.emails.all())


def _tags(customer: Customer) -> str:
    return SEPARATOR.join(sorted(given.tag.name for given in customer.customer_tags.all()))


def _owner(customer: Customer) -> str:
    return customer.owner.username if customer.owner else ""


def _main_channel(customer: Customer) -> str:
    return str(customer.behaviour.get_main_channel_display())


def _channels(customer: Customer) -> str:
    return SEPARATOR.join(str(Channel(value).label) for value in customer.behaviour.channels_12m)
