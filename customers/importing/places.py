"""Finding today's province and ward behind what a list calls them, also by the names of before July 2025."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache

from customers.importing.former_places import (
    FormerWard,
    Groups,
    former_districts,
    former_wards,
    province_key,
    provinces_now,
    provinces_then,
    ward_keys,
)
from customers.models import Province, Ward
from customers.vietnamese.names import clean

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
    """A province and ward of today, as far as found; `is_old` marks the words of before July 2025.

    `choices` are the wards, by code, of which it is one, where the words do not say which.
    """

    province: str | None = None
    ward: str | None = None
    is_old: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Named:
    """A province as a list names it: its code of today, and the former ones in which its wards were."""

    code: str | None
    is_old: bool
    then: Groups


class Places:
    """The provinces and wards, read once an import."""

    def __init__(self) -> None:
        # A list names the same few places again and again.
        self.find = lru_cache(maxsize=10_000)(self._find)

    def _find(self, province: str, district: str, ward: str) -> Place:
        """Today's place behind the words of a list; what is empty or unknown is None."""
        named = self._named(province)
        if named.code is None and not province and district and ward:
            return self._anywhere(district, ward)
        is_old = named.is_old or bool(district)
        if not ward:
            # What was a district may be the name of a ward by now: "Cầu Giấy, Hà Nội".
            named_so = self._ward_today(named.code, district) if named.code and district else None
            return Place(named.code, None, is_old, (named_so,) if named_so else ())
        if clean(ward) in self.wards:
            code = clean(ward)
            fits = named.code in (None, self.wards[code])
            return Place(named.code or self.wards[code], code if fits else None, is_old)
        if named.code is None:
            return Place(None, None, is_old)
        today = self._ward_today(named.code, ward)
        if today and not is_old:
            return Place(named.code, today)
        return self._of_before(named, district, ward, today)

    def is_province(self, text: str) -> bool:
        """Whether a text names a province, of today or of before."""
        return self._named(text).code is not None

    def is_district(self, text: str, province: str) -> bool:
        """Whether a text names a district that there was in a province; without one, in any."""
        provinces = self._named(province).then if province else [tuple(provinces_now())]
        return bool(former_districts(text, provinces=provinces))

    def name_of(self, ward: str) -> str:
        """What a ward is called."""
        return self._names[ward]

    def _of_before(self, named: _Named, district: str, ward: str, today: str | None) -> Place:
        """A ward by its former name; `today` is the one of that name now, if there is one."""
        districts = former_districts(district, provinces=named.then) if district else set()
        found = former_wards(ward, provinces=named.then, districts=districts)
        if not found and today:
            return Place(named.code, today, is_old=True)
        is_sure = bool(found)
        if not found and districts:
            # Its district has no such ward, another one may have.
            found = former_wards(ward, provinces=named.then)
        codes = _went_to(found)
        if len(codes) == 1 and is_sure:
            return Place(named.code, codes[0], is_old=True)
        return Place(named.code, None, is_old=True, choices=codes)

    def _anywhere(self, district: str, ward: str) -> Place:
        """A ward without its province: found where the country had one district with such a ward."""
        everywhere = [tuple(provinces_now())]
        districts = former_districts(district, provinces=everywhere)
        found = former_wards(ward, provinces=everywhere, districts=districts) if districts else set()
        if len({(one.province, one.district) for one in found}) != 1:
            return Place(is_old=True)
        codes = _went_to(found)
        province_code = self.wards[codes[0]]
        is_one = len(codes) == 1
        return Place(province_code, codes[0] if is_one else None, True, () if is_one else codes)

    def _named(self, text: str) -> _Named:
        key = province_key(text)
        if key in self._provinces:
            code = self._provinces[key]
            # Wards of its own name first, then those of the provinces that it took in.
            own = province_key(self._province_names[code])
            return _Named(code, False, ((own,), [one for one in provinces_then()[code] if one != own]))
        code_of_former = provinces_now().get(key)
        return _Named(code_of_former, code_of_former is not None, ((key,),))

    def _ward_today(self, province: str, text: str) -> str | None:
        for key in ward_keys(text):
            codes = self._ward_codes[province].get(key, ())
            if len(codes) == 1:
                return next(iter(codes))
        return None

    @cached_property
    def _province_names(self) -> dict[str, str]:
        return dict(Province.objects.values_list("code", "name"))

    @cached_property
    def _provinces(self) -> dict[str, str]:
        known = dict(_NICKNAMES)
        for code, name in self._province_names.items():
            known.update(dict.fromkeys((code, str(int(code)), province_key(name)), code))
        return known

    @cached_property
    def wards(self) -> dict[str, str]:
        """The province of each ward of today, by code."""
        return dict(Ward.objects.order_by().values_list("code", "province_id"))

    @cached_property
    def _names(self) -> dict[str, str]:
        return dict(Ward.objects.order_by().values_list("code", "name"))

    @cached_property
    def _ward_codes(self) -> dict[str, dict[str, set[str]]]:
        """Codes by province, then by each key of the name; two wards may share the vaguer keys."""
        found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        for code, name in self._names.items():
            for key in ward_keys(name):
                found[self.wards[code]][key].add(code)
        return found


def _went_to(wards: Iterable[FormerWard]) -> tuple[str, ...]:
    """The wards of today that former ones went to."""
    return tuple(sorted({code for ward in wards for code in ward.today}))
