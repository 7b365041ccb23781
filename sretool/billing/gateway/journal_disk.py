"""The journal's disk, made slow or full by a fault."""

from __future__ import annotations

import errno
import time
from collections.abc import Sequence
from pathlib import Path

from sretool.billing.faults import Faults
from sretool.billing.journal.disk import File, OsDisk


class FaultyDisk(OsDisk):
    """The operating system's disk, but for what slow-disk and disk-full do to what is written."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults

    def change(self, path: Path) -> File:
        return _FaultyFile(super().change(path), self._faults)

    def create(self, path: Path) -> File:
        return _FaultyFile(super().create(path), self._faults)


class _FaultyFile:
    def __init__(self, file: File, faults: Faults) -> None:
        self._file, self._faults = file, faults
        self.read, self.truncate, self.size, self.close = file.read, file.truncate, file.size, file.close

    def write(self, offset: int, parts: Sequence[bytes]) -> None:
        if self._faults.is_on("disk-full"):
            raise OSError(errno.ENOSPC, "a fault says that no space is left on the disk")
        self._file.write(offset, parts)

    def sync(self) -> None:
        if milliseconds := self._faults.number("slow-disk"):
            time.sleep(milliseconds / 1000)
        self._file.sync()
