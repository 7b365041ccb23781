"""Reading a segment's records one behind the other, and looking for whole ones behind a bad place."""

from __future__ import annotations

from dataclasses import dataclass

from sretool.billing.journal.disk import File
from sretool.billing.journal.layout import (
    RECORD_BYTES_MAX,
    RECORD_MAGIC,
    SEGMENT_HEADER_BYTES,
    Damaged,
    SegmentHeader,
    head_at,
    is_whole,
)

CHUNK_BYTES = 2 * RECORD_BYTES_MAX


@dataclass
class Scan:
    """What a segment holds up to `end`, where its whole records stop.

    `bad` says what stands there instead, None if the segment ends there. `group` is where the last whole record's
    group began; the records before it were synced before that group was written.
    """

    end: int
    group: int
    last_us: int
    records: int = 0
    events: int = 0
    bad: str | None = None


def offset_of(position: int, base: int) -> int:
    """The byte of the segment with this base at which a position stands."""
    return SEGMENT_HEADER_BYTES + position - base


def scan(file: File, header: SegmentHeader, *, start: int | None = None, limit: int) -> Scan:
    """The whole records from `start` (or the segment's base) up to the position `limit`."""
    first = header.base if start is None else start
    found = Scan(first, first, header.floor_us)
    while found.end < limit and found.bad is None:
        chunk = file.read(offset_of(found.end, header.base), min(CHUNK_BYTES, limit - found.end))
        before = found.end
        _take(chunk, found)
        if found.end == before and found.bad is None:
            found.bad = "the file ends within a record"
    return found


def _take(chunk: bytes, found: Scan) -> None:
    """Add the whole records that begin in `chunk`, whose first byte stands at `found.end`."""
    view, start = memoryview(chunk), found.end
    while found.end - start < len(chunk):
        offset = found.end - start
        try:
            head = head_at(chunk, offset, found.end)
        except Damaged as damage:
            found.bad = str(damage)
            return
        if head is None or head.end - start > len(chunk):
            return
        if not is_whole(view, offset, head):
            found.bad = "the record is damaged"
            return
        found.end, found.group, found.last_us = head.end, head.group, max(found.last_us, head.ingest_us)
        found.records += 1
        found.events += head.events


def whole_record_after(file: File, base: int, *, position: int, later_group: bool) -> int | None:
    """The position of a whole record somewhere behind a bad place at `position`, None if there is none.

    With `later_group` only a record counts whose group began behind `position`: such a one proves that what stood
    at `position` had been synced.
    """
    offset, size = offset_of(position, base) + 1, file.size()
    while offset < size:
        chunk = file.read(offset, CHUNK_BYTES)
        at = chunk.find(RECORD_MAGIC)
        while at >= 0:
            there = base + offset + at - SEGMENT_HEADER_BYTES
            if is_whole_record(file, base, there, group_above=position if later_group else -1):
                return there
            at = chunk.find(RECORD_MAGIC, at + 1)
        if len(chunk) < CHUNK_BYTES:
            return None
        offset += len(chunk) - len(RECORD_MAGIC) + 1
    return None


def is_whole_record(file: File, base: int, position: int, *, group_above: int = -1) -> bool:
    """Whether a whole record begins at `position`, in a group that began behind `group_above`."""
    data = file.read(offset_of(position, base), RECORD_BYTES_MAX)
    try:
        head = head_at(data, 0, position)
    except Damaged:
        return False
    if head is None or head.end - position > len(data) or head.group <= group_above:
        return False
    return is_whole(memoryview(data), 0, head)
