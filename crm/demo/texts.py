"""What is written in the demo: officers' notes, products, words of addresses."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent


def sql(name: str) -> str:
    """The statements of one step."""
    return (HERE / "sql" / f"{name}.sql").read_text(encoding="utf-8")


@cache
def phrases() -> dict[str, Any]:
    return _read("phrases")


@cache
def shelves() -> list[dict[str, Any]]:
    """Categories in the order of their numbers, which begin with 1."""
    found: list[dict[str, Any]] = _read("products")["category"]
    return found


def talks() -> dict[tuple[str, ...], float]:
    """(channel, direction, stage, subject, notes, outcome, mood) with weights."""
    weights: dict[tuple[str, ...], float] = {}
    for talk in _read("talks")["talk"]:
        of_all_notes = sum(weight for *_words, weight in talk["notes"])
        for channel in talk["channels"]:
            for notes, outcome, mood, weight in talk["notes"]:
                row = (channel, talk["direction"], talk["stage"], talk["subject"], notes, outcome, mood)
                share = talk["weight"] * weight / of_all_notes / len(talk["channels"])
                weights[row] = weights.get(row, 0.0) + share
    return weights


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((HERE / "data" / f"{name}.toml").read_text(encoding="utf-8"))
