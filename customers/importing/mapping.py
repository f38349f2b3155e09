"""Mapping files: how the columns of somebody else's file become ours. No row is read here."""

from __future__ import annotations

import string
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, cast

from customers.importing.errors import ImportFileError
from customers.importing.numbers import DecimalMark
from customers.importing.rules import Column, Constant, Join, Product, Rule, Sum, Text
from customers.said import said as _
from customers.vietnamese.names import clean, fold

SECTIONS = ("columns", "values", "scale", "options")
RULE_KEYS = ("value", "join", "with", "sum", "product")
OPTIONS = ("source", "date_format", "decimal", "delimiter", "encoding")
LONGEST_SOURCE = 40
DEFAULT_SOURCE = "import"


@dataclass(frozen=True, slots=True)
class Canon:
    """The columns that one kind of import understands."""

    columns: tuple[str, ...]
    required: tuple[str, ...]
    money: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Options:
    """How the file is written, and under which name the numbers in it are remembered."""

    source: str = DEFAULT_SOURCE
    date_format: str = ""
    decimal: DecimalMark = ""
    delimiter: str = ""
    encoding: str = ""


@dataclass(frozen=True, slots=True)
class ImportMapping:
    """Rules by canonical column (None leaves a column out); what they do not name keeps its own name."""

    columns: Mapping[str, Rule | None] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    scale: Mapping[str, Decimal] = field(default_factory=dict)
    options: Options = field(default_factory=Options)


def read_mapping(path: Path, canon: Canon) -> ImportMapping:
    """The mapping in a TOML file. Raises ImportFileError naming the key that is wrong and what is allowed."""
    try:
        with path.open("rb") as file:
            found = tomllib.load(file, parse_float=Decimal)
    except OSError as error:
        raise ImportFileError(
            _("The file %(path)s cannot be opened: %(reason)s.") % {"path": path, "reason": error.strerror}
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, InvalidOperation) as error:
        raise ImportFileError(
            _("The mapping %(path)s is not valid TOML: %(reason)s.") % {"path": path, "reason": error}
        ) from error
    _check_keys("", found, SECTIONS)
    return ImportMapping(
        columns={key: _rule(key, rule) for key, rule in _section(found, "columns", canon.columns).items()},
        values={key: _values(key, table) for key, table in _section(found, "values", canon.columns).items()},
        scale={key: _scale(key, factor) for key, factor in _section(found, "scale", canon.money).items()},
        options=_options(_section(found, "options", OPTIONS)),
    )


def known_source(name: str) -> str:
    """A source name as it is kept beside the numbers of its customers. Raises ImportFileError."""
    source = clean(name)
    if not source or len(source) > LONGEST_SOURCE or ":" in source:
        raise ImportFileError(
            _("The source “%(name)s” needs 1 to %(most)d characters and no colon. Example: pos")
            % {"name": name, "most": LONGEST_SOURCE}
        )
    return source


def _wrong(key: str, allowed: str) -> ImportFileError:
    return ImportFileError(
        _("The mapping is wrong at “%(key)s”. Allowed: %(allowed)s.") % {"key": key, "allowed": allowed}
    )


def _check_keys(key: str, table: Iterable[str], allowed: Sequence[str]) -> None:
    for name in table:
        if name not in allowed:
            raise _wrong(f"{key}.{name}" if key else name, ", ".join(allowed))


def _section(found: Mapping[str, Any], name: str, allowed: Sequence[str]) -> Mapping[str, Any]:
    section = found.get(name, {})
    if not isinstance(section, dict):
        raise _wrong(name, _("a table of %(keys)s") % {"keys": ", ".join(allowed)})
    _check_keys(name, section, allowed)
    return section


def _rule(key: str, rule: Any) -> Rule | None:
    if rule is False or rule == "":
        return None
    if isinstance(rule, str):
        return Column(rule)
    if isinstance(rule, list):
        return Join(_parts(key, rule))
    if isinstance(rule, dict):
        return _table_rule(key, rule)
    raise _wrong(
        f"columns.{key}", _("a column name, a list of them, or a table with value, join, sum or product")
    )


def _table_rule(key: str, rule: Mapping[str, Any]) -> Rule:
    _check_keys(f"columns.{key}", rule, RULE_KEYS)
    kinds = [kind for kind in ("value", "join", "sum", "product") if kind in rule]
    if len(kinds) != 1 or ("with" in rule and kinds != ["join"]):
        raise _wrong(f"columns.{key}", _("exactly one of value, join, sum, product; “with” only beside join"))
    kind = kinds[0]
    if kind == "value":
        return Constant(str(rule["value"]))
    if kind == "join":
        return Join(_parts(key, rule["join"]), str(rule.get("with", " ")))
    names = _names(key, rule[kind])
    return Sum(names) if kind == "sum" else Product(names)


def _names(key: str, names: Any) -> tuple[str, ...]:
    if not isinstance(names, list) or not names or not all(isinstance(name, str) and name for name in names):
        raise _wrong(f"columns.{key}", _("a list of column names"))
    return tuple(names)


def _parts(key: str, names: Any) -> tuple[Rule, ...]:
    """Columns, or texts with columns in braces: "born {Year}"."""
    return tuple(_part(key, name) for name in _names(key, names))


def _part(key: str, name: str) -> Rule:
    if "{" not in name:
        return Column(name)
    try:
        pieces = [
            (literal, column) for literal, column, _format, _conversion in string.Formatter().parse(name)
        ]
    except ValueError as error:
        raise _wrong(f"columns.{key}", _("column names in pairs of braces, such as “born {Year}”")) from error
    if not any(column for _literal, column in pieces):
        raise _wrong(f"columns.{key}", _("column names in pairs of braces, such as “born {Year}”"))
    return Text(tuple((literal, column or "") for literal, column in pieces))


def _values(key: str, table: Any) -> dict[str, str]:
    if not isinstance(table, dict):
        raise _wrong(f"values.{key}", _("a table of “value in the file” = “value here”"))
    return {fold(clean(value)): str(meaning) for value, meaning in table.items()}


def _scale(key: str, factor: Any) -> Decimal:
    try:
        scale = Decimal(str(factor))
    except InvalidOperation:
        scale = Decimal(0)
    if isinstance(factor, bool) or not scale.is_finite() or scale <= 0:
        raise _wrong(f"scale.{key}", _("a number above 0, such as 25000"))
    return scale


def _options(section: Mapping[str, Any]) -> Options:
    for name, value in section.items():
        if not isinstance(value, str):
            raise _wrong(f"options.{name}", _("a text in quotes"))
    mark = section.get("decimal", "")
    if mark not in ("", ".", ","):
        raise _wrong("options.decimal", "“.”, “,”")
    return Options(
        source=known_source(section.get("source", DEFAULT_SOURCE)),
        date_format=section.get("date_format", ""),
        decimal=cast("DecimalMark", mark),
        delimiter=section.get("delimiter", ""),
        encoding=section.get("encoding", ""),
    )
