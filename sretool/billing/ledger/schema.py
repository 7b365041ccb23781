"""The ledger's tables. The recount reads hour_digest, rollup, rollup_unique, counts and quarantine as they are here.

Instants are microseconds since 1970. A rollup's value is a * 10**24 + b * 10**12 + c in units of 10**-12, with
0 <= b, c < 10**12; it is 0 for meters that count events or values. A digest is a sum mod 2**64, stored as a signed
integer: add 2**64 to a negative one.

Ids are in tables by UTC ingest day, which are dropped whole when they are forgotten. A day is in parts named
seen_<day>_<part>, so that ids in no order change few pages: a part fits the cache, and is left alone when it is full.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import NamedTuple

PART_IDS = 2**19
_LIMB = 10**12

TABLES = """
CREATE TABLE IF NOT EXISTS identity (id TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS applied (
    partition INTEGER PRIMARY KEY, position INTEGER NOT NULL, epoch INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS counts (outcome TEXT PRIMARY KEY, events INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS generations (
    day INTEGER NOT NULL, part INTEGER NOT NULL, ids INTEGER NOT NULL, PRIMARY KEY (day, part)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS repeats (
    day INTEGER NOT NULL,  -- on which the id first came
    key BLOB NOT NULL, duplicates INTEGER NOT NULL, conflicts INTEGER NOT NULL,
    PRIMARY KEY (day, key)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS quarantine (
    position INTEGER NOT NULL, idx INTEGER NOT NULL, tenant TEXT NOT NULL, transaction_id TEXT NOT NULL,
    customer_id TEXT NOT NULL, reason TEXT NOT NULL,
    kind TEXT NOT NULL,   -- quarantined | conflict
    state TEXT NOT NULL,  -- held | released | discarded
    ingest_us INTEGER NOT NULL,
    PRIMARY KEY (position, idx)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS quarantine_by_tenant ON quarantine (tenant, position, idx);
CREATE INDEX IF NOT EXISTS quarantine_held ON quarantine (ingest_us) WHERE state = 'held';
CREATE TABLE IF NOT EXISTS rollup (
    tenant TEXT NOT NULL, customer TEXT NOT NULL, meter TEXT NOT NULL,
    quarter INTEGER NOT NULL,  -- timestamp_us // 900_000_000
    cut_no INTEGER NOT NULL,   -- how many cuts stood before the events
    count INTEGER NOT NULL, a INTEGER NOT NULL, b INTEGER NOT NULL, c INTEGER NOT NULL,
    latest_us INTEGER, latest_id TEXT,  -- which event a `latest` meter shows
    PRIMARY KEY (tenant, customer, meter, quarter, cut_no)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS rollup_unique (
    tenant TEXT NOT NULL, customer TEXT NOT NULL, meter TEXT NOT NULL, quarter INTEGER NOT NULL, value TEXT NOT NULL,
    cut_no INTEGER NOT NULL,  -- of the first event that had the value
    PRIMARY KEY (tenant, customer, meter, quarter, value)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS cuts (
    cut_no INTEGER PRIMARY KEY,  -- how many cuts stand before this one: it closes rollups with cut_no up to its own
    position INTEGER NOT NULL, kind INTEGER NOT NULL, body BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS catalogs (position INTEGER PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS meters (name TEXT PRIMARY KEY, aggregation INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS hour_digest (
    ingest_hour INTEGER PRIMARY KEY,  -- ingest_us // 3_600_000_000
    count INTEGER NOT NULL, digest INTEGER NOT NULL
);
"""

_CARRY_C = f"(c + excluded.c) / {_LIMB}"
_CARRY_B = f"(b + excluded.b + {_CARRY_C}) / {_LIMB}"
_INSERT_ROLLUP = """
INSERT INTO rollup (tenant, customer, meter, quarter, cut_no, count, a, b, c, latest_us, latest_id)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count, """

ADD_ROLLUP = (
    _INSERT_ROLLUP
    + f"a = a + excluded.a + {_CARRY_B}, b = (b + excluded.b + {_CARRY_C}) % {_LIMB}, c = (c + excluded.c) % {_LIMB}"
)


def _replaced_if(condition: str) -> str:
    columns = ("a", "b", "c", "latest_us", "latest_id")
    return ", ".join(f"{name} = CASE WHEN {condition} THEN excluded.{name} ELSE {name} END" for name in columns)


MAX_ROLLUP = _INSERT_ROLLUP + _replaced_if("(excluded.a, excluded.b, excluded.c) > (a, b, c)")
LATEST_ROLLUP = _INSERT_ROLLUP + _replaced_if("(excluded.latest_us, excluded.latest_id) > (latest_us, latest_id)")
COUNT_ROLLUP = _INSERT_ROLLUP.rstrip(", ")

ADD_UNIQUE = """
INSERT INTO rollup_unique (tenant, customer, meter, quarter, cut_no, value) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT DO NOTHING"""
ADD_HELD = "INSERT INTO quarantine VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
ADD_REPEATS = """
INSERT INTO repeats VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET
duplicates = duplicates + excluded.duplicates, conflicts = conflicts + excluded.conflicts"""
ADD_COUNT = "INSERT INTO counts VALUES (?, ?) ON CONFLICT DO UPDATE SET events = events + excluded.events"


class Part(NamedTuple):
    """One of the tables with the ids that first came on an ingest day."""

    day: int
    number: int

    @property
    def table(self) -> str:
        return f"seen_{self.day:d}_{self.number:d}"


def create_part(connection: sqlite3.Connection, part: Part) -> None:
    connection.execute(
        f"CREATE TABLE {part.table} (key BLOB PRIMARY KEY, address INTEGER NOT NULL, outcome INTEGER NOT NULL)"
        " WITHOUT ROWID"
    )
    connection.execute("INSERT INTO generations VALUES (?, ?, 0)", part)


def drop_part(connection: sqlite3.Connection, part: Part) -> None:
    connection.execute(f"DROP TABLE {part.table}")
    connection.execute("DELETE FROM generations WHERE day = ? AND part = ?", part)


def parts(connection: sqlite3.Connection) -> list[Part]:
    """Every table of ids, newest first."""
    return [Part(*row) for row in connection.execute("SELECT day, part FROM generations ORDER BY day DESC, part DESC")]


def open_for_writing(path: Path) -> sqlite3.Connection:
    """The writer's connection: every commit is durable when it returns."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "fullfsync = ON",  # macOS: through the disk's own cache; elsewhere it means nothing
        "checkpoint_fullfsync = ON",
        "cache_size = -65536",
        "wal_autocheckpoint = 16000",
        "temp_store = MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def open_for_reading(path: Path) -> sqlite3.Connection:
    """A reader's connection. Raises sqlite3.OperationalError when there is no ledger yet."""
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None, check_same_thread=False
    )
    connection.execute("PRAGMA query_only = ON")
    return connection
