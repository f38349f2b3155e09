"""Filling empty tables quickly: indexes, foreign keys and row triggers are put aside and come back.

Everything is read from PostgreSQL's catalogue, so that whatever a migration adds later is treated the same.
Check constraints and NOT NULL stay on all the time: no row enters that would not be valid.
"""

from __future__ import annotations

import queue
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from django.db import connection
from psycopg import sql as composing

CONNECTIONS = 2
# A power cut may lose the last half second: no harm to data that can be made again.
QUICK_SESSION = """
    SET synchronous_commit = off;
    SET maintenance_work_mem = '512MB';
    SET max_parallel_maintenance_workers = 0;
    SET work_mem = '256MB';
    SET jit = off;
    -- Joins on hashes of rows have no statistics; every lookup list is small and belongs into a hash table.
    SET enable_nestloop = off;
    SET enable_mergejoin = off;
"""
# By name: RESET ALL would also take away the time zone that Django reads moments by.
USUAL_SESSION = """
    RESET synchronous_commit;
    RESET maintenance_work_mem;
    RESET max_parallel_maintenance_workers;
    RESET work_mem;
    RESET jit;
    RESET enable_nestloop;
    RESET enable_mergejoin;
"""

Statement = tuple[str, dict[str, Any] | None]


@dataclass(frozen=True, slots=True)
class Index:
    """An index of a table; `constraint` is "PRIMARY KEY" or "UNIQUE" where it carries one."""

    table: str
    name: str
    definition: str
    constraint: str

    def take_away(self) -> str:
        if self.constraint:
            return f'ALTER TABLE {self.table} DROP CONSTRAINT "{self.name}"'
        return f'DROP INDEX "{self.name}"'

    def attach(self) -> str:
        added = f'ADD CONSTRAINT "{self.name}" {self.constraint} USING INDEX "{self.name}"'
        return f"ALTER TABLE {self.table} {added}"


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A reference from a table to another one, as `pg_get_constraintdef` writes it."""

    table: str
    name: str
    definition: str

    def take_away(self) -> str:
        return f'ALTER TABLE {self.table} DROP CONSTRAINT "{self.name}"'

    def declare(self) -> str:
        return f'ALTER TABLE {self.table} ADD CONSTRAINT "{self.name}" {self.definition} NOT VALID'

    def validate(self) -> str:
        return f'ALTER TABLE {self.table} VALIDATE CONSTRAINT "{self.name}"'


@dataclass(frozen=True, slots=True)
class PutAside:
    """What was taken away from the tables and has to come back."""

    tables: Sequence[str]
    silenced: Sequence[str]
    indexes: Sequence[Index]
    foreign_keys: Sequence[ForeignKey]


def rows(sql: str | composing.Composed, params: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
    """The answer of one query."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


def run(sql: str | composing.Composed, params: dict[str, Any] | None = None) -> None:
    """One or several statements without an answer."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)


def copy(table: str, lines: Iterable[Sequence[Any]]) -> None:
    """Fill a table from Python by PostgreSQL's COPY."""
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN") as target:
        for line in lines:
            target.write_row(line)


def side_by_side(statements: Sequence[Statement]) -> None:
    """Run statements, the first ones first, each in its own transaction, over two connections."""
    waiting: queue.SimpleQueue[Statement] = queue.SimpleQueue()
    for statement in statements:
        waiting.put(statement)
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        for worker in [pool.submit(_work_off, waiting) for _number in range(CONNECTIONS)]:
            worker.result()


def _work_off(waiting: queue.SimpleQueue[Statement]) -> None:
    """One thread, and so one connection of its own, until nothing waits any more."""
    try:
        run(QUICK_SESSION)
        while True:
            try:
                sql, params = waiting.get_nowait()
            except queue.Empty:
                return
            run(sql, params)
    finally:
        connection.close()


