"""What a file is between a write and a sync, and what a failure makes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random


@dataclass(frozen=True, slots=True)
class Write:
    """Bytes that were written."""

    offset: int
    data: bytes

    @property
    def end(self) -> int:
        return self.offset + len(self.data)

    def apply(self, image: bytearray) -> None:
        image.extend(bytes(max(0, self.offset - len(image))))
        image[self.offset : self.end] = self.data


@dataclass(frozen=True, slots=True)
class Truncate:
    """The size that a file was cut to."""

    size: int

    def apply(self, image: bytearray) -> None:
        del image[self.size :]


Change = Write | Truncate


@dataclass
class Inode:
    """`cache` is what reads see, `platter` what a power failure leaves for sure, `pending` what lies between."""

    cache: bytearray = field(default_factory=bytearray)
    platter: bytearray = field(default_factory=bytearray)
    pending: list[Change] = field(default_factory=list)

    def change(self, change: Change) -> None:
        change.apply(self.cache)
        self.pending.append(change)

    def sync(self) -> None:
        for change in self.pending:
            change.apply(self.platter)
        self.pending = []

    def fail_to_sync(self, random: Random, *, sector_bytes: int) -> None:
        """Some sectors reach the platter, the others never will, though reads go on seeing them."""
        self._settle(random, [change for change in self.pending if isinstance(change, Write)], sector_bytes)
        self.pending = [change for change in self.pending if isinstance(change, Truncate)]

    def lose_power(self, random: Random, *, sector_bytes: int) -> None:
        """Some of what was pending reached the platter, and that is what reads see now."""
        self._settle(random, self.pending, sector_bytes)
        self.pending = []
        self.cache = bytearray(self.platter)

    def _settle(self, random: Random, changes: Sequence[Change], sector_bytes: int) -> None:
        parts = [part for change in changes for part in _parts(change, sector_bytes)]
        size = max([len(self.platter), *(part.end for part in parts if isinstance(part, Write))])
        for part in _kept(random, parts):
            part.apply(self.platter)
        if random.random() < 0.3:  # The size may be there without the bytes.
            self.platter.extend(bytes(max(0, random.randint(0, size) - len(self.platter))))


def _parts(change: Change, sector_bytes: int) -> list[Change]:
    """A write by sectors, which reach the platter each on its own."""
    if isinstance(change, Truncate):
        return [change]
    parts: list[Change] = []
    offset = change.offset
    while offset < change.end:
        until = min(change.end, (offset // sector_bytes + 1) * sector_bytes)
        parts.append(Write(offset, change.data[offset - change.offset : until - change.offset]))
        offset = until
    return parts


def _kept(random: Random, parts: list[Change]) -> list[Change]:
    match random.choice(("all", "none", "prefix", "torn", "some")):
        case "all":
            return parts
        case "none":
            return []
        case "prefix":
            return parts[: random.randint(0, len(parts))]
        case "torn":
            kept = parts[: random.randint(0, len(parts))]
            if kept and isinstance(kept[-1], Write):
                kept[-1] = Write(kept[-1].offset, kept[-1].data[: random.randint(0, len(kept[-1].data))])
            return kept
        case _:
            ratio = random.random()
            return [part for part in parts if random.random() < ratio]
