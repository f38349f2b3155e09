"""The address of a customer in a list, in columns of its own or in one, as it is written since July 2025."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import lru_cache

from customers.importing.cells import read_text
from customers.importing.errors import RowError
from customers.importing.former_places import has_district_title, has_ward_title
from customers.importing.places import Place, Places
from customers.said import said as _
from customers.vietnamese.names import fold
from customers.vietnamese.typed import InputError

LONGEST_ADDRESS = 255
# How a cell says which ward of today is meant, behind what it said before.
ANSWER = " → {code} {name}"
_ANSWER = re.compile(r"\s*→\s*([0-9]{5})\b[^,;]*")
_COUNTRIES = frozenset({"viet nam", "vietnam", "vn"})
_POSTAL_CODE = re.compile(r" [0-9]{5,6}$")


@dataclass(frozen=True, slots=True)
class Written:
    """An address as a list writes it; each part may be empty, and the street may hold all of it."""

    street: str = ""
    ward: str = ""
    district: str = ""
    province: str = ""

    def __str__(self) -> str:
        return ", ".join(filter(None, (self.street, self.ward, self.district, self.province)))

    @property
    def asked_in(self) -> str:
        """The column of ours in which a question about the ward is put."""
        columns = (("ward", self.ward), ("address", self.street), ("district", self.district))
        return next((name for name, text in columns if text), "province")


@dataclass(slots=True)
class Address:
    """What an address comes to: fields of a customer, and what is to be said about it."""

    fields: dict[str, str] = field(default_factory=dict)
    warnings: list[RowError] = field(default_factory=list)


class AddressReader:
    """Reads the addresses of one list."""

    def __init__(self) -> None:
        self._places = Places()
        # The streets differ, what stands behind them does not.
        self._ends = lru_cache(maxsize=10_000)(self._ends_of)

    def read(self, *, street: str, ward: str, district: str, province: str) -> Address:
        """Today's place of an address; what is older or unclear is kept as it stands. Raises RowError."""
        answers: list[str] = []
        written = Written(
            street=self._text("address", street, answers),
            ward=self._text("ward", ward, answers),
            district=self._text("district", district, answers),
            province=self._text("province", province, answers),
        )
        parted = self._taken_apart(written)
        if answers:
            place = Place(self._places.wards[answers[0]], answers[0], is_old=True)
        else:
            place = self._places.find(parted.province, parted.district, parted.ward)
        return self._address(written, parted, place)

    def _text(self, column: str, text: str, answers: list[str]) -> str:
        """The text of a cell; an answer in it is noted."""

        def noted(found: re.Match[str]) -> str:
            if found[1] not in self._places.wards:
                return found[0]
            answers.append(found[1])
            return ""

        return _fitting(column, _ANSWER.sub(noted, text) if "→" in text else text)

    def _address(self, written: Written, parted: Written, place: Place) -> Address:
        address = Address()
        if parted.street:
            address.fields["address"] = parted.street
        if not (parted.ward or parted.district or parted.province):
            return address
        if place.province:
            address.fields["province_id"] = place.province
        if place.ward:
            address.fields["ward_id"] = place.ward
        is_lost = not place.ward and bool(parted.ward or parted.district)
        if place.is_old or is_lost or not place.province:
            address.fields["old_address"] = _fitting("address", str(written))
        if not place.province:
            address.warnings.append(
                RowError("province", _("Not found among today's 34; kept as the old address."))
            )
        elif is_lost:
            address.warnings.append(self._what_is_lost(written, parted, place))
        return address

    def _what_is_lost(self, written: Written, parted: Written, place: Place) -> RowError:
        if place.choices:
            return RowError(
                written.asked_in,
                _("Which ward is it today? Unanswered, it goes in without a ward, with the old address."),
                choices=tuple((code, self._places.name_of(code)) for code in place.choices),
            )
        if parted.ward:
            return RowError(
                written.asked_in,
                _("The ward is not found in its province of today; kept as the old address."),
            )
        return RowError(
            written.asked_in, _("There are no districts any more; without a ward, kept as the old address.")
        )

    def _taken_apart(self, written: Written) -> Written:
        """An address with what stands in one column, divided by commas, in the parts that it has."""
        if "," in written.ward or "," in written.district or "," in written.province:
            written = Written(str(written))
        if written.ward or not written.street:
            return written
        *streets, last = [part.strip() for part in written.street.split(",")]
        kept = len(streets)
        # At most ward, district, province and country stand behind the street.
        while kept and len(streets) - kept < len(("ward", "district", "province")):
            kept -= 1
        ends = self._ends((*streets[kept:], last), written.district, written.province)
        street = ", ".join(filter(None, (*streets[:kept], ends.street)))
        has_found = (ends.ward, ends.district, ends.province) != ("", written.district, written.province)
        return replace(ends, street=street) if has_found else written

    def _ends_of(self, parts: tuple[str, ...], district: str, province: str) -> Written:
        rest = list(filter(None, parts))
        if len(rest) > 1 and fold(rest[-1]) in _COUNTRIES:
            rest.pop()
        if not province and rest and self._places.is_province(named := _POSTAL_CODE.sub("", rest[-1])):
            province = named
            rest.pop()
        if not district and rest and not has_ward_title(rest[-1]):
            if province and (has_district_title(rest[-1]) or self._places.is_district(rest[-1], province)):
                district = rest.pop()
            elif not province and len(rest) > 1 and self._places.find("", rest[-1], rest[-2]).province:
                return Written(", ".join(rest[:-2]), rest[-2], rest[-1], "")
        ward = ""
        # A name alone is as well that of a street.
        if rest and province and (district or len(rest) > 1 or has_ward_title(rest[-1])):
            place = self._places.find(province, district, rest[-1])
            if place.ward or place.choices:
                ward = rest.pop()
        return Written(", ".join(rest), ward, district, province)


def _fitting(column: str, text: str) -> str:
    try:
        return read_text(text, most=LONGEST_ADDRESS)
    except InputError as error:
        raise RowError(column, error.message) from error
