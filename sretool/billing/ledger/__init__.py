"""What the journal comes to: which ids are known, usage by quarter-hour, what is held in quarantine.

`protocol` is what any ledger promises. `writing` (the applier's, the only writer) and `reading` (anybody's) keep it in
SQLite by `schema`; `id_filter` spares most questions about new ids and decides nothing. All of it can be made again
from the journal.
"""

from sretool.billing.ledger.generations import DEDUPE_DAYS, UnsafeWindows, check_windows, ingest_day
from sretool.billing.ledger.protocol import (
    Address,
    Aggregation,
    Effects,
    EventState,
    Fenced,
    Held,
    Ledger,
    LedgerAhead,
    LedgerQueries,
    Usage,
)
from sretool.billing.ledger.reading import LedgerReader
from sretool.billing.ledger.writing import SqliteLedger

__all__ = [
    "DEDUPE_DAYS",
    "Address",
    "Aggregation",
    "Effects",
    "EventState",
    "Fenced",
    "Held",
    "Ledger",
    "LedgerAhead",
    "LedgerQueries",
    "LedgerReader",
    "SqliteLedger",
    "UnsafeWindows",
    "Usage",
    "check_windows",
    "ingest_day",
]
