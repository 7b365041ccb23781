"""The loop: read what is durable, decide, apply; and go on from the ledger's own position, whatever happened."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, Self

from sretool import clock
from sretool.billing.applier.bulks import bulks
from sretool.billing.applier.deciding import Standing, decide_batches, decide_discard, decide_release
from sretool.billing.applier.figures import Progress
from sretool.billing.applier.memory import LedgerMemory
from sretool.billing.applier.routing import Routing
from sretool.billing.decisions import NotADecision, decision_in
from sretool.billing.faults import fail_point
from sretool.billing.journal import Kind, Record
from sretool.billing.ledger import Address, Aggregation, Effects, Ledger, LedgerAhead, SqliteLedger, ingest_day
from sretool.billing.ledger.id_filter import IdFilter

PARTITION = 0
READ_BYTES = 8 * 2**20  # Some 40,000 events: more at once take as long an event, and more memory.
BULK_SECONDS = 0.25  # So long a bulk is gathered, unless more is waiting than one can take.


class Source(Protocol):
    """The journal's reader."""

    def durable_end(self) -> int: ...

    def read(self, after: int, max_bytes: int) -> list[Record]: ...

    def at(self, position: int) -> Record: ...


class Applier:
    """The only writer of a ledger, from the moment it is made until another one is."""

    def __init__(self, ledger: Ledger, id_filter: IdFilter, source: Source, progress: Progress) -> None:
        """Take over the ledger. Raises LedgerAhead."""
        self._ledger = ledger
        self._source = source
        self._progress = progress
        self._epoch = ledger.acquire(PARTITION)
        self.applied, durable = ledger.applied(PARTITION), source.durable_end()
        if self.applied > durable:
            raise LedgerAhead(f"the ledger has applied the journal up to {self.applied}, which ends at {durable}")
        self._memory = LedgerMemory.opened(ledger, id_filter, source)  # Now that nobody else adds ids.
        catalog = ledger.catalog()
        self._standing = Standing(Routing() if catalog is None else Routing.of_catalog(catalog), ledger.cut_no())
        progress.start(self.applied, ledger.counts(), ledger.quarantine_oldest_us())

    @classmethod
    def opened(cls, path: Path, filter_directory: Path, source: Source, progress: Progress) -> Self:
        """The applier of the ledger at `path`, which is made if there is none. Raises LedgerAhead."""
        ledger = SqliteLedger.open(path)
        try:
            return cls(ledger, IdFilter(filter_directory, ledger.identity()), source, progress)
        except BaseException:
            ledger.close()
            raise

    def run(self, stop: threading.Event, *, is_stalled: Callable[[], bool]) -> None:
        """Apply until told to stop. Raises Fenced, JournalError, sqlite3.Error."""
        while not stop.is_set():
            started = time.monotonic()
            read_bytes = 0 if is_stalled() else self.step()
            if read_bytes < READ_BYTES * 3 // 4:
                stop.wait(max(0.0, started + BULK_SECONDS - time.monotonic()))

    def step(self, max_bytes: int = READ_BYTES) -> int:
        """Apply what is durable, up to some bytes of the journal; returns how many."""
        before = self.applied
        for bulk in bulks(self._source.read(before, max_bytes)):
            self._apply(bulk)
        return self.applied - before

    def close(self) -> None:
        self._ledger.close()

    def _apply(self, bulk: Sequence[Record]) -> None:
        decided = None
        standing = self._standing
        if bulk[0].kind is Kind.BATCH:
            decided = decide_batches(bulk, standing, self._memory)
            effects = decided.effects
        else:
            effects, standing = self._decision(bulk)
        end = bulk[-1].end
        self._ledger.apply(PARTITION, self._epoch, from_=self.applied, to=end, effects=effects)
        self._standing = standing
        self.applied = end
        fail_point("applier.after_commit")
        self._progress.passed(bulk, effects.counts, clock.now_us())
        if effects.held or effects.states:
            self._progress.quarantine_oldest_us = self._ledger.quarantine_oldest_us()
        if decided is not None:
            self._memory.remember(decided.hashes, day=effects.day, applied=end)

    def _decision(self, bulk: Sequence[Record]) -> tuple[Effects, Standing]:
        said, day = self._readable(bulk), ingest_day(bulk[0].ingest_us)
        if bulk[0].kind in (Kind.RELEASE, Kind.DISCARD):
            return (self._decided_alone(*said[0]) if said else Effects(day)), self._standing
        return _decided_controls(said, self._standing, day=day)

    def _decided_alone(self, record: Record, said: Mapping[str, Any]) -> Effects:
        address = Address(said["position"], said["index"])
        if record.kind is Kind.RELEASE:
            return decide_release(record, address, self._standing, self._memory)
        return decide_discard(record, address, self._memory)

    def _readable(self, bulk: Sequence[Record]) -> list[tuple[Record, dict[str, Any]]]:
        """The decisions that can be read, with what they say; of the others it is told that they decide nothing."""
        found = []
        for record in bulk:
            try:
                found.append((record, decision_in(record.kind, record.body)))
            except NotADecision as error:
                self._progress.unreadable_decisions += 1
                print(f"applier: the record at {record.position} decides nothing: {error}", file=sys.stderr)
        return found


def _decided_controls(
    decisions: Sequence[tuple[Record, dict[str, Any]]], standing: Standing, *, day: int
) -> tuple[Effects, Standing]:
    """Catalogues and cuts; a grant, and a void that keeps its cut, change nothing here."""
    routing, cuts, catalogs = standing.routing, [], []
    meters: dict[str, Aggregation] = {}
    for record, said in decisions:
        if record.kind is Kind.CATALOG:
            routing = Routing.of_catalog(record.body)
            catalogs.append((record.position, record.body))
            meters |= routing.aggregations()
        elif record.kind is Kind.CUT or (record.kind is Kind.VOID and said["recut"]):
            cuts.append((record.position, int(record.kind), record.body))
    effects = Effects(day, cuts=cuts, catalogs=catalogs, meters=meters)
    return effects, Standing(routing, standing.cut_no + len(cuts))