def put_aside(tables: Sequence[str], *, silence: Sequence[str]) -> PutAside:
    """Take indexes and foreign keys off the tables, and keep autovacuum out; silence row triggers of some."""
    kept = PutAside(tables, silence, _indexes(tables), _foreign_keys(tables))
    for reference in kept.foreign_keys:
        run(reference.take_away())
    for index in kept.indexes:
        run(index.take_away())
    for table in tables:
        run(f"ALTER TABLE {table} SET (autovacuum_enabled = off)")
    for table in silence:
        run(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    return kept


def build_indexes(kept: PutAside) -> None:
    """Build every index, two at a time, then hand those of primary keys and unique constraints to them."""
    side_by_side([(index.definition, None) for index in kept.indexes])
    for index in kept.indexes:
        if index.constraint:
            run(index.attach())


def restore_foreign_keys(kept: PutAside) -> None:
    """Declare and check every foreign key. Those of one table would wait for each other: they go together."""
    for reference in kept.foreign_keys:
        run(reference.declare())
    checks: dict[str, list[str]] = {}
    for reference in kept.foreign_keys:
        checks.setdefault(reference.table, []).append(reference.validate())
    side_by_side([(";".join(checks[table]), None) for table in _largest_first(checks)])


def restore_habits(kept: PutAside) -> None:
    """Let triggers and autovacuum work again."""
    for table in kept.silenced:
        run(f"ALTER TABLE {table} ENABLE TRIGGER USER")
    for table in kept.tables:
        run(f"ALTER TABLE {table} RESET (autovacuum_enabled)")


def tidy(tables: Sequence[str]) -> None:
    """Statistics and visibility maps, so that plans are good and index-only scans work from the start."""
    side_by_side([(f"VACUUM (FREEZE, ANALYZE) {table}", None) for table in _largest_first(tables)])


def move_sequences(tables: Sequence[str]) -> None:
    """Let every identity column go on behind the highest number in its table."""
    for table, column in rows(
        """
        SELECT attrelid::regclass::text, attname FROM pg_attribute
        WHERE attidentity <> '' AND attrelid = ANY (%(tables)s::regclass[])
        """,
        {"tables": list(tables)},
    ):
        run(
            composing.SQL(
                "SELECT setval(pg_get_serial_sequence({name}, {literal}), greatest(max({column}), 1),"
                " max({column}) IS NOT NULL) FROM {table}"
            ).format(
                name=composing.Literal(table),
                literal=composing.Literal(column),
                column=composing.Identifier(column),
                table=composing.Identifier(table),
            )
        )


def _indexes(tables: Sequence[str]) -> list[Index]:
    found = rows(
        """
        SELECT i.indrelid::regclass::text, c.relname, pg_get_indexdef(i.indexrelid),
               CASE k.contype WHEN 'p' THEN 'PRIMARY KEY' WHEN 'u' THEN 'UNIQUE' ELSE '' END
        FROM pg_index i
        JOIN pg_class c ON c.oid = i.indexrelid
        LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x')
        WHERE i.indrelid = ANY (%(tables)s::regclass[]) AND coalesce(k.contype, 'u') <> 'x'
          AND NOT coalesce(k.condeferrable, false)
        ORDER BY array_position(%(tables)s::regclass[], i.indrelid::regclass), i.indnatts DESC, c.relname
        """,
        {"tables": list(tables)},
    )
    return [Index(*row) for row in found]


def _foreign_keys(tables: Sequence[str]) -> list[ForeignKey]:
    """Those of the tables, and those of other tables that point at them and need their primary keys."""
    found = rows(
        """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE contype = 'f' AND conparentid = 0
          AND (conrelid = ANY (%(tables)s::regclass[]) OR confrelid = ANY (%(tables)s::regclass[]))
        ORDER BY conrelid, conname
        """,
        {"tables": list(tables)},
    )
    return [ForeignKey(*row) for row in found]


def _largest_first(tables: Iterable[str]) -> list[str]:
    sizes = dict(
        rows(
            "SELECT name, pg_relation_size(name::regclass) FROM unnest(%(tables)s::text[]) AS name",
            {"tables": list(tables)},
        )
    )
    return sorted(sizes, key=lambda table: -sizes[table])
