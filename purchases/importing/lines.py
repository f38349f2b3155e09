"""A row of a purchase list is one line of a purchase: checked here, and turned into what is staged."""

from __future__ import annotations

import datetime
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache, lru_cache, partial
from typing import Literal, TypeVar

from customers.choices import Channel
from customers.importing.binding import Binding
from customers.importing.cells import read_identifier, read_moment, read_text, required
from customers.importing.customer_rows import LONGEST_EXTERNAL_ID
from customers.importing.errors import RowError
from customers.importing.files import Record
from customers.importing.labels import meanings_with, pick, read_choice
from customers.importing.mapping import Canon, ImportMapping
from customers.importing.numbers import THOUSANDTH, WHOLE, parse_amount, parse_number
from customers.said import said as _
from customers.vietnamese.names import fold
from customers.vietnamese.typed import InputError
from purchases.models import Purchase

PURCHASE_CANON = Canon(
    columns=(
        *("customer_external_id", "purchase_no", "purchased_at", "channel"),
        *("product_code", "product_name", "category", "quantity", "line_total", "discount", "status"),
    ),
    required=("customer_external_id", "purchase_no", "purchased_at", "line_total"),
    money=("line_total", "discount"),
)
LONGEST_NUMBER = 60
LONGEST_CODE = 60
LONGEST_PRODUCT_NAME = 200
LONGEST_CATEGORY_NAME = 120
LARGEST_QUANTITY = 999_999_999
DIGEST = 12

STATUS_WORDS: Mapping[str, str] = {
    **dict.fromkeys(
        ("hoan thanh", "hoan tat", "da giao", "thanh cong", "paid", "delivered", "done", "success"),
        Purchase.Status.COMPLETED,
    ),
    **dict.fromkeys(("huy", "da huy", "huy don", "canceled", "void"), Purchase.Status.CANCELLED),
    **dict.fromkeys(
        ("tra hang", "da tra hang", "hoan hang", "hoan tra", "hoan tien", "return", "refund", "refunded"),
        Purchase.Status.RETURNED,
    ),
}

T = TypeVar("T")
Kind = Literal["sale", "return", "cancelled"]
lru_texts = lru_cache(maxsize=50_000)


@dataclass(frozen=True, slots=True)
class PurchaseLineRow:
    """One line as it is staged, with amounts above zero whatever its kind; or the reason why it cannot be."""

    line: int
    customer_no: str | None = None
    purchase_no: str | None = None
    purchased_at: datetime.datetime | None = None
    channel: str | None = None
    kind: Kind | None = None
    product_code: str | None = None
    product_name: str | None = None
    category: str | None = None
    quantity: Decimal | None = None
    net: Decimal | None = None
    discount: Decimal | None = None
    reason: str | None = None


