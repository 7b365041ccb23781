"""A ledger in memory: the contract in its fewest lines, with dictionaries and Python's own integers."""

import copy
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace

from sretool.billing.ledger import Address, Aggregation, Effects, EventState, Fenced, Held, Usage
from sretool.billing.ledger.generations import DEDUPE_DAYS, is_known
from sretool.billing.ledger.protocol import (
    COUNTED,
    HELD,
    OUTCOMES,
    QUARANTINED,
    QUARTER_US,
    Cell,
    CustomerKey,
    EventTotals,
    FirstSeen,
    LateUsage,
    MeterQuantity,
    Rollup,
    id_key,
)
from sretool.billing.quantity import PICO_PER_UNIT, from_limbs


class Broken(Exception):
    """The store did not answer."""


@dataclass
class State:
    """What has been committed."""

    standing: dict[int, tuple[int, int]] = field(default_factory=dict)  # by partition: position and epoch
    seen: dict[int, dict[bytes, tuple[Address, int]]] = field(default_factory=dict)
    repeats: Counter[tuple[bytes, int]] = field(default_factory=Counter)  # of a key: 0 duplicates, 1 conflicts
    held: dict[Address, Held] = field(default_factory=dict)
    cells: dict[Cell, list[Rollup]] = field(default_factory=dict)
    values: dict[tuple[str, str, str, int, str], int] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    hours: dict[int, tuple[int, int]] = field(default_factory=dict)
    cuts: int = 0
    catalogs: list[bytes] = field(default_factory=list)
    meters: dict[str, Aggregation] = field(default_factory=dict)


@dataclass
class Store:
    """What outlives its writers."""

    state: State = field(default_factory=State)
    breaks_next: bool = False


