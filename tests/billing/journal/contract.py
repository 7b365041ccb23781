"""What every Journal promises. An implementation brings a Bench and subclasses JournalContract."""

from abc import ABC, abstractmethod

import pytest

from sretool.billing.journal import Indeterminate, Journal, Kind, Pending, Position, Record


class Bench(ABC):
    """A journal, and the means to bring it into trouble."""

    partitions: tuple[int, ...] = (0,)

    @abstractmethod
    def journal(self) -> Journal:
        """The writer of now."""

    @abstractmethod
    def break_next_append(self) -> None:
        """Let the next append end so that its caller cannot know whether the records are there."""

    @abstractmethod
    def restart(self) -> Journal:
        """The writer after a crash."""

    @abstractmethod
    def take_over(self) -> Journal | None:
        """A second writer beside the first, which does not know that it was replaced; None if it is refused."""

    @abstractmethod
    def set_clock_us(self, now_us: int) -> None: ...


class JournalContract:
    @pytest.fixture
    def partition(self, bench: Bench) -> int:
        return bench.partitions[-1]

    def test_what_was_appended_can_be_read_as_it_was(self, bench: Bench, partition: int) -> None:
        journal = bench.journal()

        position = appended(journal, partition, b"k", [batch(b"[1]"), batch(b""), batch(bytes(300_000))])

        records = everything(journal, partition)
        assert [(record.body, record.batch_key, record.tenant, record.count) for record in records] == [
            (b"[1]", b"k", "acme", 2),
            (b"", b"k", "acme", 2),
            (bytes(300_000), b"k", "acme", 2),
        ]
        assert (position.position, position.end) == (records[0].position, records[-1].end)
        assert {record.ingest_us for record in records} == {position.ingest_us}

    def test_positions_form_a_chain_that_reading_can_resume_at(self, bench: Bench, partition: int) -> None:
        journal = bench.journal()
        for number in range(20):
            appended(journal, partition, b"", [batch(b"x" * number)])

        records = everything(journal, partition)

        assert [record.position for record in records[1:]] == [record.end for record in records[:-1]]
        for index, record in enumerate(records):
            assert journal.read(partition, record.end, 1 << 20) == records[index + 1 :]

    def test_reading_gives_at_least_one_record_and_then_no_more_than_was_asked_for(
        self, bench: Bench, partition: int
    ) -> None:
        journal = bench.journal()
        position = appended(journal, partition, b"", [batch(bytes(1000)) for _ in range(10)])
        size = (position.end - position.position) // 10

        counts = [len(journal.read(partition, position.position, most)) for most in (1, size, 2 * size, 3 * size - 1)]

        assert counts == [1, 1, 2, 2]

    def test_reading_twice_gives_the_same(self, bench: Bench, partition: int) -> None:
        journal = bench.journal()
        appended(journal, partition, b"k", [batch(b"[1]"), batch(b"[2]")])

        assert journal.read(partition, 0, 1000) == journal.read(partition, 0, 1000)

    def test_nothing_stands_behind_the_durable_end(self, bench: Bench, partition: int) -> None:
        journal = bench.journal()
        position = appended(journal, partition, b"", [batch(b"[1]")])

        assert journal.durable_end(partition) == position.end
        assert journal.read(partition, position.end, 1000) == []

    def test_a_cut_has_every_partition_and_all_that_was_acknowledged(self, bench: Bench, partition: int) -> None:
        journal = bench.journal()
        before = journal.cut()
        position = appended(journal, partition, b"", [batch(b"[1]")])
        after = journal.cut()

        assert set(before) == set(after) == set(bench.partitions)
        assert after[partition] == position.end
        assert all(before[other] <= after[other] for other in bench.partitions)

    def test_partitions_know_nothing_of_each_other(self, bench: Bench) -> None:
        journal = bench.journal()
        for other in bench.partitions:
            appended(journal, other, b"", [batch(b"%d" % other)])

        assert [everything(journal, other)[0].body for other in bench.partitions] == [
            b"%d" % other for other in bench.partitions
        ]

    def test_a_partition_that_is_not_there_is_refused(self, bench: Bench) -> None:
        with pytest.raises(ValueError, match="partition"):
            bench.journal().append(len(bench.partitions), b"", [batch(b"")])

    def test_ingest_time_never_decreases_also_across_a_restart(self, bench: Bench, partition: int) -> None:
        journal = bench.journal()
        stamps = []
        for now_us in (5_000, 9_000, 4_000):
            bench.set_clock_us(now_us)
            stamps.append(appended(journal, partition, b"", [batch(b"")]).ingest_us)
        bench.set_clock_us(1_000)
        stamps.append(appended(bench.restart(), partition, b"", [batch(b"")]).ingest_us)

        assert stamps == [5_000, 9_000, 9_000, 9_000]

    def test_what_was_acknowledged_is_there_after_a_restart(self, bench: Bench, partition: int) -> None:
        journal = bench.journal()
        for number in range(10):
            appended(journal, partition, b"%d" % number, [batch(b"[%d]" % number)])
        before = everything(journal, partition)

        assert everything(bench.restart(), partition) == before

    def test_an_indeterminate_append_can_be_repeated(self, bench: Bench, partition: int) -> None:
        appended(bench.journal(), partition, b"before", [batch(b"[0]")])
        bench.break_next_append()
        broken = bench.journal().append(partition, b"k", [batch(b"[1]")])
        journal = bench.restart()

        again = appended(journal, partition, b"k", [batch(b"[1]")])

        assert isinstance(broken, Indeterminate)
        keys = [record.batch_key for record in everything(journal, partition)]
        assert keys in ([b"before", b"k"], [b"before", b"k", b"k"])
        assert [record.body for record in journal.read(partition, again.position, 1000)] == [b"[1]"]

    def test_redelivery_is_told_by_its_key(self, bench: Bench, partition: int) -> None:
        journal = bench.journal()
        for _ in range(2):
            appended(journal, partition, b"same", [batch(b"[1]")])

        records = everything(journal, partition)

        assert {(record.batch_key, record.body) for record in records} == {(b"same", b"[1]")}

    def test_of_two_writers_only_one_is_acknowledged(self, bench: Bench, partition: int) -> None:
        first = bench.journal()
        appended(first, partition, b"", [batch(b"[0]")])
        second = bench.take_over()

        outcomes = [writer.append(partition, b"", [batch(b"[1]")]) for writer in (second, first) if writer is not None]

        acknowledged = [outcome for outcome in outcomes if isinstance(outcome, Position)]
        assert len(acknowledged) == 1
        assert [record.body for record in everything(second or first, partition)] == [b"[0]", b"[1]"]


def batch(body: bytes) -> Pending:
    return Pending(Kind.BATCH, "acme", 2, body)


def appended(journal: Journal, partition: int, key: bytes, records: list[Pending]) -> Position:
    outcome = journal.append(partition, key, records)
    assert isinstance(outcome, Position)
    return outcome


def everything(journal: Journal, partition: int) -> list[Record]:
    records: list[Record] = []
    while some := journal.read(partition, records[-1].end if records else 0, 5_000):
        records += some
    return records
