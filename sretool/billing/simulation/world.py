"""Lives of a journal on a disk that fails: writer, applier and troubles, all chosen by one seed.

In each life the journal is opened, groups are appended, the applier applies, also between a write and its sync, dies
and is replaced, segments are dropped, and the life ends: in order, by a kill, or by a power failure at any operation.
What must hold:

- a record that was acknowledged is there after any crash, once, where and since when it was said to be;
- what is there besides was appended and never acknowledged, whole, once, in order; nothing else is there;
- nothing is published that a power failure could take away; the published end never goes back;
- ingest times never decrease; a sealed journal touches nothing;
- the ledger says what a model of dictionaries and Fractions says of a prefix of the journal, and in the end of all of
  it: no acknowledged event is lost and none counted twice; an applier that was replaced changes nothing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise, zip_longest
from pathlib import Path
from random import Random

from sretool.billing.faults import FAIL_POINTS
from sretool.billing.journal.errors import JournalCorrupt, JournalError, JournalFailed
from sretool.billing.journal.layout import SEGMENT_HEADER_BYTES
from sretool.billing.journal.reader import JournalReader
from sretool.billing.journal.record import Appended, Pending, Record
from sretool.billing.journal.recovery import bases, segment_path
from sretool.billing.journal.retention import drop_sealed
from sretool.billing.journal.verify import verify
from sretool.billing.journal.writer import SegmentJournal
from sretool.billing.ledger import LedgerAhead
from sretool.billing.simulation.applied import ApplierDied, Appliers, SimulatedLedger
from sretool.billing.simulation.disk import Killed, PowerLoss, SimulatedDisk
from sretool.billing.simulation.model import DAY_US, DEDUPE_DAYS, Model, some_record

JOURNAL = Path("/journal")
SEGMENT_BYTES = 1500
EVER_US = 2**30 * 900_000_000
POINTS = tuple(name for name in FAIL_POINTS if name.startswith(("journal.", "recovery.")))


class Violated(AssertionError):
    """Something that must hold does not."""


@dataclass(frozen=True)
class Parts:
    """The code under test; a test of the harness puts broken parts in."""

    journal: type[SegmentJournal] = SegmentJournal
    reader: type[JournalReader] = JournalReader
    disk: type[SimulatedDisk] = SimulatedDisk
    ledger: type[SimulatedLedger] = SimulatedLedger


class World:
    """Everything that a seed decides."""

    def __init__(self, seed: int, parts: Parts = Parts()) -> None:
        self.random = Random(seed)  # noqa: S311
        self.parts = parts
        self.disk = parts.disk(self.random)
        self.disk.on_publish = self.check_published
        self.now_us = 20_000 * DAY_US
        self.attempted: dict[bytes, Pending] = {}
        self.acknowledged: dict[bytes, Appended] = {}
        self.known: dict[int, Record] = {}  # by position, also what has been dropped since
        self.appliers = Appliers(self.maybe_end_applier, parts.ledger)
        self.is_recovered = False
        self.reader = parts.reader(JOURNAL, disk=self.disk)
        self.published = 0
        self.may_applier_die = True
        self.droppable: set[bytes] = set()
        self.point: str | None = None
        self.on_point: Callable[[str], None] = lambda _: None

    def run(self, lives: int = 8) -> None:
        """All lives, then a calm one in which the journal is read to its end. Raises Violated."""
        for _ in range(lives):
            self.live()
        self.arm(chance=0)
        self.on_point = lambda _: None
        journal = self.open()
        self.check()
        self.append(journal)
        self.may_applier_die = False
        while self.apply():
            pass
        journal.close()
        self.check()
        if self.appliers.ledger.applied() != self.reader.durable_end():
            raise Violated(f"the applier stopped at {self.appliers.ledger.applied()}")

    def live(self) -> None:
        """From one start to the next."""
        self.arm(chance=0.3)
        try:
            with suppress(OSError):
                self.work(self.open())
        except PowerLoss:
            self.lose_power()
        except Killed:
            self.disk.end_process()
        else:
            self.end()

    def work(self, journal: SegmentJournal) -> None:
        if self.point is None and self.disk.stop_at is None:
            self.check()
        self.arm(chance=0.7)
        for _ in range(self.random.randint(1, 15)):
            match self.random.choice(("append", "append", "append", "apply", "apply", "drop")):
                case "append":
                    self.append(journal)
                case "apply":
                    self.apply()
                case _:
                    self.drop()
        if self.random.random() < 0.3:
            journal.close()

    def end(self) -> None:
        if self.random.random() < 0.5:
            self.lose_power()
        else:
            self.disk.end_process()

    def lose_power(self) -> None:
        self.disk.lose_power()
        self.appliers.die()
        self.reader = self.parts.reader(JOURNAL, disk=self.disk)
        self.published = 0  # The cell may hold an older value.

    # --- what happens

    def arm(self, *, chance: float) -> None:
        """Maybe one trouble for later."""
        self.disk.room_bytes, self.disk.fails_next_sync, self.disk.stop_at, self.point = None, False, None, None
        if self.random.random() >= chance:
            return
        self.disk.stop_with = self.random.choice((PowerLoss, PowerLoss, Killed))
        match self.random.choice(("stop", "stop", "point", "sync", "full")):
            case "stop":
                self.disk.stop_at = self.disk.operations + self.random.randint(1, 30)
            case "point":
                self.point = self.random.choice(POINTS)
            case "sync":
                self.disk.fails_next_sync = True
            case _:
                self.disk.room_bytes = self.random.randint(0, 2000)

    def open(self) -> SegmentJournal:
        self.is_recovered = False
        try:
            journal = self.parts.journal.open(
                JOURNAL, disk=self.disk, clock=self.clock, segment_bytes=SEGMENT_BYTES, fail_point=self.at_point
            )
            self.is_recovered = True
            return journal
        except JournalCorrupt as alarm:
            raise Violated(f"an alarm, though nothing was damaged: {alarm}") from alarm

    def clock(self) -> int:
        """A clock that somebody sets back now and then, on days that are not all busy."""
        self.now_us += self.random.choice((0, 1, 1000, 60_000_000, -3_600_000_000, 7 * DAY_US))
        return self.now_us

    def at_point(self, name: str) -> None:
        """The applier is another process: it may run here. And here the machine may stop."""
        self.on_point(name)
        if self.random.random() < 0.2:
            self.apply()
        if name == self.point and self.random.random() < 0.3:
            raise self.disk.stop_with

    def append(self, journal: SegmentJournal) -> None:
        group = []
        for _ in range(self.random.randint(1, 4)):
            key = len(self.attempted).to_bytes(4, "big")
            self.attempted[key] = some_record(self.random, key)
            group.append(self.attempted[key])
        was_failed, before = journal.is_failed, self.disk.operations
        try:
            places = journal.append_group(group)
        except JournalFailed:
            if was_failed and self.disk.operations != before:
                raise Violated("a sealed journal touched the disk") from None
            return
        for pending, place in zip(group, places, strict=True):
            self.acknowledged[pending.batch_key] = place

    def apply(self) -> bool:
        """Whether there was something to apply."""
        try:
            if self.random.random() < 0.1:
                self.appliers.replace()
            has_applied = self.appliers.step(self.reader, self.random.choice((1, 500, 10_000)))
            if not self.appliers.step_zombie():
                raise Violated("an applier that was replaced has changed the ledger")
        except LedgerAhead as ahead:
            if self.is_recovered:
                raise Violated(f"the applier read what the journal does not keep: {ahead}") from ahead
            return False  # The end that was published is not there again before the journal is recovered.
        except (JournalError, sqlite3.IntegrityError) as alarm:
            raise Violated(f"the applier read what is not there: {alarm}") from alarm
        return has_applied

    def maybe_end_applier(self) -> None:
        if self.may_applier_die and self.random.random() < 0.03:
            raise ApplierDied

    def drop(self) -> None:
        """What the applier will not ask for: all ids of it are forgotten."""
        self.know(self.read_all()[0])
        ledger = self.appliers.ledger
        older_than_us = (ledger.newest_day() - DEDUPE_DAYS - 1) * DAY_US
        before = self.random.randint(0, ledger.applied())
        self.droppable |= {
            key for key, place in self.acknowledged.items() if place.end <= before and place.ingest_us < older_than_us
        }
        drop_sealed(JOURNAL, before, older_than_us, disk=self.disk)

    def know(self, records: list[Record]) -> None:
        self.known |= {record.position: record for record in records}

    # --- what must hold

    def check_published(self, end: int) -> None:
        """A power failure now would leave everything before `end`."""
        if end < self.published:
            raise Violated(f"the published end went back from {self.published} to {end}")
        self.published = end
        known = [base for base in bases(self.disk, JOURNAL) if base < end]
        for base, following in zip_longest(known, known[1:], fillvalue=end):
            path = segment_path(JOURNAL, base)
            size = SEGMENT_HEADER_BYTES + following - base
            if (self.disk.on_platter(path) or b"")[:size] != self.disk.content(path)[:size]:
                raise Violated(f"{end} was published, but {path.name} is not synced up to there")

    def check(self) -> None:
        """The whole journal against what was appended and what was said of it. Only right after a start or an end."""
        try:
            records, first = self.read_all()
        except JournalCorrupt as alarm:
            raise Violated(f"what is published is not there: {alarm}") from alarm
        self.check_records(records)
        self.check_acknowledged(records, first)
        self.check_applied(records)
        self.check_verified()

    def check_records(self, records: list[Record]) -> None:
        keys = [record.batch_key for record in records]
        if len(set(keys)) < len(keys):
            raise Violated("a record stands in the journal twice")
        if keys != sorted(keys):
            raise Violated("records stand in another order than they were appended in")
        for record in records:
            if self.attempted.get(record.batch_key) != _as_appended(record):
                raise Violated(f"the record at {record.position} is not what was appended")
        if any(earlier.ingest_us > later.ingest_us for earlier, later in pairwise(records)):
            raise Violated("ingest time decreased")

    def check_acknowledged(self, records: list[Record], first: int) -> None:
        by_key = {record.batch_key: record for record in records}
        for key, place in self.acknowledged.items():
            there = by_key.get(key)
            if there is None and not (key in self.droppable and place.end <= first):
                raise Violated(f"the acknowledged record at {place.position} is lost")
            if there is not None and place != Appended(there.position, there.end, there.ingest_us):
                raise Violated(f"the record at {there.position} was acknowledged as {place}")

    def check_applied(self, records: list[Record]) -> None:
        self.know(records)
        ledger = self.appliers.ledger
        applied = ledger.applied()
        before = [self.known[position] for position in sorted(self.known) if position < applied]
        if applied != (before[-1].end if before else 0):
            raise Violated(f"the ledger has applied up to {applied}, where no record ends")
        model = Model.of(before)
        usages = ledger.usage(0, EVER_US)
        said = {(usage.tenant, usage.customer, usage.meter): usage.quantity for usage in usages}
        if said != model.quantities():
            raise Violated(f"the rollups up to {applied} are {said}, not {model.quantities()}")
        counts = {outcome: events for outcome, events in ledger.counts().items() if events}
        if (counts, ledger.cut_no()) != (dict(model.counts), model.cuts):
            raise Violated(f"of what was applied up to {applied} the ledger says {counts}, not {dict(model.counts)}")

    def check_verified(self) -> None:
        if verify(JOURNAL, disk=self.disk).findings:
            raise Violated("verification finds damage where nothing was damaged")

    def read_all(self) -> tuple[list[Record], int]:
        reader = JournalReader(JOURNAL, disk=self.disk)
        records: list[Record] = []
        position = first = reader.first_position()
        while some := reader.read(position, 1 << 20):
            records += some
            position = some[-1].end
        if position != reader.durable_end():
            raise Violated(f"reading ended at {position}, before the published {reader.durable_end()}")
        return records, first


def _as_appended(record: Record) -> Pending:
    return Pending(record.kind, record.tenant, record.count, record.body, record.batch_key)
