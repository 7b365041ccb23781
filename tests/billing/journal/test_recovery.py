"""A torn tail is cut off; damage to what had been synced is an alarm, and changes not a byte."""

import shutil
from pathlib import Path

import pytest
from billing.journal.written import batch, bodies, flip, publish, records, reopen, segments, write

from sretool.billing.journal import JournalCorrupt, SegmentJournal

HEADER = 64
GROUPS = [[b"[1]", b"[2]"], [b"[3]"], [b"[4]", b"[5]", b"[6]"]]


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    write(tmp_path / "journal", GROUPS)
    return tmp_path / "journal"


@pytest.fixture
def last_group(journal: Path) -> int:
    """Where the last group begins. After the power failure nobody knows that it was synced."""
    position = records(journal)[3].position
    publish(journal, position)
    return position


def content(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir()}


def test_a_tail_torn_at_any_byte_leaves_the_whole_records_before_it(
    journal: Path, last_group: int, tmp_path: Path
) -> None:
    whole = segments(journal)[0].read_bytes()
    ends = [record.end for record in records_up_to_the_end(journal)]
    publish(journal, last_group)
    for size in range(HEADER + last_group, len(whole)):
        torn = shutil.copytree(journal, tmp_path / f"torn-{size}")
        segments(torn)[0].write_bytes(whole[:size])

        assert reopen(torn) == max(end for end in ends if HEADER + end <= size)


def records_up_to_the_end(journal: Path) -> list:
    reopen(journal)
    return records(journal)


def test_a_bad_byte_anywhere_in_an_unpublished_last_group_is_a_torn_tail(
    journal: Path, last_group: int, tmp_path: Path
) -> None:
    """Pages reach a disk in any order: whole records of the same group behind the bad byte prove nothing."""
    size = segments(journal)[0].stat().st_size
    for offset in range(HEADER + last_group, size, 7):
        torn = shutil.copytree(journal, tmp_path / f"torn-{offset}")
        flip(segments(torn)[0], offset)
        reopen(torn)

        kept = bodies(torn)
        assert kept == [b"[1]", b"[2]", b"[3]", b"[4]", b"[5]", b"[6]"][: len(kept)]
        assert 3 <= len(kept) < 6


def test_a_bad_byte_before_a_later_group_is_an_alarm_even_if_nobody_saw_it_published(
    journal: Path, last_group: int, tmp_path: Path
) -> None:
    publish(journal, 0)
    for offset in range(HEADER, HEADER + last_group, 5):
        damaged = shutil.copytree(journal, tmp_path / f"damaged-{offset}")
        flip(segments(damaged)[0], offset)
        before = content(damaged)

        with pytest.raises(JournalCorrupt, match="a record of a later group stands at position"):
            reopen(damaged)
        assert content(damaged) == before


def test_a_bad_byte_in_a_published_last_group_is_an_alarm(journal: Path) -> None:
    flip(segments(journal)[0], segments(journal)[0].stat().st_size - 1)
    before = content(journal)

    with pytest.raises(JournalCorrupt, match="were published") as alarm:
        reopen(journal)
    assert (alarm.value.path, alarm.value.offset) == (segments(journal)[0], HEADER + records_end(journal, 5))
    assert content(journal) == before


def records_end(journal: Path, count: int) -> int:
    """The records are all of one size."""
    return (segments(journal)[0].stat().st_size - HEADER) // 6 * count


def test_an_alarm_names_the_file_the_byte_and_the_remedy(journal: Path) -> None:
    flip(segments(journal)[0], HEADER)

    with pytest.raises(JournalCorrupt) as alarm:
        reopen(journal)
    assert str(alarm.value) == (
        f"{segments(journal)[0]}: byte 64: no record begins here, but records up to position "
        f"{records_end(journal, 6)} were published; remedy: restore the journal's files from a copy; only if the file "
        "`durable` itself is damaged, and `sretool billing journal verify` finds nothing else, remove `durable`"
    )


def test_published_records_that_are_not_there_are_an_alarm(journal: Path) -> None:
    path = segments(journal)[0]
    path.write_bytes(path.read_bytes()[: HEADER + records_end(journal, 5)])

    with pytest.raises(JournalCorrupt, match="the file ends here, but records up to position"):
        reopen(journal)


