"""The wards of before July 2025 and where each of them went, by the names that lists give them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from customers.vietnamese.facts import read_rows
from customers.vietnamese.names import clean, exact_key, fold

_PROVINCE_TITLE = re.compile(r"^(?:tinh|thanh pho|t\.? ?p\.?|city of)[ .]+|[ ,]+(?:province|city)$")
_WARD_TITLE = re.compile(r"^(?:phường|xã|đặc khu|thị trấn|phuong|xa|dac khu|thi tran) *")
_DISTRICT_TITLE = re.compile(r"^(?:quận|huyện|thị xã|thành phố|quan|huyen|thi xa|thanh pho) *")
# Titles as people shorten or translate them, by what they stand for.
_SHORT_WARD = tuple(
    (re.compile(pattern), title)
    for pattern, title in (
        (r"^(?:p\.|p(?= |[0-9])|ward(?= )) *(?=.)|^(?=.+ ward$)", "phường "),
        (r"^(?:x\.|x(?= )|commune(?= )) *(?=.)|^(?=.+ commune$)", "xã "),
        (r"^(?:t\.t\.|tt\.|tt(?= )) *(?=.)|^(?=.+ township$)", "thị trấn "),
    )
)
_SHORT_DISTRICT = re.compile(
    r"^(?:q\.|q(?= |[0-9])|h\.|h(?= )|t\.x\.|tx\.|tx(?= )|t\.p\.|tp\.|tp(?= )|district(?= )) *(?=.)"
)
_ENGLISH_END = re.compile(r" (?:ward|commune|township|district|town|city)$")
_LEADING_ZEROS = re.compile(r"(?<![0-9])0+(?=[0-9])")

# Keys of former provinces; those of a later group count only where an earlier one has nothing.
Groups = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class FormerWard:
    """A ward, commune or township of before July 2025, and the wards of today that it went to."""

    province: str
    district: str
    today: tuple[str, ...]


def province_key(text: str) -> str:
    """What a province is looked up by, with or without its title."""
    key = re.sub(r"[ -]+", " ", fold(clean(text)))
    return _PROVINCE_TITLE.sub("", key).strip(" .")


def ward_keys(name: str) -> tuple[str, ...]:
    """From the strictest to the vaguest: with title and tones, without title, without tones, without both."""
    exact = _LEADING_ZEROS.sub("", exact_key(clean(name)))
    for short, title in _SHORT_WARD:
        if short.match(exact):
            exact = title + _ENGLISH_END.sub("", short.sub("", exact))
            break
    bare = _WARD_TITLE.sub("", exact)
    folded = fold(exact)
    return exact, bare, folded, _WARD_TITLE.sub("", folded)


def has_ward_title(text: str) -> bool:
    """Whether a text says itself that it is a ward: "P. Bến Nghé", "Xã Tân Kiên"."""
    exact, bare, *_folded = ward_keys(text)
    return exact != bare


def district_keys(name: str) -> tuple[str, ...]:
    """As `ward_keys`; a short title says too little to be a strict key."""
    typed = _LEADING_ZEROS.sub("", exact_key(clean(name)))
    exact = _ENGLISH_END.sub("", _SHORT_DISTRICT.sub("", typed))
    bare = _DISTRICT_TITLE.sub("", exact)
    folded = fold(exact)
    return exact, bare, folded, _DISTRICT_TITLE.sub("", folded)


def former_wards(name: str, *, provinces: Groups, districts: Iterable[str] = ()) -> set[FormerWard]:
    """The wards of a name in the first group of provinces that has any; if given, only in these districts."""
    kept = set(districts)
    for group in provinces:
        for key in ward_keys(name):
            named = {ward for province in group for ward in _wards_by_name()[province].get(key, ())}
            if found := {ward for ward in named if not kept or ward.district in kept}:
                return found
    return set()


def former_districts(name: str, *, provinces: Groups) -> set[str]:
    """The full names of the districts that a text may mean in the first group of provinces that has any."""
    for group in provinces:
        for key in district_keys(name):
            if found := {one for province in group for one in _districts_by_name()[province].get(key, ())}:
                return found
    return set()


def has_district_title(text: str) -> bool:
    """Whether a text says itself that it is a district, also one that was none any more in 2025: "Quận 2"."""
    typed = exact_key(clean(text))
    return bool(_SHORT_DISTRICT.match(typed) or _DISTRICT_TITLE.match(typed))


@cache
def provinces_now() -> dict[str, str]:
    """The province of today, by code, that each of the former 63 went to, by key."""
    return {province_key(row["old_province"]): row["new_province_code"] for row in _changes()}


@cache
def provinces_then() -> dict[str, tuple[str, ...]]:
    """The keys of the former provinces by the code of the one that they went to."""
    then: dict[str, list[str]] = defaultdict(list)
    for key, code in provinces_now().items():
        then[code].append(key)
    return {code: tuple(keys) for code, keys in then.items()}


def _changes() -> tuple[dict[str, str], ...]:
    return read_rows("ward_changes_2025.csv.gz")


@cache
def _wards_by_name() -> dict[str, dict[str, set[FormerWard]]]:
    """By province, then by each key of the name, which several may share."""
    today: dict[tuple[str, str, str, str], list[str]] = defaultdict(list)
    for row in _changes():
        # An island without wards of its own was what its district was.
        name = row["old_ward"] or row["old_district"]
        place = (province_key(row["old_province"]), row["old_district"], name, row["old_ward_code"])
        today[place].append(row["new_ward_code"])
    found: dict[str, dict[str, set[FormerWard]]] = defaultdict(lambda: defaultdict(set))
    for (province, district, name, _code), codes in today.items():
        ward = FormerWard(province, district, tuple(codes))
        for key in ward_keys(name):
            found[province][key].add(ward)
    return found


@cache
def _districts_by_name() -> dict[str, dict[str, set[str]]]:
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for province, district in {(row["old_province"], row["old_district"]) for row in _changes()}:
        for key in district_keys(district):
            found[province_key(province)][key].add(district)
    return found
