"""Opens the journal for its writer, unless something has been made of records that it does not have.

Which journal it is stands in every segment, and beside it in journal.json, where every start looks.

Then another journal lies there, or a part of one: what is appended would stand at positions that count as applied, and
would never be counted.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from sretool import clock
from sretool.billing.directory import DataDirectory
from sretool.billing.journal import OS_DISK, Disk, JournalBehind, JournalReplaced, SegmentJournal
from sretool.billing.journal.recovery import bases
from sretool.billing.ledger import LedgerReader
from sretool.billing.ledger.schema import open_for_reading


def open_journal(
    directory: DataDirectory, *, disk: Disk = OS_DISK, now_us: Callable[[], int] = clock.now_us
) -> SegmentJournal:
    """The recovered journal of a data directory. Raises JournalBehind before anything is made; JournalReplaced,
    JournalError, OSError.

    The directory is there.
    """
    if not bases(disk, directory.journal):
        refuse_behind(directory, lambda: 0)
    journal = SegmentJournal.open(directory.journal, disk=disk, clock=now_us)
    try:
        refuse_behind(directory, lambda: journal.durable_end)
        _refuse_another(directory, journal.identity)
    except BaseException:
        journal.close()
        raise
    return journal


def _refuse_another(directory: DataDirectory, identity: str) -> None:
    """Raise JournalReplaced when this is not the journal that was followed; of what nobody followed, any may come."""
    known = directory.known_journal()
    if known == identity:
        return
    followers = [name for name, position in followed_positions(directory).items() if position]
    if known is not None and followers:
        raise JournalReplaced(directory.journal, followers)
    directory.write_known_journal(identity)


def refuse_behind(directory: DataDirectory, durable_end: Callable[[], int]) -> None:
    """Raise JournalBehind when a database has followed the journal further than it goes."""
    followed = followed_positions(directory)
    end = durable_end()  # Asked last: it grows, and who follows it is never ahead.
    ahead = {name: position for name, position in followed.items() if position > end}
    if ahead:
        raise JournalBehind(directory.journal, end, ahead)


def followed_positions(directory: DataDirectory) -> dict[str, int]:
    """Up to where in the journal each database was made, by its file's name; 0 of one that is not there."""
    return {directory.ledger.name: _applied(directory.ledger)} | {
        path.name: _number(path, query)
        for path, query in (
            (directory.invoices, "SELECT value FROM progress WHERE name = 'position'"),
            (directory.recount, "SELECT position FROM progress"),
        )
    }


def _applied(path: Path) -> int:
    reader = LedgerReader.open_if_made(path)
    if reader is None:
        return 0
    with closing(reader):
        return reader.applied()


def _number(path: Path, query: str) -> int:
    if not path.exists():
        return 0
    with closing(open_for_reading(path)) as connection:
        try:
            row = connection.execute(query).fetchone()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_ERROR:
                raise
            return 0  # Its tables are about to be made.
    return int(row[0] or 0) if row else 0
