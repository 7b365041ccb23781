"""The contract of a Journal, held by the segment journal on two disks and by a fake."""

from pathlib import Path
from random import Random

import pytest
from billing.journal.contract import Bench, JournalContract
from billing.journal.memory import Log, MemoryJournal

from sretool.billing.journal import Journal, JournalBusy, JournalReader, OnePartition, SegmentJournal
from sretool.billing.simulation.disk import SimulatedDisk


class MemoryBench(Bench):
    partitions = (0, 1, 2)

    def __init__(self, *, stores_broken: bool) -> None:
        self.now_us = 1_000
        self.log = Log({partition: [] for partition in self.partitions}, stores_broken=stores_broken)
        self.current = MemoryJournal(self.log, self.clock)

    def clock(self) -> int:
        return self.now_us

    def journal(self) -> Journal:
        return self.current

    def break_next_append(self) -> None:
        self.log.breaks_next = True

    def restart(self) -> Journal:
        self.current = MemoryJournal(self.log, self.clock)
        return self.current

    def take_over(self) -> Journal | None:
        return MemoryJournal(self.log, self.clock)

    def set_clock_us(self, now_us: int) -> None:
        self.now_us = now_us


class SegmentBench(Bench):
    """On the machine's disk; a fail point raises what a disk would."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.now_us = 1_000
        self.breaks_at: str | None = None
        self.writer = self.open()

    def open(self) -> SegmentJournal:
        return SegmentJournal.open(
            self.directory, clock=lambda: self.now_us, segment_bytes=2_000, fail_point=self.fail_point
        )

    def fail_point(self, name: str) -> None:
        if name == self.breaks_at:
            self.breaks_at = None
            raise OSError("broken")

    def journal(self) -> Journal:
        return OnePartition(self.writer, JournalReader(self.directory))

    def break_next_append(self) -> None:
        self.breaks_at = "journal.after_write"

    def restart(self) -> Journal:
        self.writer.close()
        self.writer = self.open()
        return self.journal()

    def take_over(self) -> Journal | None:
        with pytest.raises(JournalBusy):
            self.open()
        return None

    def set_clock_us(self, now_us: int) -> None:
        self.now_us = now_us


class SimulatedBench(Bench):
    """On the simulated disk; a restart is a power failure."""

    def __init__(self, seed: int) -> None:
        self.disk = SimulatedDisk(Random(seed))
        self.now_us = 1_000
        self.writer = self.open()

    def open(self) -> SegmentJournal:
        return SegmentJournal.open(
            Path("/journal"), disk=self.disk, clock=lambda: self.now_us, segment_bytes=2_000, fail_point=lambda _: None
        )

    def journal(self) -> Journal:
        return OnePartition(self.writer, JournalReader(Path("/journal"), disk=self.disk))

    def break_next_append(self) -> None:
        self.disk.fails_next_sync = True

    def restart(self) -> Journal:
        self.disk.lose_power()
        self.writer = self.open()
        return self.journal()

    def take_over(self) -> Journal | None:
        self.disk.end_process()  # The claim is lost, as with a writer whose machine was thought dead, and then closed.
        self.writer.close()
        self.writer = self.open()
        return self.journal()

    def set_clock_us(self, now_us: int) -> None:
        self.now_us = now_us


class TestMemoryJournal(JournalContract):
    @pytest.fixture(params=[False, True], ids=["forgets what broke", "keeps what broke"])
    def bench(self, request: pytest.FixtureRequest) -> Bench:
        return MemoryBench(stores_broken=request.param)


class TestSegmentJournal(JournalContract):
    @pytest.fixture
    def bench(self, tmp_path: Path) -> Bench:
        return SegmentBench(tmp_path / "journal")


class TestSegmentJournalOnADiskThatForgets(JournalContract):
    @pytest.fixture(params=range(5))
    def bench(self, request: pytest.FixtureRequest) -> Bench:
        return SimulatedBench(request.param)
