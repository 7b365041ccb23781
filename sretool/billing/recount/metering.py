"""Which meters an event moves, by the catalogue as it stands in the journal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sretool.billing.recount.reading import Event, Scalar, pico

#: What an event adds: meter, aggregation, amount in units of 10**-12, and for `unique` the value.
Use = tuple[str, str, int, str]


@dataclass(frozen=True, slots=True)
class Meter:
    """One meter of the catalogue."""

    name: str
    aggregation: str
    property: str
    filter: tuple[tuple[str, Scalar], ...]
    always: Use | None  # what every event adds, where that depends on no property


class Meters:
    """The meters and customers of one version of the catalogue."""

    def __init__(self, catalog: Mapping[str, Any]) -> None:
        self.customers = {tenant: frozenset(names) for tenant, names in catalog.get("customers", {}).items()}
        self.of_type: dict[str, list[Meter]] = {}
        for name, meter in catalog.get("meters", {}).items():
            kind, wanted = meter["aggregation"], tuple((meter.get("filter") or {}).items())
            always = (name, "count", 0, "") if kind == "count" else None
            self.of_type.setdefault(meter["event_type"], []).append(
                Meter(name, kind, meter.get("property") or "", wanted, always)
            )

    def uses(self, tenant: str, event: Event) -> list[Use] | None:
        """What the event adds, perhaps nothing; None when it cannot be used: nobody's, not metered, not a quantity."""
        meters = self.of_type.get(event[2])
        if meters is None or event[1] not in self.customers.get(tenant, ()):
            return None
        properties, uses = event[4], []
        for meter in meters:
            if meter.filter and not _matches(meter.filter, properties):
                continue
            use = meter.always or _use(meter, properties)
            if use is None:
                return None
            uses.append(use)
        return uses


def _matches(wanted: tuple[tuple[str, Scalar], ...], properties: Mapping[str, Scalar]) -> bool:
    return all(
        key in properties and properties[key] == value and type(properties[key]) is type(value) for key, value in wanted
    )


def _use(meter: Meter, properties: Mapping[str, Scalar]) -> Use | None:
    value = properties.get(meter.property)
    if meter.aggregation == "unique":
        if type(value) is str:
            return meter.name, "unique", 0, f"s{value}"
        return (meter.name, "unique", 0, f"i{value}") if type(value) is int else None
    amount = pico(value)
    return None if amount is None else (meter.name, meter.aggregation, amount, "")
