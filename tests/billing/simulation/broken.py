"""Parts that are wrong on purpose: each is a mistake that has lost data somewhere."""

import sqlite3
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from sretool.billing.journal import Appended, JournalReader, Pending, SegmentJournal
from sretool.billing.journal.disk import File
from sretool.billing.journal.layout import SEGMENT_HEADER_BYTES
from sretool.billing.journal.recovery import bases, segment_path
from sretool.billing.ledger import Effects
from sretool.billing.ledger.protocol import FirstSeen
from sretool.billing.simulation.applied import SimulatedLedger
from sretool.billing.simulation.disk import SimulatedDisk


class AcknowledgesBeforeSync(SegmentJournal):
    """Syncs a group only when the next one is written."""

    _owes_a_sync = False

    def append_group(self, pendings: Sequence[Pending]) -> list[Appended]:
        if self._owes_a_sync:
            super()._sync()
        return super().append_group(pendings)

    def _sync(self) -> None:
        self._owes_a_sync = True


class PublishesBeforeSync(SegmentJournal):
    """Lets the applier see a group, then syncs it, then acknowledges it."""

    def _sync(self) -> None:
        self._cell.set(self._tail.end + 1)
        super()._sync()


class RetriesTheSync(SegmentJournal):
    """Takes the success of a second sync for the success of the first."""

    def _sync(self) -> None:
        try:
            super()._sync()
        except OSError:
            super()._sync()


class StampsWhatTheClockSays(SegmentJournal):
    def _stamp(self) -> int:
        return self._clock()


class ReadsPastTheSync(JournalReader):
    """Takes the end of the file for the end of the journal."""

    def durable_end(self) -> int:
        known = bases(self._disk, self._directory)
        if not known:
            return 0
        return known[-1] + self._disk.open(segment_path(self._directory, known[-1])).size() - SEGMENT_HEADER_BYTES


class NamesNothingDurably(SimulatedDisk):
    def sync_directory(self, path: Path) -> None:
        self.step()


class RecoversWithoutSync(SimulatedDisk):
    """Whoever opens a file to change it, as only recovery does, finds that its first sync does nothing."""

    def change(self, path: Path) -> File:
        return _FirstSyncIsForgotten(super().change(path))


class _FirstSyncIsForgotten:
    def __init__(self, file: File) -> None:
        self._file = file
        self._syncs = 0
        self.read, self.write, self.truncate = file.read, file.write, file.truncate
        self.size, self.close = file.size, file.close

    def sync(self) -> None:
        self._syncs += 1
        if self._syncs > 1:
            self._file.sync()


class MarksIdsBefore(SimulatedLedger):
    """Commits which ids were seen, and then the rest, as two stores would."""

    def _write(self, effects: Effects) -> None:
        with suppress(sqlite3.IntegrityError):
            super()._write(Effects(effects.day, sightings=effects.sightings))
        self._connection.execute("COMMIT")
        self._connection.execute("BEGIN IMMEDIATE")
        super()._write(replace(effects, sightings=()))


class MovesOnBefore(SimulatedLedger):
    """Commits up to where it has applied, and then what it has applied."""

    def _write(self, effects: Effects) -> None:
        self._connection.execute("UPDATE applied SET position = ?", (self._to,))
        self._connection.execute("COMMIT")
        self._connection.execute("BEGIN IMMEDIATE")
        super()._write(effects)

    def apply(self, partition: int, epoch: int, *, from_: int, to: int, effects: Effects) -> None:
        self._to = to
        super().apply(partition, epoch, from_=from_, to=to, effects=effects)


class FencesNobody(SimulatedLedger):
    """Takes effects of any writer, from wherever it thinks to be."""

    def apply(self, partition: int, epoch: int, *, from_: int, to: int, effects: Effects) -> None:
        now = self._one("SELECT epoch FROM applied WHERE partition = ?", partition)[0]
        self._connection.execute("UPDATE applied SET position = ?", (from_,))
        super().apply(partition, now, from_=from_, to=to, effects=effects)


class ForgetsAfter34Days(SimulatedLedger):
    """Knows ids no longer than events are taken after the fact, though they are also taken ahead of it."""

    def first_addresses(
        self, keys: Collection[bytes], day: int, *, likely_days: Mapping[bytes, int] | None = None
    ) -> dict[bytes, FirstSeen]:
        known = super().first_addresses(keys, day, likely_days=likely_days)
        return {key: first for key, first in known.items() if day - first.day <= 34}


class TrustsTheCacheAfterARestart:
    """Stands for the second writing of the last group, and writes nothing."""

    def __call__(self, file: File, base: int, *, start: int, end: int) -> None:
        pass