class PurchaseLineReader:
    """Reads the rows of one file."""

    def __init__(self, binding: Binding, mapping: ImportMapping) -> None:
        self._binding = binding
        self._date_format = mapping.options.date_format
        self._scale = mapping.scale.get("line_total", WHOLE)
        # Both are in the currency of the file unless somebody says otherwise.
        self._discount_scale = mapping.scale.get("discount", self._scale)
        self._net_mark = binding.mark_of("line_total")
        self._discount_mark = binding.mark_of("discount")
        self._quantity_mark = binding.mark_of("quantity") or "."

    def read(self, record: Record, cut: list[str]) -> PurchaseLineRow:
        """The line of a record; `cut` are its cells as far as they can be told apart where it has a problem.

        A line that cannot be read keeps the numbers of its customer and purchase where those can be.
        """
        if record.problem:
            customer_no, purchase_no = self._keys_of_broken(cut)
            return PurchaseLineRow(record.line, customer_no, purchase_no, reason=record.problem)
        customer_no = purchase_no = None
        try:
            purchase_no = self._identifier("purchase_no", record.cells, LONGEST_NUMBER)
            customer_no = self._identifier("customer_external_id", record.cells, LONGEST_EXTERNAL_ID)
            return self._line(record, customer_no, purchase_no)
        except RowError as error:
            reason = self._binding.explain(error)
            return PurchaseLineRow(record.line, customer_no, purchase_no, reason=reason)

    def _keys_of_broken(self, cut: list[str]) -> tuple[str | None, str | None]:
        try:
            return (
                self._identifier("customer_external_id", cut, LONGEST_EXTERNAL_ID),
                self._identifier("purchase_no", cut, LONGEST_NUMBER),
            )
        except (RowError, IndexError):
            return None, None

    def _identifier(self, name: str, cells: list[str], most: int) -> str:
        try:
            return read_identifier(required(self._binding.value(name, cells)), most=most)
        except InputError as error:
            raise RowError(name, error.message) from error

    def _line(self, record: Record, customer_no: str, purchase_no: str) -> PurchaseLineRow:
        read = partial(_cell, self._binding.row(record.cells))
        quantity = read("quantity", self._quantity)
        net = read("line_total", self._net)
        discount = read("discount", self._discount)
        product_name = read("product_name", _product_name)
        return PurchaseLineRow(
            line=record.line,
            customer_no=customer_no,
            purchase_no=purchase_no,
            purchased_at=read("purchased_at", self._moment),
            channel=read("channel", _channel),
            kind=_kind(read("status", _status), quantity, net, discount),
            product_code=read("product_code", _code) or code_of(product_name) or None,
            product_name=product_name or None,
            category=read("category", _category) or None,
            quantity=abs(quantity),
            net=abs(net),
            discount=abs(discount),
        )

    def _moment(self, text: str) -> datetime.datetime:
        return read_moment(required(text), self._date_format)

    def _net(self, text: str) -> Decimal:
        return parse_amount(required(text), scale=self._scale, mark=self._net_mark)

    def _discount(self, text: str) -> Decimal:
        return parse_amount(text or "0", scale=self._discount_scale, mark=self._discount_mark)

    def _quantity(self, text: str) -> Decimal:
        """As in the file, to three decimals; one where nothing is said."""
        quantity = parse_number(text or "1", self._quantity_mark).quantize(THOUSANDTH, rounding=ROUND_HALF_UP)
        if abs(quantity) > LARGEST_QUANTITY:
            raise InputError(_("The quantity is too large. Check it."))
        return quantity


def _cell(values: Mapping[str, str], name: str, read: Callable[[str], T]) -> T:
    try:
        return read(values.get(name, ""))
    except InputError as error:
        raise RowError(name, error.message) from error


def _kind(status: str, quantity: Decimal, net: Decimal, discount: Decimal) -> Kind:
    """What a line is: amounts below zero mean goods that came back, unless the status says cancelled."""
    if quantity < 0 < net:
        raise RowError(
            "quantity", _("The quantity is below zero, but the amount is not. Correct one of them.")
        )
    if status == Purchase.Status.CANCELLED:
        return "cancelled"
    if status == Purchase.Status.RETURNED or net < 0 or quantity < 0:
        return "return"
    if discount < 0:
        raise RowError("discount", _("A discount cannot be negative. Enter it without the minus sign."))
    return "sale"


def code_of(name: str) -> str:
    """A code for something that has only a name: the same for every spelling; empty for no name."""
    if not name:
        return ""
    slug = re.sub(r"[^a-z0-9]+", "-", fold(name)).strip("-")
    if slug and len(slug) <= LONGEST_CODE:
        return slug
    digest = hashlib.sha256((slug or name).encode()).hexdigest()[:DIGEST]
    return f"{slug[: LONGEST_CODE - DIGEST - 1]}-{digest}" if slug else f"x-{digest}"


@cache
def _statuses() -> Mapping[str, str]:
    return meanings_with(Purchase.Status, STATUS_WORDS)


@lru_texts
def _status(text: str) -> str:
    return pick(text, _statuses(), Purchase.Status) if text else ""


@lru_texts
def _channel(text: str) -> str | None:
    return read_choice(text, Channel) if text else None


@lru_texts
def _product_name(text: str) -> str:
    return read_text(text, most=LONGEST_PRODUCT_NAME)


@lru_texts
def _category(text: str) -> str:
    return read_text(text, most=LONGEST_CATEGORY_NAME)


@lru_texts
def _code(text: str) -> str:
    return read_identifier(text, most=LONGEST_CODE)
