"""What a ledger promises, whatever keeps it: one writer at a time, and all effects of a range of the journal or none.

No SQL crosses this. Effects of a bulk are sums, maxima and sets, so that they can be merged in any order.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from fractions import Fraction
from typing import NamedTuple, Protocol

from sretool.billing.quantity import Limbs, units

QUARTER_US = 900_000_000
DAY_US = 86_400_000_000
HOUR_US = 3_600_000_000
_INDEX_BITS = 7  # A batch has at most 100 events.

COUNTED, QUARANTINED = "counted", "quarantined"
DUPLICATE, CONFLICT = "duplicate", "conflict"
OUTCOMES = (COUNTED, DUPLICATE, CONFLICT, QUARANTINED)

HELD, RELEASED, DISCARDED = "held", "released", "discarded"


class Fenced(RuntimeError):
    """Another writer has taken the partition, or the range does not begin where the ledger stands: nothing was done."""


class LedgerAhead(RuntimeError):
    """The ledger has applied what the journal does not hold: one of them is another's, or the journal lost records."""


@dataclass(frozen=True, slots=True, order=True)
class Address:
    """Where an event stands: its record's position, and its index in the batch."""

    position: int
    index: int

    def packed(self) -> int:
        """One integer, in the order of the journal."""
        return self.position << _INDEX_BITS | self.index

    @classmethod
    def unpacked(cls, packed: int) -> Address:
        return cls(packed >> _INDEX_BITS, packed & ((1 << _INDEX_BITS) - 1))


def packed_position(position: int) -> int:
    """The packed address of a record's first event."""
    return position << _INDEX_BITS


def id_key(tenant: str, transaction_id: str) -> bytes:
    """The key of an id; raw, so that ids in the order of time stay together."""
    return f"{tenant}\0{transaction_id}".encode()


class Aggregation(IntEnum):
    """How a meter makes one quantity of many. The names are the catalogue's."""

    COUNT = 0
    SUM = 1
    MAX = 2
    LATEST = 3
    UNIQUE = 4


class Cell(NamedTuple):
    """Where usage is summed: a quarter-hour since 1970 in UTC, for one meter, as applied before cut `cut_no`."""

    tenant: str
    customer: str
    meter: str
    quarter: int
    cut_no: int


class Rollup(NamedTuple):
    """What a bulk adds to a cell: so many events, and as `limbs` what they say: 0 where events or values are counted.

    `latest_us` and `latest_id` say of a `latest` meter which event it is.
    """

    cell: Cell
    aggregation: Aggregation
    events: int
    limbs: Limbs
    latest_us: int | None = None
    latest_id: str | None = None


class UniqueValue(NamedTuple):
    """A value that a unique meter has counted: "s" and a text, or "i" and an integer, which are never the same."""

    cell: Cell
    value: str


class FirstSeen(NamedTuple):
    """Where an id was first seen, and on which ingest day."""

    day: int
    address: Address


# The first time that an id was seen, as the ledger stores it: its key, its packed address, 1 if it went to quarantine.
Sighting = tuple[bytes, int, int]


@dataclass(frozen=True, slots=True)
class Held:
    """An event in quarantine: one that cannot be used, or a conflict with the first of its id."""

    address: Address
    tenant: str
    transaction_id: str
    customer_id: str
    reason: str
    kind: str  # quarantined | conflict
    ingest_us: int
    state: str = HELD


@dataclass(frozen=True, slots=True)
class Effects:
    """Everything that a range of the journal does to the ledger. `day` is the ingest day of all its events.

    `hours` has, by ingest hour, how many events were counted and the sum mod 2**64 of the hashes of their ids.
    `repeats` has duplicates and conflicts by the day on which the id first came, and its key. `cuts` are (position,
    kind, body), `catalogs` (position, body), and `meters` what the catalogues say of them.
    """

    day: int
    sightings: Sequence[Sighting] = ()
    repeats: Mapping[tuple[int, bytes], tuple[int, int]] = field(default_factory=dict)
    held: Sequence[Held] = ()
    rollups: Sequence[Rollup] = ()
    uniques: Sequence[UniqueValue] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    hours: Mapping[int, tuple[int, int]] = field(default_factory=dict)
    states: Mapping[Address, str] = field(default_factory=dict)
    cuts: Sequence[tuple[int, int, bytes]] = ()
    catalogs: Sequence[tuple[int, bytes]] = ()
    meters: Mapping[str, Aggregation] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, order=True)
class Usage:
    """A customer's usage of one meter over a time, exact."""

    tenant: str
    customer: str
    meter: str
    count: int
    quantity_pico: int

    @property
    def quantity(self) -> Fraction:
        return units(self.quantity_pico)


