"""The journal's one writer: a group of records, one write, one sync, then the published end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, Self

from sretool import clock as wall_clock
from sretool.billing import faults
from sretool.billing.journal.disk import OS_DISK, Cell, Disk
from sretool.billing.journal.errors import JournalFailed
from sretool.billing.journal.layout import SegmentHeader, encode_group, refuse_unwritable
from sretool.billing.journal.record import Appended, Pending
from sretool.billing.journal.recovery import Tail, claim, create_segment, recover
from sretool.billing.journal.scan import offset_of

SEGMENT_BYTES = 256 << 20


class Group(NamedTuple):
    """Records that are ready to be written at a position of the journal."""

    position: int
    ingest_us: int
    parts: list[bytes]
    places: list[Appended]


class SegmentJournal:
    """An open journal. One thread at a time.

    After a failed write or sync it is sealed for ever: nobody knows what of the group is on the disk, so nothing more
    is written, synced or acknowledged until the journal is opened again, which recovers it.
    """

    def __init__(
        self,
        directory: Path,
        tail: Tail,
        cell: Cell,
        *,
        disk: Disk,
        clock: Callable[[], int],
        segment_bytes: int,
        fail_point: Callable[[str], None],
    ) -> None:
        self._directory = directory
        self._tail = tail
        self._cell = cell
        self._disk = disk
        self._clock = clock
        self._segment_bytes = segment_bytes
        self._fail_point = fail_point
        self._failure: str | None = None

    @classmethod
    def open(
        cls,
        directory: Path,
        *,
        disk: Disk = OS_DISK,
        clock: Callable[[], int] = wall_clock.now_us,
        segment_bytes: int = SEGMENT_BYTES,
        fail_point: Callable[[str], None] = faults.fail_point,
    ) -> Self:
        """The journal in `directory` (made if missing, its parent must be there), recovered and published.

        Raises JournalCorrupt, JournalBusy while another process writes it, and OSError.
        """
        disk.make_directory(directory)
        cell = claim(disk, directory)
        try:
            tail = recover(disk, directory, cell, fail_point=fail_point)
        except BaseException:
            cell.close()
            raise
        return cls(directory, tail, cell, disk=disk, clock=clock, segment_bytes=segment_bytes, fail_point=fail_point)

    @property
    def durable_end(self) -> int:
        """The position behind the last record that is synced."""
        return self._tail.end

    @property
    def identity(self) -> str:
        """What no other journal is called."""
        return self._tail.identity.hex()

    @property
    def newest_us(self) -> int:
        """No record that comes is stamped earlier."""
        return self._tail.last_us

    @property
    def is_failed(self) -> bool:
        """Whether the journal is sealed."""
        return self._failure is not None

    @property
    def failure(self) -> str | None:
        """Why it is sealed."""
        return self._failure

    def append_group(self, pendings: Sequence[Pending]) -> list[Appended]:
        """Where the records stand, once all of them are durable and published. All get the same instant.

        Raises JournalFailed when it is unknown whether they are durable. Before anything is written, and without
        sealing: ValueError for a record that is too large, and what the clock raises.
        """
        return self.commit(self.prepare(pendings)) if pendings else []

    def prepare(self, pendings: Sequence[Pending]) -> Group:
        """The records in their places, which is what costs CPU; a group is committed before the next one is prepared.

        Raises JournalFailed when the journal is sealed, ValueError for a record that is too large, and what the clock
        raises.
        """
        if self._failure is not None:
            raise JournalFailed(self._failure)
        for pending in pendings:
            refuse_unwritable(pending)
        stamp_us = self._stamp()
        parts, places = encode_group(pendings, self._tail.end, ingest_us=stamp_us)
        return Group(self._tail.end, stamp_us, parts, places)

    def commit(self, group: Group) -> list[Appended]:
        """Where the records stand, once they are durable and published.

        Raises JournalFailed when it is unknown whether they are.
        """
        if self._failure is not None:
            raise JournalFailed(self._failure)
        assert group.position == self._tail.end, "a group is committed before the next one is prepared"
        try:
            if self._tail.end - self._tail.base >= self._segment_bytes:
                self._roll()
            self._write(group)
        except BaseException as error:
            self._failure = f"{self._directory} is sealed: {error or type(error).__name__}"
            if isinstance(error, OSError):
                raise JournalFailed(self._failure) from error
            raise
        return group.places

    def close(self) -> None:
        """Let another process write."""
        self._tail.file.close()
        if self._failure is None:
            self._cell.sync()
        self._failure = self._failure or f"{self._directory} is closed"
        self._cell.close()

    def _write(self, group: Group) -> None:
        tail = self._tail
        tail.last_us = group.ingest_us
        self._fail_point("journal.before_write")
        tail.file.write(offset_of(tail.end, tail.base), group.parts)
        self._fail_point("journal.after_write")
        self._sync()
        self._fail_point("journal.after_sync")
        tail.end = group.places[-1].end
        self._fail_point("journal.before_publish")
        self._cell.set(tail.end)
        self._fail_point("journal.after_publish")

    def _stamp(self) -> int:
        """Now, or the newest instant that a record has, if the clock stands before it."""
        return max(self._tail.last_us, self._clock())

    def _sync(self) -> None:
        self._tail.file.sync()

    def _roll(self) -> None:
        """Begin the next segment. All of this one is synced, since every group is."""
        full = self._tail
        header = SegmentHeader(full.end, full.last_us, full.identity)
        file = create_segment(self._disk, self._directory, header, fail_point=self._fail_point)
        self._tail = Tail(file, full.end, full.end, full.last_us, full.identity)
        full.file.close()
