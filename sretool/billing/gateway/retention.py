"""Drops journal segments that nothing needs any more: older than the windows, applied and recounted."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from contextlib import closing

from sretool.billing.directory import DataDirectory
from sretool.billing.journal import JournalError, drop_sealed
from sretool.billing.ledger.generations import DEDUPE_DAYS
from sretool.billing.ledger.protocol import DAY_US
from sretool.billing.ledger.reading import LedgerReader

HOUR_SECONDS = 3600.0
KEPT_US = (DEDUPE_DAYS + 1) * DAY_US  # a repeat is compared with the first event of its id, which has to be there


async def keep_dropping(directory: DataDirectory, *, now_us: Callable[[], int]) -> None:
    """Once an hour, in the process that writes the journal."""
    while True:
        await asyncio.sleep(HOUR_SECONDS)
        try:
            dropped = await asyncio.to_thread(drop, directory, now_us())
        except (JournalError, OSError) as error:
            print(f"gateway: old segments could not be dropped: {error}", file=sys.stderr)
        else:
            for name in dropped:
                print(f"gateway: dropped {name}, which is applied, recounted and out of every window", file=sys.stderr)


def drop(directory: DataDirectory, now_us: int) -> list[str]:
    """Drop what may go; the names of the files that went. An event that is held in quarantine keeps what follows it."""
    if not directory.ledger.exists():
        return []
    with closing(LedgerReader.open(directory.ledger)) as reader:
        applied, oldest_held_us = reader.applied(), reader.quarantine_oldest_us()
    recounted = int(directory.status("recount").get("recounted_position", 0))
    older_than_us = now_us - KEPT_US if oldest_held_us is None else min(now_us - KEPT_US, oldest_held_us)
    return [path.name for path in drop_sealed(directory.journal, min(applied, recounted), older_than_us)]
