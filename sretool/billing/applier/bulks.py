"""Cuts what the journal has into bulks, each of which is one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sretool.billing.journal import Kind, Record
from sretool.billing.ledger import ingest_day

EVENTS_MAX = 50_000
_ALONE = (Kind.RELEASE, Kind.DISCARD)  # They ask what the ledger says, so that all before them must stand in it.


def bulks(records: Iterable[Record], *, events_max: int = EVENTS_MAX) -> Iterator[list[Record]]:
    """Batches of one ingest day, or decisions, which batches are not mixed with; in order, none left out."""
    bulk: list[Record] = []
    events = 0
    for record in records:
        if bulk and (not _together(bulk[-1], record) or events + record.count > events_max):
            yield bulk
            bulk, events = [], 0
        bulk.append(record)
        events += record.count
    if bulk:
        yield bulk


def _together(one: Record, next_one: Record) -> bool:
    if one.kind is Kind.BATCH and next_one.kind is Kind.BATCH:
        return ingest_day(one.ingest_us) == ingest_day(next_one.ingest_us)
    return all(record.kind is not Kind.BATCH and record.kind not in _ALONE for record in (one, next_one))
