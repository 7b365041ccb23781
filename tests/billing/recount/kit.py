"""What the tests of the recount share: a journal in memory, and the service's tables filled by hand."""

import json
import sqlite3
from bisect import bisect_left
from datetime import datetime
from pathlib import Path

from sretool.billing.directory import DataDirectory
from sretool.billing.invoices.schema import TABLES as INVOICES
from sretool.billing.journal import Kind, Record
from sretool.billing.ledger.schema import TABLES as LEDGER
from sretool.billing.recount.advance import Recount
from sretool.billing.recount.store import Store

HOUR_US, DAY_US = 3_600_000_000, 86_400_000_000


def us(text: str) -> int:
    """An instant such as 2026-01-31T12:00Z."""
    return round(datetime.fromisoformat(text).timestamp()) * 1_000_000


class FakeJournal:
    """Records in memory. `durable` hides those behind it, as the published end does."""

    def __init__(self, at: str = "2026-01-10T00:00Z") -> None:
        self.records: list[Record] = []
        self.now_us = us(at)
        self.durable: int | None = None

    @property
    def end(self) -> int:
        return self.records[-1].end if self.records else 0

    def append(self, kind: Kind, body: object, *, tenant: str = "", count: int = 0) -> Record:
        raw = body if isinstance(body, bytes) else json.dumps(body, sort_keys=True).encode()
        self.now_us += 1
        record = Record(self.end, self.end + 56 + len(raw), kind, self.now_us, tenant, count, b"", raw)
        self.records.append(record)
        return record

    def batch(self, *events: dict[str, object], tenant: str = "acme") -> Record:
        return self.append(Kind.BATCH, list(events), tenant=tenant, count=len(events))

    def catalog(self, catalog: dict[str, object]) -> Record:
        return self.append(Kind.CATALOG, {"catalog": catalog})

    def cut(self, start: str, end: str, *, as_of: str = "2030-01-01T00:00Z") -> Record:
        return self.append(Kind.CUT, {"start_us": us(start), "end_us": us(end), "as_of_us": us(as_of), "final": False})

    def final(self, as_of: str) -> Record:
        return self.append(Kind.CUT, {"start_us": 0, "end_us": 0, "as_of_us": us(as_of), "final": True})

    def void(self, invoice: str, *, reissue: bool = True, recut: bool = False) -> Record:
        return self.append(Kind.VOID, {"invoice": invoice, "reason": "", "reissue": reissue, "recut": recut})

    def grant(self, name: str, amount: str, **fields: object) -> Record:
        grant = {"id": name, "tenant": "acme", "customer": "cust-1", "currency": "EUR", "amount": amount}
        when = {"priority": 0, "effective_us": 0, "expires_us": None, "reason": ""}
        return self.append(Kind.GRANT, grant | when | fields)

    def durable_end(self) -> int:
        return self.end if self.durable is None else self.durable

    def read(self, after: int, max_bytes: int) -> list[Record]:
        first = bisect_left([record.position for record in self.records], after)
        found: list[Record] = []
        for record in self.records[first:]:
            if record.end > self.durable_end() or (found and max_bytes <= 0):
                break
            found.append(record)
            max_bytes -= record.end - record.position
        return found

    def at(self, position: int) -> Record:
        (record,) = [record for record in self.records if record.position == position]
        return record


def recounted(journal: FakeJournal, path: Path | None = None) -> Recount:
    """A recount that stands at the journal's end."""
    recount = Recount(Store(path or Path(":memory:"), durable=False), journal)
    while recount.advance():
        pass
    return recount


def an_event(name: str, at: str = "2026-01-09T12:00:00Z", **fields: object) -> dict[str, object]:
    event = {"transaction_id": name, "customer_id": "cust-1", "event_type": "api_call", "timestamp": at}
    return event | {"properties": {"bytes": "10"}} | fields


def a_catalog(*lines: dict[str, object], **customer: object) -> dict[str, object]:
    """One customer in Berlin, a meter of each kind, and a plan of these lines."""
    who = {"zone": "Europe/Berlin", "currency": "EUR", "plan": "standard", "from": "2025-01-01", "to": None}
    minimum = customer.pop("minimum", None)
    kinds = {"calls": "count", "bytes": "sum", "peak": "max", "last": "latest", "users": "unique"}
    properties = {"calls": None, "bytes": "bytes", "peak": "bytes", "last": "bytes", "users": "user"}
    types = {"calls": "api_call", "bytes": "api_call", "peak": "peak", "last": "last", "users": "login"}
    currency = customer.get("currency", "EUR")
    return {
        "apiVersion": "sretool-billing/v1",
        "grace_us": DAY_US,
        "deadline_us": 4 * HOUR_US,
        "tenants": {"acme": {"rate": 1000, "keys": []}},
        "meters": {
            name: {"event_type": types[name], "aggregation": kind, "property": properties[name], "filter": {}}
            for name, kind in kinds.items()
        },
        "customers": {"acme": {"cust-1": who | {"commits": []} | customer}},
        "plans": {"standard": [{"from": "2020-01-01", "currency": currency, "minimum": minimum, "lines": list(lines)}]},
    }


def ledger_at(directory: DataDirectory, position: int) -> sqlite3.Connection:
    """An empty ledger that says it has applied the journal up to a position."""
    return _opened(directory, directory.ledger, LEDGER, f"INSERT INTO applied VALUES (0, {position}, 1)")


def invoices_at(directory: DataDirectory, position: int) -> sqlite3.Connection:
    """No invoices, of a biller that says it has done everything up to a position."""
    return _opened(directory, directory.invoices, INVOICES, f"INSERT INTO progress VALUES ('position', {position})")


def _opened(directory: DataDirectory, path: Path, tables: str, statement: str) -> sqlite3.Connection:
    directory.create()
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.executescript(tables)
    connection.execute(statement)
    return connection
