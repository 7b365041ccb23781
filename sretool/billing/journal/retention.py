"""Dropping what nothing needs any more: whole segments, oldest first, so that what is left has no gap."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from sretool.billing.journal.disk import OS_DISK, Disk
from sretool.billing.journal.recovery import bases, read_header, segment_path


def drop_sealed(directory: Path, before_position: int, older_than_us: int, *, disk: Disk = OS_DISK) -> list[Path]:
    """Drop the segments that end at or before `before_position` and whose records are all older than the instant.

    The caller knows both: what all have followed, and what they may still have to look up. The last segment stays
    whatever its age. Only the process that may write the journal may call this.
    """
    dropped: list[Path] = []
    for base, end in pairwise(bases(disk, directory)):
        if end > before_position or _newest_us(disk, directory, end) >= older_than_us:
            break
        path = segment_path(directory, base)
        disk.remove(path)
        disk.sync_directory(directory)  # One at a time: two removals could become durable in the other order.
        dropped.append(path)
    return dropped


def _newest_us(disk: Disk, directory: Path, following: int) -> int:
    """When the last record before the segment that begins at `following` was stamped, as that one's header says."""
    path = segment_path(directory, following)
    file = disk.open(path)
    try:
        return read_header(file, path, following).floor_us
    finally:
        file.close()
