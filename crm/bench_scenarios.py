"""The pages that the bench asks for, with names, numbers and places taken from the loaded data itself."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from html.parser import HTMLParser
from urllib.parse import urlencode

from django.contrib.auth.models import Group
from django.db.models import Count
from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from crm.bench import Scenario
from customers.listing import CustomerList
from customers.models import Customer, DuplicatePair, ImportRun
from customers.paging import Cursor
from customers.registry import registry
from customers.sorting import DEFAULT, SORTINGS
from customers.vietnamese.names import fold
from customers.vietnamese.phones import format_phone
from segments.models import Family

SAMPLE = 3000
MANY_PURCHASES = 20


class NothingToMeasureError(Exception):
    """A database without the people or customers that the pages are about."""


@dataclass(frozen=True)
class Sample:
    """What to ask pages about: customers spread over all of them, and words by how often they occur."""

    customers: Sequence[Customer]
    given_names: list[str]
    family_names: list[str]

    @property
    def one(self) -> Customer:
        """A customer in the middle of all, who has bought."""
        bought = [customer for customer in self.customers if customer.behaviour.orders]
        among = bought or self.customers
        return among[len(among) // 2]


def sample() -> Sample:
    """Customers at even distances by number, with their phones. Raises NothingToMeasureError."""
    first, last = (
        Customer.objects.order_by(order).values_list("pk", flat=True).first() for order in ("pk", "-pk")
    )
    if first is None or last is None:
        raise NothingToMeasureError("There are no customers. Load some first: manage.py load_demo")
    step = max((last - first) // SAMPLE, 1)
    numbers = range(first, last + 1, step)
    found = Customer.objects.active().filter(pk__in=numbers).select_related("behaviour")
    customers = list(found.prefetch_related("phones", "emails").order_by("pk"))
    return Sample(
        customers=customers,
        given_names=_by_frequency(customer.given_name for customer in customers),
        family_names=_by_frequency(customer.family_name for customer in customers),
    )


def _by_frequency(words: Iterator[str]) -> list[str]:
    """Single words, the most frequent first; spellings that a search takes for the same count as one."""
    written: dict[str, str] = {}
    numbers: Counter[str] = Counter()
    for word in words:
        if word and " " not in word:
            written.setdefault(fold(word), word)
            numbers[fold(word)] += 1
    return [written[key] for key, _number in numbers.most_common()]


def people(names: Sequence[str]) -> list[User]:
    """The named users, or one of each role: for staff and managers, who has most customers."""
    if names:
        return [User.objects.get(username=name) for name in names]
    active = User.objects.filter(is_active=True).annotate(portfolio=Count("customers"))
    chosen = [
        active.filter(groups__in=Group.objects.filter(name=role)).order_by("-portfolio", "pk").first()
        for role in (Role.ADMIN, Role.MANAGER, Role.STAFF)
    ]
    found: list[User] = [user for user in chosen if user is not None]
    if not found:
        raise NothingToMeasureError("There are no users with a role. Name some: --user NAME")
    return found


def scenarios(users: Sequence[User]) -> list[Scenario]:
    data = sample()
    return [scenario for user in users for scenario in _of(user, data)]


def _of(user: User, data: Sample) -> Iterator[Scenario]:
    yield from _lists(user, data)
    yield from _searches(user, data)
    yield from _palette(user, data)
    yield from _filters(user, data)
    yield from _customer_pages(user)
    yield from _other_pages(user)
    if user.has_perm("customers.merge_customer"):
        yield from _duplicates(user)
    if user.has_perm("customers.add_importrun"):
        yield from _imports(user)
    if user.has_perm("segments.view_segment"):
        yield Scenario("segments", "report", user, reverse("segments:gallery"))
        for family in Family:
            # The cells of the RFM map are shown on the page of the RFM groups.
            if family != Family.RFM_CELL:
                path = reverse("segments:family", args=[family.value])
                yield Scenario(f"segments: {family.value}", "report", user, path)


def _list(**query: str) -> str:
    """An address as the list itself writes it: the usual order is not named."""
    if query.get("sort") == DEFAULT.name:
        del query["sort"]
    return f"{reverse('customers:list')}?{urlencode(query)}" if query else reverse("customers:list")


def _lists(user: User, data: Sample) -> Iterator[Scenario]:
    """Every order: its first page, a page in the middle of everybody, and the way back from there."""
    for name in SORTINGS:
        yield Scenario(f"list by {name}", "list", user, _list(sort=name))
        asked = QueryDict(_list(sort=name).partition("?")[2])
        order = CustomerList(user, asked).order
        row = Customer.objects.filter(pk=data.one.pk).values_list(*(key.expression for key in order.keys))
        for label, backwards in (("deep", False), ("deep, back", True)):
            cursor = Cursor(order.name, backwards, 1, 0, row[0]).encode()
            yield Scenario(f"list by {name}, {label}", "list", user, _list(sort=name, cursor=cursor))


def _searches(user: User, data: Sample) -> Iterator[Scenario]:
    for label, text in _names(data).items():
        yield Scenario(f"search: {label}", "search", user, _list(q=text))
        yield Scenario(f"search: {label}, by spend", "search", user, _list(q=text, sort="-spend"))
    for text in _short(data):
        yield Scenario(f"search: {len(text)} letter(s)", "short", user, _list(q=text))
    for label, text in _rare(data).items():
        yield Scenario(f"search: {label}", "rare", user, _list(q=text))


def _palette(user: User, data: Sample) -> Iterator[Scenario]:
    """Everything that is searched for, as somebody types it; and the palette before that."""
    address = reverse("customers:palette")
    yield Scenario("palette: empty", "palette", user, address)
    typed = {f"{len(text)} letter(s)": text for text in _short(data)}
    for label, text in (_names(data) | typed | _rare(data)).items():
        yield Scenario(f"palette: {label}", "palette", user, f"{address}?{urlencode({'q': text})}")


def _short(data: Sample) -> list[str]:
    given, family = data.given_names, data.family_names
    return list(dict.fromkeys((fold(given[0])[:2], fold(family[0])[:2], fold(given[-1])[:1])))


def _names(data: Sample) -> dict[str, str]:
    """Parts of names that many customers have."""
    given, family = data.given_names, data.family_names
    middle = given[len(given) // 4]
    return {
        "common family name": family[0],
        "common given name": given[0],
        "middling given name": middle,
        "three letters": fold(given[0])[:3],
        "two common words": f"{fold(family[0])} thi",
        "three words": f"{fold(family[0])} thi {fold(middle)}",
        "three words with marks": f"{family[0]} Thị {middle}",
        "one word without marks": fold(middle),
    }


def _rare(data: Sample) -> dict[str, str]:
    """Words and numbers that few customers have."""
    person = next((found for found in data.customers if found.primary_phone), data.one)
    typed = {"rare given name": data.given_names[-1], "nobody": "xyzzyx", "code": data.one.code}
    if shown := format_phone(person.primary_phone):
        digits = re.sub(r"\D", "", shown)
        typed |= {"phone": shown, "phone, first digits": digits[:5], "phone, last digits": digits[-4:]}
    for customer in data.customers:
        for email in customer.emails.all():
            return typed | {"email": email.address}
    return typed


def _filters(user: User, data: Sample) -> Iterator[Scenario]:
    provinces = Counter(customer.province_id for customer in data.customers if customer.province_id)
    common, rare = (provinces.most_common()[place][0] for place in (0, -1)) if provinces else ("01", "11")
    queries = {
        "province and gender, by spend": {"province": common, "gender": "female", "sort": "-spend"},
        "small province and gender": {"province": rare, "gender": "male"},
        "education": {"education": "university"},
        "four facets": {
            "gender": "female",
            "education": "university",
            "marital_status": "single",
            "income_band": "from_20",
        },
        "widowed with a high income": {"marital_status": "widowed", "income_band": "from_50"},
        "inactive": {"status": "inactive"},
        "mine": {"owner": "me"},
        "spend from 10 million": {"spend_min": "10tr"},
        "bought this month": {"last_purchase_from": f"{timezone.localdate() - timedelta(days=30):%d/%m/%Y}"},
        "created this year, newest": {"created_from": f"{timezone.localdate():01/01/%Y}", "sort": "-created"},
        "name and province": {"q": fold(data.family_names[0]), "province": common},
        **_rules(common),
    }
    for choice in registry.segment_choices():
        if choice.family == Family.RFM:
            queries[f"segment {choice.name}"] = {"segment": str(choice.pk)}
            queries[f"segment {choice.name}, by last purchase"] = {
                "segment": str(choice.pk),
                "sort": "-last_purchase",
            }
            queries[f"segment {choice.name}, drilled down"] = {"segment": str(choice.pk), "status": "all"}
    for label, query in queries.items():
        yield Scenario(f"filter: {label}", "filter", user, _list(**query))
    all_three = {"gender": "female", "rule": "consent.given.call,last_contact.ago_within.14"}
    counts = f"{reverse('customers:chip-counts')}?{urlencode(all_three)}"
    yield Scenario("counts on conditions", "report", user, counts)


def _rules(province: str) -> dict[str, dict[str, str]]:
    """Nested conditions: on figures with and without an index of their own, on customers, and on both."""
    rules = {
        "spend and last purchase": "spend.gte.10000000,last_purchase.ago_over.60",
        "spend in 12 months": "spend_12m.gte.5000000",
        "figures or place": f"any(spend.gte.20000000,all(province.is.{province},gender.is.female))",
        "none of three": f"none(province.is.{province},gender.is.male,income_band.is.unknown)",
        "last contact": "last_contact.ago_within.14",
        "no contact lately": "last_purchase.ago_within.30,last_contact.ago_over.60",
        "next contact": "next_contact.in_within.7",
        "overdue": "next_contact.overdue",
        "nothing planned": "next_contact.unknown",
        "agree to calls": "consent.given.call",
        "withdrew": "consent.withdrawn.call~message~email",
        "never asked": "consent.unasked.call",
        "no phone": "phone.unknown",
        "needs, in the form or noted": "needs.contains.máy",
        "age and income": "age.gte.60,income_band.is.from_50",
    }
    queries = {f"rule: {label}": {"rule": rule} for label, rule in rules.items()}
    by_spend = {f"{label}, by spend": {**query, "sort": "-spend"} for label, query in queries.items()}
    return queries | by_spend


def _customer_pages(user: User) -> Iterator[Scenario]:
    seen = Customer.objects.visible_to(user).active()
    busy = seen.filter(behaviour__orders__gte=MANY_PURCHASES).order_by("pk").first() or seen.first()
    if busy is None:
        return
    yield Scenario("record", "record", user, reverse("customers:detail", args=[busy.pk]))
    yield Scenario("timeline", "record", user, reverse("customers:timeline", args=[busy.pk]))
    yield Scenario("files", "record", user, reverse("customers:files", args=[busy.pk]))
    yield Scenario("what is known", "record", user, reverse("customers:observations", args=[busy.pk]))
    yield Scenario("consent ledger", "record", user, reverse("customers:consents", args=[busy.pk]))
    past = f"{timezone.localdate() - timedelta(days=90):%d/%m/%Y}"
    path = f"{reverse('customers:as-of', args=[busy.pk])}?{urlencode({'on': past})}"
    yield Scenario("as of a past day", "record", user, path)
    member = seen.filter(household__isnull=False).order_by("pk").first()
    if member is not None and member.household is not None:
        yield Scenario("household", "record", user, member.household.get_absolute_url())
    create = reverse("customers:create")
    if user.has_perm("customers.add_customer"):
        yield Scenario("form, new", "form", user, create)
        yield Scenario("form, save", "form", user, create, data=lambda client: _filled_in(client, create))
    if Customer.objects.editable_by(user).filter(pk=busy.pk).exists():
        yield Scenario("form, edit", "form", user, reverse("customers:edit", args=[busy.pk]))
        for fact in ("birth", "phones", "address"):
            path = reverse("customers:fact", args=[busy.pk, fact])
            yield Scenario(f"fact opened: {fact}", "form", user, path)
    if user.has_perm("customers.merge_customer"):
        path = f"{reverse('customers:merge-with', args=[busy.pk])}?{urlencode({'q': busy.given_name})}"
        yield Scenario("merge with another", "form", user, path)
    if user.has_perm("customers.reassign_customer"):
        yield Scenario("reassign", "form", user, reverse("customers:reassign", args=[busy.pk]))


# Beside the list and the records: pages with a permission each, by the kind of page.
OTHER_PAGES = (
    ("filter form", "form", "customers:filter", "customers.view_customer"),
    ("builder of conditions", "form", "customers:filter-builder", "customers.view_customer"),
    ("choice of columns", "form", "customers:columns", "customers.view_customer"),
    ("new view", "form", "customers:view-create", "customers.view_customer"),
    ("export form", "form", "customers:export", "customers.add_customerexport"),
    ("exports", "list", "customers:exports", "customers.add_customerexport"),
    ("bulk changes", "list", "customers:bulk-list", "customers.bulk_edit_customer"),
    ("trash", "list", "customers:trash", "customers.delete_customer"),
    ("portfolios", "report", "customers:portfolios", "customers.reassign_customer"),
)


def _other_pages(user: User) -> Iterator[Scenario]:
    for label, kind, name, permission in OTHER_PAGES:
        if user.has_perm(permission):
            yield Scenario(label, kind, user, reverse(name))


def _duplicates(user: User) -> Iterator[Scenario]:
    """Pairs that may be one person, two records side by side, and what was merged."""
    yield Scenario("duplicates", "list", user, reverse("customers:duplicates"))
    yield Scenario("merged records", "list", user, reverse("customers:merges"))
    pair = DuplicatePair.objects.open().visible_to(user).order_by("-score", "-pk").first()
    if pair is not None:
        path = reverse("customers:merge", args=[pair.customer_id, pair.other_id])
        yield Scenario("merge, side by side", "record", user, path)


def _imports(user: User) -> Iterator[Scenario]:
    """Lists that were brought in: all of them, the check and the result of the latest that got there."""
    yield Scenario("imports", "list", user, reverse("customers:imports"))
    runs = ImportRun.objects.visible_to(user).order_by("-pk")
    for name, state in (("check", ImportRun.State.CHECKED), ("run", ImportRun.State.DONE)):
        if run := runs.filter(state=state).first():
            path = reverse(f"customers:import_{name}", args=[run.pk])
            yield Scenario(f"import, {state.value}", "record", user, path)


def _filled_in(client: Client, path: str) -> dict[str, str]:
    """The new-customer form as the page offers it, with a name and a number that nobody has."""
    reader = FormReader()
    reader.feed(client.get(path).content.decode())
    return reader.values | {
        "family_name": "Nguyễn",
        "middle_name": "Thị Đo",
        "given_name": "Lường",
        "full_name": "Nguyễn Thị Đo Lường",
        "phones-0-number": "0912 000 007",
    }


class FormReader(HTMLParser):
    """The values that a browser would send back from the main part of a page, untouched."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self._is_main = False
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self._is_main = self._is_main or tag == "main"
        if not self._is_main:
            return
        if tag == "select":
            self._select = found.get("name", "")
        elif tag == "option" and "selected" in found:
            self.values[self._select] = found.get("value", "")
        elif tag == "textarea" or (
            tag == "input" and found.get("type") not in {"checkbox", "radio", "submit"}
        ):
            self.values[found.get("name", "")] = found.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "main":
            self._is_main = False
