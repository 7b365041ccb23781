from pathlib import Path

import pytest
from billing.journal.written import batch, flip, publish, records, reopen, segments, write

from sretool.billing.journal import SegmentJournal, verify

GROUPS = [[b"[1]", b"[2]"], [b"[3]"], [b"[4]"]]


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    write(tmp_path / "journal", GROUPS)
    return tmp_path / "journal"


@pytest.fixture
def rolled(tmp_path: Path) -> Path:
    write(tmp_path / "rolled", GROUPS, segment_bytes=1)
    return tmp_path / "rolled"


def test_a_sound_journal_is_counted(rolled: Path) -> None:
    verified = verify(rolled)

    assert (verified.segments, verified.records, verified.events, verified.findings) == (3, 4, 4, [])
    assert (verified.first, verified.end, verified.published) == (0, records(rolled)[-1].end, records(rolled)[-1].end)


def test_every_damaged_place_is_found_and_what_lies_between_is_counted(journal: Path) -> None:
    whole = records(journal)
    flip(segments(journal)[0], 64 + whole[0].position)
    flip(segments(journal)[0], 64 + whole[2].end - 1)
    verified = verify(journal)

    assert [(finding.offset, finding.what) for finding in verified.findings] == [
        (64, "no record begins here"),
        (64 + whole[2].position, "the record is damaged"),
    ]
    assert verified.records == 2


def test_damage_in_a_sealed_segment_is_found(rolled: Path) -> None:
    path = segments(rolled)[0]
    flip(path, path.stat().st_size - 1)

    assert [(finding.path, finding.what) for finding in verify(rolled).findings] == [(path, "the record is damaged")]


def test_damage_to_the_last_published_record_is_found(journal: Path) -> None:
    path = segments(journal)[0]
    flip(path, path.stat().st_size - 1)

    assert [finding.offset for finding in verify(journal).findings] == [64 + 3 * 55]


def test_a_torn_tail_that_nobody_was_told_of_is_no_damage(journal: Path) -> None:
    path = segments(journal)[0]
    publish(journal, records(journal)[2].end)
    path.write_bytes(path.read_bytes()[:-1])
    verified = verify(journal)

    assert (verified.findings, verified.records, verified.unpublished_bytes) == ([], 3, 54)


def test_a_segment_cut_off_while_it_was_created_is_no_damage(journal: Path) -> None:
    (journal / f"{reopen(journal):020d}.seg").write_bytes(b"SRT")

    assert verify(journal).findings == []


def test_a_gap_is_found(rolled: Path) -> None:
    segments(rolled)[1].unlink()

    assert [finding.path for finding in verify(rolled).findings] == [segments(rolled)[0]]


def test_a_damaged_header_is_found(rolled: Path) -> None:
    flip(segments(rolled)[1], 0)

    assert [finding.what for finding in verify(rolled).findings] == ["the segment's header is damaged"]


def test_published_records_that_are_not_there_are_found(journal: Path) -> None:
    path = segments(journal)[0]
    path.write_bytes(path.read_bytes()[: 64 + 3 * 55])

    assert [finding.what for finding in verify(journal).findings] == [
        f"the records end at 165, but {4 * 55} was published"
    ]


def test_a_damaged_header_of_the_last_segment_is_one_finding(journal: Path) -> None:
    flip(segments(journal)[0], 0)

    assert [finding.what for finding in verify(journal).findings] == ["the segment's header is damaged"]


def test_no_journal_is_a_sound_one(tmp_path: Path) -> None:
    (tmp_path / "journal").mkdir()

    assert (verify(tmp_path / "journal").segments, verify(tmp_path / "journal").findings) == (0, [])


def test_a_journal_that_is_being_written_is_sound_at_every_point(tmp_path: Path) -> None:
    findings = []

    def look(_: str) -> None:
        findings.extend(verify(tmp_path / "journal").findings)

    journal = SegmentJournal.open(tmp_path / "journal", segment_bytes=100, fail_point=look)
    for _ in range(5):
        journal.append_group([batch(), batch()])

    assert findings == []
    assert verify(tmp_path / "journal").records == 10
