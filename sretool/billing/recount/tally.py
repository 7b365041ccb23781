"""Counting events: each transaction id once, by its first place in the journal, into cells of usage.

An id is known iff the ingest day of its first event is at most 36 days before. Of a known id nothing is counted: the
same event again is a duplicate, another one a conflict. What no meter can use is held in quarantine.
"""

from __future__ import annotations

import json
import struct
from collections import Counter
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from itertools import islice
from typing import NamedTuple, Protocol

from sretool.billing.journal import Record
from sretool.billing.recount.accumulator import Accumulator
from sretool.billing.recount.calendar import DAY_US, HOUR_US
from sretool.billing.recount.metering import Meters
from sretool.billing.recount.reading import Event, Unreadable, events, same
from sretool.billing.recount.store import Store

KNOWN_DAYS = 36
INDEXES = 128  # an address is position * 128 + index in the batch
_PARSED_MAX = 64


class Source(Protocol):
    """Where records are: the journal's reader."""

    def at(self, position: int) -> Record: ...


class Placed(NamedTuple):
    """An event in its place."""

    address: int
    key: bytes  # tenant, NUL, transaction id
    tenant: str
    event: Event


class Tally:
    """Counts runs of batches into a store, inside the caller's transaction."""

    def __init__(self, store: Store, source: Source) -> None:
        self._store = store
        self._source = source
        self._parsed: dict[int, tuple[str, list[Event]]] = {}

    def count(self, batches: Sequence[Record], meters: Meters, *, cut_no: int) -> None:
        """Count batches of one ingest hour, in journal order, between two control records."""
        hour = batches[0].ingest_us // HOUR_US
        fresh, repeats = self._by_key(batches)
        repeats += self._known(fresh, horizon=self._horizon(batches[0]))
        outcomes = Counter(self._repeat(placed, fresh) for placed in sorted(repeats))
        used = Accumulator(self._store, cut_no=cut_no)
        counted, held = [], []
        for placed in fresh.values():
            uses = meters.uses(placed.tenant, placed.event)
            if uses is None or not used.add(placed.tenant, placed.event, uses):
                held.append(placed)
            else:
                counted.append(placed.key)
        used.flush()
        self._hold(held, "quarantined")
        self.digest(hour, counted)
        for outcome, number in (outcomes + Counter(counted=len(counted), quarantined=len(held))).items():
            self._store.count(f"outcome:{outcome}", by=number)

    def settle(self) -> None:
        """Have the store say all that was counted: here it always does."""

    def release(self, record: Record, address: tuple[int, int], meters: Meters, *, cut_no: int) -> None:
        """Decide a held event again, with the catalogue as it is now; what is still of no use stays held."""
        which = "WHERE (position, number) = (?, ?) AND kind = 'quarantined' AND state = 'held'"
        for tenant, text in self._store.rows(f"SELECT tenant, event FROM held {which}", *address):  # noqa: S608
            event: Event = tuple(json.loads(text))
            uses, used = meters.uses(tenant, event), Accumulator(self._store, cut_no=cut_no)
            if uses is None or not used.add(tenant, event, uses):
                continue
            used.flush()
            self.digest(record.ingest_us // HOUR_US, [key_of(tenant, event)])
            self._store.many(f"UPDATE held SET state = 'released' {which}", [address])  # noqa: S608

    def discard(self, address: tuple[int, int]) -> None:
        """Somebody has decided that a held event is never counted."""
        self._store.many(
            "UPDATE held SET state = 'discarded' WHERE (position, number) = (?, ?) AND state = 'held'", [address]
        )

    def digest(self, hour: int, keys: Sequence[bytes]) -> None:
        """Let an ingest hour count these events: how many, and the sum of their hashes modulo 2**64."""
        hashes = b"".join([blake2b(key, digest_size=8).digest() for key in keys])
        self.add_to_hour(hour, len(keys), sum(struct.unpack(f"<{len(keys)}Q", hashes)))

    def add_to_hour(self, hour: int, events: int, total: int) -> None:
        """Let an ingest hour count some events, whose hashes add up to `total`."""
        before = self._store.rows("SELECT events, digest FROM hours WHERE hour = ?", hour)
        number, digest = (before[0][0], int(before[0][1])) if before else (0, 0)
        self._store.many(
            "INSERT OR REPLACE INTO hours VALUES (?, ?, ?)", [(hour, number + events, str((digest + total) % 2**64))]
        )

    def _by_key(self, batches: Iterable[Record]) -> tuple[dict[bytes, Placed], list[Placed]]:
        """The first event of each id among these batches, and those that come again."""
        first: dict[bytes, Placed] = {}
        again: list[Placed] = []
        for record in batches:
            address = record.position * INDEXES
            for index, event in enumerate(self._events(record)):
                key = key_of(record.tenant, event)
                placed = Placed(address + index, key, record.tenant, event)
                if first.setdefault(key, placed) is not placed:
                    again.append(placed)
        return first, again

    def _events(self, record: Record) -> list[Event]:
        try:
            batch = events(record.body)
            if len(batch) != record.count:
                raise Unreadable(f"{len(batch)} events")
        except Unreadable as error:
            self._store.count("unreadable")
            place = f"journal position {record.position}"
            self._store.find(place, "batch", recounted=str(error), found=f"acknowledged as {record.count} events")
            return []
        return batch

    def _horizon(self, first: Record) -> int:
        """Addresses before this one are forgotten at the ingest day of `first`, which this remembers."""
        day = first.ingest_us // DAY_US
        oldest = "SELECT MIN(position) FROM days WHERE day >= ?"
        if self._store.rows("SELECT 1 FROM days WHERE day = ?", day):
            return self._store.number(oldest, day - KNOWN_DAYS) * INDEXES
        self._store.many("INSERT INTO days VALUES (?, ?)", [(day, first.position)])
        horizon = self._store.number(oldest, day - KNOWN_DAYS) * INDEXES
        self._store.many("DELETE FROM seen WHERE address < ?", [(horizon,)])
        self._store.many("DELETE FROM days WHERE day < ?", [(day - KNOWN_DAYS,)])
        return horizon

    def _known(self, fresh: dict[bytes, Placed], *, horizon: int) -> list[Placed]:
        """Remember the ids, and take those out of `fresh` that were known before."""
        before = self._store.db.total_changes
        self._store.many(
            "INSERT INTO seen VALUES (?, ?)"
            " ON CONFLICT(key) DO UPDATE SET address = excluded.address WHERE address < ?",
            [(key, fresh[key].address, horizon) for key in sorted(fresh)],
        )
        missing = len(fresh) - (self._store.db.total_changes - before)
        repeats: list[Placed] = []
        keys = iter(list(fresh) if missing else ())
        while len(repeats) < missing:
            some = list(islice(keys, 500))
            assert some, "every id was inserted or was known"
            marks = ",".join("?" * len(some))
            stored = self._store.rows(f"SELECT key, address FROM seen WHERE key IN ({marks})", *some)  # noqa: S608
            repeats += [fresh.pop(key) for key, address in stored if address != fresh[key].address]
        return repeats

    def _repeat(self, placed: Placed, fresh: dict[bytes, Placed]) -> str:
        """The outcome of an event whose id is known."""
        first = fresh.get(placed.key)
        if same(placed.event, self._first(placed.key) if first is None else first.event):
            return "duplicate"
        self._hold([placed], "conflict")
        return "conflict"

    def _first(self, key: bytes) -> Event:
        """The event that has the id, from the journal."""
        return self._at(self._store.number("SELECT address FROM seen WHERE key = ?", key))[1]

    def _at(self, address: int) -> tuple[str, Event]:
        """The tenant and the event at an address, from the journal."""
        position, index = divmod(address, INDEXES)
        parsed = self._parsed.pop(position, None)
        if parsed is None:
            record = self._source.at(position)
            parsed = record.tenant, events(record.body)
            if len(self._parsed) >= _PARSED_MAX:
                self._parsed.pop(next(iter(self._parsed)))
        self._parsed[position] = parsed  # last in the dict: used last
        return parsed[0], parsed[1][index]

    def _hold(self, held: Iterable[Placed], kind: str) -> None:
        self._store.many(
            "INSERT INTO held VALUES (?, ?, ?, ?, 'held', ?)",
            [(*divmod(one.address, INDEXES), one.tenant, kind, json.dumps(one.event)) for one in held],
        )


def key_of(tenant: str, event: Event) -> bytes:
    """Tenant, NUL, transaction id."""
    return f"{tenant}\0{event[0]}".encode()
