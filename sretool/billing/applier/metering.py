"""What events of one customer, one type and one quarter-hour come to. Pure, but for values that were counted before.

An event counts in every meter that takes it, or, if one of them cannot use it, in none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from sretool.billing.applier.routing import Meter, Routing
from sretool.billing.event import Event, timestamp_us
from sretool.billing.ledger import Aggregation
from sretool.billing.ledger.protocol import Cell, Rollup, UniqueValue
from sretool.billing.quantity import Limbs, NotAQuantity, limbs, pico, quantity_of, total

UNIQUE_MAX = 10_000  # Distinct values of a meter, for one customer in one quarter-hour.
NOTHING = Limbs(0, 0, 0)

# The values that a unique meter has counted for (tenant, customer, meter, quarter).
UniqueValues = Callable[[str, str, str, int], set[str]]


class Group(NamedTuple):
    """What the events have in common."""

    tenant: str
    customer: str
    event_type: str
    quarter: int


@dataclass(slots=True)
class Metered:
    """What they come to, and by their place in the group why some are of no use."""

    rollups: list[Rollup] = field(default_factory=list)
    uniques: list[UniqueValue] = field(default_factory=list)
    refused: dict[int, str] = field(default_factory=dict)


class _OneTooMany(Exception):
    """More distinct values than a meter may have."""


@dataclass(frozen=True, slots=True)
class Metering:
    """Meters events by a catalogue, under a cut number."""

    routing: Routing
    cut_no: int
    known_values: UniqueValues

    def metered(self, group: Group, events: Sequence[Event]) -> Metered:
        """What the events of a group, in the order of the journal, come to."""
        reason = self._nobody(group)
        if reason:
            return Metered(refused=dict.fromkeys(range(len(events)), reason))
        try:
            return self._all(group, events)
        except (NotAQuantity, _OneTooMany):
            refused = self._refused(group, events)
            usable = [event for place, event in enumerate(events) if place not in refused]
            metered = self._all(group, usable) if usable else Metered()
            metered.refused = refused
            return metered

    def _nobody(self, group: Group) -> str:
        if not self.routing.has_customer(group.tenant, group.customer):
            return f"customer {group.customer!r} is unknown"
        if group.event_type not in self.routing.meters:
            return f"no meter takes events of type {group.event_type!r}"
        return ""

    def _all(self, group: Group, events: Sequence[Event]) -> Metered:
        """All of them, if all can be used. Raises NotAQuantity, _OneTooMany."""
        metered = Metered()
        for meter in self.routing.meters[group.event_type]:
            taken = [event for event in events if meter.takes(event)] if meter.filter else events
            if taken:
                cell = Cell(group.tenant, group.customer, meter.name, group.quarter, self.cut_no)
                metered.rollups.append(_rollup(cell, meter, taken))
                if meter.aggregation is Aggregation.UNIQUE:
                    metered.uniques += self._new_values(cell, meter, taken)
        return metered

    def _new_values(self, cell: Cell, meter: Meter, events: Sequence[Event]) -> list[UniqueValue]:
        known = self.known_values(cell.tenant, cell.customer, cell.meter, cell.quarter)
        new = {_unique_value(event.properties.get(meter.property)) for event in events} - known
        if len(known) + len(new) > UNIQUE_MAX:
            raise _OneTooMany
        return [UniqueValue(cell, value) for value in sorted(new)]

    def _refused(self, group: Group, events: Sequence[Event]) -> dict[int, str]:
        """Why some events are of no use: one by one, since one that is refused leaves room for the next."""
        meters = self.routing.meters[group.event_type]
        values = {
            meter.name: set(self.known_values(group.tenant, group.customer, meter.name, group.quarter))
            for meter in meters
            if meter.aggregation is Aggregation.UNIQUE
        }
        refused: dict[int, str] = {}
        for place, event in enumerate(events):
            taking = [meter for meter in meters if meter.takes(event)]
            reason = next(filter(None, (_fault(meter, event, values) for meter in taking)), "")
            if reason:
                refused[place] = reason
                continue
            for meter in taking:
                if meter.aggregation is Aggregation.UNIQUE:
                    values[meter.name].add(_unique_value(event.properties.get(meter.property)))
        return refused


def _rollup(cell: Cell, meter: Meter, events: Sequence[Event]) -> Rollup:
    measured, aggregation = meter.property, meter.aggregation
    if aggregation is Aggregation.SUM:
        value = limbs(total([event.properties.get(measured) for event in events]))
    elif aggregation is Aggregation.MAX:
        value = limbs(max(quantity_of(event.properties.get(measured)) for event in events))
    elif aggregation is Aggregation.LATEST:
        us, name, latest = max(
            (timestamp_us(event), event.transaction_id, quantity_of(event.properties.get(measured))) for event in events
        )
        return Rollup(cell, aggregation, len(events), limbs(latest), us, name)
    else:
        value = NOTHING
    return Rollup(cell, aggregation, len(events), value)


def _unique_value(value: object) -> str:
    """A text and an integer are different values. Raises NotAQuantity for what cannot be told apart from others."""
    if type(value) is str:
        return f"s{value}"
    if type(value) is int:
        return f"i{value}"
    raise NotAQuantity(value)


def _fault(meter: Meter, event: Event, values: dict[str, set[str]]) -> str:
    """Why a meter cannot use an event that it takes; "" if it can."""
    if meter.aggregation is Aggregation.COUNT:
        return ""
    measured = f"property {meter.property!r} of meter {meter.name!r}"
    value = event.properties.get(meter.property)
    if value is None:
        return f"{measured} is missing"
    if meter.aggregation is not Aggregation.UNIQUE:
        return "" if pico(value) is not None else f"{measured} is not a quantity"
    if type(value) is bool:
        return f"{measured} is not a text or an integer"
    known = values[meter.name]
    if len(known) >= UNIQUE_MAX and _unique_value(value) not in known:
        return f"meter {meter.name!r} has {UNIQUE_MAX} distinct values in this quarter-hour"
    return ""
