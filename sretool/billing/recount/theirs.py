"""What the service has: the tables of ledger.db and invoices.db, read as plain SQL and never written.

A view is one read transaction: all it says was true at one instant.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from sretool.billing.recount.bill import Billed
from sretool.billing.recount.calendar import QUARTER_US, cell

LIMB = 10**12
_SOME = 500  # values in one IN (...)

_OF_EACH_CUT = (
    "SELECT cut_no, SUM(count), SUM(a), SUM(b), SUM(c) FROM rollup"
    " WHERE tenant = ? AND customer = ? AND meter = ? GROUP BY cut_no"
)

Place = tuple[str, str, str, int]  # tenant, customer, meter, cut
Sums = Mapping[Place, tuple[int, int]]  # events, and amounts in units of 10**-12


class Issued(NamedTuple):
    """A document as it stands in invoices.db."""

    id: str
    tenant: str
    customer: str
    start_us: int
    end_us: int
    final: int
    version: int
    basis: int
    cut_no: int
    control: int
    currency: str
    total_minor: int
    credit_note_minor: int
    state: str
    digest: str
    json: str  # what is shown


@contextlib.contextmanager
def view(path: Path, *, tables: Collection[str]) -> Iterator[sqlite3.Connection | None]:
    """A read transaction; None where there is no such database yet, or one without these tables.

    Any thread may use it, but one at a time.
    """
    if not path.exists():
        yield None
        return
    where = f"{path.absolute().as_uri()}?mode=ro"
    connection = sqlite3.connect(where, uri=True, isolation_level=None, timeout=30, check_same_thread=False)
    try:
        connection.execute("BEGIN")
        there = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
        yield connection if there.issuperset(tables) else None
    finally:
        connection.close()


def ledger_view(path: Path) -> contextlib.AbstractContextManager[sqlite3.Connection | None]:
    return view(path, tables={"applied", "counts", "quarantine", "rollup", "rollup_unique", "hour_digest"})


def invoices_view(path: Path) -> contextlib.AbstractContextManager[sqlite3.Connection | None]:
    return view(path, tables={"documents", "lines", "drawdowns", "progress"})


def applied(ledger: sqlite3.Connection | None) -> int:
    """The journal position up to which the ledger has applied everything."""
    return 0 if ledger is None else _number(ledger, "SELECT position FROM applied WHERE partition = 0")


def hours(ledger: sqlite3.Connection, *, above: int, up_to: int) -> dict[int, tuple[int, int]]:
    """Events counted and the digest of each ingest hour in (above, up_to]."""
    rows = ledger.execute(
        "SELECT ingest_hour, count, digest FROM hour_digest WHERE ingest_hour > ? AND ingest_hour <= ?", (above, up_to)
    )
    return {hour: (count, digest % 2**64) for hour, count, digest in rows}


def outcomes(ledger: sqlite3.Connection) -> dict[str, int]:
    return dict(ledger.execute("SELECT outcome, events FROM counts"))


def held(ledger: sqlite3.Connection) -> set[tuple[int, int, str, str]]:
    """Position, index, kind and state of what stands in quarantine."""
    return set(ledger.execute("SELECT position, idx, kind, state FROM quarantine"))


def sums(ledger: sqlite3.Connection) -> Sums:
    """What there is of every customer, meter and cut."""
    found: dict[Place, tuple[int, int]] = {}
    # In the order of the table's key, so that SQLite sorts nothing; only what stands under several cuts is asked again.
    for tenant, customer, meter, first, last, *figures in ledger.execute(
        "SELECT tenant, customer, meter, MIN(cut_no), MAX(cut_no), SUM(count), SUM(a), SUM(b), SUM(c) FROM rollup"
        " GROUP BY tenant, customer, meter"
    ):
        whose = tenant, customer, meter
        rows = [(first, *figures)] if first == last else ledger.execute(_OF_EACH_CUT, whose)
        for cut_no, count, a, b, c in rows:
            found[*whose, cut_no] = count, (a * LIMB + b) * LIMB + c
    return found


def cells(ledger: sqlite3.Connection, meter: str) -> Iterator[tuple[str, str, int, int, int, tuple[int, str]]]:
    """Tenant, customer, cell, cut, amount and the latest's instant and id, of each rollup of one meter."""
    for tenant, customer, quarter, cut_no, a, b, c, us, identity in ledger.execute(
        "SELECT tenant, customer, quarter, cut_no, a, b, c, latest_us, latest_id FROM rollup WHERE meter = ?", (meter,)
    ):
        amount = (a * LIMB + b) * LIMB + c
        yield tenant, customer, cell(quarter * QUARTER_US), cut_no, amount, (us or 0, identity or "")


def distinct(ledger: sqlite3.Connection) -> dict[Place, int]:
    """How many distinct values a quarter-hour came first under each cut, over all quarter-hours."""
    query = "SELECT tenant, customer, meter, cut_no, COUNT(*) FROM rollup_unique GROUP BY 1, 2, 3, 4"
    return {
        (tenant, customer, meter, cut_no): count for tenant, customer, meter, cut_no, count in ledger.execute(query)
    }


def billed_up_to(invoices: sqlite3.Connection) -> int:
    """The end of the last control record whose documents are all there."""
    return _number(invoices, "SELECT value FROM progress WHERE name = 'position'")


_ISSUED = (
    "SELECT id, tenant, customer, start_us, end_us, final_position, version, basis_position, cut_no, control_position,"
    " currency, total_minor, credit_note_minor, state, digest, json FROM documents"
)


def issued_for(invoices: sqlite3.Connection, ids: Sequence[str]) -> dict[str, Issued]:
    return {row[0]: Issued(*row) for row in _among(invoices, f"{_ISSUED} WHERE id IN", ids)}


def issued_between(invoices: sqlite3.Connection, first: int, stop: int) -> Iterator[Issued]:
    """Documents made by control records at positions in [first, stop)."""
    for row in invoices.execute(f"{_ISSUED} WHERE control_position >= ? AND control_position < ?", (first, stop)):
        yield Issued(*row)


def lines(invoices: sqlite3.Connection, ids: Sequence[str]) -> dict[str, list[Billed]]:
    found: dict[str, list[Billed]] = {}
    query = "SELECT document, kind, period_start_us, line, amount_minor FROM lines WHERE document IN"
    for document, *line in _among(invoices, query, ids):
        found.setdefault(document, []).append(Billed(*line))
    return found


def drawdowns(invoices: sqlite3.Connection, ids: Sequence[str]) -> dict[str, dict[str, int]]:
    """What each document took from commits and credits."""
    found: dict[str, dict[str, int]] = {}
    query = "SELECT document, source, amount_minor FROM drawdowns WHERE document IN"
    for document, source, amount in _among(invoices, query, ids):
        taken = found.setdefault(document, {})
        taken[source] = taken.get(source, 0) + amount
    return found


def _among(connection: sqlite3.Connection, query: str, values: Sequence[str]) -> Iterator[Any]:
    for start in range(0, len(values), _SOME):
        some = values[start : start + _SOME]
        yield from connection.execute(f"{query} ({','.join('?' * len(some))})", tuple(some))


def _number(connection: sqlite3.Connection, query: str, values: Iterable[object] = ()) -> int:
    row = connection.execute(query, tuple(values)).fetchone()
    return 0 if row is None or row[0] is None else int(row[0])
