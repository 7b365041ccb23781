"""A disk in memory whose crashes are as bad as POSIX allows.

A power failure keeps any part of what was not synced: of a file's writes any sectors, or half of one; of its size
anything up to what it was; of a directory's entries any subset. A failed sync leaves what Linux leaves: some sectors on
the platter, everything in the page cache, and nothing marked as still to be written, so that the next sync succeeds
and does nothing.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from sretool.billing.journal.disk import Cell, File
from sretool.billing.simulation.image import Inode, Truncate, Write


class PowerLoss(BaseException):
    """The machine stopped here; `SimulatedDisk.lose_power` says what is left."""


class Killed(BaseException):
    """The process stopped here; the page cache lives on."""


@dataclass
class _Number:
    """A cell's file. The kernel may write its page at any time, so that any value since the last sync can be left."""

    value: int = 0
    left_values: list[int] = field(default_factory=lambda: [0])
    is_claimed: bool = False


class SimulatedDisk:
    """A Disk. Troubles are armed by setting them; each but `room_bytes` happens once."""

    def __init__(self, random: Random, *, sector_bytes: int = 64) -> None:
        self.random = random
        self.sector_bytes = sector_bytes
        self.boot = 0
        self.operations = 0
        self.removed: list[Path] = []
        self.stop_at: int | None = None
        self.stop_with: type[BaseException] = PowerLoss
        self.fails_next_sync = False
        self.room_bytes: int | None = None
        self.on_publish: Callable[[int], None] = lambda _: None
        self._now: dict[Path, Inode | _Number] = {}
        self._platter: dict[Path, Inode | _Number] = {}
        self._pending: list[tuple[Path, Inode | _Number | None]] = []

    # --- what the journal calls

    def make_directory(self, path: Path) -> None:
        """Directories are not simulated: they are there."""

    def names(self, directory: Path) -> list[str]:
        return [path.name for path in self._now if path.parent == directory]

    def open(self, path: Path) -> File:
        return _OpenFile(self, self._inode(path))

    def change(self, path: Path) -> File:
        return _OpenFile(self, self._inode(path))

    def create(self, path: Path) -> File:
        self.step()
        if path in self._now:
            raise FileExistsError(errno.EEXIST, "exists", str(path))
        inode = Inode()
        self._enter(path, inode)
        return _OpenFile(self, inode)

    def remove(self, path: Path) -> None:
        self.step()
        self._inode(path)
        self._enter(path, None)
        self.removed.append(path)

    def sync_directory(self, path: Path) -> None:
        self.step()
        self._fail_if_armed()
        for name, inode in self._pending:
            if name.parent == path:
                _set(self._platter, name, inode)
        self._pending = [(name, inode) for name, inode in self._pending if name.parent != path]

    def claim_cell(self, path: Path) -> Cell:
        number = self._now.get(path)
        if not isinstance(number, _Number):
            number = _Number()
            self._enter(path, number)
        if number.is_claimed:
            raise BlockingIOError(errno.EWOULDBLOCK, "claimed", str(path))
        number.is_claimed = True
        return _OpenCell(self, number, is_claimed=True)

    def watch_cell(self, path: Path) -> Cell | None:
        number = self._now.get(path)
        return _OpenCell(self, number, is_claimed=False) if isinstance(number, _Number) else None

    # --- what the world does to it

    def end_process(self) -> None:
        """The writer's process is gone, and with it its claims."""
        self.stop_at = None
        for number in self._now.values():
            if isinstance(number, _Number):
                number.is_claimed = False

    def lose_power(self) -> None:
        """Whatever was not synced is kept, lost or torn. Every open file is gone."""
        self.end_process()
        self.boot += 1
        for inode in {id(inode): inode for inode in (*self._now.values(), *self._platter.values())}.values():
            if isinstance(inode, Inode):
                inode.lose_power(self.random, sector_bytes=self.sector_bytes)
            else:
                inode.value = self.random.choice(inode.left_values)
                inode.left_values = [inode.value]
        for path, entry in self._pending:
            if self.random.random() < 0.5:
                _set(self._platter, path, entry)
        self._pending = []
        self._now = dict(self._platter)

    def on_platter(self, path: Path) -> bytes | None:
        """What a power failure would leave of a file for sure; None if not even its name."""
        inode = self._platter.get(path)
        return bytes(inode.platter) if isinstance(inode, Inode) else None

    def content(self, path: Path) -> bytes:
        """What reads see."""
        return bytes(self._inode(path).cache)

    def damage(self, path: Path, offset: int) -> None:
        """Turn over the bits of one byte, in the cache and on the platter."""
        inode = self._inode(path)
        for image in (inode.cache, inode.platter):
            if offset < len(image):
                image[offset] ^= 0xFF

    # --- how it works

    def step(self) -> None:
        """Count an operation, and stop before it if it is the one."""
        self.operations += 1
        if self.stop_at is not None and self.operations >= self.stop_at:
            self.stop_at = None
            raise self.stop_with

    def _inode(self, path: Path) -> Inode:
        inode = self._now.get(path)
        if not isinstance(inode, Inode):
            raise FileNotFoundError(errno.ENOENT, "no such file", str(path))
        return inode

    def _enter(self, path: Path, inode: Inode | _Number | None) -> None:
        _set(self._now, path, inode)
        self._pending.append((path, inode))

    def _fail_if_armed(self) -> None:
        if self.fails_next_sync:
            self.fails_next_sync = False
            raise OSError(errno.EIO, "sync failed")

    def write(self, inode: Inode, offset: int, data: bytes) -> None:
        try:
            self.step()
        except BaseException:
            inode.change(Write(offset, data[: self.random.randint(0, len(data))]))
            raise
        if self.room_bytes is not None and len(data) > self.room_bytes:
            inode.change(Write(offset, data[: self.room_bytes]))
            self.room_bytes = 0
            raise OSError(errno.ENOSPC, "no space left")
        if self.room_bytes is not None:
            self.room_bytes -= len(data)
        inode.change(Write(offset, data))

    def truncate(self, inode: Inode, size: int) -> None:
        self.step()
        inode.change(Truncate(size))

    def sync(self, inode: Inode) -> None:
        self.step()
        try:
            self._fail_if_armed()
        except OSError:
            inode.fail_to_sync(self.random, sector_bytes=self.sector_bytes)
            raise
        inode.sync()


