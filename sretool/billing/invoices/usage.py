"""Quantities of meters in a period, as of a cut, summed from the ledger's rollups. Reads its database, never writes.

The ledger's own queries answer for single customers; these answer for a thousand at a time.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from fractions import Fraction
from typing import Protocol

from sretool.billing.catalog.values import Meter
from sretool.billing.periods import QUARTER_US

CustomerKey = tuple[str, str]  # tenant, customer
Quantities = Mapping[str, Fraction]  # by meter; one that is not there had no usage

_PICO = 10**12
_NO_CUT = 2**62
_EDGE = "quarter >= ? AND quarter < ? AND cut_no <= ?"
_KEY = "(tenant, customer) >= (?, ?) AND (tenant, customer) <= (?, ?)"
_LIMBS = "a, b, c"
_LATE = """
SELECT tenant, customer, MIN(quarter), MAX(cut_no) FROM rollup
WHERE cut_no > ? AND cut_no <= ? AND quarter < ? GROUP BY tenant, customer
"""


class UsageSource(Protocol):
    """What invoices need to know of usage. Cut numbers are those of the last cut before the events."""

    def between(
        self,
        first: CustomerKey,
        last: CustomerKey,
        *,
        start_us: int,
        end_us: int,
        cut_no: int | None,
        meters: Mapping[str, Meter],
    ) -> Mapping[CustomerKey, Quantities]:
        """Of all customers from `first` to `last`, both in it, in [start_us, end_us), as of a cut or of now."""
        ...

    def late(self, *, before_us: int, after_cut_no: int, cut_no: int | None) -> Mapping[CustomerKey, tuple[int, int]]:
        """Who has usage before an instant that stands after a cut: since which instant, and the last cut before any."""
        ...


class LedgerUsage:
    """Usage from a connection to the ledger's database."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def between(
        self,
        first: CustomerKey,
        last: CustomerKey,
        *,
        start_us: int,
        end_us: int,
        cut_no: int | None,
        meters: Mapping[str, Meter],
    ) -> dict[CustomerKey, dict[str, Fraction]]:
        bounds = (start_us // QUARTER_US, end_us // QUARTER_US, _NO_CUT if cut_no is None else cut_no)
        parameters = (*first, *last, *bounds)
        found: dict[CustomerKey, dict[str, Fraction]] = {}
        for aggregations, sql in _QUERIES:
            names = sorted(meter.name for meter in meters.values() if meter.aggregation in aggregations)
            if not names:
                continue
            some = sql.replace("?METERS", ", ".join("?" * len(names)))
            for tenant, customer, meter, count, a, b, c in self._connection.execute(some, (*parameters, *names)):
                quantity = _quantity(meters[meter].aggregation, count, a, b, c)
                found.setdefault((tenant, customer), {})[meter] = quantity
        return found

    def late(self, *, before_us: int, after_cut_no: int, cut_no: int | None) -> dict[CustomerKey, tuple[int, int]]:
        last = _NO_CUT if cut_no is None else cut_no
        rows = self._connection.execute(_LATE, (after_cut_no, last, before_us // QUARTER_US))
        return {(tenant, customer): (quarter * QUARTER_US, number) for tenant, customer, quarter, number in rows}


def _quantity(aggregation: str, count: int, a: int, b: int, c: int) -> Fraction:
    if aggregation in ("count", "unique"):
        return Fraction(count)
    return Fraction((a * _PICO + b) * _PICO + c, _PICO)


def _query(columns: str, table: str, *, then: str) -> str:
    where = f"{_KEY} AND {_EDGE} AND meter IN (?METERS)"
    return f"SELECT tenant, customer, meter, {columns} FROM {table} WHERE {where} {then}"  # noqa: S608


_EACH = "GROUP BY tenant, customer, meter"


def _greatest(order: str) -> str:
    """Of each customer and meter, the row that is first in an order."""
    ranked = f"row_number() OVER (PARTITION BY tenant, customer, meter ORDER BY {order}) AS place"
    rows = _query(f"count, {_LIMBS}, {ranked}", "rollup", then="")
    return f"SELECT tenant, customer, meter, count, {_LIMBS} FROM ({rows}) WHERE place = 1"  # noqa: S608


_QUERIES = (
    (("count", "sum"), _query("SUM(count), SUM(a), SUM(b), SUM(c)", "rollup", then=_EACH)),
    (("max",), _greatest("a DESC, b DESC, c DESC")),
    (("latest",), _greatest("latest_us DESC, latest_id DESC")),
    (("unique",), _query("COUNT(DISTINCT value), 0, 0, 0", "rollup_unique", then=_EACH)),
)
