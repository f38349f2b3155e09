"""The rules of a mapping: each says which columns of a file it reads, and makes of their cells one value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from operator import mul
from typing import Protocol

from customers.importing.numbers import DecimalMark, parse_number

Cells = Sequence[str]
Cell = Callable[[Cells], str]
Find = Callable[[str], int]


class Rule(Protocol):
    @property
    def is_number(self) -> bool:
        """Whether the value is a number of ours, whatever way the file writes its own."""

    def names(self) -> tuple[str, ...]:
        """The columns of the file that it reads."""

    def bind(self, find: Find, mark: DecimalMark) -> Cell:
        """What reads the value off a row; `find` gives the place of a column. Raises InputError on a row."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column as it stands."""

    name: str
    is_number: bool = False

    def names(self) -> tuple[str, ...]:
        return (self.name,)

    def bind(self, find: Find, mark: DecimalMark) -> Cell:
        place = find(self.name)
        return lambda cells: cells[place].strip()


@dataclass(frozen=True, slots=True)
class Constant:
    """The same value in every row."""

    value: str
    is_number: bool = False

    def names(self) -> tuple[str, ...]:
        return ()

    def bind(self, _find: Find, _mark: DecimalMark) -> Cell:
        return lambda _cells: self.value


@dataclass(frozen=True, slots=True)
class Text:
    """A text with columns in it; empty where all of them are."""

    pieces: tuple[tuple[str, str], ...]
    is_number: bool = False

    def names(self) -> tuple[str, ...]:
        return tuple(column for _literal, column in self.pieces if column)

    def bind(self, find: Find, _mark: DecimalMark) -> Cell:
        bound = [(literal, find(column) if column else None) for literal, column in self.pieces]

        def read(cells: Cells) -> str:
            values = ["" if place is None else cells[place].strip() for _literal, place in bound]
            if not any(values):
                return ""
            return "".join(literal + value for (literal, _place), value in zip(bound, values, strict=True))

        return read


@dataclass(frozen=True, slots=True)
class Join:
    """Several columns or texts in a row, without those that are empty."""

    parts: tuple[Rule, ...]
    separator: str = " "
    is_number: bool = False

    def names(self) -> tuple[str, ...]:
        return tuple(name for part in self.parts for name in part.names())

    def bind(self, find: Find, mark: DecimalMark) -> Cell:
        bound = [part.bind(find, mark) for part in self.parts]
        return lambda cells: self.separator.join(value for read in bound if (value := read(cells)))


@dataclass(frozen=True, slots=True)
class Sum:
    """The sum of columns; empty ones count nothing, and the sum of none is empty."""

    columns: tuple[str, ...]
    is_number: bool = True

    def names(self) -> tuple[str, ...]:
        return self.columns

    def bind(self, find: Find, mark: DecimalMark) -> Cell:
        places = [find(name) for name in self.columns]

        def read(cells: Cells) -> str:
            values = [cells[place] for place in places if cells[place].strip()]
            return (
                str(sum((parse_number(value, mark or ".") for value in values), Decimal())) if values else ""
            )

        return read


@dataclass(frozen=True, slots=True)
class Product:
    """The product of columns, such as quantity and unit price; empty where one of them is."""

    columns: tuple[str, ...]
    is_number: bool = True

    def names(self) -> tuple[str, ...]:
        return self.columns

    def bind(self, find: Find, mark: DecimalMark) -> Cell:
        places = [find(name) for name in self.columns]

        def read(cells: Cells) -> str:
            values = [cells[place] for place in places]
            if not all(value.strip() for value in values):
                return ""
            return str(reduce(mul, (parse_number(value, mark or ".") for value in values)))

        return read
