"""What a journal comes to, in a dozen lines: the decisions on events as dictionaries and Fractions.

It shares no line with the applier that it is held against; its usage has the three ways to add that differ.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from random import Random

from sretool.billing.journal.record import Kind, Pending, Record

DAY_US = 86_400_000_000
DEDUPE_DAYS = 36
TENANTS = ("acme", "zeta")
CUSTOMERS = ("ann", "ben")
_METERS = {
    "calls": {"event_type": "call", "aggregation": "count", "property": None, "filter": {}},
    "bytes": {"event_type": "call", "aggregation": "sum", "property": "bytes", "filter": {}},
    "peak": {"event_type": "call", "aggregation": "max", "property": "bytes", "filter": {"region": "eu"}},
}
_WHO: dict[str, object] = {
    "zone": "UTC",
    "currency": "EUR",
    "plan": "free",
    "from": "2025-01-01",
    "to": None,
    "commits": [],
}
_CATALOG = {
    "grace_us": 0,
    "deadline_us": 0,
    "tenants": {},
    "customers": {tenant: dict.fromkeys(CUSTOMERS, _WHO) for tenant in TENANTS},
    "meters": _METERS,
    "plans": {"free": []},
}
CATALOG = json.dumps({"catalog": _CATALOG}).encode()
CUT = json.dumps({"start_us": 0, "end_us": 0, "as_of_us": 0, "final": True}).encode()


def some_record(random: Random, key: bytes) -> Pending:
    """A batch most of the time, of ids that come again, alike or not; or a catalogue, or a cut."""
    chance = random.random()
    if chance < 0.1 or key == bytes(4):
        return Pending(Kind.CATALOG, "", 0, CATALOG, key)
    if chance < 0.15:
        return Pending(Kind.CUT, "", 0, CUT, key)
    events = [_some_event(random) for _ in range(random.choice((1, 1, 2, 4)))]
    return Pending(Kind.BATCH, random.choice(TENANTS), len(events), json.dumps(events).encode(), key)


def _some_event(random: Random) -> dict[str, object]:
    chance = Random(number := random.randrange(80))  # noqa: S311  Of an id, what it says most of the time.
    amount = f"{chance.randint(-9, 99)}.{chance.randrange(10**12):012d}" if random.random() < 0.9 else "much"
    return {
        "transaction_id": f"t-{number}",
        "customer_id": random.choice(("ann", "ann", "ann", "ann", "ben", "eve")) if number % 5 == 0 else "ann",
        "event_type": "call",
        "timestamp": f"2026-01-01T{chance.randrange(24):02d}:00:00Z",
        "properties": {"bytes": amount, "region": chance.choice(("eu", "us"))},
    }


@dataclass
class Model:
    """What a ledger should say after some records."""

    counts: Counter[str] = field(default_factory=Counter)
    amounts: dict[tuple[str, str, str], list[Fraction]] = field(default_factory=dict)  # tenant, customer, meter
    cuts: int = 0

    @classmethod
    def of(cls, records: Iterable[Record]) -> Model:
        model, is_catalog_there = cls(), False
        first: dict[tuple[str, str], tuple[int, object]] = {}
        for record in records:
            model.cuts += record.kind is Kind.CUT
            is_catalog_there = is_catalog_there or record.kind is Kind.CATALOG
            for event in json.loads(record.body) if record.kind is Kind.BATCH else ():
                day, key = record.ingest_us // DAY_US, (record.tenant, event["transaction_id"])
                if key in first and day - first[key][0] <= DEDUPE_DAYS:
                    model.counts["duplicate" if first[key][1] == event else "conflict"] += 1
                    continue
                first[key] = day, event
                model._take(record.tenant, event, is_known=is_catalog_there)
        return model

    def quantities(self) -> dict[tuple[str, str, str], Fraction]:
        how: dict[str, Callable[[list[Fraction]], Fraction | int]] = {"calls": len, "bytes": sum, "peak": max}
        return {key: Fraction(how[key[2]](amounts)) for key, amounts in self.amounts.items()}

    def _take(self, tenant: str, event: dict[str, object], *, is_known: bool) -> None:
        customer, properties = str(event["customer_id"]), event["properties"]
        assert isinstance(properties, dict)
        if not is_known or customer not in CUSTOMERS or properties["bytes"] == "much":
            self.counts["quarantined"] += 1
            return
        self.counts["counted"] += 1
        for meter in ("calls", "bytes", *(["peak"] if properties["region"] == "eu" else [])):
            self.amounts.setdefault((tenant, customer, meter), []).append(Fraction(properties["bytes"]))
