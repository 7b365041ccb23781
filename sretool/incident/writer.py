"""The file of one writer, and who that writer is: an id that belongs to one copy of the directory, on one host.

`.writer` tells it, with its own inode and host name: whoever copies the directory is another writer. It tells, too, how
long the file has been: a branch of git on which it is shorter is another history, so it gets another writer.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from sretool.incident.identifiers import Random, writer_id
from sretool.incident.lines import Place, place_of

_BLOCK: Final = 65_536
_WRITER_LENGTH: Final = 256  # Of one size whatever it says, so that it is replaced by a single write.
_NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Writer:
    """Who writes in this copy of the directory, and how many bytes of its file are known to have been written."""

    writer: str
    size: int


class WriterFile:
    """The file, opened for appending by whoever has the lock. What was torn at its end has been set aside."""

    def __init__(self, descriptor: int, path: Path, size: int, end: Place) -> None:
        self._descriptor = descriptor
        self._path = path
        self.size = size
        self.end = end

    @property
    def recorded_at(self) -> datetime:
        """When the last line was written, by its own word; long ago where there is none."""
        try:
            return datetime.fromisoformat(self.end.recorded_at).astimezone(UTC)
        except ValueError:
            return _NEVER

    def append(self, lines: bytes, end: Place) -> None:
        """Put lines on the disk, all of them. Raises OSError; then the file is as it was."""
        try:
            written = os.write(self._descriptor, lines)
            if written < len(lines):  # So a full disk begins; the rest says why.
                os.write(self._descriptor, lines[written:])
            sync(self._descriptor)
        except OSError as error:
            os.ftruncate(self._descriptor, self.size)
            raise OSError(error.errno, error.strerror, str(self._path)) from error
        self.size += len(lines)
        self.end = end


@contextmanager
def writer_file(directory: Path, random: Random) -> Iterator[WriterFile]:
    """This copy's own file, ready to be appended to; its caller has the lock of the directory. Raises OSError."""
    marker = os.open(directory / ".writer", os.O_RDWR | os.O_CREAT, 0o666)
    try:
        writer = _own(marker, directory)
        if writer is None:
            writer = Writer(writer_id(random), 0)
            _remember(marker, writer)
        path = _path(directory, writer)
        is_new = not path.exists()
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o666)
        try:
            if is_new:
                sync_directory(directory)
                sync_directory(directory.parent)
            size, end = _settled(descriptor, path)
            file = WriterFile(descriptor, path, size, end)
            yield file
        finally:
            os.close(descriptor)
        _remember(marker, Writer(writer.writer, file.size))
    finally:
        os.close(marker)


def known_writer(directory: Path) -> Writer | None:
    """Who writes in this copy, and how much is known to have been written; None where nobody does, or nobody knows."""
    try:
        marker = os.open(directory / ".writer", os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        return _marked(marker)
    finally:
        os.close(marker)


def sync(descriptor: int) -> None:
    """Let what was written be on the disk itself."""
    if hasattr(fcntl, "F_FULLFSYNC"):
        fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)  # fsync of macOS leaves the data in the drive's cache.
    else:
        os.fsync(descriptor)


def sync_directory(path: Path) -> None:
    """Let the names in a directory be on the disk, too."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _own(marker: int, directory: Path) -> Writer | None:
    writer = _marked(marker)
    if writer is None:
        return None
    try:
        size = _path(directory, writer).stat().st_size
    except FileNotFoundError:
        size = 0
    return writer if size >= writer.size else None


def _marked(marker: int) -> Writer | None:
    """What `.writer` says, if it was said here."""
    try:
        said = json.loads(os.pread(marker, _WRITER_LENGTH, 0))
        writer = Writer(str(said["writer"]), int(said["size"]))
        is_here = said["host"] == os.uname().nodename and said["inode"] == os.fstat(marker).st_ino
    except (ValueError, TypeError, KeyError):
        return None
    return writer if is_here else None


def _remember(marker: int, writer: Writer) -> None:
    here = {"host": os.uname().nodename, "inode": os.fstat(marker).st_ino}
    said = json.dumps({"writer": writer.writer, "size": writer.size} | here)
    os.pwrite(marker, said.ljust(_WRITER_LENGTH - 1).encode() + b"\n", 0)


def _path(directory: Path, writer: Writer) -> Path:
    return directory / f"{writer.writer}.jsonl"


def _settled(descriptor: int, path: Path) -> tuple[int, Place]:
    """The length of the file and where its chain ends, once what follows its last line has been set aside."""
    size = os.fstat(descriptor).st_size
    end, place = _last_line(descriptor, size)
    if end < size:
        _set_aside(os.pread(descriptor, size - end, end), path.with_suffix(".torn"))
        os.ftruncate(descriptor, end)
    return end, place


def _last_line(descriptor: int, size: int) -> tuple[int, Place]:
    """Where the last line that a chain can go on from ends; 0 where there is none."""
    length = _BLOCK
    while True:
        start = max(0, size - length)
        block = os.pread(descriptor, size - start, start)
        end = block.rfind(b"\n")
        while end >= 0:
            begin = block.rfind(b"\n", 0, end)
            if begin < 0 and start > 0:
                break  # The beginning of this line is before the block.
            place = place_of(block[begin + 1 : end])
            if place is not None:
                return start + end + 1, place
            end = begin
        if start == 0:
            return 0, Place()
        length *= 2


def _set_aside(torn: bytes, path: Path) -> None:
    with path.open("ab") as file:
        file.write(torn.removesuffix(b"\n") + b"\n")
        file.flush()
        sync(file.fileno())
