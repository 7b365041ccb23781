"""What the journal costs beside the disk under it: the same bytes with nothing but write and fdatasync.

Journal and controls take turns, so that whatever else the machine does, it does to all; ratios are medians of the
turns'. Groups of 16 batches of 29 KB: what 16 connections of 100 events a batch give. A group is checksummed before it
is written, so the bound of append_group is what disk and checksum give one after the other.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from zlib import crc32

from sretool.billing.journal import GroupCommitter, JournalReader, Kind, Pending, SegmentJournal

BODY = os.urandom(29_000)
GROUP = [Pending(Kind.BATCH, "acme", 100, BODY)] * 16
GROUP_BYTES = sum(len(pending.body) for pending in GROUP)
READ_BYTES = 4 << 20
READ_TARGET = 400


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=1.0, help="of each, a turn")
    parser.add_argument("--directory", type=Path, help="on the disk to measure; default: the one for temporary files")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sretool-bench-", dir=given.directory) as home:
        turns = [turn(Path(home) / str(number), given.seconds) for number in range(given.turns)]
    bare, checksum, group, committer, from_cache, reading = (
        statistics.median(each) for each in zip(*turns, strict=True)
    )
    of_disk = statistics.median(group / bare for bare, _, group, *_ in turns)
    of_bound = statistics.median(group * (1 / bare + 1 / checksum) for bare, checksum, group, *_ in turns)
    say("write + fdatasync alone", bare)
    say("crc32 alone", checksum)
    say("append_group", group, f"{of_disk:.0%} of the disk, {of_bound:.0%} of disk and crc32 in turn")
    say("GroupCommitter, 16 coroutines", committer)
    say("page cache alone", from_cache)
    say("JournalReader.read", reading, f"target: at least {READ_TARGET}")
    sys.exit(0 if reading >= READ_TARGET else 1)


def say(what: str, megabytes_a_second: float, more: str = "") -> None:
    events = megabytes_a_second * 1e6 / len(BODY) * 100
    print(f"{what:30} {megabytes_a_second:7,.0f} MB/s {events:12,.0f} events/s  {more}".rstrip())


def turn(home: Path, seconds: float) -> tuple[float, ...]:
    """MB/s of the disk alone, the checksum alone, append_group, the committer, the page cache alone and the reader."""
    home.mkdir()
    bare = write_alone(home / "control", seconds)
    checksum = rate(lambda: GROUP_BYTES + 0 * sum(crc32(pending.body) for pending in GROUP), seconds / 4)
    journal = SegmentJournal.open(home / "journal")
    group = rate(lambda: append(journal), seconds)
    committer = asyncio.run(commit(journal, seconds))
    measured = bare, checksum, group, committer, read_alone(home / "journal"), read(home / "journal")
    for path in (home / "control", *(home / "journal").iterdir()):
        path.unlink()
    return measured


def rate(step: Callable[[], int], seconds: float) -> float:
    """MB/s of a step that says how many bytes it moved."""
    start, moved = time.perf_counter(), 0
    while (elapsed := time.perf_counter() - start) < seconds:
        moved += step()
    return moved / elapsed / 1e6


def append(journal: SegmentJournal) -> int:
    journal.append_group(GROUP)
    return GROUP_BYTES


def write_alone(path: Path, seconds: float) -> float:
    fd = os.open(path, os.O_WRONLY | os.O_CREAT)
    parts = [pending.body for pending in GROUP]
    sync = getattr(os, "fdatasync", os.fsync)

    def step() -> int:
        written = os.writev(fd, parts)
        sync(fd)
        return written

    try:
        return rate(step, seconds)
    finally:
        os.close(fd)


async def commit(journal: SegmentJournal, seconds: float) -> float:
    committer = GroupCommitter(journal)
    start, moved = time.perf_counter(), 0

    async def client() -> None:
        nonlocal moved
        while time.perf_counter() - start < seconds:
            await committer.append(GROUP[0])
            moved += len(BODY)

    await asyncio.gather(*(client() for _ in range(16)))
    elapsed = time.perf_counter() - start
    await committer.close()
    return moved / elapsed / 1e6


def read(directory: Path) -> float:
    with JournalReader(directory) as reader:
        position, start = 0, time.perf_counter()
        while records := reader.read(position, READ_BYTES):
            position = records[-1].end
        return position / (time.perf_counter() - start) / 1e6


def read_alone(directory: Path) -> float:
    start, size = time.perf_counter(), 0
    for path in sorted(directory.glob("*.seg")):
        with path.open("rb", buffering=0) as file:
            while data := file.read(READ_BYTES):
                size += len(data)
    return size / (time.perf_counter() - start) / 1e6


if __name__ == "__main__":
    main()
