"""Rows of any table taken out of the database as JSON and put back exactly as they were."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.db.models import Model
from psycopg import sql

RowJSON = dict[str, Any]

TAKE_OUT = sql.SQL("DELETE FROM {table} AS gone WHERE {key} = ANY(%s) RETURNING to_jsonb(gone)")
READ = sql.SQL("SELECT to_jsonb(kept) FROM {table} AS kept WHERE {key} = %s")
PUT_IN = sql.SQL(
    "INSERT INTO {table} ({columns}) SELECT {columns} FROM jsonb_populate_recordset(NULL::{table}, %s::jsonb)"
)
OVERWRITE = sql.SQL(
    "UPDATE {table} AS kept SET ({columns}) = ROW({values}) "
    "FROM jsonb_populate_record(NULL::{table}, %s::jsonb) AS former WHERE kept.{key} = %s"
)


def take_out(model: type[Model], keys: Sequence[Any]) -> list[RowJSON]:
    """Delete rows, and what they were. Unlike Django's delete, it takes nothing along that refers to them."""
    if not keys:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_statement(TAKE_OUT, model), [list(keys)])
        return [_read(text) for (text,) in cursor.fetchall()]


def read(model: type[Model], key: Any) -> RowJSON:
    with connection.cursor() as cursor:
        cursor.execute(_statement(READ, model), [key])
        return _read(cursor.fetchone()[0])


def put_in(model: type[Model], rows: Sequence[RowJSON]) -> None:
    """Insert rows that `take_out` gave; a column added to the table since then has its default."""
    if not rows:
        return
    statement = _statement(PUT_IN, model, columns=_listed(_columns(model, rows[0])))
    with connection.cursor() as cursor:
        cursor.execute(statement, [_write(rows)])


def overwrite(model: type[Model], key: Any, values: RowJSON) -> None:
    """Give some columns of a row the values that `read` gave of them earlier."""
    columns = _columns(model, values)
    if not columns:
        return
    former = sql.SQL(", ").join(sql.Identifier("former", column) for column in columns)
    statement = _statement(OVERWRITE, model, columns=_listed(columns), values=former)
    with connection.cursor() as cursor:
        cursor.execute(statement, [_write(values), key])


def _statement(template: sql.SQL, model: type[Model], **more: sql.Composable) -> str:
    """As a text, in front of which pghistory can write who is acting."""
    names = {
        "table": sql.Identifier(model._meta.db_table),
        "key": sql.Identifier(str(model._meta.pk.column)),
    }
    return template.format(**names, **more).as_string(None)


def _columns(model: type[Model], row: Mapping[str, Any]) -> list[str]:
    """The columns of the table that can be written and that the row has."""
    fields = (field for field in model._meta.local_concrete_fields if not field.generated)
    return [str(field.column) for field in fields if field.column in row]


def _listed(columns: Iterable[str]) -> sql.Composable:
    return sql.SQL(", ").join(map(sql.Identifier, columns))


def _read(text: str) -> RowJSON:
    # Through a float, a sum of money could lose its last digits.
    found: RowJSON = json.loads(text, parse_float=Decimal)
    return found


def _write(value: Any) -> str:
    return json.dumps(value, cls=DjangoJSONEncoder)
