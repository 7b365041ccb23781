"""Looking at every byte of a journal, also while it is being written."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path

from sretool.billing.journal.disk import OS_DISK, Cell, Disk, File
from sretool.billing.journal.errors import RESTORE, JournalCorrupt
from sretool.billing.journal.layout import SEGMENT_HEADER_BYTES, SegmentHeader
from sretool.billing.journal.recovery import DURABLE, NOT_ALL_THERE, bases, read_header, segment_path
from sretool.billing.journal.scan import is_whole_record, offset_of, scan, whole_record_after


@dataclass(frozen=True, slots=True)
class Finding:
    """A damaged place."""

    path: Path
    offset: int
    position: int
    what: str
    remedy: str


@dataclass
class Verification:
    """What a journal holds. Without findings, everything that was published is as it was written.

    `unpublished_bytes`: what stands behind the published end and is not a whole record: a torn tail, which the next
    start cuts off, or what is being written just now.
    """

    directory: Path
    first: int = 0
    end: int = 0
    published: int = 0
    segments: int = 0
    records: int = 0
    events: int = 0
    unpublished_bytes: int = 0
    findings: list[Finding] = field(default_factory=list)


def verify(directory: Path, *, disk: Disk = OS_DISK) -> Verification:
    """Every record's checksum, the chain of the segments, and the published end. Raises OSError."""
    found = Verification(directory)
    cell = disk.watch_cell(directory / DURABLE)
    try:
        _Walk(found, disk, cell).run()
    finally:
        if cell is not None:
            cell.close()
    return found


class _Walk:
    """One look at the segments, in order."""

    def __init__(self, found: Verification, disk: Disk, cell: Cell | None) -> None:
        self._found, self._disk, self._cell = found, disk, cell

    def run(self) -> None:
        found = self._found
        found.published = self._published_now()
        known = bases(self._disk, found.directory)
        found.segments = len(known)
        found.first = found.end = known[0] if known else 0
        for base, following in zip_longest(known, known[1:]):
            self._segment(base, following)
        if found.published > found.end:
            path = segment_path(found.directory, known[-1]) if known else found.directory
            offset = offset_of(found.end, known[-1]) if known else 0
            what = f"the records end at {found.end}, but {found.published} was published"
            found.findings.append(Finding(path, offset, found.end, what, NOT_ALL_THERE))

    def _published_now(self) -> int:
        return 0 if self._cell is None else self._cell.get()

    def _segment(self, base: int, following: int | None) -> None:
        path = segment_path(self._found.directory, base)
        file = self._disk.open(path)
        try:
            if following is None and self._published_now() <= base and file.size() <= SEGMENT_HEADER_BYTES:
                return  # It is being created, or was when the machine stopped.
            end = self._records(file, path, read_header(file, path, base), is_last=following is None)
            self._found.end = max(self._found.end, end)
            if following is not None and end != following:
                self._add(path, base, end, f"the file ends here, the next one begins at {following}")
        except JournalCorrupt as damage:
            self._found.findings.append(Finding(path, damage.offset, base, damage.what, damage.remedy))
            self._found.end = max(self._found.end, base + file.size() - SEGMENT_HEADER_BYTES)
        finally:
            file.close()
        self._found.end = max(self._found.end, following or base)

    def _records(self, file: File, path: Path, header: SegmentHeader, *, is_last: bool) -> int:
        """Count the whole records and note every place between them that is none. Gives the position of the end."""
        base = position = header.base
        while True:
            end = base + file.size() - SEGMENT_HEADER_BYTES
            seen = scan(file, header, start=position, limit=end)
            self._found.records += seen.records
            self._found.events += seen.events
            self._found.end = max(self._found.end, seen.end)
            if seen.bad is None:
                return seen.end
            was_synced = self._was_synced(file, base, seen.end)
            if is_whole_record(file, base, seen.end):
                position = seen.end  # It was half written when it was read.
                continue
            if is_last and not was_synced:
                self._found.unpublished_bytes = end - seen.end
                return seen.end
            self._add(path, base, seen.end, seen.bad)
            after = whole_record_after(file, base, position=seen.end, later_group=False)
            if after is None:
                return end
            position = after

    def _was_synced(self, file: File, base: int, position: int) -> bool:
        later = whole_record_after(file, base, position=position, later_group=True)
        return later is not None or self._published_now() > position

    def _add(self, path: Path, base: int, position: int, what: str) -> None:
        self._found.findings.append(Finding(path, offset_of(position, base), position, what, RESTORE))
