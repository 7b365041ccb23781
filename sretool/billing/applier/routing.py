"""Which meters an event moves: the part of the price catalogue that the applier needs, from its journal record."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sretool.billing.event import Event
from sretool.billing.ledger import Aggregation

Scalar = str | int | bool | None


class Meter(NamedTuple):
    """`property` is what is measured, "" where events are counted. Every pair of `filter` has to be in an event."""

    name: str
    aggregation: Aggregation
    property: str
    filter: tuple[tuple[str, Scalar], ...]

    def takes(self, event: Event) -> bool:
        """Whether the event has every value of the filter, in type as well: true is not 1."""
        properties = event.properties
        for key, wanted in self.filter:
            found = properties.get(key)
            if found != wanted or type(found) is not type(wanted):
                return False
        return True


@dataclass(frozen=True, slots=True)
class Routing:
    """Who there is, and what is metered; nobody and nothing before the first catalogue."""

    customers: Mapping[str, frozenset[str]] = field(default_factory=dict)
    meters: Mapping[str, tuple[Meter, ...]] = field(default_factory=dict)

    @classmethod
    def of_catalog(cls, body: bytes) -> Routing:
        """From the body of a catalogue record."""
        catalog = json.loads(body)["catalog"]
        by_type: dict[str, tuple[Meter, ...]] = {}
        for name, said in sorted(catalog.get("meters", {}).items()):
            event_type = said["event_type"]
            by_type[event_type] = (*by_type.get(event_type, ()), _meter(name, said))
        customers = {tenant: frozenset(names) for tenant, names in catalog.get("customers", {}).items()}
        return cls(customers, by_type)

    def aggregations(self) -> dict[str, Aggregation]:
        return {meter.name: meter.aggregation for meters in self.meters.values() for meter in meters}

    def has_customer(self, tenant: str, customer: str) -> bool:
        return customer in self.customers.get(tenant, ())


def _meter(name: str, said: Mapping[str, Any]) -> Meter:
    wanted = tuple(sorted((said.get("filter") or {}).items()))
    return Meter(name, Aggregation[said["aggregation"].upper()], said.get("property") or "", wanted)
