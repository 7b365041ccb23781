import errno
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from billing.journal.written import batch, bodies, records, segments

from sretool.billing.journal import Appended, JournalBusy, JournalFailed, Kind, Pending, SegmentJournal
from sretool.billing.journal.disk import File, OsDisk


class Observed(OsDisk):
    """The machine's disk, which notes what it is asked, and refuses what it is told to."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.refuses: dict[str, OSError] = {}

    def note(self, what: str) -> None:
        self.asked.append(what)
        if what in self.refuses:
            raise self.refuses[what]

    def create(self, path: Path) -> File:
        self.note("create")
        return ObservedFile(super().create(path), self.note)

    def change(self, path: Path) -> File:
        return ObservedFile(super().change(path), self.note)

    def sync_directory(self, path: Path) -> None:
        self.note("sync directory")
        super().sync_directory(path)


class ObservedFile:
    def __init__(self, file: File, note: Callable[[str], None]) -> None:
        self._file, self._note = file, note
        self.read, self.size, self.truncate, self.close = file.read, file.size, file.truncate, file.close

    def write(self, offset: int, parts: Sequence[bytes]) -> None:
        self._note("write")
        self._file.write(offset, parts)

    def sync(self) -> None:
        self._note("sync")
        self._file.sync()


@pytest.fixture
def disk() -> Observed:
    return Observed()


@pytest.fixture
def journal(tmp_path: Path, disk: Observed) -> SegmentJournal:
    return SegmentJournal.open(tmp_path / "journal", disk=disk, clock=lambda: 1_000)


def test_a_group_is_one_write_and_one_sync(journal: SegmentJournal, disk: Observed) -> None:
    disk.asked.clear()
    journal.append_group([batch(b"[%d]" % number) for number in range(50)])

    assert disk.asked == ["write", "sync"]


def test_a_group_of_more_parts_than_one_call_takes_is_written_whole(journal: SegmentJournal, tmp_path: Path) -> None:
    journal.append_group([batch(b"[%d]" % number) for number in range(3_000)])

    assert bodies(tmp_path / "journal") == [b"[%d]" % number for number in range(3_000)]


def test_a_new_segment_is_durable_under_its_name_before_anything_is_appended(tmp_path: Path, disk: Observed) -> None:
    journal = SegmentJournal.open(tmp_path / "journal", disk=disk, segment_bytes=1)
    journal.append_group([batch()])
    disk.asked.clear()
    journal.append_group([batch()])

    assert disk.asked == ["create", "write", "sync", "sync directory", "write", "sync"]
    assert len(segments(tmp_path / "journal")) == 2


def test_the_places_that_are_given_are_those_of_the_records(journal: SegmentJournal, tmp_path: Path) -> None:
    places = journal.append_group([batch(b"[1]"), Pending(Kind.CUT, "", 0, b"{}")]) + journal.append_group([batch()])

    assert places == [Appended(record.position, record.end, 1_000) for record in records(tmp_path / "journal")]
    assert journal.durable_end == places[-1].end


def test_an_empty_group_is_nothing(journal: SegmentJournal, disk: Observed) -> None:
    disk.asked.clear()

    assert (journal.append_group([]), disk.asked) == ([], [])


@pytest.mark.parametrize("what", ["write", "sync"])
def test_after_a_failure_nothing_is_written_synced_or_acknowledged_again(
    journal: SegmentJournal, disk: Observed, what: str
) -> None:
    disk.refuses = {what: OSError(errno.EIO, "broken")}
    with pytest.raises(JournalFailed, match=r"is sealed: \[Errno 5\] broken"):
        journal.append_group([batch()])
    disk.refuses = {}
    disk.asked.clear()

    with pytest.raises(JournalFailed, match="is sealed"):
        journal.append_group([batch()])
    journal.close()
    assert (journal.is_failed, disk.asked) == (True, [])


def test_a_segment_that_cannot_be_created_seals_the_journal(tmp_path: Path, disk: Observed) -> None:
    journal = SegmentJournal.open(tmp_path / "journal", disk=disk, segment_bytes=1)
    journal.append_group([batch(b"[1]")])
    disk.refuses = {"create": OSError(errno.ENOSPC, "full")}
    with pytest.raises(JournalFailed, match="full"):
        journal.append_group([batch(b"[2]")])
    journal.close()
    disk.refuses = {}

    reopened = SegmentJournal.open(tmp_path / "journal", disk=disk, segment_bytes=1)
    reopened.append_group([batch(b"[3]")])
    assert bodies(tmp_path / "journal") == [b"[1]", b"[3]"]


def test_a_failed_group_is_not_published(journal: SegmentJournal, disk: Observed, tmp_path: Path) -> None:
    journal.append_group([batch(b"[1]")])
    disk.refuses = {"sync": OSError(errno.EIO, "broken")}
    with pytest.raises(JournalFailed):
        journal.append_group([batch(b"[2]")])

    assert bodies(tmp_path / "journal") == [b"[1]"]


@pytest.mark.parametrize(
    "pending",
    [
        Pending(Kind.BATCH, "acme", 1, bytes(8 << 20)),
        Pending(Kind.BATCH, "a" * 70_000, 1, b""),
        Pending(Kind.BATCH, "acme", 1, b"", bytes(70_000)),
        Pending(Kind.BATCH, "acme", 1 << 32, b""),
        Pending(Kind.BATCH, "acme", -1, b""),
    ],
)
def test_what_could_not_be_read_again_is_refused_and_seals_nothing(
    journal: SegmentJournal, tmp_path: Path, pending: Pending
) -> None:
    with pytest.raises(ValueError, match=r"large|bound"):
        journal.append_group([batch(b"[1]"), pending])

    journal.append_group([batch(b"[2]")])
    assert bodies(tmp_path / "journal") == [b"[2]"]


def test_a_closed_journal_appends_nothing(journal: SegmentJournal) -> None:
    journal.close()

    with pytest.raises(JournalFailed, match="is closed"):
        journal.append_group([batch()])


def test_a_second_writer_is_refused_while_the_first_lives(journal: SegmentJournal, tmp_path: Path) -> None:
    code = (
        "import pathlib, sys\n"
        "from sretool.billing.journal import SegmentJournal\n"
        "SegmentJournal.open(pathlib.Path(sys.argv[1]))"
    )

    def second_writer() -> str:
        return subprocess.run(
            [sys.executable, "-c", code, tmp_path / "journal"], capture_output=True, text=True, check=False
        ).stderr

    refused = second_writer()
    journal.close()

    assert f"JournalBusy: {tmp_path / 'journal'} is being written by another process" in refused
    assert second_writer() == ""


def test_the_same_process_is_no_exception(journal: SegmentJournal, tmp_path: Path) -> None:
    with pytest.raises(JournalBusy):
        SegmentJournal.open(tmp_path / "journal")


def test_ingest_time_survives_segments_that_are_gone(tmp_path: Path) -> None:
    """A new segment says in its header how late it was, since it may be empty when the clock is asked next."""
    first = SegmentJournal.open(tmp_path / "journal", clock=lambda: 9_000, segment_bytes=1)
    first.append_group([batch()])
    first.append_group([batch()])
    first.close()
    segments(tmp_path / "journal")[0].unlink()
    second = segments(tmp_path / "journal")[0]
    second.write_bytes(second.read_bytes()[:64])
    (tmp_path / "journal" / "durable").unlink()
    journal = SegmentJournal.open(tmp_path / "journal", clock=lambda: 1_000)

    assert journal.append_group([batch()])[0].ingest_us == 9_000
