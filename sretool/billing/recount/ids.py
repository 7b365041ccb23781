"""Which transaction ids are known, by their hashes and in memory: what the faster recount has in place of a table.

Different hashes are different ids, for certain. Equal hashes are almost always equal ids; whoever is told that an id is
known has to look at the event that had it first, and raises Unsure where that is another id after all.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]
Addresses = NDArray[np.int64]

IDS_MAX = 20_000_000  # of 16 bytes each
_RUNS_GROW_BY = 4  # a run is merged with the one before it unless that is so many times longer


class Unsure(Exception):
    """The faster recount would not surely be exact here; the one in plain Python is."""


def hashes_of(keys: Iterable[bytes]) -> Hashes:
    """The eight bytes by which an hour's digest counts each id."""
    return np.frombuffer(b"".join([blake2b(key, digest_size=8).digest() for key in keys]), dtype="<u8")


class Ids:
    """Hash -> address of the event that had the id first, in a few sorted runs."""

    def __init__(self) -> None:
        self._runs: list[tuple[Hashes, Addresses]] = []

    def address(self, one: np.uint64) -> int:
        """Where the id was first; -1 if it is not known."""
        return int(self._latest(np.array([one], dtype=np.uint64))[0])

    def take(self, hashes: Hashes, addresses: Addresses, *, horizon: int) -> NDArray[np.bool_]:
        """Remember ids, whose hashes differ and rise; which of them were known, as first seen from `horizon` on.

        What is known keeps its first address. Raises Unsure when there are too many to remember.
        """
        known = self._latest(hashes) >= horizon
        if not known.all():
            self._append(hashes[~known], addresses[~known], horizon=horizon)
        return known

    def _latest(self, hashes: Hashes) -> Addresses:
        """An id that was forgotten and came again stands in two runs: its last address is the one that counts."""
        found = np.full(len(hashes), -1, dtype=np.int64)
        for run, addresses in self._runs:
            places = np.minimum(np.searchsorted(run, hashes), len(run) - 1)
            found = np.where(run[places] == hashes, np.maximum(found, addresses[places]), found)
        return found

    def _append(self, hashes: Hashes, addresses: Addresses, *, horizon: int) -> None:
        while self._runs and len(self._runs[-1][0]) < _RUNS_GROW_BY * len(hashes):
            hashes, addresses = _merged(self._runs.pop(), (hashes, addresses), horizon=horizon)
        if len(hashes) + sum(len(run) for run, _ in self._runs) > IDS_MAX:
            raise Unsure("more ids than are kept in memory")
        self._runs.append((hashes, addresses))


def _merged(
    one: tuple[Hashes, Addresses], other: tuple[Hashes, Addresses], *, horizon: int
) -> tuple[Hashes, Addresses]:
    """Both runs in one, without those that are forgotten; of an id in both, the later."""
    kept = one[1] >= horizon
    hashes = np.concatenate([other[0], one[0][kept]])
    addresses = np.concatenate([other[1], one[1][kept]])
    order = np.argsort(hashes, kind="stable")
    return hashes[order], addresses[order]