CustomerKey = tuple[str, str]  # tenant, customer


class MeterQuantity(NamedTuple):
    """What a meter comes to for a customer, exact."""

    tenant: str
    customer: str
    meter: str
    quantity_pico: int


class LateUsage(NamedTuple):
    """A customer's usage behind a cut: the first quarter-hour that it is of, and the last cut before any of it."""

    tenant: str
    customer: str
    since_us: int
    cut_no: int


class EventTotals(NamedTuple):
    """How many events the rollups of one instant hold, by tenant and meter, and quarantine keeps out, by tenant.

    `catalogs` are the bodies of all catalogue records before `applied`, in their order.
    """

    applied: int
    catalogs: Sequence[bytes]
    by_meter: Mapping[tuple[str, str], int]
    kept_out: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class EventState:
    """What became of an id: its first outcome, where it stands, and what came after it under the same id."""

    outcome: str
    address: Address
    duplicates: int
    conflicts: int
    held: Held | None


class LedgerQueries(Protocol):
    """What may be asked of a ledger by any process."""

    def applied(self, partition: int = 0) -> int:
        """The position up to which the journal has been applied."""
        ...

    def usage(
        self,
        start_us: int,
        end_us: int,
        *,
        upto_cut_no: int | None = None,
        customers: Iterable[tuple[str, str]] | None = None,
    ) -> list[Usage]:
        """Usage in [start_us, end_us), both whole quarter-hours, of events that stand before a cut, or of all."""
        ...

    def quantities(
        self,
        first: CustomerKey,
        last: CustomerKey,
        *,
        start_us: int,
        end_us: int,
        upto_cut_no: int | None,
        meters: Mapping[str, Aggregation],
    ) -> Iterable[MeterQuantity]:
        """What meters come to for all customers from `first` to `last`, both in it, in [start_us, end_us)."""
        ...

    def late_usage(self, *, before_us: int, after_cut_no: int, upto_cut_no: int | None) -> Iterable[LateUsage]:
        """Who has usage before an instant that stands after a cut, and at most before another."""
        ...

    def event_totals(self) -> EventTotals:
        """How many events there are, as of one instant."""
        ...

    def event_state(self, tenant: str, transaction_id: str) -> EventState | None:
        """None for an id that is not known (yet)."""
        ...

    def counts(self) -> dict[str, int]:
        """Events by their first outcome; every outcome is there."""
        ...

    def hours(self) -> dict[int, tuple[int, int]]:
        """By ingest hour, how many events were counted and the sum mod 2**64 of the hashes of their ids."""
        ...

    def held(self, address: Address) -> Held | None:
        """What stands in quarantine for the event at an address, whatever its state."""
        ...

    def quarantine_oldest_us(self) -> int | None:
        """When the oldest event came that is still held."""
        ...

    def catalog(self) -> bytes | None:
        """The body of the catalogue record that was applied last."""
        ...

    def cut_no(self) -> int:
        """How many cuts have been applied: under this number the next events are."""
        ...

    def close(self) -> None: ...


class Ledger(LedgerQueries, Protocol):
    """The writer's side: the only one that changes anything.

    tests/billing/ledger/contract.py is the promise in tests; an implementation is done when it passes. Events are in
    partitions by `id_hash.partition_of`, so that all that bears one id is in one; there is no order between them.
    """

    def identity(self) -> str:
        """Tells this ledger from any other."""
        ...

    def acquire(self, partition: int = 0) -> int:
        """Become the only writer of a partition; returns the epoch, from which every earlier writer is fenced."""
        ...

    def apply(self, partition: int, epoch: int, *, from_: int, to: int, effects: Effects) -> None:
        """All effects, and the applied position moves from `from_` to `to`; or nothing, and Fenced."""
        ...

    def first_addresses(
        self, keys: Collection[bytes], day: int, *, likely_days: Mapping[bytes, int] | None = None
    ) -> dict[bytes, FirstSeen]:
        """Of ids that are known on an ingest day, where they were first seen.

        `likely_days` may say on which day an id came, by its lowest byte; it is where to look first, no more.
        """
        ...

    def unique_values(self, tenant: str, customer: str, meter: str, quarter: int) -> set[str]:
        """The distinct values that a unique meter has counted."""
        ...

    def newest_day(self) -> int:
        """The last ingest day on which an id came; 0 before the first."""
        ...

    def keys_after(self, position: int, *, from_day: int) -> Iterator[tuple[int, list[bytes]]]:
        """Ids first seen at or after a position of the journal, with their ingest day, many at a time."""
        ...
