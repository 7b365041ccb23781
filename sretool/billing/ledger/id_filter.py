"""Says of ids that they are surely new, so that the tables need not be asked; it never says more than that.

Ids are 64-bit hashes whose lowest byte gives way to the ingest day, in sorted runs: small ones in memory, large ones as
memory-mapped files, merged when there are four of a size. A merge drops what is forgotten. The manifest says which
ledger the files are of, and up to which position they cover it; what came after is read from the ledger at the start,
and so is everything when a file is missing, damaged or of another ledger.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sretool.billing.ledger.generations import DEDUPE_DAYS
from sretool.billing.ledger.id_hash import Hashes

RUN_LENGTH = 2**20  # Ids in memory before they become a file: 8 MiB.
_RUNS_OF_A_SIZE = 4
_CHUNK = 2**20  # Ids merged at once, so that a merge needs little memory.
_DAY = np.uint64(0xFF)
_ID = ~_DAY
_MANIFEST = "manifest.json"
_VERSION = 1

Entries = NDArray[np.uint64]


class StaleFilter(Exception):
    """The files do not fit the ledger: they are to be made again from it."""


class NoFilter(StaleFilter):
    """There are no files, as when there are not yet enough ids for one."""


class Run(NamedTuple):
    """A file of sorted entries."""

    name: str
    entries: Entries
    crc: int


@dataclass
class IdFilter:
    """Holds every id of a ledger and perhaps others. One thread at a time."""

    directory: Path
    ledger_id: str
    run_length: int = RUN_LENGTH
    _runs: list[Run] = field(default_factory=list)  # largest first
    _recent: list[Entries] = field(default_factory=list)  # largest first
    _obsolete: list[str] = field(default_factory=list)
    _next_run: int = 0

    def __len__(self) -> int:
        return sum(map(len, self._all_entries()))

    def days_of(self, hashes: Hashes) -> NDArray[np.int16]:
        """For each id -1 where it is surely new, else the lowest byte of the ingest day on which it may have come."""
        order = np.argsort(hashes)
        wanted = hashes[order] & _ID
        found = np.full(len(hashes), -1, dtype=np.int16)
        for entries in self._all_entries():
            at = np.searchsorted(entries, wanted)
            entry = entries[np.minimum(at, len(entries) - 1)]
            hit = (entry & _ID) == wanted
            if hit.any():
                found[order[hit]] = (entry[hit] & _DAY).astype(np.int16)
        return found

    def add(self, hashes: Hashes, day: int) -> None:
        """Ids that a commit has put into the ledger, all of one ingest day."""
        if not len(hashes):
            return
        self._recent.append(np.sort((hashes & _ID) | np.uint64(day & 0xFF)))
        while len(self._recent) > 1 and len(self._recent[-2]) <= 2 * len(self._recent[-1]):
            self._recent[-2:] = [np.sort(np.concatenate(self._recent[-2:]))]

    def is_full(self) -> bool:
        """Whether enough ids are in memory for a file."""
        return sum(map(len, self._recent)) >= self.run_length

    def spill(self, *, day: int) -> None:
        """Make a file of what is in memory. What is no longer known on `day`, the newest there is, is left out."""
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        if self._recent:
            self._runs.append(self._written(self._recent, day))
            self._recent = []
        while merged := self._mergeable():
            self._obsolete += [run.name for run in self._runs[-merged:]]
            self._runs[-merged:] = [self._written([run.entries for run in self._runs[-merged:]], day)]

    def save(self, *, applied: int, day: int) -> None:
        """Spill, and let the files count from the next start on: every id before position `applied` was added."""
        self.spill(day=day)
        self._write_manifest(applied, day)
        for name in self._obsolete:
            (self.directory / name).unlink(missing_ok=True)
        self._obsolete = []

    def load(self, *, applied: int) -> tuple[int, int]:
        """Take the files; returns the position that they cover, and the ingest day then. Raises StaleFilter."""
        if not (self.directory / _MANIFEST).exists():
            raise NoFilter(f"{self.directory / _MANIFEST} is not there")
        try:
            manifest = json.loads((self.directory / _MANIFEST).read_bytes())
            if (manifest["version"], manifest["ledger"]) != (_VERSION, self.ledger_id):
                raise StaleFilter("the files are of another ledger")
            if manifest["applied"] > applied:
                raise StaleFilter("the files are ahead of the ledger")
            self._runs = [self._opened(run) for run in manifest["runs"]]
            self._next_run = int(manifest["next_run"])
            return int(manifest["applied"]), int(manifest["day"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise StaleFilter(str(error)) from error

    def clear(self) -> None:
        """Forget everything, the files too."""
        self._runs, self._recent, self._obsolete = [], [], []
        if self.directory.is_dir():
            for path in [self.directory / _MANIFEST, *self.directory.glob("run-*")]:
                path.unlink(missing_ok=True)

    def _all_entries(self) -> Iterator[Entries]:
        for run in self._runs:
            if len(run.entries):
                yield run.entries
        yield from self._recent

    def _mergeable(self) -> int:
        """How many of the newest runs are to become one: those that are no larger than the newest, if they are four."""
        size = self._size(self._runs[-1]) if self._runs else 0
        together = len([*takewhile(lambda run: self._size(run) <= size, reversed(self._runs))])
        return together if together >= _RUNS_OF_A_SIZE else 0

    def _size(self, run: Run) -> int:
        """Runs of one size are within a factor of four."""
        return (len(run.entries) // self.run_length).bit_length() // 2

    def _written(self, parts: Sequence[Entries], day: int) -> Run:
        name, self._next_run = f"run-{self._next_run:08d}", self._next_run + 1
        crc = 0
        with (self.directory / name).open("wb") as file:
            for chunk in _merged(parts, day):
                content = chunk.tobytes()
                crc = zlib.crc32(content, crc)
                file.write(content)
            file.flush()
            os.fsync(file.fileno())
        return Run(name, _mapped(self.directory / name), crc)

    def _opened(self, said: Mapping[str, Any]) -> Run:
        entries = _mapped(self.directory / said["name"])
        if (len(entries), zlib.crc32(entries.data)) != (said["length"], said["crc"]):
            raise StaleFilter(f"{said['name']} is damaged")
        return Run(said["name"], entries, said["crc"])

    def _write_manifest(self, applied: int, day: int) -> None:
        runs = [{"name": run.name, "length": len(run.entries), "crc": run.crc} for run in self._runs]
        said = {"version": _VERSION, "ledger": self.ledger_id, "applied": applied, "day": day}
        fresh = self.directory / f"{_MANIFEST}.new"
        with fresh.open("w", encoding="utf-8") as file:
            json.dump({**said, "next_run": self._next_run, "runs": runs}, file)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.directory / _MANIFEST)


def _merged(parts: Sequence[Entries], day: int) -> Iterator[Entries]:
    """The entries that are still known on `day`, sorted, in pieces: ranges of hashes that are about equally full."""
    pieces = -(-sum(map(len, parts)) // _CHUNK)
    width = 2**64 // max(pieces, 1) + 1
    for first in range(0, 2**64, width):
        low, high = np.uint64(first), np.uint64(min(first + width - 1, 2**64 - 1))
        within = [part[np.searchsorted(part, low) : np.searchsorted(part, high, side="right")] for part in parts]
        piece = np.sort(np.concatenate(within))
        age = (np.uint64(day & 0xFF) - (piece & _DAY)) & _DAY
        yield piece[age <= DEDUPE_DAYS]


def _mapped(path: Path) -> Entries:
    if path.stat().st_size == 0:
        return np.empty(0, dtype="<u8")
    return np.memmap(path, dtype="<u8", mode="r").view(np.ndarray)
