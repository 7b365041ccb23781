"""Drops journal segments when somebody asks for that: then the rest of the journal no longer tells everything.

Age is measured against what has been applied and recounted, and never against the clock: whoever lags still compares
repeats with the first event of their id, which has to be there.
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from contextlib import closing

from sretool.billing.ahead import followed_positions
from sretool.billing.directory import DataDirectory
from sretool.billing.journal import JournalError, drop_sealed
from sretool.billing.ledger.generations import DEDUPE_DAYS
from sretool.billing.ledger.protocol import DAY_US
from sretool.billing.ledger.reading import LedgerReader
from sretool.billing.ledger.schema import open_for_reading

HOUR_SECONDS = 3600.0
JOURNAL_DAYS_MIN = DEDUPE_DAYS + 2  # known for so many whole days, and a part of a day at both ends


async def keep_dropping(directory: DataDirectory, *, days: int) -> None:
    """Once an hour, in the process that writes the journal."""
    while True:
        await asyncio.sleep(HOUR_SECONDS)
        try:
            dropped = await asyncio.to_thread(drop, directory, days=days)
        except (JournalError, OSError, sqlite3.OperationalError) as error:
            print(f"gateway: old segments could not be dropped: {error}", file=sys.stderr)
        else:
            for name in dropped:
                print(f"gateway: dropped {name}, which is followed and older than {days} days", file=sys.stderr)


def drop(directory: DataDirectory, *, days: int) -> list[str]:
    """Drop what was followed by all and is so many days older than what they follow; the names of the files that went.

    An event that is held in quarantine keeps what follows it.
    """
    if days < JOURNAL_DAYS_MIN:
        raise ValueError(f"{days} days are fewer than {JOURNAL_DAYS_MIN}")
    before = min(followed_positions(directory).values())
    if before == 0:
        return []
    with closing(LedgerReader.open(directory.ledger)) as ledger:
        applied_us, oldest_held_us = ledger.newest_day() * DAY_US, ledger.quarantine_oldest_us()
    older_than_us = min(applied_us, _recounted_us(directory)) - days * DAY_US
    if oldest_held_us is not None:
        older_than_us = min(older_than_us, oldest_held_us)
    return [path.name for path in drop_sealed(directory.journal, before, older_than_us)]


def _recounted_us(directory: DataDirectory) -> int:
    """When the last record came that was recounted."""
    with closing(open_for_reading(directory.recount)) as recount:
        return int(recount.execute("SELECT ingest_us FROM progress").fetchone()[0])
