"""What rules can say of customers and of how they buy."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from customers.choices import (
    Channel,
    Education,
    Gender,
    Honorific,
    HouseholdRole,
    IncomeBand,
    IncomeBasis,
    MaritalStatus,
    Occupation,
    Source,
)
from customers.filters import colleagues_of
from customers.models import INFLUENCES, ConsentPurpose, ObservationKind, Province, Tag
from customers.registry import registry
from customers.rules.compiler import ME
from customers.rules.vocabulary import (
    PRESENCE,
    Column,
    Computed,
    Either,
    Elements,
    Field,
    Kind,
    Ledger,
    Option,
    Related,
    Section,
    Vocabulary,
)
from customers.sorting import LAST_PURCHASE, SPEND

Options = Callable[[User], Iterable[Option]]
CHOSEN = ("is", "is_not")
DAY = Kind.DAY


def _of(choices: type[models.TextChoices]) -> Options:
    def options(_user: User) -> Iterable[Option]:
        return [Option(value, str(label)) for value, label in choices.choices]

    return options


def _numbers(first: int, last: int) -> Options:
    return lambda _user: [Option(str(number), str(number)) for number in range(first, last + 1)]


def _segments(_user: User) -> Iterable[Option]:
    return [Option(str(found.pk), found.name, found.family_name) for found in registry.segment_choices()]


def _people(user: User) -> Iterable[Option]:
    people, _branches = colleagues_of(user)
    others = [] if people is None else [Option(str(one.pk), str(one)) for one in people.order_by("full_name")]
    return [Option(ME, str(_("me"))), *others]


def _branches(user: User) -> Iterable[Option]:
    _people, branches = colleagues_of(user)
    return [] if branches is None else [Option(str(one.pk), one.name) for one in branches]


def _provinces(_user: User) -> Iterable[Option]:
    return [Option(province.pk, province.name) for province in Province.objects.order_by("name")]


def _tags(_user: User) -> Iterable[Option]:
    """Also those that are given no more: customers keep them, and views that ask for them go on working."""
    return [Option(str(tag.pk), tag.name) for tag in Tag.objects.all()]


def _yes_no(_user: User) -> Iterable[Option]:
    return [Option("yes", str(_("Yes"))), Option("no", str(_("No")))]


def _choice(
    name: str, label: Any, options: Options, section: Section, *, missing: str | None = None
) -> Field:
    """A column of the customer with a closed list, where "unknown" is a choice or else a blank is missing."""
    only = CHOSEN if missing is None else ()
    return Field(name, label, Kind.CHOICE, Column(name, missing), section, options, only=only)


def _text(name: str, label: Any, section: Section) -> Field:
    return Field(name, label, Kind.TEXT, Column(name, missing=""), section)


def _observed(column: str, *kinds: ObservationKind) -> Related:
    """What holds now of some kinds of observations."""
    only = (
        ("kind__in", tuple(kinds)),
        ("until_on__isnull", True),
        (f"{column}__isnull", False),
        # Nobody finds out by a filter what only those in charge may read.
        ("is_sensitive", False),
    )
    return Related("customers.Observation", column, only)


def _known_as(name: str, label: Any, kind: ObservationKind) -> Field:
    """What the form says of a customer, and what was observed since."""
    source = Either(Column(name, missing=""), _observed("text", kind))
    return Field(name, label, Kind.TEXT, source, Section.CARE)


def _person() -> Iterable[Field]:
    section = Section.PERSON
    yield Field(
        "name",
        _("Full name"),
        Kind.TEXT,
        Column("name_search", folded=True),
        section,
        only=("contains", "lacks"),
    )
    yield _choice("honorific", _("Honorific"), _of(Honorific), section, missing="")
    yield _choice("gender", _("Gender"), _of(Gender), section)
    yield Field("age", _("Age"), Kind.NUMBER, Computed("age"), section)
    yield Field("birth_year", _("Birth year"), Kind.YEAR, Column("birth_year"), section)
    yield Field("birth_month", _("Birth month"), Kind.NUMBER, Column("birth_month"), section)
    yield Field("birth_day", _("Birth day"), Kind.NUMBER, Column("birth_day"), section)
    yield Field(
        "lunar_birth_month", _("Lunar birth month"), Kind.NUMBER, Column("lunar_birth_month"), section
    )
    yield Field("monthly_income", _("Monthly income"), Kind.MONEY, Column("monthly_income"), section)
    yield _choice("income_band", _("Income band"), _of(IncomeBand), section)
    yield _choice("income_basis", _("How the income is known"), _of(IncomeBasis), section, missing="")
    yield Field("income_noted_on", _("Income noted on"), DAY, Column("income_noted_on"), section)
    yield _choice("education", _("Education level"), _of(Education), section)
    yield _choice("occupation", _("Occupation"), _of(Occupation), section)
    yield _text("occupation_text", _("Current work"), section)
    yield Field(
        "citizen_id",
        _("Citizen ID number"),
        Kind.TEXT,
        Column("citizen_id", missing=""),
        section,
        only=PRESENCE,
    )


def _family() -> Iterable[Field]:
    section = Section.FAMILY
    yield _choice("marital_status", _("Marital status"), _of(MaritalStatus), section)
    yield Field(
        "children", _("Has children"), Kind.CHOICE, Computed("has_children"), section, options=_yes_no
    )
    yield Field("children_count", _("Number of children"), Kind.NUMBER, Column("children_count"), section)
    yield Field(
        "child_birth_year", _("A child's birth year"), Kind.YEAR, Elements("child_birth_years"), section
    )
    yield Field("household_size", _("Household size"), Kind.NUMBER, Column("household_size"), section)
    yield Field("household", _("Household"), Kind.NUMBER, Column("household_id"), section, only=PRESENCE)
    yield _choice("household_role", _("Role in the household"), _of(HouseholdRole), section, missing="")


def _contact() -> Iterable[Field]:
    section = Section.CONTACT
    yield Field("phone", _("Phone"), Kind.PHONE, Related("customers.Phone", "number"), section)
    yield Field("email", _("Email"), Kind.TEXT, Related("customers.Email", "address"), section)
    province = Column("province_id")
    yield Field("province", _("Province or city"), Kind.CHOICE, province, section, _provinces)
    yield Field("ward", _("Ward or commune"), Kind.TEXT, Column("ward__name"), section)
    yield _text("address", _("House number, street"), section)
    yield _text("old_address", _("Old address (before merger)"), section)


def _care() -> Iterable[Field]:
    section = Section.CARE
    owner = Column("owner_id", carried=True)
    yield Field("owner", _("Person in charge"), Kind.CHOICE, owner, section, _people, by_number=True)
    branch = Column("branch_id", carried=True)
    yield Field("branch", _("Branch"), Kind.CHOICE, branch, section, _branches, by_number=True)
    yield _choice("source", _("Source"), _of(Source), section, missing="")
    tag = Related("customers.CustomerTag", "tag_id")
    yield Field("tag", _("Tag"), Kind.CHOICE, tag, section, _tags, by_number=True)
    yield Field("created", _("Created"), DAY, Column("created_at", moment=True), section)
    yield Field("changed", _("Changed"), DAY, Column("updated_at", moment=True), section)
    yield Field(
        "consent",
        _("Consent"),
        Kind.CHOICE,
        Ledger("customers.Consent", "purpose", "is_given", only=(("is_current", True),)),
        section,
        _of(ConsentPurpose),
        only=("given", "withdrawn", "unasked"),
    )
    yield _known_as("needs", _("Needs"), ObservationKind.NEED)
    yield _known_as("preferences", _("Preferences"), ObservationKind.PREFERENCE)
    yield _known_as("special_requests", _("Special requests"), ObservationKind.REQUEST)
    yield Field("goal", _("Goal"), Kind.TEXT, _observed("text", ObservationKind.GOAL), section)
    yield Field("influence", _("Influence on buying"), Kind.TEXT, _observed("text", *INFLUENCES), section)
    for name, label in (("budget_min", _("Budget from")), ("budget_max", _("Budget up to"))):
        amount = _observed(name, ObservationKind.BUDGET)
        yield Field(name, label, Kind.MONEY, amount, section, only=("gte", "lte", "eq"))
    yield _text("notes", _("Notes"), section)


def _figure(name: str, label: Any, kind: Kind, *, path: str = "", **more: Any) -> Field:
    return Field(name, label, kind, Column(path or name, of_figures=True), Section.BUYING, **more)


def _buying() -> Iterable[Field]:
    section = Section.BUYING
    yield Field(
        "segment",
        _("Segment"),
        Kind.CHOICE,
        Elements("segment_ids", of_figures=True),
        section,
        _segments,
        only=CHOSEN,
        by_number=True,
    )
    yield _figure("last_purchase", _("Last purchase"), DAY, path="last_purchase_on", column=LAST_PURCHASE)
    yield _figure("first_purchase", _("First purchase"), DAY, path="first_purchase_on")
    yield _figure("spend", _("Total spend"), Kind.MONEY, column=SPEND)
    yield _figure("spend_12m", _("Spend in 12 months"), Kind.MONEY)
    yield _figure("orders", _("Number of purchases"), Kind.NUMBER)
    yield _figure("orders_12m", _("Purchases in 12 months"), Kind.NUMBER)
    yield _figure("units", _("Units bought"), Kind.NUMBER)
    yield _figure("units_12m", _("Units in 12 months"), Kind.NUMBER)
    average = Computed("average_order", of_figures=True)
    yield Field("average_order", _("Average order value"), Kind.MONEY, average, section)
    yield _figure("discount", _("Discount"), Kind.MONEY)
    share = Computed("discount_share", of_figures=True)
    yield Field("discount_share", _("Share of discounts"), Kind.NUMBER, share, section, unit="%")
    yield _figure("returned", pgettext_lazy("figure", "Returned"), Kind.MONEY)
    main = Column("main_channel", missing="", of_figures=True)
    yield Field("main_channel", _("Main channel"), Kind.CHOICE, main, section, _of(Channel))
    used = Elements("channels_12m", of_figures=True)
    yield Field("channel", _("Channel in 12 months"), Kind.CHOICE, used, section, _of(Channel))
    for part, label in (
        ("recency", _("Recency score")),
        ("frequency", _("Frequency score")),
        ("monetary", _("Monetary score")),
    ):
        yield _figure(f"{part}_score", label, Kind.NUMBER)


def register(vocabulary: Vocabulary) -> None:
    vocabulary.add(*_person(), *_family(), *_contact(), *_care(), *_buying())
