"""Temporary tables for one run: all lines of the file, gathered into purchases before anything is saved.

The lines of a purchase may stand anywhere in a file that is larger than memory, so PostgreSQL gathers them.
What is temporary belongs to this connection, is not logged, and is gone when the process dies.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from django.db import connection, transaction

from customers.importing.files import Record
from customers.importing.summary import Progress
from customers.said import said as _
from customers.vietnamese.money import LARGEST, format_count
from purchases.importing.lines import LONGEST_NUMBER, PurchaseLineReader

DROP = """
DROP TABLE IF EXISTS
    pg_temp.import_staged, pg_temp.import_purchase, pg_temp.import_line, pg_temp.import_category;
"""

CREATE = """
CREATE TEMPORARY TABLE import_staged (
    line integer NOT NULL,
    customer_no text,
    purchase_no text,
    purchased_at timestamptz,
    channel text,
    kind text,
    product_code text,
    product_name text,
    category text,
    quantity numeric(12, 3),
    net bigint,
    discount bigint,
    reason text,
    original text NOT NULL
);
CREATE TEMPORARY TABLE import_category (name text PRIMARY KEY, id bigint NOT NULL);
"""

COPY = """
COPY import_staged (line, customer_no, purchase_no, purchased_at, channel, kind, product_code, product_name,
                    category, quantity, net, discount, reason, original) FROM STDIN
"""

# One row a purchase. Lines that came back are the purchase itself where nothing else is in it, and a return
# of it otherwise. A purchase with a line that cannot be read would have a wrong total: `flaw` leaves it out.
GATHER_PURCHASES = """
CREATE TEMPORARY TABLE import_purchase AS
WITH orphan AS MATERIALIZED (
    SELECT purchase_no, min(line) AS line FROM import_staged
    WHERE reason IS NOT NULL AND customer_no IS NULL AND purchase_no IS NOT NULL GROUP BY purchase_no
), gathered AS MATERIALIZED (
    SELECT
        customer_no,
        purchase_no,
        min(line) AS first_line,
        count(*) AS lines,
        min(line) FILTER (WHERE reason IS NOT NULL) AS bad_line,
        count(*) FILTER (WHERE kind = 'sale') AS sales,
        count(*) FILTER (WHERE kind = 'return') AS returns,
        count(*) FILTER (WHERE kind = 'cancelled') AS cancelled,
        min(purchased_at) AS purchased_at,
        min(purchased_at) FILTER (WHERE kind = 'return') AS returned_at,
        (array_agg(channel ORDER BY line) FILTER (WHERE channel IS NOT NULL))[1] AS channel,
        coalesce(sum(net) FILTER (WHERE kind <> 'return'), 0) AS net_kept,
        coalesce(sum(discount) FILTER (WHERE kind <> 'return'), 0) AS discount_kept,
        coalesce(sum(net) FILTER (WHERE kind = 'return'), 0) AS net_returned,
        coalesce(sum(discount) FILTER (WHERE kind = 'return'), 0) AS discount_returned,
        coalesce(sum(quantity) FILTER (WHERE kind = 'return'), 0) AS units_returned
    FROM import_staged
    WHERE customer_no IS NOT NULL AND purchase_no IS NOT NULL
    GROUP BY customer_no, purchase_no
), judged AS (
    SELECT
        g.*,
        coalesce(g.bad_line, o.line) AS flawed_line,
        CASE
            WHEN g.bad_line IS NOT NULL OR o.line IS NOT NULL THEN 'line'
            WHEN g.cancelled > 0 AND g.sales + g.returns > 0 THEN 'status'
            WHEN greatest(g.net_kept + g.discount_kept, g.net_returned + g.discount_returned) > %(largest)s
                OR g.units_returned >= %(most_units)s THEN 'total'
        END AS flaw,
        g.returns > 0 AND g.sales = 0 AS all_returned
    FROM gathered g LEFT JOIN orphan o ON o.purchase_no = g.purchase_no
)
SELECT
    row_number() OVER (ORDER BY first_line) AS seq,
    (sum(CASE WHEN flaw IS NULL THEN lines ELSE 0 END) OVER (ORDER BY first_line) - 1)::bigint
        / %(batch)s AS batch,
    customer_no,
    purchase_no,
    lines,
    flaw,
    flawed_line,
    all_returned,
    purchased_at,
    coalesce(channel, 'store') AS channel,
    CASE WHEN all_returned THEN 'returned' WHEN cancelled > 0 THEN 'cancelled' ELSE 'completed' END AS status,
    CASE WHEN all_returned THEN net_returned + discount_returned ELSE net_kept + discount_kept END AS gross,
    CASE WHEN all_returned THEN discount_returned ELSE discount_kept END AS discount,
    CASE WHEN all_returned THEN net_returned ELSE net_kept END AS net,
    CASE WHEN returns > 0 AND NOT all_returned THEN returned_at END AS returned_at,
    CASE WHEN returns > 0 AND NOT all_returned THEN net_returned END AS return_amount,
    CASE WHEN returns > 0 AND NOT all_returned THEN units_returned END AS return_units,
    CASE WHEN length(%(source)s || '/' || purchase_no) <= %(longest)s
        THEN %(source)s || '/' || purchase_no
        ELSE left(purchase_no, %(longest)s - 33) || '/' || md5(%(source)s || '/' || purchase_no)
    END AS return_no,
    NULL::bigint AS customer_id,
    NULL::bigint AS purchase_id,
    NULL::text AS outcome