class _OpenFile:
    def __init__(self, disk: SimulatedDisk, inode: Inode) -> None:
        self._disk, self._boot, self._its = disk, disk.boot, inode

    @property
    def _inode(self) -> Inode:
        assert self._boot == self._disk.boot, "a file that was opened before the power failure"
        return self._its

    def read(self, offset: int, size: int) -> bytes:
        return bytes(self._inode.cache[offset : offset + size])

    def write(self, offset: int, parts: Sequence[bytes]) -> None:
        self._disk.write(self._inode, offset, b"".join(parts))

    def sync(self) -> None:
        self._disk.sync(self._inode)

    def truncate(self, size: int) -> None:
        self._disk.truncate(self._inode, size)

    def size(self) -> int:
        return len(self._inode.cache)

    def close(self) -> None:
        """Nothing is synced by it."""


class _OpenCell:
    def __init__(self, disk: SimulatedDisk, number: _Number, *, is_claimed: bool) -> None:
        self._disk, self._boot, self._its, self._is_claimed = disk, disk.boot, number, is_claimed

    @property
    def _number(self) -> _Number:
        assert self._boot == self._disk.boot, "a cell that was opened before the power failure"
        return self._its

    def get(self) -> int:
        return self._number.value

    def set(self, value: int) -> None:
        self._disk.step()
        self._number.value = value
        self._number.left_values.append(value)
        self._disk.on_publish(value)

    def sync(self) -> None:
        self._disk.step()
        self._number.left_values = [self._number.value]

    def close(self) -> None:
        if self._is_claimed:
            self._its.is_claimed = False


def _set(entries: dict[Path, Inode | _Number], path: Path, inode: Inode | _Number | None) -> None:
    if inode is None:
        entries.pop(path, None)
    else:
        entries[path] = inode
