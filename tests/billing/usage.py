"""A journal in memory, and the usage that tests put into it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sretool.billing.journal import Kind, NoRecordAt, Record

DAY_US = 86_400_000_000
START_US = 20_454 * DAY_US  # 2026-01-01T00:00:00Z
WHO: dict[str, object] = {
    "zone": "UTC",
    "currency": "EUR",
    "plan": "standard",
    "from": "2025-01-01",
    "to": None,
    "commits": [],
}
CATALOG: dict[str, object] = {
    "grace_us": DAY_US,
    "deadline_us": DAY_US,
    "tenants": {"acme": {"rate": 1000, "keys": []}, "zeta": {"rate": 1000, "keys": []}},
    "plans": {"standard": []},
    "customers": {"acme": {"ann": WHO, "ben": WHO}, "zeta": {"ann": WHO}},
    "meters": {
        "calls": {"event_type": "call", "aggregation": "count", "property": None, "filter": {}},
        "eu_calls": {"event_type": "call", "aggregation": "count", "property": None, "filter": {"region": "eu"}},
        "bytes": {"event_type": "call", "aggregation": "sum", "property": "bytes", "filter": {}},
        "peak": {"event_type": "call", "aggregation": "max", "property": "bytes", "filter": {"region": "eu"}},
        "seats": {"event_type": "seat", "aggregation": "latest", "property": "seats", "filter": {}},
        "users": {"event_type": "seat", "aggregation": "unique", "property": "user", "filter": {"billed": True}},
    },
}


def usage_event(name: str, **fields: object) -> dict[str, object]:
    """A call of ann's that every meter can use."""
    whole = {
        "transaction_id": name,
        "customer_id": "ann",
        "event_type": "call",
        "timestamp": "2026-01-01T00:00:00Z",
        "properties": {"bytes": "1.5", "region": "eu"},
    }
    return whole | fields


@dataclass
class FakeJournal:
    """Records in memory, durable at once. Positions go up by the length of a body and a header."""

    records: list[Record] = field(default_factory=list)
    ingest_us: int = START_US

    def append(self, kind: Kind, body: bytes, *, tenant: str = "", count: int = 0) -> Record:
        position = self.durable_end()
        end = position + 64 + len(body)
        self.records.append(Record(position, end, kind, self.ingest_us, tenant, count, b"", body))
        return self.records[-1]

    def batch(self, *events: Mapping[str, object], tenant: str = "acme") -> Record:
        return self.append(Kind.BATCH, json.dumps(events).encode(), tenant=tenant, count=len(events))

    def say(self, kind: Kind, **said: object) -> Record:
        return self.append(kind, json.dumps(said, sort_keys=True).encode())

    def catalog(self, **changed: object) -> Record:
        return self.say(Kind.CATALOG, catalog=CATALOG | changed)

    def durable_end(self) -> int:
        return self.records[-1].end if self.records else 0

    def read(self, after: int, max_bytes: int) -> list[Record]:
        found: Sequence[Record] = [record for record in self.records if record.position >= after]
        taken = [record for record in found if record.end - after <= max_bytes]
        return list(taken or found[:1])

    def at(self, position: int) -> Record:
        for record in self.records:
            if record.position == position:
                return record
        raise NoRecordAt(position)