FROM judged;
CREATE UNIQUE INDEX ON import_purchase (customer_no, purchase_no);
CREATE UNIQUE INDEX ON import_purchase (batch, seq);
ANALYZE import_purchase;
"""

GATHER_LINES = """
CREATE TEMPORARY TABLE import_line AS
SELECT p.batch, p.seq, s.line, s.product_code, s.product_name, s.category, s.quantity, s.net, s.discount
FROM import_staged s JOIN import_purchase p USING (customer_no, purchase_no)
WHERE p.flaw IS NULL AND (s.kind <> 'return' OR p.all_returned)
ORDER BY p.batch, p.seq, s.line;
CREATE INDEX ON import_line (batch, seq);
ANALYZE import_line;
"""

LAST_BATCH = "SELECT coalesce(max(batch), -1) FROM import_purchase WHERE flaw IS NULL"

REJECTED = """
SELECT s.line, s.original, s.reason, p.flaw, p.flawed_line
FROM import_staged s LEFT JOIN import_purchase p USING (customer_no, purchase_no)
WHERE s.reason IS NOT NULL OR p.flaw IS NOT NULL
ORDER BY s.line
"""
MOST_UNITS = 10**9
FETCHED_AT_ONCE = 2000


class Lines(Protocol):
    """A file, or what stands in its place."""

    def records(self) -> Iterator[Record]: ...

    def cells_of(self, text: str) -> list[str]: ...


@dataclass(frozen=True, slots=True)
class Rejected:
    """A line that was not imported: as it stood in the file, and why."""

    line: int
    original: str
    reason: str


@contextmanager
def staging() -> Iterator[None]:
    """The empty tables of one run."""
    with connection.cursor() as cursor:
        cursor.execute(DROP)
        cursor.execute(CREATE)
    try:
        yield
    finally:
        if connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute(DROP)


def stage(table: Lines, reader: PurchaseLineReader, progress: Progress) -> int:
    """Read the whole file into the staging table; gives the number of rows."""
    rows = 0
    with connection.cursor() as cursor, cursor.copy(COPY) as copy:
        for record in table.records():
            copy.write_row(_staged(record, table, reader))
            rows += 1
            progress(rows)
    return rows


def _staged(record: Record, table: Lines, reader: PurchaseLineReader) -> tuple[object, ...]:
    row = reader.read(record, table.cells_of(record.text) if record.problem else record.cells)
    return (
        row.line,
        row.customer_no,
        row.purchase_no,
        row.purchased_at,
        row.channel,
        row.kind,
        row.product_code,
        row.product_name,
        row.category,
        row.quantity,
        row.net,
        row.discount,
        row.reason,
        record.text,
    )


def gather(*, source: str, batch_size: int) -> int:
    """Make purchases of the staged lines; gives the number of batches that are to be saved."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '64MB'")
        cursor.execute("ANALYZE import_staged")
        cursor.execute(
            GATHER_PURCHASES,
            {
                "source": source,
                "longest": LONGEST_NUMBER,
                "largest": LARGEST,
                "most_units": MOST_UNITS,
                "batch": batch_size,
            },
        )
        cursor.execute(GATHER_LINES)
        cursor.execute(LAST_BATCH)
        (last,) = cursor.fetchone()
    return int(last) + 1


def rejected_lines() -> Iterator[Rejected]:
    """What was left out, in the order of the file."""
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(REJECTED)
        while rows := cursor.fetchmany(FETCHED_AT_ONCE):
            for line, original, reason, flaw, flawed_line in rows:
                yield Rejected(line, original, reason or _explanation(flaw, flawed_line))


def _explanation(flaw: str, flawed_line: int | None) -> str:
    if flaw == "line":
        return _(
            "Line %(line)d of this purchase cannot be read, so all of the purchase is left out: "
            "its total would be wrong."
        ) % {"line": flawed_line}
    if flaw == "status":
        return _("status: some lines of this purchase are cancelled and others are not. Give all the same.")
    if flaw == "total":
        return _("line_total: the total of this purchase is too large. The largest is %(largest)s ₫.") % {
            "largest": format_count(LARGEST)
        }
    return _(
        "customer_external_id: no customer of this source has this number. "
        "Import the customers first, or add --create-customers."
    )
