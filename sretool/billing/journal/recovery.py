"""What is done with a journal before anything is appended to it.

Only the last segment can be unfinished: a segment is begun when the one before it is wholly synced. In it, the first
place P that is not a whole record is one of two things.

- **Damage**, if what stood at P is known to have been synced: the published end lies behind P (it is published only
  after the sync), or a whole record of a later group stands behind P (a group is written only when everything before
  it is synced). Then JournalCorrupt is raised and not a byte is changed.
- **A torn tail** otherwise: P lies in the last group that was written, whose sync nobody has seen. Its bytes reach the
  disk in any order, so whole records of the *same* group behind P prove nothing. The file is cut at P.

A last group that was acknowledged, then damaged, after a power failure that also lost the published end, cannot be told
from a torn one by these files; the published end is therefore synced at each start and each orderly end, and the
ledger refuses a journal that ends before what it has applied.

The last group, or the header of a segment without records, is written again, byte for byte, before it is synced: after
a failed sync, Linux says of pages that never reached the disk that they are clean, and syncing those again would do
nothing and succeed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from uuid import uuid4

from sretool.billing.journal.disk import Cell, Disk, File
from sretool.billing.journal.errors import JournalBusy, JournalCorrupt
from sretool.billing.journal.layout import (
    SEGMENT_HEADER_BYTES,
    Damaged,
    SegmentHeader,
    base_of,
    decode_header,
    encode_header,
    segment_name,
)
from sretool.billing.journal.scan import Scan, offset_of, scan, whole_record_after

DURABLE = "durable"
NOT_ALL_THERE = (
    "restore the journal's files from a copy; only if the file `durable` itself is damaged, and "
    "`sretool billing journal verify` finds nothing else, remove `durable`"
)
_REWRITE_BYTES = 4 << 20


@dataclass
class Tail:
    """The segment that is appended to: its records end at `end`, all of them synced and published."""

    file: File
    base: int
    end: int
    last_us: int
    identity: bytes


def bases(disk: Disk, directory: Path) -> list[int]:
    """The base positions of the segments, ascending."""
    return sorted(base for name in disk.names(directory) if (base := base_of(name)) is not None)


def segment_path(directory: Path, base: int) -> Path:
    """Where the segment with this base is."""
    return directory / segment_name(base)


def claim(disk: Disk, directory: Path) -> Cell:
    """The right to write this journal, which at most one process has, and the cell in which it publishes."""
    try:
        return disk.claim_cell(directory / DURABLE)
    except BlockingIOError as error:
        raise JournalBusy(directory) from error


def recover(disk: Disk, directory: Path, cell: Cell, *, fail_point: Callable[[str], None]) -> Tail:
    """The tail to append to, after everything before it is synced and published. Raises JournalCorrupt, OSError."""
    found, published = bases(disk, directory), cell.get()
    if found and published <= found[-1] and _is_unborn(disk, directory, found[-1]):
        disk.remove(segment_path(directory, found.pop()))
        disk.sync_directory(directory)
    if not found:
        if published:
            raise JournalCorrupt(directory, 0, f"no segment, but {published} was published", remedy=NOT_ALL_THERE)
        header = SegmentHeader(0, 0, uuid4().bytes)
        return Tail(create_segment(disk, directory, header, fail_point=fail_point), 0, 0, 0, header.identity)
    for base, following in pairwise(found):
        _refuse_a_gap(disk, directory, base, following)
    tail = _recover_tail(disk, directory, found[-1], published=published, fail_point=fail_point)
    disk.sync_directory(directory)
    cell.set(tail.end)
    cell.sync()
    return tail


def create_segment(disk: Disk, directory: Path, header: SegmentHeader, *, fail_point: Callable[[str], None]) -> File:
    """A new segment, durable under its name before anything is appended to it."""
    file = disk.create(segment_path(directory, header.base))
    fail_point("journal.roll.after_create")
    try:
        file.write(0, [encode_header(header)])
        file.sync()
        disk.sync_directory(directory)
    except BaseException:
        file.close()
        raise
    return file


def read_header(file: File, path: Path, base: int) -> SegmentHeader:
    """The header, which must name the base that the file's name gives. Raises JournalCorrupt."""
    try:
        header = decode_header(file.read(0, SEGMENT_HEADER_BYTES))
    except Damaged as damage:
        raise JournalCorrupt(path, 0, str(damage)) from damage
    if header.base != base:
        raise JournalCorrupt(path, 0, f"the segment says that it begins at {header.base}; it was renamed")
    return header


def _is_unborn(disk: Disk, directory: Path, base: int) -> bool:
    """Whether a segment was cut off while it was being created, so that nothing can have been appended to it."""
    file = disk.open(segment_path(directory, base))
    try:
        if file.size() > SEGMENT_HEADER_BYTES:
            return False
        decode_header(file.read(0, SEGMENT_HEADER_BYTES))
    except Damaged:
        return True
    finally:
        file.close()
    return False


def _refuse_a_gap(disk: Disk, directory: Path, base: int, following: int) -> None:
    path = segment_path(directory, base)
    file = disk.open(path)
    try:
        read_header(file, path, base)
        end = base + file.size() - SEGMENT_HEADER_BYTES
    finally:
        file.close()
    if end != following:
        raise JournalCorrupt(
            path, offset_of(end, base), f"records end at {end}, the next segment begins at {following}"
        )


def _recover_tail(disk: Disk, directory: Path, base: int, *, published: int, fail_point: Callable[[str], None]) -> Tail:
    path = segment_path(directory, base)
    file = disk.change(path)
    try:
        header = read_header(file, path, base)
        found = scan(file, header, limit=base + file.size() - SEGMENT_HEADER_BYTES)
        _refuse_damage(file, path, base, found=found, published=published)
        if found.bad is not None:
            fail_point("recovery.before_truncate")
            file.truncate(offset_of(found.end, base))
            fail_point("recovery.after_truncate")
        if found.end == base:
            file.write(0, [encode_header(header)])
        elif found.end > published:
            _write_again(file, base, start=max(found.group, published), end=found.end)
        file.sync()
    except BaseException:
        file.close()
        raise
    return Tail(file, base, found.end, found.last_us, header.identity)


def _refuse_damage(file: File, path: Path, base: int, *, found: Scan, published: int) -> None:
    offset = offset_of(found.end, base)
    if published > found.end:
        what = f"{found.bad or 'the file ends here'}, but records up to position {published} were published"
        raise JournalCorrupt(path, offset, what, remedy=NOT_ALL_THERE)
    if found.bad is None:
        return
    later = whole_record_after(file, base, position=found.end, later_group=True)
    if later is not None:
        raise JournalCorrupt(path, offset, f"{found.bad}, but a record of a later group stands at position {later}")


def _write_again(file: File, base: int, *, start: int, end: int) -> None:
    while start < end:
        data = file.read(offset_of(start, base), min(_REWRITE_BYTES, end - start))
        file.write(offset_of(start, base), [data])
        start += len(data)
