"""Whether there is disk left for usage. The last of a nearly full one belongs to the ledger, which has to catch up."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path

from sretool.billing.directory import FREE_BYTES_MIN, RESERVE_BYTES, DataDirectory
from sretool.billing.journal import JournalFailed

LOOK_SECONDS = 0.5


def _free_bytes(path: Path) -> int:
    return shutil.disk_usage(path).free


class Room:
    """Looks at the disk at most twice a second."""

    def __init__(
        self,
        directory: DataDirectory,
        *,
        free_bytes: Callable[[Path], int] = _free_bytes,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._directory, self._free_bytes, self._monotonic = directory, free_bytes, monotonic
        self._next_look = float("-inf")
        self._is_left = True

    def is_left(self) -> bool:
        """Whether usage may be journalled.

        While the reserve is held, down to FREE_BYTES_MIN. Once it was given up, only when there is as much as it would
        take again: or usage would eat what was set aside for the ledger.
        """
        now = self._monotonic()
        if now >= self._next_look:
            self._next_look = now + LOOK_SECONDS
            needed = FREE_BYTES_MIN + (0 if self._directory.reserve.exists() else RESERVE_BYTES)
            self._is_left = self._free_bytes(self._directory.root) >= needed
        return self._is_left

    def demand(self) -> None:
        """Raise JournalFailed when there is none."""
        if not self.is_left():
            raise JournalFailed("the disk is nearly full, and what is left of it is the ledger's")