@pytest.mark.parametrize("tail", [bytes(500), b"\xf5SRT" + bytes(100), b"[" * 1000, b"\x00"])
def test_zeros_and_garbage_behind_the_last_record_are_a_torn_tail(journal: Path, tail: bytes) -> None:
    path = segments(journal)[0]
    whole = path.read_bytes()
    path.write_bytes(whole + tail)
    reopen(journal)

    assert path.read_bytes() == whole


def test_appending_goes_on_behind_what_recovery_kept(journal: Path, last_group: int) -> None:
    path = segments(journal)[0]
    path.write_bytes(path.read_bytes()[:-1])
    write(journal, [[b"[7]"]])

    assert bodies(journal) == [b"[1]", b"[2]", b"[3]", b"[4]", b"[5]", b"[7]"]


@pytest.mark.parametrize("size", [0, 1, 63, 64])
def test_a_segment_cut_off_while_it_was_created_is_made_again(journal: Path, size: int) -> None:
    end = reopen(journal)
    (journal / f"{end:020d}.seg").write_bytes(bytes(size))
    write(journal, [[b"[7]"]])

    assert len(segments(journal)) == 1
    assert bodies(journal)[-1] == b"[7]"


def test_a_first_segment_cut_off_while_it_was_created_is_made_again(tmp_path: Path) -> None:
    directory = tmp_path / "journal"
    directory.mkdir()
    (directory / f"{0:020d}.seg").write_bytes(b"SRT")
    write(directory, [[b"[1]"]])

    assert bodies(directory) == [b"[1]"]


def test_a_damaged_header_of_a_segment_with_records_is_an_alarm(journal: Path) -> None:
    publish(journal, 0)
    flip(segments(journal)[0], 20)

    with pytest.raises(JournalCorrupt, match="the segment's header is damaged"):
        reopen(journal)


def test_a_later_version_is_refused_by_its_number(journal: Path) -> None:
    path = segments(journal)[0]
    content = bytearray(path.read_bytes())
    content[8] = 2
    path.write_bytes(content)

    with pytest.raises(JournalCorrupt, match="the segment has version 2, and this program reads 1"):
        reopen(journal)


@pytest.fixture
def rolled(tmp_path: Path) -> Path:
    write(tmp_path / "rolled", [[b"[1]"], [b"[2]"], [b"[3]"]], segment_bytes=1)
    return tmp_path / "rolled"


def test_a_missing_segment_in_the_middle_is_an_alarm(rolled: Path) -> None:
    segments(rolled)[1].unlink()

    with pytest.raises(JournalCorrupt, match="the next segment begins at"):
        reopen(rolled)


def test_a_sealed_segment_that_lost_its_end_is_an_alarm(rolled: Path) -> None:
    path = segments(rolled)[0]
    path.write_bytes(path.read_bytes()[:-1])

    with pytest.raises(JournalCorrupt, match="the next segment begins at"):
        reopen(rolled)


def test_a_missing_last_segment_is_an_alarm(rolled: Path) -> None:
    segments(rolled)[-1].unlink()

    with pytest.raises(JournalCorrupt, match="were published"):
        reopen(rolled)


def test_a_journal_whose_segments_are_all_gone_is_an_alarm(rolled: Path) -> None:
    for path in segments(rolled):
        path.unlink()

    with pytest.raises(JournalCorrupt, match="no segment, but"):
        reopen(rolled)


def test_a_renamed_segment_is_an_alarm(rolled: Path) -> None:
    segments(rolled)[-1].rename(rolled / f"{10_000:020d}.seg")
    publish(rolled, 0)

    with pytest.raises(JournalCorrupt, match="the next segment begins at 10000"):
        reopen(rolled)


def test_the_published_end_is_made_again_when_it_is_lost(journal: Path) -> None:
    (journal / "durable").unlink()
    reopen(journal)

    assert len(bodies(journal)) == 6


def test_a_failed_recovery_lets_the_next_one_try(journal: Path) -> None:
    def broken(name: str) -> None:
        raise OSError(name)

    path = segments(journal)[0]
    path.write_bytes(path.read_bytes() + b"torn")
    with pytest.raises(OSError, match=r"recovery\.before_truncate"):
        SegmentJournal.open(journal, fail_point=broken)

    reopened = SegmentJournal.open(journal)
    reopened.append_group([batch(b"[7]")])
    reopened.close()
    assert bodies(journal)[-1] == b"[7]"
