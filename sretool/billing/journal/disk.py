"""All that the journal asks of an operating system, so that a simulated disk can stand in its place."""

from __future__ import annotations

import fcntl
import mmap
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

_PARTS_MAX = 1024  # IOV_MAX of Linux and macOS.
_CELL_BYTES = 8


class File(Protocol):
    """An open file. Every failure is an OSError."""

    def read(self, offset: int, size: int) -> bytes:
        """At most `size` bytes from `offset`; fewer only at the file's end."""
        ...

    def write(self, offset: int, parts: Sequence[bytes]) -> None:
        """All the parts, one behind the other, from `offset`; not durable until `sync`."""
        ...

    def sync(self) -> None:
        """Make durable what was written, and the file's size. After a failure nothing is known of what was written."""
        ...

    def truncate(self, size: int) -> None: ...

    def size(self) -> int: ...

    def close(self) -> None: ...


class Cell(Protocol):
    """One number that a process publishes and others read at once, never half of it."""

    def get(self) -> int: ...

    def set(self, value: int) -> None: ...

    def sync(self) -> None: ...

    def close(self) -> None: ...


class Disk(Protocol):
    """Files and directories."""

    def make_directory(self, path: Path) -> None:
        """Durably, if it is not there; its parent must be."""
        ...

    def names(self, directory: Path) -> list[str]: ...

    def open(self, path: Path) -> File:
        """To read."""
        ...

    def change(self, path: Path) -> File:
        """To read and write a file that is there."""
        ...

    def create(self, path: Path) -> File:
        """To write a file that is not there; its name is durable after `sync_directory`."""
        ...

    def remove(self, path: Path) -> None:
        """Durable after `sync_directory`."""
        ...

    def sync_directory(self, path: Path) -> None: ...

    def claim_cell(self, path: Path) -> Cell:
        """The cell, to write, made with 0 if it is not there. Raises BlockingIOError while another has claimed it."""
        ...

    def watch_cell(self, path: Path) -> Cell | None:
        """The cell, to read; None if it is not there yet."""
        ...


class OsFile:
    """A file of the operating system."""

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def read(self, offset: int, size: int) -> bytes:
        data = os.pread(self._fd, size, offset)
        if len(data) == size or not data:
            return data
        rest = self.read(offset + len(data), size - len(data))
        return data + rest if rest else data

    def write(self, offset: int, parts: Sequence[bytes]) -> None:
        os.lseek(self._fd, offset, os.SEEK_SET)
        for first in range(0, len(parts), _PARTS_MAX):
            some = parts[first : first + _PARTS_MAX]
            written = os.writev(self._fd, some)
            if written < sum(map(len, some)):
                self._write_rest(memoryview(b"".join(some))[written:])

    def _write_rest(self, rest: memoryview) -> None:
        """A short write: the next one goes on, or says why it cannot."""
        while rest:
            rest = rest[os.write(self._fd, rest) :]

    def sync(self) -> None:
        if sys.platform == "darwin":
            fcntl.fcntl(self._fd, fcntl.F_FULLFSYNC)  # fsync of macOS leaves the data in the drive's cache.
        else:
            os.fdatasync(self._fd)

    def truncate(self, size: int) -> None:
        os.ftruncate(self._fd, size)

    def size(self) -> int:
        return os.fstat(self._fd).st_size

    def close(self) -> None:
        os.close(self._fd)


class MappedCell:
    """Eight bytes of a file, shared through the page cache: an aligned store, which no reader sees half done."""

    def __init__(self, fd: int, *, writable: bool) -> None:
        self._fd = fd
        access = mmap.ACCESS_WRITE if writable else mmap.ACCESS_READ
        self._map = mmap.mmap(fd, _CELL_BYTES, access=access)
        # struct.pack_into would store byte after byte; a view of 64-bit numbers stores once.
        self._view = memoryview(self._map).cast("Q")

    def get(self) -> int:
        return self._view[0]

    def set(self, value: int) -> None:
        self._view[0] = value

    def sync(self) -> None:
        self._map.flush()

    def close(self) -> None:
        self._view.release()
        self._map.close()
        os.close(self._fd)


class OsDisk:
    """The disk of this machine."""

    def make_directory(self, path: Path) -> None:
        path.mkdir(exist_ok=True)
        self.sync_directory(path.parent)

    def names(self, directory: Path) -> list[str]:
        return [path.name for path in directory.iterdir()]

    def open(self, path: Path) -> File:
        return OsFile(os.open(path, os.O_RDONLY))

    def change(self, path: Path) -> File:
        return OsFile(os.open(path, os.O_RDWR))

    def create(self, path: Path) -> File:
        return OsFile(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))

    def remove(self, path: Path) -> None:
        path.unlink()

    def sync_directory(self, path: Path) -> None:
        fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)

    def claim_cell(self, path: Path) -> Cell:
        fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(fd).st_size < _CELL_BYTES:
                os.ftruncate(fd, _CELL_BYTES)
            return MappedCell(fd, writable=True)
        except BaseException:
            os.close(fd)
            raise

    def watch_cell(self, path: Path) -> Cell | None:
        try:
            fd = os.open(path, os.O_RDONLY)
        except FileNotFoundError:
            return None
        if os.fstat(fd).st_size < _CELL_BYTES:
            os.close(fd)
            return None
        return MappedCell(fd, writable=False)


OS_DISK: Disk = OsDisk()
