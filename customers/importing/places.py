"""Finding today's province and ward behind what a list calls them."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property, lru_cache

from customers.models import Province, Ward
from customers.vietnamese.facts import read_rows
from customers.vietnamese.names import clean, exact_key, fold

_PROVINCE_TITLE = re.compile(r"^(?:tinh|thanh pho|t\.? ?p\.?|city of)[ .]+|[ ,]+(?:province|city)$")
_WARD_TITLE = re.compile(r"^(?:phường|xã|đặc khu|thị trấn|phuong|xa|dac khu|thi tran|p\.|x\.|tt\.) *")
# What people write for provinces besides their names.
_NICKNAMES = {
    "hn": "01",
    "ha noi": "01",
    "hanoi": "01",
    "hcm": "79",
    "hcmc": "79",
    "tphcm": "79",
    "tp hcm": "79",
    "tp.hcm": "79",
    "sai gon": "79",
    "saigon": "79",
    "ho chi minh city": "79",
    "thua thien hue": "46",
    "danang": "48",
    "da nang": "48",
}


@dataclass(frozen=True, slots=True)
class Place:
    """A province and ward of today, as far as found; `is_old` marks a province of before July 2025."""

    province: str | None = None
    ward: str | None = None
    is_old: bool = False


class Places:
    """The provinces and wards, read once an import."""

    def __init__(self) -> None:
        # A list names the same few places again and again.
        self.find = lru_cache(maxsize=10_000)(self._find)

    def _find(self, province: str, ward: str) -> Place:
        """Today's place behind the words of a list; what is empty or unknown is None."""
        code, is_old = self._province(province)
        found = self._ward(code, ward) if ward else None
        if found and code is None:
            code = self._wards[found]
        return Place(code, found, is_old)

    def _province(self, text: str) -> tuple[str | None, bool]:
        key = _province_key(text)
        if key in self._provinces:
            return self._provinces[key], False
        return self._former.get(key), key in self._former

    def _ward(self, province: str | None, text: str) -> str | None:
        typed = clean(text)
        if typed in self._wards:
            return typed if province in (None, self._wards[typed]) else None
        if province is None:
            return None
        for key in _ward_keys(typed):
            codes = self._ward_codes[province].get(key, ())
            if len(codes) == 1:
                return next(iter(codes))
        return None

    @cached_property
    def _provinces(self) -> dict[str, str]:
        known = dict(_NICKNAMES)
        for province in Province.objects.all():
            known.update(
                dict.fromkeys(
                    (
                        province.code,
                        str(int(province.code)),
                        *map(_province_key, (province.name, province.full_name)),
                    ),
                    province.code,
                )
            )
        return known

    @cached_property
    def _former(self) -> dict[str, str]:
        """The provinces that were merged into others in July 2025."""
        return {
            _province_key(former): row["nso_code"]
            for row in read_rows("provinces.csv")
            for former in filter(None, row["merged_from"].split("+"))
            if _province_key(former) not in self._provinces
        }

    @cached_property
    def _wards(self) -> dict[str, str]:
        return dict(Ward.objects.order_by().values_list("code", "province_id"))

    @cached_property
    def _ward_codes(self) -> dict[str, dict[str, set[str]]]:
        """Codes by province, then by each key of the name; two wards may share the vaguer keys."""
        found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        for code, name, province in Ward.objects.order_by().values_list("code", "name", "province_id"):
            for key in _ward_keys(name):
                found[province][key].add(code)
        return found


def _province_key(text: str) -> str:
    key = re.sub(r"[ -]+", " ", fold(clean(text)))
    return _PROVINCE_TITLE.sub("", key).strip(" .")


def _ward_keys(name: str) -> tuple[str, ...]:
    """From the strictest to the vaguest: with title and tones, without title, without tones, without both."""
    exact = exact_key(clean(name))
    bare = _WARD_TITLE.sub("", exact)
    folded = fold(exact)
    return exact, bare, folded, _WARD_TITLE.sub("", folded)
