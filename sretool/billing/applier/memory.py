"""What the applier remembers: the ledger, the filter before it, and the events of the journal that came first."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from sretool.billing.event import Event, decode_accepted
from sretool.billing.journal import Record
from sretool.billing.ledger import Address, Held, Ledger
from sretool.billing.ledger.id_filter import IdFilter, NoFilter, StaleFilter
from sretool.billing.ledger.id_hash import Hashes, id_hashes
from sretool.billing.ledger.protocol import FirstSeen

_BATCHES_KEPT = 256


class Source(Protocol):
    """Where records are: the journal's reader."""

    def at(self, position: int) -> Record: ...


class LedgerMemory:
    """Answers from the ledger; the filter only spares questions, and is made again from it when it does not fit."""

    def __init__(self, ledger: Ledger, id_filter: IdFilter, source: Source) -> None:
        self._ledger = ledger
        self._filter = id_filter
        self._source = source
        self._batches: dict[int, list[Event]] = {}

    @classmethod
    def opened(cls, ledger: Ledger, id_filter: IdFilter, source: Source) -> Self:
        """With a filter that holds every id of the ledger."""
        applied = ledger.applied()
        try:
            covered, day = id_filter.load(applied=applied)
        except StaleFilter as stale:
            if not isinstance(stale, NoFilter):
                print(f"making the filter of ids again from the ledger: {stale}", file=sys.stderr)
            id_filter.clear()
            covered, day = 0, 0
        newest, spilled = ledger.newest_day(), False
        for came, keys in ledger.keys_after(covered, from_day=day):
            id_filter.add(id_hashes(keys), came)
            if id_filter.is_full():
                id_filter.spill(day=newest)
                spilled = True
        if spilled:
            id_filter.save(applied=applied, day=newest)
        return cls(ledger, id_filter, source)

    def remember(self, hashes: Hashes, *, day: int, applied: int) -> None:
        """Ids that have been committed; `applied` is the ledger's position since."""
        self._filter.add(hashes, day)
        if self._filter.is_full():
            self._filter.save(applied=applied, day=day)

    def likely_days(self, hashes: Hashes) -> NDArray[np.int16]:
        return self._filter.days_of(hashes)

    def first_addresses(self, likely_days: Mapping[bytes, int], day: int) -> dict[bytes, FirstSeen]:
        return self._ledger.first_addresses(likely_days, day, likely_days=likely_days)

    def held(self, address: Address) -> Held | None:
        return self._ledger.held(address)

    def unique_values(self, tenant: str, customer: str, meter: str, quarter: int) -> set[str]:
        return self._ledger.unique_values(tenant, customer, meter, quarter)

    def event_at(self, address: Address) -> Event:
        """The event that stands at an address. Retention keeps what may still be asked for."""
        batch = self._batches.pop(address.position, None)
        if batch is None:
            batch = decode_accepted(self._source.at(address.position).body)
            if len(self._batches) >= _BATCHES_KEPT:
                self._batches.pop(next(iter(self._batches)))
        self._batches[address.position] = batch  # Last in the dict: used last.
        return batch[address.index]
