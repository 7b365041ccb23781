"""Parts that are wrong on purpose: each is a mistake that has lost data somewhere."""

from collections.abc import Sequence
from pathlib import Path

from sretool.billing.journal import Appended, JournalReader, Pending, SegmentJournal
from sretool.billing.journal.disk import File
from sretool.billing.journal.layout import SEGMENT_HEADER_BYTES
from sretool.billing.journal.recovery import bases, segment_path
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


class TrustsTheCacheAfterARestart:
    """Stands for the second writing of the last group, and writes nothing."""

    def __call__(self, file: File, base: int, *, start: int, end: int) -> None:
        pass
