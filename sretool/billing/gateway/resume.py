"""What a gateway has to know of the journal before it serves: how many events it holds, and the catalogue in force.

The gateway publishes both in its status file, with the position up to which they are true; what was appended after
that is read again. Without that file everything is, and what retention has dropped is known from the ledger.
"""

from __future__ import annotations

import contextlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sretool.billing.decisions import NotADecision, decision_in
from sretool.billing.directory import DataDirectory
from sretool.billing.journal import JournalReader, Kind, PositionGone, Record
from sretool.billing.ledger.reading import LedgerReader

_READ_BYTES = 8 * 2**20


@dataclass(slots=True)
class Reached:
    """True of the journal up to `position`."""

    position: int = 0
    appended_events: int = 0
    catalog_position: int | None = None

    def pass_record(self, position: int, end: int, *, count: int, is_catalog: bool) -> None:
        """The next record, which stands where this ends."""
        self.position = end
        self.appended_events += count
        if is_catalog:
            self.catalog_position = position

    def published(self) -> dict[str, Any]:
        return asdict(self)


def resume(directory: DataDirectory) -> Reached:
    """Count from where the last gateway stopped to the journal's durable end. Raises JournalError."""
    with JournalReader(directory.journal) as reader:
        reached = _published(directory, durable_end=reader.durable_end()) or _unpublished(directory, reader)
    catch_up(directory.journal, reached)
    return reached


def catch_up(journal: Path, reached: Reached, *, until: int | None = None) -> None:
    """Pass every durable record that has not been passed, or those before a position. Raises JournalError."""
    with JournalReader(journal) as reader:
        end = reader.durable_end() if until is None else until
        while reached.position < end:
            for record in reader.read(reached.position, min(_READ_BYTES, end - reached.position)):
                reached.pass_record(record.position, record.end, count=record.count, is_catalog=_puts_catalog(record))


def _puts_catalog(record: Record) -> bool:
    """Whether a catalogue comes into force here: not one that nobody can read."""
    if record.kind is not Kind.CATALOG:
        return False
    try:
        return bool(decision_in(record.kind, record.body))
    except NotADecision:
        return False


def catalog_at(directory: DataDirectory, position: int | None) -> dict[str, Any] | None:
    """The catalogue of the record at a position; None, and one that was dropped, are the last that was applied."""
    body = None
    if position is not None:
        with JournalReader(directory.journal) as reader, contextlib.suppress(PositionGone):
            body = reader.at(position).body
    if body is None and directory.ledger.exists():
        with contextlib.closing(LedgerReader.open(directory.ledger)) as ledger:
            body = ledger.catalog()
    return None if body is None else json.loads(body)["catalog"]


def _unpublished(directory: DataDirectory, reader: JournalReader) -> Reached:
    first = reader.first_position()
    if first == 0 or not directory.ledger.exists():
        return Reached(first)
    with contextlib.closing(LedgerReader.open(directory.ledger)) as ledger:
        return Reached(ledger.applied(), sum(ledger.counts().values()))


def _published(directory: DataDirectory, *, durable_end: int) -> Reached | None:
    status = directory.status("gateway").get("journal")
    if status is None or status["position"] > durable_end:
        return None
    return Reached(**status)
