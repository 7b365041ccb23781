"""What invoices and audits are made of: usage of many customers at once, and how many events there are in all."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping

from sretool.billing.ledger.protocol import (
    QUARTER_US,
    Aggregation,
    CustomerKey,
    EventTotals,
    LateUsage,
    MeterQuantity,
)
from sretool.billing.quantity import PICO_PER_UNIT, from_limbs

NO_CUT = 2**62
_KEY = "(tenant, customer) >= (?, ?) AND (tenant, customer) <= (?, ?)"
_EDGE = "quarter >= ? AND quarter < ? AND cut_no <= ?"
_EACH = "GROUP BY tenant, customer, meter"
_LIMBS = "a, b, c"
_LATE = """
SELECT tenant, customer, MIN(quarter), MAX(cut_no) FROM rollup
WHERE cut_no > ? AND cut_no <= ? AND quarter < ? GROUP BY tenant, customer
"""
_EVENTS = "SELECT tenant, meter, sum(count) FROM rollup GROUP BY tenant, meter"
_KEPT_OUT = """
SELECT tenant, count(*) FROM quarantine WHERE kind = 'quarantined' AND state <> 'released' GROUP BY tenant
"""


def quantities(
    connection: sqlite3.Connection,
    first: CustomerKey,
    last: CustomerKey,
    *,
    start_us: int,
    end_us: int,
    upto_cut_no: int | None,
    meters: Mapping[str, Aggregation],
) -> Iterator[MeterQuantity]:
    """What meters come to for all customers from `first` to `last`, in [start_us, end_us)."""
    bounds = (start_us // QUARTER_US, end_us // QUARTER_US, NO_CUT if upto_cut_no is None else upto_cut_no)
    for aggregations, sql in _QUANTITIES:
        names = sorted(name for name, own in meters.items() if own in aggregations)
        if not names:
            continue
        some = sql.replace("?METERS", ", ".join("?" * len(names)))
        for tenant, customer, meter, count, a, b, c in connection.execute(some, (*first, *last, *bounds, *names)):
            is_counted = meters[meter] in (Aggregation.COUNT, Aggregation.UNIQUE)
            pico = count * PICO_PER_UNIT if is_counted else from_limbs(a, b, c)
            yield MeterQuantity(tenant, customer, meter, pico)


def late_usage(
    connection: sqlite3.Connection, *, before_us: int, after_cut_no: int, upto_cut_no: int | None
) -> Iterator[LateUsage]:
    """Who has usage before an instant that stands after a cut."""
    last = NO_CUT if upto_cut_no is None else upto_cut_no
    for tenant, customer, quarter, cut_no in connection.execute(_LATE, (after_cut_no, last, before_us // QUARTER_US)):
        yield LateUsage(tenant, customer, quarter * QUARTER_US, cut_no)


def event_totals(connection: sqlite3.Connection, applied: int) -> EventTotals:
    """All of one state, which the caller holds."""
    catalogs = [body for (body,) in connection.execute("SELECT body FROM catalogs ORDER BY position")]
    by_meter = {(tenant, meter): events for tenant, meter, events in connection.execute(_EVENTS)}
    return EventTotals(applied, catalogs, by_meter, dict(connection.execute(_KEPT_OUT).fetchall()))


def _query(columns: str, table: str, *, then: str) -> str:
    where = f"{_KEY} AND {_EDGE} AND meter IN (?METERS)"
    return f"SELECT tenant, customer, meter, {columns} FROM {table} WHERE {where} {then}"  # noqa: S608


def _greatest(order: str) -> str:
    """Of each customer and meter, the row that is first in an order."""
    ranked = f"row_number() OVER (PARTITION BY tenant, customer, meter ORDER BY {order}) AS place"
    rows = _query(f"count, {_LIMBS}, {ranked}", "rollup", then="")
    return f"SELECT tenant, customer, meter, count, {_LIMBS} FROM ({rows}) WHERE place = 1"  # noqa: S608


_QUANTITIES = (
    ((Aggregation.COUNT, Aggregation.SUM), _query("SUM(count), SUM(a), SUM(b), SUM(c)", "rollup", then=_EACH)),
    ((Aggregation.MAX,), _greatest("a DESC, b DESC, c DESC")),
    ((Aggregation.LATEST,), _greatest("latest_us DESC, latest_id DESC")),
    ((Aggregation.UNIQUE,), _query("COUNT(DISTINCT value), 0, 0, 0", "rollup_unique", then=_EACH)),
)
