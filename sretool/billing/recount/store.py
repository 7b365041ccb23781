"""recount.db: what has been recounted so far, up to a position of the journal.

Effects and position change in one transaction, so that a kill loses time and nothing else.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from sretool.billing.faults import fail_point

_SCHEMA = """
CREATE TABLE progress(one INTEGER PRIMARY KEY CHECK (one = 1), position INTEGER, ingest_us INTEGER, cut_no INTEGER,
    hour_compared INTEGER, issued_compared INTEGER);
INSERT INTO progress VALUES (1, 0, 0, 0, -1, 0);
-- transaction ids: tenant, NUL, id -> address of the first. An address is position * 128 + index in the batch.
CREATE TABLE seen(key BLOB PRIMARY KEY, address INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE days(day INTEGER PRIMARY KEY, position INTEGER NOT NULL);
CREATE TABLE held(position INTEGER, number INTEGER, tenant TEXT, kind TEXT, state TEXT, event TEXT,
    PRIMARY KEY (position, number)) WITHOUT ROWID;
-- usage; amounts are whole numbers of 10**-12, as text, because they outgrow 64 bits.
CREATE TABLE cells(tenant TEXT, customer TEXT, meter TEXT, cell INTEGER, cut_no INTEGER, events INTEGER, amount TEXT,
    us INTEGER, id TEXT, PRIMARY KEY (tenant, customer, meter, cell, cut_no)) WITHOUT ROWID;
CREATE TABLE distinct_values(tenant TEXT, customer TEXT, meter TEXT, quarter INTEGER, value TEXT, cut_no INTEGER,
    PRIMARY KEY (tenant, customer, meter, quarter, value)) WITHOUT ROWID;
-- ingest hours; a closing says that this hour and all before it are over for records from that position on
CREATE TABLE hours(hour INTEGER PRIMARY KEY, events INTEGER NOT NULL, digest TEXT NOT NULL);
CREATE TABLE closings(hour INTEGER PRIMARY KEY, position INTEGER NOT NULL);
CREATE TABLE catalogs(position INTEGER PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE grants(id TEXT PRIMARY KEY, position INTEGER, tenant TEXT, customer TEXT, currency TEXT,
    amount_minor INTEGER, priority INTEGER, effective_us INTEGER, expires_us INTEGER) WITHOUT ROWID;
CREATE INDEX grants_of ON grants(tenant, customer);
-- documents that the journal calls for; state: open (not compared), match, mismatch, void (calls for none after all)
CREATE TABLE dues(id TEXT PRIMARY KEY, tenant TEXT, customer TEXT, start_us INTEGER, end_us INTEGER, final INTEGER,
    version INTEGER, basis INTEGER, recut INTEGER, cut_no INTEGER, control INTEGER, control_end INTEGER,
    catalog INTEGER, as_of_us INTEGER, voided INTEGER, voided_end INTEGER, state TEXT NOT NULL DEFAULT 'open');
CREATE INDEX dues_of ON dues(tenant, customer);
CREATE INDEX dues_open ON dues(control) WHERE state = 'open';
CREATE INDEX dues_made ON dues(control);
CREATE TABLE counters(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE findings(number INTEGER PRIMARY KEY, place TEXT, what TEXT, recounted TEXT, found TEXT);
PRAGMA user_version = 1;
"""


class Store:
    """The tables of a recount. One writer."""

    def __init__(self, path: Path, *, durable: bool = True) -> None:
        """`durable` is False for a database that nobody reads after a crash."""
        self.db = sqlite3.connect(path, isolation_level=None, timeout=30)
        self.db.execute(f"PRAGMA journal_mode = {'WAL' if durable else 'MEMORY'}")
        self.db.execute(f"PRAGMA synchronous = {'NORMAL' if durable else 'OFF'}")
        self.db.execute("PRAGMA temp_store = MEMORY")
        self.db.execute("PRAGMA cache_size = -65536")
        self.db.create_function("exact_sum", 2, _exact_sum, deterministic=True)
        self.db.create_function("exact_max", 2, _exact_max, deterministic=True)
        if self.db.execute("PRAGMA user_version").fetchone() == (0,):
            self.db.executescript(f"BEGIN;{_SCHEMA}COMMIT;")

    def close(self) -> None:
        self.db.close()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside happens, or nothing of it."""
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield
            fail_point("recount.before_commit")
            self.db.execute("COMMIT")
        except BaseException:
            if self.db.in_transaction:
                self.db.execute("ROLLBACK")
            raise
        fail_point("recount.after_commit")

    @property
    def position(self) -> int:
        """Where in the journal this recount stands: everything before it is in the tables."""
        return self.number("SELECT position FROM progress")

    def number(self, query: str, *values: object) -> int:
        """The only value of the only row, 0 if there is none."""
        row = self.db.execute(query, values).fetchone()
        return 0 if row is None or row[0] is None else int(row[0])

    def rows(self, query: str, *values: object) -> list[Any]:
        return self.db.execute(query, values).fetchall()

    def many(self, statement: str, rows: Iterable[tuple[object, ...]]) -> None:
        self.db.executemany(statement, rows)

    def count(self, name: str, *, by: int = 1) -> None:
        """Move a cumulative counter, by at most what 64 bits hold."""
        self.db.execute(
            "INSERT INTO counters VALUES (?, ?) ON CONFLICT(name) DO UPDATE SET value = value + excluded.value",
            (name, min(by, 2**63 - 1)),
        )

    def counters(self) -> dict[str, int]:
        return dict(self.rows("SELECT name, value FROM counters ORDER BY name"))

    def find(self, place: str, what: str, *, recounted: str, found: str) -> None:
        """Keep a difference for whoever looks for its cause."""
        self.db.execute(
            "INSERT INTO findings(place, what, recounted, found) VALUES (?, ?, ?, ?)", (place, what, recounted, found)
        )


def _exact_sum(one: str, other: str) -> str:
    return str(int(one) + int(other))


def _exact_max(one: str, other: str) -> str:
    return max(one, other, key=int)
