"""Reading a journal, in any process, never past its published end."""

from __future__ import annotations

from bisect import bisect_right
from pathlib import Path
from types import TracebackType
from typing import Self

from sretool.billing.journal.disk import OS_DISK, Cell, Disk, File
from sretool.billing.journal.errors import JournalCorrupt, NoRecordAt, PositionGone
from sretool.billing.journal.layout import (
    RECORD_HEADER_BYTES,
    SEGMENT_HEADER_BYTES,
    Damaged,
    head_at,
    is_whole,
    record_at,
)
from sretool.billing.journal.record import Record
from sretool.billing.journal.recovery import DURABLE, bases, read_header, segment_path
from sretool.billing.journal.scan import offset_of

_FILES_OPEN_MAX = 16


class JournalReader:
    """Records of the journal in `directory`, which need not be there yet. One thread at a time.

    Each record's checksum is verified. The published end is as good as the last run of the writer: after a power
    failure it may stand before records that the next start will keep.
    """

    def __init__(self, directory: Path, *, disk: Disk = OS_DISK) -> None:
        self._directory = directory
        self._disk = disk
        self._cell: Cell | None = None
        self._bases: list[int] = []
        self._files: dict[int, File] = {}

    def durable_end(self) -> int:
        """The position behind the last record that may be read; 0 while there is no journal."""
        if self._cell is None:
            self._cell = self._disk.watch_cell(self._directory / DURABLE)
        return 0 if self._cell is None else self._cell.get()

    def first_position(self) -> int:
        """Where the journal begins: 0, or what retention has left."""
        self._bases = bases(self._disk, self._directory) if self.durable_end() else []
        return self._bases[0] if self._bases else 0

    def read(self, after: int, max_bytes: int) -> list[Record]:
        """The durable records from position `after` on, of at most `max_bytes`, but at least one if there is one.

        `after` is where a record begins: 0, or the `end` of the last one that was read.
        Raises PositionGone, JournalCorrupt.
        """
        durable = self.durable_end()
        records: list[Record] = []
        position, budget = after, max_bytes
        while position < durable and (not records or budget > 0):
            some = self._read_segment(position, durable, max_bytes=budget, at_least_one=not records)
            if not some:
                break
            records += some
            budget -= some[-1].end - position
            position = some[-1].end
        return records

    def at(self, position: int) -> Record:
        """The durable record that begins at `position`. Raises NoRecordAt, PositionGone, JournalCorrupt."""
        durable = self.durable_end()
        if not 0 <= position < durable:
            raise NoRecordAt(position)
        base, limit = self._segment_of(position, durable)
        data = self._file(base).read(offset_of(position, base), RECORD_HEADER_BYTES)
        try:
            head = head_at(data, 0, position)
        except Damaged as damage:
            raise NoRecordAt(position) from damage
        if head is None or head.end > limit:
            raise NoRecordAt(position)
        return self._read_segment(position, durable, max_bytes=head.end - position, at_least_one=True)[0]

    def close(self) -> None:
        if self._cell is not None:
            self._cell.close()
            self._cell = None
        for file in self._files.values():
            file.close()
        self._files.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _read_segment(self, position: int, durable: int, *, max_bytes: int, at_least_one: bool) -> list[Record]:
        """Records of one segment from `position` on; none only if not even one fits and none is asked for."""
        base, limit = self._segment_of(position, durable)
        size = min(max(max_bytes, RECORD_HEADER_BYTES), limit - position)
        records, wanted = self._parse(base, position, size)
        if not records and (at_least_one or wanted > limit - position):
            if wanted > limit - position:
                raise self._corrupt(base, position, "the record is longer than what is durable")
            records, _ = self._parse(base, position, wanted)
        return records

    def _parse(self, base: int, position: int, size: int) -> tuple[list[Record], int]:
        """The whole records among `size` bytes, and how many bytes the next one would need."""
        data = self._file(base).read(offset_of(position, base), size)
        if len(data) < size:
            raise self._corrupt(base, position + len(data), "the file ends before what was published")
        view, records, offset = memoryview(data), list[Record](), 0
        while True:
            try:
                head = head_at(data, offset, position + offset)
            except Damaged as damage:
                raise self._corrupt(base, position + offset, str(damage)) from damage
            if head is None:
                return records, RECORD_HEADER_BYTES
            if head.end - position > size:
                return records, head.end - head.position
            if not is_whole(view, offset, head):
                raise self._corrupt(base, head.position, "the record is damaged")
            records.append(record_at(data, offset, head))
            offset = head.end - position

    def _segment_of(self, position: int, durable: int) -> tuple[int, int]:
        """The base of the segment that holds `position`, and where its durable records end."""
        for attempt in ("as known", "listed again"):
            if attempt == "listed again" or not self._bases:
                self._bases = bases(self._disk, self._directory)
            index = bisect_right(self._bases, position) - 1
            if index < 0:
                continue
            base = self._bases[index]
            if index + 1 < len(self._bases):
                return base, min(durable, self._bases[index + 1])
            limit = min(durable, base + self._file(base).size() - SEGMENT_HEADER_BYTES)
            if position < limit:
                return base, limit
        if not self._bases:
            raise JournalCorrupt(self._directory, 0, f"no segment, but {durable} was published")
        if position < self._bases[0]:
            raise PositionGone(position, self._bases[0])
        raise self._corrupt(self._bases[-1], limit, f"the file ends, but records up to {durable} were published")

    def _file(self, base: int) -> File:
        file = self._files.pop(base, None)
        if file is None:
            path = segment_path(self._directory, base)
            file = self._open(path, base)
            if len(self._files) >= _FILES_OPEN_MAX:
                self._files.pop(next(iter(self._files))).close()
        self._files[base] = file  # Last in the dict: used last.
        return file

    def _open(self, path: Path, base: int) -> File:
        try:
            file = self._disk.open(path)
        except FileNotFoundError as error:
            self._bases = bases(self._disk, self._directory)
            raise PositionGone(base, self._bases[0] if self._bases else 0) from error
        try:
            read_header(file, path, base)
        except BaseException:
            file.close()
            raise
        return file

    def _corrupt(self, base: int, position: int, what: str) -> JournalCorrupt:
        return JournalCorrupt(segment_path(self._directory, base), offset_of(position, base), what)
