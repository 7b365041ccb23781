"""What can go wrong with a journal. All are JournalError; each says where and what to do.

JournalError
├── JournalFailed    a write or a sync failed: nothing more is acknowledged until the journal is opened again
│   └── ClockJumped  nothing was written, and nothing is sealed: the clock cannot be believed
├── JournalCorrupt   bytes that had been synced are not what was written; nobody repairs that by guessing
├── JournalBusy      another process writes this journal
├── JournalBehind    the ledger, the invoices or the recount were made of more than it holds
├── JournalReplaced  they were made of another one
├── PositionGone     retention has dropped what stood there
└── NoRecordAt       no record begins at the position asked for
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

RESTORE = "restore the file from a copy; `sretool billing journal verify` lists every damaged place"


class JournalError(Exception):
    """Anything that the journal raises on purpose."""


class JournalFailed(JournalError):
    """A write or a sync failed. What was being appended is indeterminate; a retry after a restart is safe."""


class ClockJumped(JournalFailed):
    """What was being appended was not written, since no instant can be given to it."""

    remedy = "set the clock right, or start the service again if it is right; usage is taken again by itself"


class JournalCorrupt(JournalError):
    """`path` is damaged at byte `offset`, in a place that had been synced."""

    def __init__(self, path: Path, offset: int, what: str, *, remedy: str = RESTORE) -> None:
        super().__init__(f"{path}: byte {offset}: {what}; remedy: {remedy}")
        self.path, self.offset, self.what, self.remedy = path, offset, what, remedy


class JournalBusy(JournalError):
    """Another process has the journal open for writing."""

    def __init__(self, directory: Path) -> None:
        super().__init__(f"{directory} is being written by another process; stop that one first")


class JournalBehind(JournalError):
    """The journal ends at `end`, and what stands in `ahead`, by name, was made of records behind that."""

    remedy = (
        "restore the journal's files from a copy; or, to go on with what it holds and lose the rest, move ledger.db, "
        "filter, invoices.db and recount.db away: they are made again from the journal"
    )

    def __init__(self, directory: Path, end: int, ahead: Mapping[str, int]) -> None:
        said = ", ".join(f"{name} to {position}" for name, position in sorted(ahead.items()))
        self.what = (
            f"{directory} ends at {end}, but was followed by {said}: it is another journal, or a part is missing"
        )
        super().__init__(f"{self.what}; remedy: {self.remedy}")


class JournalReplaced(JournalError):
    """Another journal lies where the one was that `followers` were made of, by name."""

    def __init__(self, directory: Path, followers: Iterable[str]) -> None:
        self.what = f"{directory} is not the journal that {' and '.join(sorted(followers))} was made of"
        super().__init__(f"{self.what}; remedy: {JournalBehind.remedy}")


class PositionGone(JournalError):
    """The position was dropped by retention; the journal begins at `first`."""

    def __init__(self, position: int, first: int) -> None:
        super().__init__(
            f"position {position} has been dropped, as `serve --journal-days` asks, and the journal begins at {first}: "
            "what needs all of it needs the dropped segments back in its directory, from a copy"
        )
        self.position, self.first = position, first


class NoRecordAt(JournalError):
    """No durable record begins at this position."""

    def __init__(self, position: int) -> None:
        super().__init__(f"no record begins at position {position}")
        self.position = position
