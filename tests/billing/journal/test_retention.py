from pathlib import Path

import pytest
from billing.journal.written import batch, bodies, records, segments

from sretool.billing.journal import SegmentJournal, drop_sealed, verify


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """Four segments of a record each, a second apart."""
    times = iter(range(1_000_000, 9_000_000, 1_000_000))
    journal = SegmentJournal.open(tmp_path / "journal", clock=lambda: next(times), segment_bytes=1)
    for number in range(4):
        journal.append_group([batch(b"[%d]" % number)])
    journal.close()
    return tmp_path / "journal"


def test_what_is_old_and_recounted_goes(journal: Path) -> None:
    before, names = records(journal)[1].end, segments(journal)[:2]

    assert drop_sealed(journal, before, 10_000_000) == names
    assert bodies(journal) == [b"[2]", b"[3]"]
    assert verify(journal).findings == []


def test_what_is_not_recounted_stays(journal: Path) -> None:
    drop_sealed(journal, records(journal)[1].end - 1, 10_000_000)

    assert bodies(journal) == [b"[1]", b"[2]", b"[3]"]


def test_what_is_not_old_enough_stays(journal: Path) -> None:
    drop_sealed(journal, 10**9, 2_000_000)

    assert bodies(journal) == [b"[1]", b"[2]", b"[3]"]


def test_the_last_segment_stays(journal: Path) -> None:
    drop_sealed(journal, 10**9, 10**9)

    assert bodies(journal) == [b"[3]"]


def test_positions_go_on_behind_what_was_dropped(journal: Path) -> None:
    end = records(journal)[-1].end
    drop_sealed(journal, 10**9, 10**9)
    reopened = SegmentJournal.open(journal)

    assert reopened.append_group([batch()])[0].position == end
