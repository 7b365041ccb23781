"""The append-only log that alone determines every invoice.

`writer` appends (one process), `committer` does so for asyncio, `reader` reads (any process), `recovery` says what a
start does with what a crash left, `steady` when to believe a clock, `verify` looks at every byte, `layout` is the
format, `disk` the only IO. It knows nothing of what a body means.
"""

from sretool.billing.journal.committer import GroupCommitter
from sretool.billing.journal.disk import OS_DISK, Disk
from sretool.billing.journal.errors import (
    ClockJumped,
    JournalBehind,
    JournalBusy,
    JournalCorrupt,
    JournalError,
    JournalFailed,
    JournalReplaced,
    NoRecordAt,
    PositionGone,
)
from sretool.billing.journal.partitions import Indeterminate, Journal, OnePartition, Position
from sretool.billing.journal.reader import JournalReader
from sretool.billing.journal.record import Appended, Kind, Pending, Record
from sretool.billing.journal.retention import drop_sealed
from sretool.billing.journal.steady import SteadyClock
from sretool.billing.journal.verify import Finding, Verification, verify
from sretool.billing.journal.writer import SegmentJournal

__all__ = [
    "OS_DISK",
    "Appended",
    "ClockJumped",
    "Disk",
    "Finding",
    "GroupCommitter",
    "Indeterminate",
    "Journal",
    "JournalBehind",
    "JournalBusy",
    "JournalCorrupt",
    "JournalError",
    "JournalFailed",
    "JournalReader",
    "JournalReplaced",
    "Kind",
    "NoRecordAt",
    "OnePartition",
    "Pending",
    "Position",
    "PositionGone",
    "Record",
    "SegmentJournal",
    "SteadyClock",
    "Verification",
    "drop_sealed",
    "verify",
]
