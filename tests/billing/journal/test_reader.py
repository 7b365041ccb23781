import subprocess
import sys
from pathlib import Path

import pytest
from billing.journal.written import batch, bodies, flip, publish, records, segments, write

from sretool.billing.journal import JournalCorrupt, JournalReader, NoRecordAt, PositionGone, SegmentJournal

READ_IN_ANOTHER_PROCESS = """
import pathlib, sys
from sretool.billing.journal import JournalReader
reader = JournalReader(pathlib.Path(sys.argv[1]))
for line in sys.stdin:
    print([record.body for record in reader.read(0, 1000)], flush=True)
"""


def test_a_journal_that_is_not_there_yet_is_empty(tmp_path: Path) -> None:
    reader = JournalReader(tmp_path / "journal")
    before = (reader.durable_end(), reader.first_position(), reader.read(0, 1000))
    write(tmp_path / "journal", [[b"[1]"]])

    assert before == (0, 0, [])
    assert [record.body for record in reader.read(0, 1000)] == [b"[1]"]


def test_another_process_sees_a_group_once_it_is_published(tmp_path: Path) -> None:
    journal = SegmentJournal.open(tmp_path / "journal")
    command = [sys.executable, "-c", READ_IN_ANOTHER_PROCESS, str(tmp_path / "journal")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        seen = []
        for number in range(3):
            journal.append_group([batch(b"[%d]" % number)])
            other.stdin.write("read\n")
            other.stdin.flush()
            seen.append(other.stdout.readline().strip())

    assert seen == ["[b'[0]']", "[b'[0]', b'[1]']", "[b'[0]', b'[1]', b'[2]']"]


def test_what_is_written_and_not_published_is_not_read(tmp_path: Path) -> None:
    reader = JournalReader(tmp_path / "journal")
    seen = []

    def read(name: str) -> None:
        seen.append((name, len(reader.read(0, 1000))))

    SegmentJournal.open(tmp_path / "journal", fail_point=read).append_group([batch()])

    assert dict(seen) == {
        "journal.roll.after_create": 0,
        "journal.before_write": 0,
        "journal.after_write": 0,
        "journal.after_sync": 0,
        "journal.before_publish": 0,
        "journal.after_publish": 1,
    }


def test_one_reading_goes_across_segments_and_meets_new_ones(tmp_path: Path) -> None:
    journal = SegmentJournal.open(tmp_path / "journal", segment_bytes=1)
    reader = JournalReader(tmp_path / "journal")
    position = 0
    for number in range(60):  # More files than a reader keeps open.
        journal.append_group([batch(b"[%d]" % number)])
        (record,) = reader.read(position, 1000)
        position = record.end

    assert [record.body for record in reader.read(0, 1 << 20)] == [b"[%d]" % number for number in range(60)]
    assert len(reader.read(0, 2 * 60)) == 2


def test_a_record_is_found_by_its_position(tmp_path: Path) -> None:
    write(tmp_path / "journal", [[b"[1]", bytes(100_000)], [b"[3]"]], segment_bytes=1)
    reader = JournalReader(tmp_path / "journal")

    assert [reader.at(record.position) for record in records(tmp_path / "journal")] == records(tmp_path / "journal")


@pytest.mark.parametrize("position", [-1, 1, 50, 60, 10**18])
def test_no_record_begins_anywhere_else(tmp_path: Path, position: int) -> None:
    write(tmp_path / "journal", [[b"[1]", b"[2]"]])

    with pytest.raises(NoRecordAt):
        JournalReader(tmp_path / "journal").at(position)


def test_no_record_begins_at_the_end(tmp_path: Path) -> None:
    write(tmp_path / "journal", [[b"[1]"]])
    reader = JournalReader(tmp_path / "journal")

    with pytest.raises(NoRecordAt):
        reader.at(reader.durable_end())


def test_a_body_that_looks_like_a_record_is_none(tmp_path: Path) -> None:
    """Whoever asks for a position inside a batch gets nothing, whatever a client has sent."""
    write(tmp_path / "one", [[b"[1]"]])
    inner = segments(tmp_path / "one")[0].read_bytes()[64:]
    write(tmp_path / "journal", [[inner]])

    with pytest.raises(NoRecordAt):
        JournalReader(tmp_path / "journal").at(52)


def test_a_damaged_record_is_an_alarm_with_its_place(tmp_path: Path) -> None:
    write(tmp_path / "journal", [[b"[1]"], [b"[2]"]])
    second = records(tmp_path / "journal")[1]
    path = segments(tmp_path / "journal")[0]
    flip(path, 64 + second.end - 1)
    reader = JournalReader(tmp_path / "journal")

    for attempt in (lambda: reader.read(second.position, 1000), lambda: reader.at(second.position)):
        with pytest.raises(JournalCorrupt) as alarm:
            attempt()
        assert (alarm.value.path, alarm.value.offset) == (path, 64 + second.position)


def test_a_published_end_behind_the_last_record_is_an_alarm(tmp_path: Path) -> None:
    write(tmp_path / "journal", [[b"[1]"]])
    end = records(tmp_path / "journal")[0].end
    publish(tmp_path / "journal", end + 100)

    with pytest.raises(JournalCorrupt, match="the file ends"):
        JournalReader(tmp_path / "journal").read(end, 1000)


def test_a_position_that_was_dropped_says_where_the_journal_begins(tmp_path: Path) -> None:
    write(tmp_path / "journal", [[b"[1]"], [b"[2]"]], segment_bytes=1)
    reader, knowing = JournalReader(tmp_path / "journal"), JournalReader(tmp_path / "journal")
    first, second = knowing.read(0, 1000)
    segments(tmp_path / "journal")[0].unlink()

    with pytest.raises(PositionGone) as gone:
        reader.at(first.position)
    assert gone.value.first == reader.first_position() == second.position
    assert bodies(tmp_path / "journal") == [b"[2]"]


def test_reading_in_bulk_and_one_by_one_is_the_same(tmp_path: Path) -> None:
    write(tmp_path / "journal", [[bytes(number * 37) for number in range(40)]] * 3, segment_bytes=20_000)
    reader = JournalReader(tmp_path / "journal")
    one_by_one = []
    position = 0
    while some := reader.read(position, 1):
        one_by_one += some
        position = some[-1].end

    assert one_by_one == records(tmp_path / "journal")
    assert len(one_by_one) == 120
