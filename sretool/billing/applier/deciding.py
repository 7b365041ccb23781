"""What a bulk of the journal does to the ledger: the decision on every event, once, in the order of the journal.

Nothing is changed here. What is known already is asked through `Memory`; which instant it is comes from the records.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import compress
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sretool.billing.applier.metering import Group, Metered, Metering
from sretool.billing.applier.routing import Routing
from sretool.billing.event import Event, decode_accepted, same_payload
from sretool.billing.journal import Record
from sretool.billing.ledger import Address, Effects, Held, ingest_day
from sretool.billing.ledger.id_hash import Hashes, digest_sum, id_hashes
from sretool.billing.ledger.protocol import (
    CONFLICT,
    COUNTED,
    DUPLICATE,
    HOUR_US,
    QUARANTINED,
    FirstSeen,
    Rollup,
    UniqueValue,
    id_key,
    packed_position,
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Memory(Protocol):
    """What was decided before."""

    def likely_days(self, hashes: Hashes) -> NDArray[np.int16]:
        """-1 for an id that surely nobody has seen, else the lowest byte of the day on which it may have come."""
        ...

    def first_addresses(self, likely_days: Mapping[bytes, int], day: int) -> dict[bytes, FirstSeen]:
        """Of ids that are known on an ingest day, where they were first seen."""
        ...

    def event_at(self, address: Address) -> Event: ...

    def held(self, address: Address) -> Held | None: ...

    def unique_values(self, tenant: str, customer: str, meter: str, quarter: int) -> set[str]: ...


@dataclass(frozen=True, slots=True)
class Standing:
    """What is in force at a place of the journal: the catalogue, and how many cuts stand before it."""

    routing: Routing
    cut_no: int


@dataclass(frozen=True, slots=True)
class Decided:
    """Effects, and the hashes of the ids that are known from now on."""

    effects: Effects
    hashes: Hashes


class _Bulk:
    """The events of some batches side by side: event, key, packed address and hash of each."""

    def __init__(self, records: Sequence[Record]) -> None:
        self.records = records
        self.events: list[Event] = []
        self.keys: list[bytes] = []
        self.addresses: list[int] = []
        self.starts: list[int] = []
        for record in records:
            batch = decode_accepted(record.body)
            if len(batch) != record.count:
                raise ValueError(f"the record at {record.position} says {record.count} events and has {len(batch)}")
            self.starts.append(len(self.events))
            self.events += batch
            tenant, first = record.tenant, packed_position(record.position)
            self.keys += [f"{tenant}\0{event.transaction_id}".encode() for event in batch]
            self.addresses += range(first, first + len(batch))
        self.starts.append(len(self.events))
        self.hashes = id_hashes(self.keys)

    def record_of(self, place: int) -> Record:
        return self.records[int(np.searchsorted(self.starts, place, side="right")) - 1]

    def by_hour(self) -> dict[int, slice]:
        """Ingest hours, with the places of their events."""
        hours: dict[int, slice] = {}
        for number, record in enumerate(self.records):
            hour, end = record.ingest_us // HOUR_US, self.starts[number + 1]
            hours[hour] = slice(hours[hour].start if hour in hours else self.starts[number], end)
        return hours


@dataclass(slots=True)
class _Repeat:
    """An event whose id is known."""

    first: FirstSeen
    differing: str  # what it says differently, "" for a duplicate


def decide_batches(records: Sequence[Record], standing: Standing, memory: Memory) -> Decided:
    """Decide batches of one ingest day."""
    day = ingest_day(records[0].ingest_us)
    bulk = _Bulk(records)
    repeats = _repeats(bulk, day, memory)
    metering = Metering(standing.routing, standing.cut_no, memory.unique_values)
    rollups: list[Rollup] = []
    uniques: list[UniqueValue] = []
    refused: dict[int, str] = {}
    for group, places in _groups(bulk, repeats).items():
        metered = metering.metered(group, [bulk.events[place] for place in places])
        rollups += metered.rollups
        uniques += metered.uniques
        if metered.refused:
            refused |= {places[place]: reason for place, reason in metered.refused.items()}
    is_fresh = _all_but(bulk, repeats)
    is_counted = is_fresh & _all_but(bulk, refused)
    flags = bytearray(len(bulk.events))
    for place in refused:
        flags[place] = 1
    effects = Effects(
        day,
        sightings=sorted(compress(zip(bulk.keys, bulk.addresses, flags, strict=True), is_fresh.tolist())),
        repeats=_repeat_counts(bulk, repeats),
        held=_held(bulk, repeats, refused),
        rollups=rollups,
        uniques=uniques,
        counts=_counts(bulk, repeats, len(refused)),
        hours=_hours(bulk, is_counted),
    )
    return Decided(effects, bulk.hashes[is_fresh])


def decide_release(record: Record, address: Address, standing: Standing, memory: Memory) -> Effects:
    """Decide a held event again, with what is in force at the release; one that is still of no use stays held."""
    day = ingest_day(record.ingest_us)
    held = memory.held(address)
    if held is None or held.kind != QUARANTINED or held.state != "held":
        return Effects(day)
    metered = _metered_alone(
        memory.event_at(address), held.tenant, Metering(standing.routing, standing.cut_no, memory.unique_values)
    )
    if metered.refused:
        return Effects(day)
    digest = digest_sum(id_hashes([id_key(held.tenant, held.transaction_id)]))
    return Effects(
        day,
        rollups=metered.rollups,
        uniques=metered.uniques,
        hours={record.ingest_us // HOUR_US: (1, digest)},
        states={address: "released"},
    )


def decide_discard(record: Record, address: Address, memory: Memory) -> Effects:
    """Somebody has decided that a held event is never counted."""
    held = memory.held(address)
    is_open = held is not None and held.state == "held"
    return Effects(ingest_day(record.ingest_us), states={address: "discarded"} if is_open else {})


def quarter_of(event: Event) -> int:
    """The quarter-hour since 1970 in UTC in which an event happened."""
    since = event.timestamp - _EPOCH
    return since.days * 96 + since.seconds // 900


def _metered_alone(event: Event, tenant: str, metering: Metering) -> Metered:
    return metering.metered(Group(tenant, event.customer_id, event.event_type, quarter_of(event)), [event])


def _groups(bulk: _Bulk, repeats: Collection[int]) -> dict[Group, list[int]]:
    """The places of new events, by what they have in common."""
    by_tenant: dict[str, dict[tuple[str, str, int], list[int]]] = {}
    for record, start, end in zip(bulk.records, bulk.starts, bulk.starts[1:], strict=False):
        groups = by_tenant.setdefault(record.tenant, {})
        for place, event in enumerate(bulk.events[start:end], start):
            if place in repeats:
                continue
            since = event.timestamp - _EPOCH
            key = (event.customer_id, event.event_type, since.days * 96 + since.seconds // 900)
            if key in groups:
                groups[key].append(place)
            else:
                groups[key] = [place]
    return {Group(tenant, *key): places for tenant, groups in by_tenant.items() for key, places in groups.items()}


def _repeats(bulk: _Bulk, day: int, memory: Memory) -> dict[int, _Repeat]:
    """The events whose id is known, from before or from this bulk, by place."""
    days = memory.likely_days(bulk.hashes)
    suspects: list[int] = np.flatnonzero((days >= 0) | _come_twice(bulk.hashes)).tolist()
    likely = {bulk.keys[place]: int(days[place]) for place in suspects if days[place] >= 0}
    known = memory.first_addresses(likely, day) if likely else {}
    here: dict[bytes, int] = {}
    repeats: dict[int, _Repeat] = {}
    for place in suspects:
        key, event = bulk.keys[place], bulk.events[place]
        if key in known:
            first = known[key]
            repeats[place] = _Repeat(first, _differing(event, memory.event_at(first.address)))
        elif key in here:
            first = FirstSeen(day, Address.unpacked(bulk.addresses[here[key]]))
            repeats[place] = _Repeat(first, _differing(event, bulk.events[here[key]]))
        else:
            here[key] = place
    return repeats


def _come_twice(hashes: Hashes) -> NDArray[np.bool_]:
    order = np.argsort(hashes)
    equal = np.diff(hashes[order]) == 0
    twice = np.zeros(len(hashes), dtype=np.bool_)
    twice[order[1:][equal]] = True
    twice[order[:-1][equal]] = True
    return twice


def _differing(event: Event, first: Event) -> str:
    if same_payload(event, first):
        return ""
    fields = ("customer_id", "event_type", "timestamp", "properties")
    different = [name for name in fields if getattr(event, name) != getattr(first, name)]
    return " and ".join(different or ["properties"])  # 1 and true are equal to Python, and not the same.


def _all_but(bulk: _Bulk, places: Collection[int]) -> NDArray[np.bool_]:
    kept = np.ones(len(bulk.events), dtype=np.bool_)
    kept[list(places)] = False
    return kept


def _repeat_counts(bulk: _Bulk, repeats: dict[int, _Repeat]) -> dict[tuple[int, bytes], tuple[int, int]]:
    counted: dict[tuple[int, bytes], tuple[int, int]] = {}
    for place, repeat in repeats.items():
        of = (repeat.first.day, bulk.keys[place])
        duplicates, conflicts = counted.get(of, (0, 0))
        counted[of] = (duplicates, conflicts + 1) if repeat.differing else (duplicates + 1, conflicts)
    return counted


def _held(bulk: _Bulk, repeats: dict[int, _Repeat], refused: dict[int, str]) -> list[Held]:
    """What goes into quarantine, in the order of the journal."""
    reasons = {place: (QUARANTINED, reason) for place, reason in refused.items()}
    for place, repeat in repeats.items():
        if repeat.differing:
            first = repeat.first.address
            reason = f"the id is known from {first.position}-{first.index}, with another {repeat.differing}"
            reasons[place] = (CONFLICT, reason)
    held = []
    for place in sorted(reasons):
        kind, reason = reasons[place]
        event, record, address = bulk.events[place], bulk.record_of(place), Address.unpacked(bulk.addresses[place])
        whose = (record.tenant, event.transaction_id, event.customer_id)
        held.append(Held(address, *whose, reason, kind, record.ingest_us))
    return held


def _counts(bulk: _Bulk, repeats: dict[int, _Repeat], quarantined: int) -> dict[str, int]:
    counts = Counter(CONFLICT if repeat.differing else DUPLICATE for repeat in repeats.values())
    counts[QUARANTINED] = quarantined
    counts[COUNTED] = len(bulk.events) - len(repeats) - quarantined
    return dict(+counts)


def _hours(bulk: _Bulk, is_counted: NDArray[np.bool_]) -> dict[int, tuple[int, int]]:
    """By ingest hour, how many events count and the sum of their ids' hashes."""
    hours = {}
    for hour, places in bulk.by_hour().items():
        counted = bulk.hashes[places][is_counted[places]]
        if len(counted):
            hours[hour] = (len(counted), digest_sum(counted))
    return hours
