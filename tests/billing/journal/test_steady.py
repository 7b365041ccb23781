"""A clock is believed at first, and then only while it agrees with the time that has passed."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from billing.journal.written import batch, bodies

from sretool.billing.journal import ClockJumped, SegmentJournal, SteadyClock
from sretool.billing.journal.steady import LOOK_US, SLACK_US, passed_us

HOUR_US = 3_600_000_000
WEEK_US = 7 * 24 * HOUR_US


@dataclass
class Clocks:
    """One that somebody sets, and one that nobody sets."""

    now_us: int = 1_764_000_000_000_000
    passed: int = 5

    def pass_time(self, us: int) -> None:
        self.now_us += us
        self.passed += us


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


@pytest.fixture
def steady(clocks: Clocks) -> SteadyClock:
    return SteadyClock(lambda: clocks.now_us, lambda: clocks.passed)


def test_a_clock_may_have_gone_any_way_before_it_is_first_asked(clocks: Clocks, steady: SteadyClock) -> None:
    clocks.now_us += WEEK_US

    assert steady.stamp() == clocks.now_us


def test_time_that_passes_may_be_long(clocks: Clocks, steady: SteadyClock) -> None:
    steady.stamp()
    clocks.pass_time(WEEK_US)

    assert (steady.stamp(), steady.fault()) == (clocks.now_us, None)


def test_a_clock_that_jumps_is_not_followed_until_it_is_right_again(clocks: Clocks, steady: SteadyClock) -> None:
    steady.stamp()
    right = clocks.now_us
    clocks.now_us += 960 * HOUR_US

    with pytest.raises(ClockJumped, match=r"the clock jumped 960\.0 hours ahead while the service ran"):
        steady.stamp()
    assert (steady.look(), steady.fault() is None) == (right, False)
    clocks.now_us = right
    assert (steady.stamp(), steady.fault()) == (right, None)


def test_small_steps_are_followed_as_long_as_they_come_to_less_than_an_hour(
    clocks: Clocks, steady: SteadyClock
) -> None:
    steady.stamp()
    clocks.now_us += SLACK_US // 2
    steady.stamp()
    clocks.now_us += SLACK_US

    with pytest.raises(ClockJumped):
        steady.stamp()


def test_a_clock_that_is_set_back_is_followed_but_for_what_was_judged_before(
    clocks: Clocks, steady: SteadyClock
) -> None:
    steady.look()
    clocks.now_us -= WEEK_US

    with pytest.raises(ClockJumped, match="set while a batch was being taken"):
        steady.stamp()
    clocks.pass_time(LOOK_US + 1)
    assert steady.stamp() == clocks.now_us


def test_the_time_that_passes_is_counted_by_a_clock_of_this_machine() -> None:
    assert 0 < passed_us() <= passed_us()


def test_a_group_without_an_instant_is_refused_and_seals_nothing(
    tmp_path: Path, clocks: Clocks, steady: SteadyClock
) -> None:
    journal = SegmentJournal.open(tmp_path / "journal", clock=steady.stamp, segment_bytes=1)
    first = journal.append_group([batch(b"[1]")])[0]
    clocks.now_us += WEEK_US
    with pytest.raises(ClockJumped):
        journal.append_group([batch(b"[2]")])
    was_failed, end = journal.is_failed, journal.durable_end
    clocks.now_us -= WEEK_US
    journal.append_group([batch(b"[3]")])

    assert (was_failed, end) == (False, first.end)
    assert journal.newest_us == first.ingest_us
    assert bodies(tmp_path / "journal") == [b"[1]", b"[3]"]
