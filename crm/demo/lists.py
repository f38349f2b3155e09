"""Weighted lists of names and words, and how they are cut into slots of equal chance."""

from __future__ import annotations

import itertools
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from functools import cache
from typing import TypeVar

from crm.demo import recipe
from crm.demo.texts import phrases
from customers.vietnamese.facts import read_rows

SLOTS = 2000
COHORTS = ("<1980", "1980-2002", ">2002")

Value = TypeVar("Value")


def cut(weights: Mapping[Value, float], slots: int = SLOTS) -> Iterator[Value]:
    """As many slots for each value as its weight asks for, in the order of the values."""
    values = list(weights)
    ends = list(itertools.accumulate(weights.values()))
    for slot in range(slots):
        yield values[bisect_right(ends, (slot + 0.5) / slots * ends[-1])]


@cache
def weighted_names(kind: str, group: str) -> dict[str, float]:
    """Family names by region ("north"), middle and given names by sex and birth cohort ("F 1980-2002")."""
    names: dict[str, float] = {}
    if kind == "family":
        found = (
            (row["surname"], row["weight"])
            for row in read_rows("surnames_by_region.csv")
            if row["region"] == group
        )
    else:
        found = (
            (row["name"], row["weight"])
            for row in read_rows("given_names.csv")
            if row["kind"] == kind and f"{row['gender']} {row['birth_cohort']}" == group
        )
    for name, weight in found:
        names[name] = names.get(name, 0.0) + float(weight)
    return names


def choices() -> Iterator[tuple[str, int, str]]:
    """Every weighted list that the SQL draws from, as rows of (list, slot, value)."""
    for name, weights in _all_lists().items():
        yield from ((name, slot, value) for slot, value in enumerate(cut(weights)))


def _all_lists() -> dict[str, Mapping[str, float]]:
    lists: dict[str, Mapping[str, float]] = {
        "archetype": {kind.code: kind.share for kind in recipe.archetypes()},
        "channel": recipe.channel_weights(),
        "education": recipe.education_weights(),
        "source": recipe.SOURCES,
        "prefix": recipe.MOBILE_PREFIXES,
        "province": {row["nso_code"]: float(row["seed_weight"]) for row in read_rows("provinces.csv")},
        "age": _ages(0, 200),
        "age of couples": _ages(23, 69),
        "age of parents": _ages(40, 62),
    }
    for region in ("north", "central", "south"):
        lists[f"family {region}"] = weighted_names("family", region)
    for sex, cohort in itertools.product("FM", COHORTS):
        group = f"{sex} {cohort}"
        lists[f"given {group}"] = weighted_names("given", group)
        lists[f"middle {group}"] = weighted_names("middle", group)
        lists[f"second middle {group}"] = _second_middle_names(group)
        lists[f"words {group}"] = recipe.name_lengths(sex, before_1980=cohort == "<1980")
    for code, works in phrases()["works"].items():
        lists[f"work {code}"] = dict.fromkeys(works, 1.0)
    return lists


def _ages(youngest: int, oldest: int) -> dict[str, float]:
    """The recipe's ages between two bounds; inside a band each year weighs the same."""
    weights = {}
    for low, high, weight in recipe.age_weights():
        years = [age for age in range(low, high + 1) if youngest <= age <= oldest]
        for age in years:
            weights[str(age)] = weight / (high - low + 1)
    return weights


def _second_middle_names(group: str) -> dict[str, float]:
    """Names that stand between the first middle name and the given name: not Thị or Văn, which come first."""
    names = {
        name: weight for name, weight in weighted_names("middle", group).items() if name not in {"Thị", "Văn"}
    }
    return {name: weight**0.5 for name, weight in names.items()}
