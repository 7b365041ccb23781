"""The faster recount: what columns can do surely is done in columns, everything else event by event as ever.

It counts into the same tables, and what it says is the same. Where it is not sure of that for a batch or an event,
the plain way decides; where it cannot go back to that, it raises Unsure, and everything is recounted the plain way.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import duckdb
import numpy as np
from numpy.typing import NDArray

from sretool.billing.journal import Record
from sretool.billing.recount import advance
from sretool.billing.recount.accumulator import Accumulator, add_cells
from sretool.billing.recount.calendar import HOUR_US
from sretool.billing.recount.columns import Columns, Part
from sretool.billing.recount.ids import Addresses, Hashes, Ids, Unsure, hashes_of
from sretool.billing.recount.metering import Meters
from sretool.billing.recount.read_ahead import ReadAhead
from sretool.billing.recount.reading import Event
from sretool.billing.recount.store import Store
from sretool.billing.recount.tally import INDEXES, Placed, Source, Tally, key_of

EVENTS_MIN = 2_000  # of a run: below, DuckDB takes longer to begin than plain Python to be done
PIECE_BYTES = 32 << 20


@contextlib.contextmanager
def fast_recount(store: Store, source: advance.Source) -> Iterator[advance.Recount]:
    """A recount into a new store, that nothing but this goes on with."""
    with contextlib.closing(Columns()) as columns, ReadAhead(source) as ahead:
        tally = FastTally(store, ahead, columns)
        yield advance.Recount(store, ahead, tally=tally, piece_bytes=PIECE_BYTES)


class FastTally(Tally):
    """Counts runs of batches into a store that it began, inside the caller's transaction. Raises Unsure.

    Usage under one cut and one catalogue is gathered from run to run, and stands in the store once it is settled.
    """

    def __init__(self, store: Store, source: Source, columns: Columns) -> None:
        super().__init__(store, source)
        self._columns = columns
        self._ids = Ids()
        self._gathered: tuple[Meters, int, Accumulator] | None = None  # for these meters and this cut

    def count(self, batches: Sequence[Record], meters: Meters, *, cut_no: int) -> None:
        if sum(record.count for record in batches) < EVENTS_MIN:
            self.settle()
            super().count(batches, meters, cut_no=cut_no)
            return
        horizon, hour = self._horizon(batches[0]), batches[0].ingest_us // HOUR_US
        outcomes = Counter[str]()
        with _duckdb_is_able():
            used = self._accumulator(meters, cut_no)
            for part in self._columns.parts(batches, meters):
                outcomes += self._count_part(part, meters, used, horizon=horizon, hour=hour)
                part.close()
        for outcome, number in outcomes.items():
            self._store.count(f"outcome:{outcome}", by=number)

    def release(self, record: Record, address: tuple[int, int], meters: Meters, *, cut_no: int) -> None:
        self.settle()
        super().release(record, address, meters, cut_no=cut_no)

    def settle(self) -> None:
        if self._gathered is not None:
            _, cut_no, used = self._gathered
            self._gathered = None
            with _duckdb_is_able():
                for aggregation, cells in self._columns.take_totals(cut_no=cut_no):
                    add_cells(self._store, aggregation, cells)
            used.flush()

    def _accumulator(self, meters: Meters, cut_no: int) -> Accumulator:
        if self._gathered is None or self._gathered[:2] != (meters, cut_no):
            self.settle()
            self._gathered = meters, cut_no, Accumulator(self._store, cut_no=cut_no)
        return self._gathered[2]

    def _count_part(self, part: Part, meters: Meters, used: Accumulator, *, horizon: int, hour: int) -> Counter[str]:
        doubtful = self._placed(part.doubtful)
        hashes = np.concatenate([part.hashes, hashes_of(placed.key for placed in doubtful.values())])
        addresses = np.concatenate([part.addresses, _array(doubtful)])
        is_fresh = self._remember(hashes, addresses, horizon=horizon)
        again = [
            doubtful.pop(one) if one in doubtful else self._placed_at(one)
            for one in sorted(addresses[~is_fresh].tolist())
        ]
        outcomes = Counter(self._repeat(placed, {}) for placed in again)
        places = [divmod(placed.address, INDEXES) for placed in again]
        if not all(map(used.add_value, part.add_up([place for place in places if place[0] in part.positions]))):
            raise Unsure("there are more distinct values than a meter takes")
        held = [placed for placed in doubtful.values() if not _is_used(placed, meters, used)]
        self._hold(held, "quarantined")
        is_counted = is_fresh & ~np.isin(addresses, _array(placed.address for placed in held)) if held else is_fresh
        counted = int(np.count_nonzero(is_counted))
        self.add_to_hour(hour, counted, int(hashes[is_counted].sum(dtype=np.uint64)))
        return outcomes + Counter(counted=counted, quarantined=len(held))

    def _placed(self, records: Iterable[Record]) -> dict[int, Placed]:
        """Events of batches that columns are not sure of, by address."""
        found = {}
        for record in sorted(records, key=lambda one: one.position):
            for index, event in enumerate(self._events(record)):
                address = record.position * INDEXES + index
                found[address] = Placed(address, key_of(record.tenant, event), record.tenant, event)
        return found

    def _placed_at(self, address: int) -> Placed:
        tenant, event = self._at(address)
        return Placed(address, key_of(tenant, event), tenant, event)

    def _remember(self, hashes: Hashes, addresses: Addresses, *, horizon: int) -> NDArray[np.bool_]:
        """Which events are the first with their ids, among these and before."""
        order = np.lexsort((addresses, hashes))
        ordered = hashes[order]
        is_first = np.concatenate([ordered[:1] == ordered[:1], ordered[1:] != ordered[:-1]])
        firsts = order[is_first]
        known = self._ids.take(hashes[firsts], addresses[firsts], horizon=horizon)
        is_fresh = np.zeros(len(hashes), dtype=np.bool_)
        is_fresh[firsts[~known]] = True
        return is_fresh

    def _known(self, fresh: dict[bytes, Placed], *, horizon: int) -> list[Placed]:
        keys = list(fresh)
        hashes, addresses = hashes_of(keys), _array(fresh[key].address for key in keys)
        is_fresh = self._remember(hashes, addresses, horizon=horizon)
        return [fresh.pop(keys[index]) for index in np.flatnonzero(~is_fresh).tolist()]

    def _first(self, key: bytes) -> Event:
        tenant, event = self._at(self._ids.address(hashes_of([key])[0]))
        if key_of(tenant, event) != key:
            raise Unsure("two ids have the same hash")
        return event


@contextlib.contextmanager
def _duckdb_is_able() -> Iterator[None]:
    """A sum that has no room in its type, or too little memory: then plain Python has to do it."""
    try:
        yield
    except duckdb.Error as error:
        raise Unsure(f"DuckDB could not do it: {error}") from error


def _is_used(placed: Placed, meters: Meters, used: Accumulator) -> bool:
    uses = meters.uses(placed.tenant, placed.event)
    if uses is not None and not used.add(placed.tenant, placed.event, uses):
        raise Unsure("there are more distinct values than a meter takes")
    return uses is not None


def _array(addresses: Iterable[int]) -> Addresses:
    return np.fromiter(addresses, dtype=np.int64)
