"""A mapping laid over the header of one file: gives the values of each row by canonical column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from customers.importing.errors import ImportFileError, RowError
from customers.importing.mapping import Canon, ImportMapping
from customers.importing.numbers import DecimalMark
from customers.importing.rules import Cell, Column, Rule
from customers.said import said as _
from customers.vietnamese.names import clean, fold
from customers.vietnamese.typed import InputError


class Binding:
    """Reads rows under one header. Raises ImportFileError where columns are missing or ambiguous."""

    def __init__(self, header: Sequence[str], mapping: ImportMapping, canon: Canon) -> None:
        self._header = header
        rules = {name: rule for name in canon.columns if (rule := self._rule(name, mapping))}
        missing = [name for name in canon.required if name not in rules]
        if missing:
            raise ImportFileError(
                _(
                    "The file has no column %(missing)s. Its columns are: %(columns)s. "
                    "Rename the column, or name it in a mapping under [columns]."
                )
                % {"missing": ", ".join(missing), "columns": ", ".join(header)}
            )
        mark = mapping.options.decimal
        self._cells: dict[str, Cell] = {
            name: _translated(rule.bind(partial(self._place, name), mark), mapping.values.get(name, {}))
            for name, rule in rules.items()
        }
        self._marks: dict[str, DecimalMark] = {
            name: "." if rule.is_number else mark for name, rule in rules.items()
        }
        self._labels = {name: _label(name, rule) for name, rule in rules.items()}
        used = {self._place("", name) for rule in rules.values() for name in rule.names()}
        self.ignored = [
            name or _("(column %(number)d)") % {"number": place + 1}
            for place, name in enumerate(header)
            if place not in used
        ]

    def row(self, cells: Sequence[str]) -> dict[str, str]:
        """The values of a row; a column that the file does not have is empty. Raises RowError."""
        try:
            return {name: read(cells) for name, read in self._cells.items()}
        except InputError:
            # Once more, column by column, to name the one at fault.
            return {name: self.value(name, cells) for name in self._cells}

    def value(self, name: str, cells: Sequence[str]) -> str:
        """One value of a row; empty where the file has no such column. Raises RowError."""
        read = self._cells.get(name)
        if read is None:
            return ""
        try:
            return read(cells)
        except InputError as error:
            raise RowError(name, error.message) from error

    def mark_of(self, name: str) -> DecimalMark:
        """What stands before the decimals of a column, if anybody said."""
        return self._marks.get(name, "")

    def explain(self, error: RowError) -> str:
        """A row's error with the column as the file calls it."""
        return f"{self._labels.get(error.field, error.field)}: {error.message}"

    def _rule(self, name: str, mapping: ImportMapping) -> Rule | None:
        if name in mapping.columns:
            return mapping.columns[name]
        return Column(name) if self._places(name) else None

    def _places(self, name: str) -> list[int]:
        """Where a column stands: spelt exactly so or, failing that, in any case and without marks."""
        exact = [place for place, title in enumerate(self._header) if title == clean(name)]
        key = fold(clean(name))
        return exact or [place for place, title in enumerate(self._header) if key and fold(title) == key]

    def _place(self, canonical: str, name: str) -> int:
        places = self._places(name)
        if len(places) == 1:
            return places[0]
        if places:
            raise ImportFileError(
                _("The file has %(count)d columns named “%(name)s”. Rename all but one.")
                % {"count": len(places), "name": name}
            )
        raise ImportFileError(
            _(
                "The mapping takes %(canonical)s from “%(name)s”, but the file has no such column. "
                "It has: %(columns)s."
            )
            % {"canonical": canonical, "name": name, "columns": ", ".join(self._header)}
        )


def _label(name: str, rule: Rule) -> str:
    sources = [source for source in rule.names() if source != name]
    return f"{name} ({', '.join(sources)})" if sources else name


def _translated(read: Cell, meanings: Mapping[str, str]) -> Cell:
    if not meanings:
        return read

    def translated(cells: Sequence[str]) -> str:
        value = read(cells)
        return meanings.get(fold(clean(value)), value)

    return translated