class MemoryLedger:
    """A writer of a store; a newer one fences it out."""

    def __init__(self, store: Store) -> None:
        self.store = store

    @property
    def _now(self) -> State:
        return self.store.state

    def identity(self) -> str:
        return "memory"

    def close(self) -> None:
        pass

    # --- writing

    def acquire(self, partition: int = 0) -> int:
        position, epoch = self._now.standing.get(partition, (0, 0))
        self._now.standing[partition] = position, epoch + 1
        return epoch + 1

    def apply(self, partition: int, epoch: int, *, from_: int, to: int, effects: Effects) -> None:
        if self._now.standing.get(partition) != (from_, epoch):
            raise Fenced(f"the ledger stands at {self._now.standing.get(partition)}, not at {(from_, epoch)}")
        after = copy.deepcopy(self._now)
        _write(after, effects)
        after.standing[partition] = to, epoch
        if self.store.breaks_next:
            self.store.breaks_next = False
            raise Broken
        self.store.state = after

    # --- what the applier asks

    def applied(self, partition: int = 0) -> int:
        return self._now.standing.get(partition, (0, 0))[0]

    def first_addresses(
        self, keys: Collection[bytes], day: int, *, likely_days: Mapping[bytes, int] | None = None
    ) -> dict[bytes, FirstSeen]:
        known = {came: seen for came, seen in self._now.seen.items() if is_known(came, day)}
        return {
            key: FirstSeen(came, known[came][key][0]) for came in sorted(known) for key in keys if key in known[came]
        }

    def newest_day(self) -> int:
        return max(self._now.seen, default=0)

    def keys_after(self, position: int, *, from_day: int) -> Iterator[tuple[int, list[bytes]]]:
        for day, seen in self._now.seen.items():
            if day >= from_day:
                yield day, [key for key, (address, _) in seen.items() if address.position >= position]

    def unique_values(self, tenant: str, customer: str, meter: str, quarter: int) -> set[str]:
        return {value for *where, value in self._now.values if where == [tenant, customer, meter, quarter]}

    def held(self, address: Address) -> Held | None:
        return self._now.held.get(address)

    def quarantine_oldest_us(self) -> int | None:
        return min((held.ingest_us for held in self._now.held.values() if held.state == HELD), default=None)

    def catalog(self) -> bytes | None:
        return self._now.catalogs[-1] if self._now.catalogs else None

    def cut_no(self) -> int:
        return self._now.cuts

    # --- what anybody asks

    def counts(self) -> dict[str, int]:
        return {outcome: self._now.counts[outcome] for outcome in OUTCOMES}

    def hours(self) -> dict[int, tuple[int, int]]:
        return self._now.hours

    def event_state(self, tenant: str, transaction_id: str) -> EventState | None:
        key = id_key(tenant, transaction_id)
        for _, seen in sorted(self._now.seen.items(), reverse=True):
            if key in seen:
                address, is_quarantined = seen[key]
                outcome = QUARANTINED if is_quarantined else COUNTED
                duplicates, conflicts = self._now.repeats[key, 0], self._now.repeats[key, 1]
                return EventState(outcome, address, duplicates, conflicts, self.held(address))
        return None

    def usage(
        self,
        start_us: int,
        end_us: int,
        *,
        upto_cut_no: int | None = None,
        customers: Collection[CustomerKey] | None = None,
    ) -> list[Usage]:
        if start_us % QUARTER_US or end_us % QUARTER_US:
            raise ValueError(f"{start_us} or {end_us} is not a whole quarter-hour")
        quarters = range(start_us // QUARTER_US, end_us // QUARTER_US)
        last = 2**62 if upto_cut_no is None else upto_cut_no
        rows: dict[tuple[str, str, str], list[Rollup]] = {}
        for cell, rollups in self._now.cells.items():
            wanted = customers is None or (cell.tenant, cell.customer) in customers
            if wanted and cell.quarter in quarters and cell.cut_no <= last:
                rows.setdefault(cell[:3], []).extend(rollups)
        return [
            Usage(*who, sum(rollup.events for rollup in rollups), self._quantity(who, rollups, quarters, last))
            for who, rollups in sorted(rows.items())
        ]

    def _quantity(self, who: tuple[str, str, str], rollups: list[Rollup], quarters: range, last: int) -> int:
        values = [from_limbs(*rollup.limbs) for rollup in rollups]
        match rollups[0].aggregation:
            case Aggregation.COUNT:
                return sum(rollup.events for rollup in rollups) * PICO_PER_UNIT
            case Aggregation.SUM:
                return sum(values)
            case Aggregation.MAX:
                return max(values)
            case Aggregation.LATEST:
                latest = max(rollups, key=lambda rollup: (rollup.latest_us, rollup.latest_id))
                return from_limbs(*latest.limbs)
            case Aggregation.UNIQUE:
                there = {
                    value
                    for (*whose, quarter, value), cut_no in self._now.values.items()
                    if tuple(whose) == who and quarter in quarters and cut_no <= last
                }
                return len(there) * PICO_PER_UNIT

    def quantities(
        self,
        first: CustomerKey,
        last: CustomerKey,
        *,
        start_us: int,
        end_us: int,
        upto_cut_no: int | None,
        meters: Mapping[str, Aggregation],
    ) -> Iterator[MeterQuantity]:
        for one in self.usage(start_us, end_us, upto_cut_no=upto_cut_no):
            if first <= (one.tenant, one.customer) <= last and one.meter in meters:
                yield MeterQuantity(one.tenant, one.customer, one.meter, one.quantity_pico)

    def late_usage(self, *, before_us: int, after_cut_no: int, upto_cut_no: int | None) -> Iterator[LateUsage]:
        last = 2**62 if upto_cut_no is None else upto_cut_no
        late: dict[CustomerKey, list[Cell]] = {}
        for cell in self._now.cells:
            if after_cut_no < cell.cut_no <= last and cell.quarter * QUARTER_US < before_us:
                late.setdefault((cell.tenant, cell.customer), []).append(cell)
        for who, cells in late.items():
            since_us = min(cell.quarter for cell in cells) * QUARTER_US
            yield LateUsage(*who, since_us, max(cell.cut_no for cell in cells))

    def event_totals(self) -> EventTotals:
        by_meter: Counter[tuple[str, str]] = Counter()
        for cell, rollups in self._now.cells.items():
            by_meter[cell.tenant, cell.meter] += sum(rollup.events for rollup in rollups)
        kept_out = [one for one in self._now.held.values() if one.kind == QUARANTINED and one.state != "released"]
        return EventTotals(
            self.applied(), self._now.catalogs, dict(by_meter), dict(Counter(held.tenant for held in kept_out))
        )


def _write(state: State, effects: Effects) -> None:
    state.seen = {day: seen for day, seen in state.seen.items() if day + DEDUPE_DAYS >= effects.day}
    for key, packed, is_quarantined in effects.sightings:
        seen = state.seen.setdefault(effects.day, {})
        if key in seen:
            raise ValueError(f"{key!r} was seen before")
        seen[key] = Address.unpacked(packed), is_quarantined
    for (_, key), (duplicates, conflicts) in effects.repeats.items():
        state.repeats += Counter({(key, 0): duplicates, (key, 1): conflicts})
    state.held |= {held.address: held for held in effects.held}
    for address, said in effects.states.items():
        state.held[address] = replace(state.held[address], state=said)
    for rollup in effects.rollups:
        state.cells.setdefault(rollup.cell, []).append(rollup)
    for (tenant, customer, meter, quarter, cut_no), value in effects.uniques:
        state.values.setdefault((tenant, customer, meter, quarter, value), cut_no)
    state.counts += Counter(effects.counts)
    for hour, (events, digest) in effects.hours.items():
        before = state.hours.get(hour, (0, 0))
        state.hours[hour] = before[0] + events, (before[1] + digest) % 2**64
    state.cuts += len(effects.cuts)
    state.catalogs += [body for _, body in effects.catalogs]
    state.meters |= effects.meters
