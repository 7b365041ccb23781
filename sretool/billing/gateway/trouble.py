"""Faults that send: events that nobody sent are appended as if they had been accepted."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count, cycle, islice
from typing import Any

from sretool.billing.event import EVENTS_MAX
from sretool.billing.faults import Faults
from sretool.billing.gateway.ingest import Appender
from sretool.billing.journal import JournalError, Kind, Pending

TICK_SECONDS = 0.1
LATE = timedelta(days=33)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Trouble:
    """Appends what poison-events and late-flood ask for. `catalog` is the one in force."""

    journal: Appender
    faults: Faults
    clock_us: Callable[[], int]
    catalog: Mapping[str, Any] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=count)
    _owed: dict[str, float] = field(default_factory=dict)

    async def run(self) -> None:
        """Until cancelled; costs a look at the faults ten times a second."""
        while True:
            await asyncio.sleep(TICK_SECONDS)
            try:
                await self.tick()
            except JournalError as error:
                print(f"gateway: a fault could not append its events: {error}", file=sys.stderr)

    async def tick(self) -> None:
        """Append what is due since the tick before."""
        for name, make in (("poison-events", self._poison), ("late-flood", self._late)):
            for pending in self._due(name, make):
                await self.journal.append(pending)

    def _due(self, name: str, make: Callable[[int], Iterator[Pending]]) -> Iterator[Pending]:
        """What a tick's share of the events a second comes to; what is less than one is owed to the next tick."""
        owed = self._owed.get(name, 0.0) + self.faults.number(name) * TICK_SECONDS
        whole = int(owed)
        self._owed[name] = owed - whole
        return make(whole) if whole else iter(())

    def _poison(self, events: int) -> Iterator[Pending]:
        """Well-formed, from a tenant of the catalogue, for a customer that it does not have."""
        tenants = list(self.catalog.get("customers", {}))
        return self._batches(events, [(tenant, "no-such-customer", "no-such-event") for tenant in tenants], timedelta())

    def _late(self, events: int) -> Iterator[Pending]:
        """Usable, and older than a billing period's grace."""
        event_types = sorted({meter["event_type"] for meter in self.catalog.get("meters", {}).values()})
        customers = [
            (tenant, customer, event_types[0])
            for tenant, of_tenant in self.catalog.get("customers", {}).items()
            for customer in of_tenant
            if event_types
        ]
        return self._batches(events, customers, LATE)

    def _batches(self, events: int, whose: list[tuple[str, str, str]], age: timedelta) -> Iterator[Pending]:
        if not whose:
            return
        instant = (_EPOCH + timedelta(microseconds=self.clock_us()) - age).isoformat()
        by_tenant: dict[str, list[dict[str, Any]]] = {}
        first = next(self._numbers)
        for number, (tenant, customer, event_type) in enumerate(islice(cycle(whose), first, first + events)):
            by_tenant.setdefault(tenant, []).append(
                {
                    "transaction_id": f"fault-{self.clock_us():x}-{first:x}-{number:x}",
                    "customer_id": customer,
                    "event_type": event_type,
                    "timestamp": instant,
                    "properties": {"bytes": "1", "user": "fault", "gigabytes": "1", "seats": 1, "region": "eu"},
                }
            )
        for tenant, rows in by_tenant.items():
            for start in range(0, len(rows), EVENTS_MAX):
                part = rows[start : start + EVENTS_MAX]
                yield Pending(Kind.BATCH, tenant, len(part), json.dumps(part).encode())
