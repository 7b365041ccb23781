import asyncio
import threading
from pathlib import Path

import pytest
from billing.journal.written import batch, bodies, records

from sretool.billing.journal import GroupCommitter, JournalFailed, SegmentJournal


class Gate:
    """Holds the journal's thread at a fail point until it is opened, and counts the groups that passed."""

    def __init__(self, point: str = "journal.after_write") -> None:
        self.point = point
        self.reached, self.opened = threading.Event(), threading.Event()
        self.failure: OSError | None = None
        self.groups = 0

    def __call__(self, name: str) -> None:
        if name == self.point:
            self.groups += 1
            self.reached.set()
            assert self.opened.wait(30)
            if self.failure is not None:
                raise self.failure

    async def wait(self) -> None:
        assert await asyncio.to_thread(self.reached.wait, 30)


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def journal(tmp_path: Path, gate: Gate) -> SegmentJournal:
    return SegmentJournal.open(tmp_path / "journal", fail_point=gate)


def test_who_waits_while_a_group_is_synced_forms_the_next(journal: SegmentJournal, gate: Gate, tmp_path: Path) -> None:
    async def story() -> None:
        committer = GroupCommitter(journal)
        first = asyncio.create_task(committer.append(batch(b"[0]")))
        await gate.wait()
        others = [asyncio.create_task(committer.append(batch(b"[%d]" % number))) for number in range(1, 20)]
        await asyncio.sleep(0)
        gate.opened.set()
        places = await asyncio.gather(first, *others)
        await committer.close()
        assert [place.position for place in places] == [record.position for record in records(tmp_path / "journal")]

    asyncio.run(story())

    assert gate.groups == 2
    assert bodies(tmp_path / "journal") == [b"[%d]" % number for number in range(20)]


def test_the_loop_goes_on_while_the_disk_is_slow(journal: SegmentJournal, gate: Gate) -> None:
    async def story() -> int:
        committer = GroupCommitter(journal)
        append = asyncio.create_task(committer.append(batch()))
        await gate.wait()
        turns = 0
        for _ in range(100):
            await asyncio.sleep(0)
            turns += not append.done()
        gate.opened.set()
        await append
        await committer.close()
        return turns

    assert asyncio.run(story()) == 100


def test_a_group_has_a_bound_in_bytes_but_at_least_one_record(journal: SegmentJournal, gate: Gate) -> None:
    async def story() -> None:
        committer = GroupCommitter(journal, group_bytes_max=1_000)
        gate.opened.set()
        await asyncio.gather(*(committer.append(batch(bytes(size))) for size in (400, 400, 400, 5_000, 10)))
        await committer.close()

    asyncio.run(story())

    assert gate.groups == 4


def test_everyone_hears_of_a_failure_also_who_comes_later(journal: SegmentJournal, gate: Gate) -> None:
    async def story() -> list[object]:
        committer = GroupCommitter(journal)
        first = asyncio.create_task(committer.append(batch()))
        await gate.wait()
        second = asyncio.create_task(committer.append(batch()))
        await asyncio.sleep(0)
        gate.failure = OSError("broken")
        gate.opened.set()
        outcomes = await asyncio.gather(first, second, return_exceptions=True)
        outcomes += await asyncio.gather(committer.append(batch()), return_exceptions=True)
        assert committer.is_failed
        await committer.close()
        return outcomes

    outcomes = asyncio.run(story())

    assert [type(outcome) for outcome in outcomes] == [JournalFailed] * 3
    assert len({id(outcome) for outcome in outcomes}) == 3


def test_a_record_too_large_fails_alone(journal: SegmentJournal, gate: Gate, tmp_path: Path) -> None:
    async def story() -> list[object]:
        committer = GroupCommitter(journal)
        gate.opened.set()
        outcomes = await asyncio.gather(
            committer.append(batch(b"[1]")),
            committer.append(batch(bytes(8 << 20))),
            committer.append(batch(b"[2]")),
            return_exceptions=True,
        )
        await committer.close()
        return outcomes

    assert [isinstance(outcome, ValueError) for outcome in asyncio.run(story())] == [False, True, False]
    assert bodies(tmp_path / "journal") == [b"[1]", b"[2]"]


def test_a_waiter_that_went_away_harms_nobody(journal: SegmentJournal, gate: Gate, tmp_path: Path) -> None:
    async def story() -> None:
        committer = GroupCommitter(journal)
        gone = asyncio.create_task(committer.append(batch(b"[1]")))
        await gate.wait()
        gone.cancel()
        staying = asyncio.create_task(committer.append(batch(b"[2]")))
        await asyncio.sleep(0)
        gate.opened.set()
        await staying
        await committer.close()
        assert gone.cancelled()

    asyncio.run(story())

    assert bodies(tmp_path / "journal") == [b"[1]", b"[2]"]


def test_closing_finishes_what_waits_and_refuses_what_comes(
    journal: SegmentJournal, gate: Gate, tmp_path: Path
) -> None:
    async def story() -> None:
        committer = GroupCommitter(journal)
        waiting = [asyncio.create_task(committer.append(batch(b"[%d]" % number))) for number in range(3)]
        await gate.wait()
        closing = asyncio.create_task(committer.close())
        await asyncio.sleep(0)
        with pytest.raises(JournalFailed, match="is closed"):
            await committer.append(batch())
        gate.opened.set()
        await asyncio.gather(*waiting, closing)

    asyncio.run(story())

    assert len(bodies(tmp_path / "journal")) == 3
