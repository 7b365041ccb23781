"""A journal in memory with several partitions and a fence: the contract in its fewest lines."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sretool.billing.journal import Indeterminate, Pending, Position, Record


@dataclass
class Log:
    """What the writers share: the records, and which writer is the one."""

    partitions: dict[int, list[Record]]
    epoch: int = 0
    newest_us: int = 0
    breaks_next: bool = False
    stores_broken: bool = field(default=True)


class MemoryJournal:
    """A writer and reader of a Log. A newer one fences it out."""

    def __init__(self, log: Log, clock: Callable[[], int]) -> None:
        log.epoch += 1
        self._log, self._epoch, self._clock = log, log.epoch, clock

    def append(self, partition: int, batch_key: bytes, records: Sequence[Pending]) -> Position | Indeterminate:
        stored = self._of(partition)
        if self._epoch != self._log.epoch:
            return Indeterminate(f"epoch {self._epoch} has been replaced by {self._log.epoch}")
        broken, self._log.breaks_next = self._log.breaks_next, False
        if broken and not self._log.stores_broken:
            return Indeterminate("nobody answered")
        self._log.newest_us = max(self._log.newest_us, self._clock())
        first = self.durable_end(partition)
        for record in records:
            position = self.durable_end(partition)
            stored.append(
                Record(
                    position,
                    position + 1 + len(record.body),
                    record.kind,
                    self._log.newest_us,
                    record.tenant,
                    record.count,
                    batch_key,
                    record.body,
                )
            )
        if broken:
            return Indeterminate("nobody answered")
        return Position(partition, first, self.durable_end(partition), self._log.newest_us)

    def read(self, partition: int, after: int, max_bytes: int) -> list[Record]:
        there = [record for record in self._of(partition) if record.position >= after]
        return there[:1] + [record for record in there[1:] if record.end - after <= max_bytes]

    def durable_end(self, partition: int) -> int:
        stored = self._of(partition)
        return stored[-1].end if stored else 0

    def cut(self) -> dict[int, int]:
        return {partition: self.durable_end(partition) for partition in self._log.partitions}

    def _of(self, partition: int) -> list[Record]:
        if partition not in self._log.partitions:
            raise ValueError(f"no partition {partition}")
        return self._log.partitions[partition]
