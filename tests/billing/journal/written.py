"""Small journals on the machine's disk."""

import struct
from collections.abc import Sequence
from pathlib import Path

from sretool.billing.journal import JournalReader, Kind, Pending, Record, SegmentJournal


def batch(body: bytes = b"[]", *, count: int = 1) -> Pending:
    return Pending(Kind.BATCH, "acme", count, body)


def write(directory: Path, groups: Sequence[Sequence[bytes]], *, segment_bytes: int = 1 << 20) -> None:
    """Append each group of bodies, and end in order."""
    journal = SegmentJournal.open(directory, clock=lambda: 1_000, segment_bytes=segment_bytes)
    for group in groups:
        journal.append_group([batch(body) for body in group])
    journal.close()


def bodies(directory: Path) -> list[bytes]:
    return [record.body for record in records(directory)]


def records(directory: Path) -> list[Record]:
    found: list[Record] = []
    with JournalReader(directory) as reader:
        position = reader.first_position()
        while some := reader.read(position, 1 << 20):
            found += some
            position = some[-1].end
    return found


def reopen(directory: Path) -> int:
    """Recover; gives the durable end."""
    journal = SegmentJournal.open(directory)
    journal.close()
    return journal.durable_end


def publish(directory: Path, position: int) -> None:
    """Pretend that this was the last end that anybody saw, as after a power failure."""
    (directory / "durable").write_bytes(struct.pack("<Q", position))


def flip(path: Path, offset: int) -> None:
    content = bytearray(path.read_bytes())
    content[offset] ^= 0xFF
    path.write_bytes(content)


def segments(directory: Path) -> list[Path]:
    return sorted(directory.glob("*.seg"))
