"""What the journal costs beside the disk under it: the same bytes with nothing but write and fdatasync.

Disk, journal and committer take turns of 20 groups each, since a disk's speed drifts within a second and depends on
what has just been written; ratios are medians of the rounds'. Groups of 16 batches of 29 KB: what 16 connections of 100
events a batch give. A group is checksummed before it is written, so the bound of append_group is what disk and checksum
give one after the other.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
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
GROUPS_A_TURN = 20
GROUP_BYTES = sum(len(pending.body) for pending in GROUP)
READ_BYTES = 4 << 20
READ_TARGET = 400


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--turns", type=int, default=20, help="of each, a round")
    parser.add_argument("--directory", type=Path, help="on the disk to measure; default: the one for temporary files")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sretool-bench-", dir=given.directory) as home:
        rounds = [one_round(Path(home) / str(number), given.turns) for number in range(given.rounds)]
    bare, checksum, group, committer, from_cache, reading = (
        statistics.median(each) for each in zip(*rounds, strict=True)
    )
    of_disk = statistics.median(group / bare for bare, _, group, *_ in rounds)
    through = statistics.median(committer / bare for bare, _, _, committer, *_ in rounds)
    of_bound = statistics.median(group * (1 / bare + 1 / checksum) for bare, checksum, group, *_ in rounds)
    say("write + fdatasync alone", bare)
    say("crc32 alone", checksum)
    say("append_group", group, f"{of_disk:.0%} of the disk, {of_bound:.0%} of disk and crc32 in turn")
    say("GroupCommitter, 16 coroutines", committer, f"{through:.0%} of the disk")
    say("page cache alone", from_cache)
    say("JournalReader.read", reading, f"target: at least {READ_TARGET}")
    sys.exit(0 if reading >= READ_TARGET else 1)


def say(what: str, megabytes_a_second: float, more: str = "") -> None:
    events = megabytes_a_second * 1e6 / len(BODY) * 100
    print(f"{what:30} {megabytes_a_second:7,.0f} MB/s {events:12,.0f} events/s  {more}".rstrip())


def one_round(home: Path, turns: int) -> tuple[float, ...]:
    """MB/s of the disk alone, the checksum alone, append_group, the committer, the page cache alone and the reader."""
    home.mkdir()
    checksum = rate(lambda: [crc32(pending.body) for pending in GROUP], turns)
    bare, group, committer = asyncio.run(written(home, turns))
    measured = bare, checksum, group, committer, read_alone(home / "journal"), read(home / "journal")
    shutil.rmtree(home)
    return measured


async def written(home: Path, turns: int) -> list[float]:
    """MB/s of the disk alone, append_group and the committer, in turns, each in a file of its own."""
    fd = os.open(home / "control", os.O_WRONLY | os.O_CREAT)
    direct = SegmentJournal.open(home / "journal")
    committer = GroupCommitter(SegmentJournal.open(home / "committed"))
    seconds = [0.0, 0.0, 0.0]
    for _ in range(turns):
        seconds[0] += taken(lambda: write_alone(fd))
        seconds[1] += taken(lambda: direct.append_group(GROUP))
        start = time.perf_counter()
        await asyncio.gather(*(client(committer) for _ in GROUP))
        seconds[2] += time.perf_counter() - start
    os.close(fd)
    direct.close()
    await committer.close()
    return [turns * GROUPS_A_TURN * GROUP_BYTES / each / 1e6 for each in seconds]


async def client(committer: GroupCommitter) -> None:
    for _ in range(GROUPS_A_TURN):
        await committer.append(GROUP[0])


def write_alone(fd: int) -> None:
    os.writev(fd, [pending.body for pending in GROUP])
    getattr(os, "fdatasync", os.fsync)(fd)


def taken(step: Callable[[], object]) -> float:
    """Seconds for a turn of a step."""
    start = time.perf_counter()
    for _ in range(GROUPS_A_TURN):
        step()
    return time.perf_counter() - start


def rate(step: Callable[[], object], turns: int) -> float:
    """MB/s of a step that moves a group."""
    return turns * GROUPS_A_TURN * GROUP_BYTES / sum(taken(step) for _ in range(turns)) / 1e6


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
