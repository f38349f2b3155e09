"""The figures behind the demo data: those of `customers/data/seed_recipe.json`, and our own beside them.

What cannot be stored is left out of the recipe's dirt: names decomposed (NFD) or written with Ð instead of Đ,
and phones with 11 digits, with 84 or with punctuation. The product keeps names composed and phones canonical,
and so does its demo data; those forms belong into files for the import.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

from customers.vietnamese.facts import DATA_DIR

PURCHASES_A_CUSTOMER = 10.0
INTERACTIONS_A_CUSTOMER = 5.0
# Of all customers this share became one during the history, evenly; the others were there before it.
JOINED_DURING = 0.2
# Of all customers this share stopped buying at some moment of their time, evenly.
LEFT = 0.12
# Part of his time for which the average customer could buy.
AVERAGE_PRESENCE = (1 - JOINED_DURING / 2) * (1 - LEFT / 2)
DAYS_A_YEAR = 365.25

# Talks in proportion to 1; scaled so that the average customer has INTERACTIONS_A_CUSTOMER.
TALKATIVENESS = {
    "trung_thanh": 2.4,
    "nhay_cam_ve_gia": 1.0,
    "theo_cam_hung": 0.9,
    "theo_xu_huong": 1.2,
    "theo_so_thich": 1.1,
    "thong_thuong": 0.6,
    "tiem_nang": 0.9,
}
# The channels of the recipe, by our codes; so many purchases happen in the customer's main channel.
CHANNELS = {
    "store": "cửa hàng",
    "marketplace": "sàn TMĐT",
    "social": "mạng xã hội/Zalo",
    "website": "website/app",
    "phone": "điện thoại/tổng đài",
    "field": "nhân viên thị trường",
}
EDUCATION = {
    "primary": "tiểu học trở xuống",
    "lower_secondary": "THCS",
    "upper_secondary": "THPT",
    "vocational": "trung cấp",
    "college": "cao đẳng",
    "university": "đại học",
    "postgraduate": "sau đại học",
}
SOURCES = {
    "walk_in": 44,
    "marketplace": 14,
    "social": 13,
    "referral": 11,
    "website": 7,
    "hotline": 4,
    "event": 4,
    "field": 2,
    "other": 1,
}
# Prefixes of Vietnamese mobile numbers, roughly by how many numbers carry them (judgement).
MOBILE_PREFIXES = {
    **dict.fromkeys(("96", "97", "98", "86"), 6),
    **dict.fromkeys(("32", "33", "34", "35", "36", "37", "38", "39"), 4),
    **dict.fromkeys(("91", "94", "88"), 5),
    **dict.fromkeys(("81", "82", "83", "84", "85"), 3),
    **dict.fromkeys(("90", "93"), 5),
    **dict.fromkeys(("70", "76", "77", "78", "79"), 3),
    **dict.fromkeys(("92", "56", "58", "59"), 1),
}


@dataclass(frozen=True, slots=True)
class Archetype:
    """How a kind of customer buys, in the recipe's figures."""

    number: int
    code: str
    share: float
    orders_a_year: float
    k: float
    median: float
    sigma: float
    promo_share: float
    new_product_share: float
    top_category_share: float


@cache
def recipe() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DATA_DIR / "seed_recipe.json").read_text(encoding="utf-8"))
    return found


@cache
def archetypes() -> tuple[Archetype, ...]:
    return tuple(
        Archetype(
            number=number,
            code=row["code"],
            share=row["share"],
            orders_a_year=row["orders_per_year"]["mean"],
            k=row["orders_per_year"].get("k", 1.0),
            median=row.get("aov_vnd", {}).get("median", 1.0),
            sigma=row.get("aov_vnd", {}).get("sigma", 0.0),
            promo_share=row.get("promo_share", 0.0),
            new_product_share=row.get("new_product_share", 0.0),
            top_category_share=row.get("top_category_share", 0.0),
        )
        for number, row in enumerate(recipe()["segments"])
    )


def history_days() -> int:
    """How long the history must be so that the recipe's orders a year give ten purchases a customer."""
    orders_a_year = sum(kind.share * kind.orders_a_year for kind in archetypes())
    return round(PURCHASES_A_CUSTOMER / (orders_a_year * AVERAGE_PRESENCE) * DAYS_A_YEAR)


def talks_by_archetype() -> list[float]:
    """Average number of interactions of a customer of each archetype."""
    average = sum(kind.share * TALKATIVENESS[kind.code] for kind in archetypes())
    return [INTERACTIONS_A_CUSTOMER * TALKATIVENESS[kind.code] / average for kind in archetypes()]


def seasonality() -> list[float]:
    months: list[float] = recipe()["seasonality"]["by_month"]
    return months


def channel_weights() -> dict[str, float]:
    orders = recipe()["channel_mix"]["orders"]
    return {code: orders[word] for code, word in CHANNELS.items()}


def education_weights() -> dict[str, float]:
    weights = recipe()["education_weights"]
    return {code: weights[word] for code, word in EDUCATION.items()}


def age_weights() -> list[tuple[int, int, float]]:
    """(youngest, oldest, weight) of each age band."""
    bands = []
    for band, weight in recipe()["customer_age_weights"].items():
        if band != "source":
            low, _dash, high = band.rstrip("+").partition("-")
            bands.append((int(low), int(high or 86), float(weight)))
    return bands


def name_lengths(sex: str, *, before_1980: bool) -> dict[str, float]:
    """Weights of names of 2, 3, 4 and more words; the older ones by the recipe's note beside the table."""
    if before_1980:
        return {"2": 1, "3": 80, "4": 19, "5+": 0} if sex == "F" else {"2": 2, "3": 92, "4": 6, "5+": 0}
    lengths: dict[str, float] = recipe()["name_length"][sex]
    return lengths
