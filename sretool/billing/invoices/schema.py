"""The tables of invoices.db. Only the biller writes them; the gateway and the recount read them.

Ids are random, so that rows stand in the order in which they were made, and only the ids' indexes are written all over.
Instants are microseconds since 1970, amounts minor units of the document's currency, positions those of the journal.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

TABLES = """
CREATE TABLE IF NOT EXISTS documents (
    id TEXT PRIMARY KEY, tenant TEXT NOT NULL, customer TEXT NOT NULL,
    start_us INTEGER NOT NULL, end_us INTEGER NOT NULL,   -- 0, 0 of a final document
    final_position INTEGER NOT NULL,                      -- of its cut; 0 of a period's document
    version INTEGER NOT NULL,
    state TEXT NOT NULL,                                  -- finalized | voided
    currency TEXT NOT NULL, total_minor INTEGER NOT NULL, credit_note_minor INTEGER NOT NULL,
    cut_no INTEGER NOT NULL, basis_position INTEGER NOT NULL, basis_is_recut INTEGER NOT NULL,
    as_of_us INTEGER NOT NULL, catalog_position INTEGER NOT NULL, control_position INTEGER NOT NULL,
    finalized_us INTEGER NOT NULL, voided_position INTEGER, voided_us INTEGER,
    json TEXT NOT NULL, digest TEXT NOT NULL,
    UNIQUE (tenant, customer, start_us, final_position, version)
);
CREATE INDEX IF NOT EXISTS documents_by_control ON documents (control_position);
CREATE INDEX IF NOT EXISTS documents_by_time ON documents (tenant, finalized_us);
CREATE TABLE IF NOT EXISTS lines (
    document TEXT NOT NULL, number INTEGER NOT NULL,
    kind TEXT NOT NULL,                                   -- fixed usage minimum commit adjustment drawdown credit
    period_start_us INTEGER NOT NULL,                     -- of an adjustment: the period that it corrects
    line TEXT NOT NULL, amount_minor INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS lines_by_document ON lines (document);
CREATE TABLE IF NOT EXISTS drawdowns (
    document TEXT NOT NULL, source TEXT NOT NULL,         -- commit:<id> | credit:<id>
    amount_minor INTEGER NOT NULL, PRIMARY KEY (document, source)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS grants (
    id TEXT PRIMARY KEY, position INTEGER NOT NULL, tenant TEXT NOT NULL, customer TEXT NOT NULL,
    currency TEXT NOT NULL, amount_minor INTEGER NOT NULL, priority INTEGER NOT NULL,
    effective_us INTEGER NOT NULL, expires_us INTEGER, reason TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS grants_by_customer ON grants (tenant, customer);
CREATE TABLE IF NOT EXISTS customers (
    tenant TEXT NOT NULL, customer TEXT NOT NULL,
    known_us INTEGER NOT NULL,                            -- since when a catalogue has had it
    closed_until_us INTEGER NOT NULL DEFAULT 0,           -- the end of its latest period that has a document
    settled_cut_no INTEGER NOT NULL DEFAULT -1,           -- as of this cut, all closed periods were billed right
    unsettled INTEGER NOT NULL DEFAULT 0,                 -- 1 when that may be otherwise: voids, a fault
    PRIMARY KEY (tenant, customer)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS due (
    tenant TEXT NOT NULL, customer TEXT NOT NULL, start_us INTEGER NOT NULL,
    deadline_us INTEGER NOT NULL, finalized_us INTEGER,   -- billing time
    outcome TEXT,                                         -- on_time | missed, once the deadline has passed
    PRIMARY KEY (tenant, customer, start_us)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS due_open ON due (deadline_us) WHERE outcome IS NULL;
CREATE TABLE IF NOT EXISTS late (
    tenant TEXT NOT NULL, customer TEXT NOT NULL, currency TEXT NOT NULL, amount_minor INTEGER NOT NULL,
    PRIMARY KEY (tenant, customer)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS catalogs (position INTEGER PRIMARY KEY, json TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS totals (
    name TEXT NOT NULL, label TEXT NOT NULL, value INTEGER NOT NULL, PRIMARY KEY (name, label)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS progress (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
"""


def open_store(path: Path) -> sqlite3.Connection:
    """The connection of the only writer; its tables are there."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA cache_size = -65536")
    connection.executescript(TABLES)
    return connection
