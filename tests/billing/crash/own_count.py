"""The harness's own count: what the journal says, by a dict and a Counter, held against the ledger and the promises.

It shares nothing with the applier, the audit and the recount but the reading of records, so that no mistake of theirs
can hide in it. Of the catalogue it reads who is a customer; the meters are those that `billing init` wrote, which no
round changes, and no round lasts 36 days.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from billing.crash.quarrel import Quarrel

from sretool.billing.directory import DataDirectory
from sretool.billing.journal import JournalReader, Kind, Record

# Meters that take every event of a type, which the starter's catalogue has one of for each type.
_METERS = {"api_call": "api_calls", "login": "active_users", "storage": "storage_peak", "seats": "seats"}
_OUTCOMES = ("counted", "duplicate", "conflict", "quarantined")


@dataclass
class OwnCount:
    """Every event of a journal, decided by three lines of rules, and what was decided about it later by six."""

    customers: dict[str, set[str]] = field(default_factory=dict)
    first: dict[tuple[str, str], tuple] = field(default_factory=dict)
    outcomes: Counter[str] = field(default_factory=Counter)
    usage: Counter[tuple[str, str, str]] = field(default_factory=Counter)  # tenant, customer, meter
    held: dict[tuple[int, int], tuple[str, str]] = field(default_factory=dict)  # by position and index: kind, state
    batches: dict[int, bytes] = field(default_factory=dict)
    tenants: dict[int, str] = field(default_factory=dict)  # by position of the batch
    decisions: dict[int, dict] = field(default_factory=dict)

    def take(self, record: Record) -> None:
        if record.kind is not Kind.BATCH:
            body = self.decisions[record.position] = json.loads(record.body)
            if record.kind is Kind.CATALOG:
                self.customers = {tenant: set(names) for tenant, names in body["catalog"]["customers"].items()}
            elif record.kind is Kind.RELEASE:
                self._release((body["position"], body["index"]))
            elif record.kind is Kind.DISCARD:
                self._discard((body["position"], body["index"]))
            return
        self.batches[record.position] = record.body
        self.tenants[record.position] = record.tenant
        for index, event in enumerate(json.loads(record.body)):
            outcome = self._outcome(record.tenant, event)
            self.outcomes[outcome] += 1
            if outcome in ("conflict", "quarantined"):
                self.held[record.position, index] = outcome, "held"

    def _outcome(self, tenant: str, event: dict) -> str:
        key, payload = (tenant, event["transaction_id"]), _payload(event)
        if key in self.first:
            return "duplicate" if self.first[key] == payload else "conflict"
        self.first[key] = payload
        return "counted" if self._is_counted(tenant, event) else "quarantined"

    def _is_counted(self, tenant: str, event: dict) -> bool:
        if event["customer_id"] not in self.customers.get(tenant, ()):
            return False
        self.usage[tenant, event["customer_id"], _METERS[event["event_type"]]] += 1
        return True

    def _release(self, place: tuple[int, int]) -> None:
        if self.held.get(place) == ("quarantined", "held"):
            event = json.loads(self.batches[place[0]])[place[1]]
            if self._is_counted(self.tenants[place[0]], event):
                self.held[place] = "quarantined", "released"

    def _discard(self, place: tuple[int, int]) -> None:
        if place in self.held and self.held[place][1] == "held":
            self.held[place] = self.held[place][0], "discarded"


def _payload(event: dict) -> tuple:
    properties = json.dumps(event["properties"], sort_keys=True)
    return event["customer_id"], event["event_type"], datetime.fromisoformat(event["timestamp"]), properties


def count(directory: DataDirectory) -> OwnCount:
    """The whole journal of a service that is drained."""
    own = OwnCount()
    with JournalReader(directory.journal) as reader:
        position, end = 0, reader.durable_end()
        while position < end:
            for record in reader.read(position, 4 * 2**20):
                own.take(record)
                position = record.end
    return own


def broken_promises(own: OwnCount, quarrel: Quarrel, decided: dict[int, dict]) -> list[str]:
    """What the client was told, and the journal does not say."""
    found = [f"refused: {answer}" for answer in quarrel.refused]
    found += [
        f"lost: the batch acknowledged at {position}"
        for position, body in quarrel.acknowledged
        if own.batches.get(position) != body
    ]
    found += [f"lost: the decision at {place}" for place, body in decided.items() if own.decisions.get(place) != body]
    tenant, sent = quarrel.client.tenant, {name: [_payload(one) for one in all_] for name, all_ in quarrel.sent.items()}
    found += [
        f"never sent: {name}"
        for (whose, name), payload in own.first.items()
        if whose == tenant and payload not in sent.get(name, ())
    ]
    return found


def miscounted(own: OwnCount, ledger: Path) -> list[str]:
    """Where a drained ledger says another number."""
    with contextlib.closing(sqlite3.connect(f"{ledger.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        outcomes = dict(connection.execute("SELECT outcome, events FROM counts"))
        rows = connection.execute("SELECT tenant, customer, meter, sum(count) FROM rollup GROUP BY 1, 2, 3")
        held = {row[:2]: row[2:] for row in connection.execute("SELECT position, idx, kind, state FROM quarantine")}
        usage = {row[:3]: row[3] for row in rows if row[2] in _METERS.values()}
    found = [
        f"{outcome}: {outcomes.get(outcome, 0)} in the ledger, {own.outcomes[outcome]} by our own count"
        for outcome in _OUTCOMES
        if outcomes.get(outcome, 0) != own.outcomes[outcome]
    ]
    found += [
        f"{' '.join(whose)}: {usage.get(whose, 0)} in the ledger, {own.usage[whose]} by our own count"
        for whose in sorted(usage.keys() | own.usage.keys())
        if usage.get(whose, 0) != own.usage[whose]
    ]
    found += [
        f"event {place}: {held.get(place)} in the ledger, {own.held.get(place)} by our own count"
        for place in sorted(held.keys() | own.held.keys())
        if held.get(place) != own.held.get(place)
    ]
    return found
