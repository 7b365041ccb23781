"""What the journal holds: records, each with its place, its instant and its kind."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Kind(IntEnum):
    """What a record says. A batch is usage; all others are decisions, whose bodies are JSON objects."""

    BATCH = 1
    CATALOG = 2
    GRANT = 3
    VOID = 4
    CUT = 5
    RELEASE = 6
    DISCARD = 7


@dataclass(frozen=True, slots=True)
class Pending:
    """A record before it has a place. `count` is how many events its body holds; a decision holds none.

    `batch_key` tells two appends of the same batch apart from two batches; it may be empty.
    """

    kind: Kind
    tenant: str
    count: int
    body: bytes
    batch_key: bytes = b""


@dataclass(frozen=True, slots=True)
class Record:
    """A record in its place: bytes from `position` to `end` of the logical journal.

    `ingest_us` is when the journal's writer stamped it, microseconds since 1970; it never decreases.
    """

    position: int
    end: int
    kind: Kind
    ingest_us: int
    tenant: str
    count: int
    batch_key: bytes
    body: bytes


@dataclass(frozen=True, slots=True)
class Appended:
    """Where a record stands, and since when."""

    position: int
    end: int
    ingest_us: int
