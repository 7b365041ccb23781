"""The bytes of a segment: a header of 64 bytes, then records back to back. Little-endian; no IO here.

    segment header   magic 8 | version 4 | crc 4 | base position 8 | floor_us 8 | identity 16 | zeros
    record           magic 4 | crc 4 | position 8 | group 8 | ingest_us 8 | body length 4 | count 4
                     | tenant length 2 | key length 2 | kind 1 | zeros 3 | tenant | batch key | body

A crc is crc32 of everything behind it. The record's magic begins with a byte that UTF-8 never has, and a record says
its own position, so that no body can be taken for a record. `group` is the position at which the record's group
began; since a group is written only when the one before it is synced, a whole record proves that everything before its
`group` was synced: recovery tells a torn tail from damage by that. `floor_us`: no record here was stamped earlier.
`identity` is the journal's, in all of its segments.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import NamedTuple
from zlib import crc32

from sretool.billing.journal.record import Appended, Kind, Pending, Record

VERSION = 1
SEGMENT_MAGIC = b"SRTJRNL1"
SEGMENT_HEADER_BYTES = 64
RECORD_MAGIC = b"\xf5SRT"
RECORD_BYTES_MAX = 8 << 20

_SEGMENT = struct.Struct("<8sII")
_SEGMENT_FIELDS = struct.Struct("<Qq16s16x")
_PREFIX = struct.Struct("<4sI")
_FIELDS = struct.Struct("<QQqIIHHB3x")
_RECORD = struct.Struct("<4sIQQqIIHHB3x")
RECORD_HEADER_BYTES = _RECORD.size
_KINDS = {int(kind): kind for kind in Kind}


class SegmentHeader(NamedTuple):
    """Where a segment's records begin, the instant before which none of them was stamped, and whose segment it is."""

    base: int
    floor_us: int
    identity: bytes = bytes(16)  # What journals have that were begun before there was one.


class Head(NamedTuple):
    """A record's header, whose body may still be damaged."""

    position: int
    end: int
    group: int
    ingest_us: int
    kind: Kind
    events: int
    tenant_bytes: int
    key_bytes: int
    crc: int


class Damaged(ValueError):
    """These bytes are not what the journal writes."""


def segment_name(base: int) -> str:
    """The file name of the segment whose first record stands at `base`."""
    return f"{base:020d}.seg"


def base_of(name: str) -> int | None:
    """The base position that a file name gives, or None if it is not a segment's."""
    stem, dot, suffix = name.partition(".")
    return int(stem) if dot and suffix == "seg" and len(stem) == 20 and stem.isdecimal() else None


def encode_header(header: SegmentHeader) -> bytes:
    """The first 64 bytes of a segment."""
    fields = _SEGMENT_FIELDS.pack(*header)
    return _SEGMENT.pack(SEGMENT_MAGIC, VERSION, crc32(fields)) + fields


def decode_header(data: bytes) -> SegmentHeader:
    """What `encode_header` wrote. Raises Damaged, also for a version that this code does not know."""
    if len(data) != SEGMENT_HEADER_BYTES:
        raise Damaged("the segment's header is incomplete")
    magic, version, crc = _SEGMENT.unpack_from(data)
    fields = data[_SEGMENT.size :]
    if magic != SEGMENT_MAGIC or crc != crc32(fields):
        raise Damaged("the segment's header is damaged")
    if version != VERSION:
        raise Damaged(f"the segment has version {version}, and this program reads {VERSION}")
    return SegmentHeader(*_SEGMENT_FIELDS.unpack(fields))


def refuse_unwritable(pending: Pending) -> None:
    """Raises ValueError if the record could not be read again."""
    tenant_bytes, key_bytes = len(pending.tenant.encode()), len(pending.batch_key)
    if max(tenant_bytes, key_bytes) > 0xFFFF or not 0 <= pending.count <= 0xFFFFFFFF:
        raise ValueError(f"tenant of {tenant_bytes} bytes, key of {key_bytes} bytes or count {pending.count} too large")
    size = RECORD_HEADER_BYTES + tenant_bytes + key_bytes + len(pending.body)
    if size > RECORD_BYTES_MAX:
        raise ValueError(f"a record of {size} bytes is above the bound of {RECORD_BYTES_MAX}")


def encode_group(pendings: Sequence[Pending], group: int, *, ingest_us: int) -> tuple[list[bytes], list[Appended]]:
    """The parts to write at position `group`, in order, and where each record then stands."""
    parts: list[bytes] = []
    places: list[Appended] = []
    position = group
    for pending in pendings:
        tenant, key, body = pending.tenant.encode(), pending.batch_key, pending.body
        fields = _FIELDS.pack(
            position, group, ingest_us, len(body), pending.count, len(tenant), len(key), int(pending.kind)
        )
        named = b"".join((fields, tenant, key))
        parts.append(_PREFIX.pack(RECORD_MAGIC, crc32(body, crc32(named))) + named)
        parts.append(body)
        end = position + _PREFIX.size + len(named) + len(body)
        places.append(Appended(position, end, ingest_us))
        position = end
    return parts, places


def head_at(data: bytes, offset: int, position: int) -> Head | None:
    """The header at `offset`, which must be that of a record at `position`; None if `data` ends within it.

    Raises Damaged.
    """
    if len(data) - offset < RECORD_HEADER_BYTES:
        return None
    magic, crc, said, group, ingest_us, body, count, tenant, key, kind = _RECORD.unpack_from(data, offset)
    if magic != RECORD_MAGIC or said != position:
        raise Damaged("no record begins here")
    size = RECORD_HEADER_BYTES + tenant + key + body
    if kind not in _KINDS or size > RECORD_BYTES_MAX or group > position:
        raise Damaged("the record's header is damaged")
    return Head(position, position + size, group, ingest_us, _KINDS[kind], count, tenant, key, crc)


def is_whole(data: memoryview, offset: int, head: Head) -> bool:
    """Whether the record that begins at `offset`, all of it in `data`, is what was written."""
    return crc32(data[offset + _PREFIX.size : offset + head.end - head.position]) == head.crc


def record_at(data: bytes, offset: int, head: Head) -> Record:
    """The record that begins at `offset`, known to be whole."""
    tenant = offset + RECORD_HEADER_BYTES
    key = tenant + head.tenant_bytes
    body = key + head.key_bytes
    return Record(
        head.position,
        head.end,
        head.kind,
        head.ingest_us,
        data[tenant:key].decode(),
        head.events,
        data[key:body],
        data[body : offset + head.end - head.position],
    )
