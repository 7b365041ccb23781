"""What any journal promises, one machine's or many's, and how the segment journal keeps it with one partition.

tests/billing/journal/contract.py is the promise in tests; an implementation is done when it passes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from sretool.billing.journal.errors import JournalFailed
from sretool.billing.journal.reader import JournalReader
from sretool.billing.journal.record import Pending, Record
from sretool.billing.journal.writer import SegmentJournal


@dataclass(frozen=True, slots=True)
class Position:
    """Where appended records stand, all of them durable: from `position` to `end` of one partition."""

    partition: int
    position: int
    end: int
    ingest_us: int


@dataclass(frozen=True, slots=True)
class Indeterminate:
    """Nobody knows whether the records are in the journal, now or later. Appending them again is safe."""

    reason: str


class Journal(Protocol):
    """Partitions of records, each in an order of its own; there is no order between them."""

    def append(self, partition: int, batch_key: bytes, records: Sequence[Pending]) -> Position | Indeterminate:
        """All the records, one behind the other, each with the batch key, or nobody knows.

        A Position is a promise: they are there for ever, exactly there. After Indeterminate, or when a batch is
        appended twice, its records may stand in the journal more than once, with the same batch key.
        A writer that another has replaced never gets a Position again.
        """
        ...

    def read(self, partition: int, after: int, max_bytes: int) -> list[Record]:
        """Durable records from `after` on, the same ones each time; at least one if there is one."""
        ...

    def durable_end(self, partition: int) -> int:
        """The position behind the last record that `read` gives. It never decreases."""
        ...

    def cut(self) -> dict[int, int]:
        """The durable end of every partition. What was acknowledged before the call stands before it."""
        ...


class OnePartition:
    """The segment journal as a Journal whose only partition is 0."""

    def __init__(self, writer: SegmentJournal, reader: JournalReader) -> None:
        self._writer = writer
        self._reader = reader

    def append(self, partition: int, batch_key: bytes, records: Sequence[Pending]) -> Position | Indeterminate:
        _refuse_others(partition)
        if not records:
            raise ValueError("nothing to append")
        try:
            places = self._writer.append_group([replace(record, batch_key=batch_key) for record in records])
        except JournalFailed as failure:
            return Indeterminate(str(failure))
        return Position(partition, places[0].position, places[-1].end, places[0].ingest_us)

    def read(self, partition: int, after: int, max_bytes: int) -> list[Record]:
        _refuse_others(partition)
        return self._reader.read(after, max_bytes)

    def durable_end(self, partition: int) -> int:
        _refuse_others(partition)
        return self._reader.durable_end()

    def cut(self) -> dict[int, int]:
        return {0: self._reader.durable_end()}


def _refuse_others(partition: int) -> None:
    if partition != 0:
        raise ValueError(f"partition {partition}: this journal has the partition 0 only")
