"""Queries that Django puts into SQL once, for pages on which that takes longer than the answer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from functools import lru_cache
from typing import Any

from django.db.models import (
    BigIntegerField,
    BooleanField,
    Expression,
    Field,
    Func,
    QuerySet,
    prefetch_related_objects,
)
from django.db.models.sql.compiler import SQLCompiler

# Most shapes are people: those at work at one time.
MOST_SHAPES = 100


class Given(Expression):
    """A value that is not known before a compiled query is asked; it stands where a value could stand."""

    def __init__(self, name: str, output_field: Field[Any, Any] | None = None) -> None:
        """By default a number of a row."""
        super().__init__(output_field=output_field or BigIntegerField())
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        return "%s", [self]


class IsAnyOf(Func):
    """Whether a number is among those of a list, or of an array as PostgreSQL writes it."""

    template = "%(expressions)s::bigint[])"
    arg_joiner = " = ANY("
    output_field = BooleanField()


class _CompiledOnce(SQLCompiler):
    """Writes the SQL of its query the first time, and puts in what is given every time."""

    made: tuple[str, tuple[Any, ...]] | None = None
    given: dict[str, Any]

    def as_sql(self, *args: Any, **options: Any) -> tuple[str, tuple[Any, ...]]:
        if self.made is None:
            self.made = super().as_sql(*args, **options)
        sql, params = self.made
        return sql, tuple(self.given[one.name] if isinstance(one, Given) else one for one in params)


class CompiledQuery:
    """A queryset, from `build`, whose `Given` values come with each asking: a list of what it finds.

    What a lookup does with a value beforehand (escaping for LIKE, an empty list for IN) is not done with a
    given one. What `build` reads of the clock or of a person stays as it was the first time: whatever changes
    has to be given. Each thread has its own connection, and so its own SQL.
    """

    def __init__(self, build: Callable[[], QuerySet[Any, Any]]) -> None:
        self._build = build
        self._of_thread = threading.local()

    def __call__(self, **given: Any) -> list[Any]:
        queryset, compiler = self._compiled()
        compiler.given = given
        made: Any = queryset
        found = list(made._iterable_class(made))
        prefetch_related_objects(found, *made._prefetch_related_lookups)
        return found

    def _compiled(self) -> tuple[QuerySet[Any, Any], _CompiledOnce]:
        if not hasattr(self._of_thread, "made"):
            queryset = self._build()
            query = queryset.query
            using = queryset.db
            usual = query.get_compiler(using)
            compiler = _CompiledOnce(query, usual.connection, using)
            # Whatever reads a queryset, as objects or as values, asks its query for the compiler.
            query.get_compiler = lambda *_args, **_options: compiler  # type: ignore[method-assign]
            self._of_thread.made = queryset, compiler
        made: tuple[QuerySet[Any, Any], _CompiledOnce] = self._of_thread.made
        return made


def compiled(build: Callable[..., QuerySet[Any, Any]]) -> Callable[..., CompiledQuery]:
    """Compiled queries by what shapes their SQL, which `build` gets; the shapes asked for last are kept."""

    @lru_cache(maxsize=MOST_SHAPES)
    def of_shape(*shape: Hashable) -> CompiledQuery:
        return CompiledQuery(lambda: build(*shape))

    return of_shape
