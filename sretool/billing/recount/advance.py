"""The recount itself: records of the journal in, usage and documents called for out, a transaction a piece."""

from __future__ import annotations

import contextlib
import gc
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol

from sretool.billing.journal import Kind, Record
from sretool.billing.recount.calendar import HOUR_US
from sretool.billing.recount.decisions import decision
from sretool.billing.recount.fold import Fold
from sretool.billing.recount.metering import Meters
from sretool.billing.recount.reading import Unreadable
from sretool.billing.recount.store import Store
from sretool.billing.recount.tally import Tally

PIECE_BYTES = 4 << 20


class Source(Protocol):
    """Where records come from: the journal's reader."""

    def durable_end(self) -> int: ...
    def read(self, after: int, max_bytes: int) -> list[Record]: ...
    def at(self, position: int) -> Record: ...


class NotThere(Exception):
    """What has been counted or applied is not in this journal. The text says what to do."""


class Recount:
    """Follows a journal into a store."""

    def __init__(
        self, store: Store, source: Source, *, tally: Tally | None = None, piece_bytes: int = PIECE_BYTES
    ) -> None:
        self.store = store
        self._source = source
        self._tally = tally or Tally(store, source)
        self._piece_bytes = piece_bytes
        self._fold = Fold(store)
        rows = store.rows("SELECT body FROM catalogs ORDER BY position DESC LIMIT 1")
        self._meters = Meters(json.loads(rows[0][0]) if rows else {})
        if store.position > source.durable_end():
            raise NotThere(
                f"{store.position} bytes were recounted, but the journal ends at {source.durable_end()}; "
                "if it was restored from a copy, remove recount.db and start again"
            )

    def advance(self, *, until: int | None = None) -> bool:
        """Recount the next records, none of which ends after `until`; False when there is none."""
        position = self.store.position
        records = self._source.read(position, self._piece_bytes)
        if until is not None:
            records = [record for record in records if record.end <= until]
        if not records:
            return False
        with _no_collection(), self.store.transaction():
            for run in _runs(records):
                self._close_hours(run[0])
                self._apply(run)
            last = records[-1]
            self.store.many("UPDATE progress SET position = ?, ingest_us = ?", [(last.end, last.ingest_us)])
        return True

    def settle(self) -> None:
        """Have the tables say all that was counted up to here."""
        with self.store.transaction():
            self._tally.settle()

    def _apply(self, run: list[Record]) -> None:
        cut_no = self.store.number("SELECT cut_no FROM progress")
        if run[0].kind == Kind.BATCH:
            self._tally.count(run, self._meters, cut_no=cut_no)
            return
        try:
            body = decision(run[0])
        except Unreadable as error:
            self.store.count("unreadable_decisions")
            print(f"recount: the record at {run[0].position} decides nothing: {error}", file=sys.stderr)
        else:
            self._decide(run[0], body, cut_no=cut_no)

    def _decide(self, record: Record, body: Mapping[str, Any], *, cut_no: int) -> None:
        match record.kind:
            case Kind.RELEASE:
                self._tally.release(record, _address(body), self._meters, cut_no=cut_no)
            case Kind.DISCARD:
                self._tally.discard(_address(body))
            case _:
                after = self._fold.apply(record, body, cut_no=cut_no)
                self.store.many("UPDATE progress SET cut_no = ?", [(after,)])
                if record.kind == Kind.CATALOG:
                    self._meters = Meters(body["catalog"])

    def _close_hours(self, record: Record) -> None:
        """Ingest time never decreases: a record of a later hour ends all hours before it."""
        hour = record.ingest_us // HOUR_US
        if hour > self.store.number("SELECT ingest_us FROM progress") // HOUR_US:
            self.store.many("INSERT OR IGNORE INTO closings VALUES (?, ?)", [(hour - 1, record.position)])
            self.store.many("UPDATE progress SET ingest_us = ?", [(record.ingest_us,)])


@contextlib.contextmanager
def _no_collection() -> Iterator[None]:
    """Events of a piece refer to nothing in circles; looking for circles among them costs a fifth of all time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _runs(records: Iterable[Record]) -> Iterator[list[Record]]:
    """Batches of one ingest hour together; every other record alone."""
    run: list[Record] = []
    for record in records:
        if run and (record.kind != Kind.BATCH or record.ingest_us // HOUR_US != run[0].ingest_us // HOUR_US):
            yield run
            run = []
        if record.kind == Kind.BATCH:
            run.append(record)
        else:
            yield [record]
    if run:
        yield run


def _address(body: Mapping[str, Any]) -> tuple[int, int]:
    return body["position"], body["index"]
