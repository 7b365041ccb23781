"""The time window: nothing is taken whose id could have been forgotten."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from hypothesis import example, given
from hypothesis import strategies as st

from sretool.billing.gateway.window import FUTURE, PAST, window_at
from sretool.billing.journal import ClockJumped, Kind, Pending, SegmentJournal, SteadyClock
from sretool.billing.ledger.generations import ingest_day, is_known
from sretool.billing.simulation.disk import SimulatedDisk

DAY_US = 86_400_000_000
instants = st.integers(min_value=20_000 * DAY_US, max_value=30_000 * DAY_US)
skews = st.one_of(st.just(0.0), st.floats(min_value=-100, max_value=100))


@given(first=instants, later=st.integers(min_value=0, max_value=80 * DAY_US), skew=skews, then=skews)
def test_a_replay_is_known_or_refused_whatever_the_clock_of_the_gateway_says(first, later, skew, then):
    """Every timestamp that is taken at `first` and would be again `later` comes while its id is known."""
    taken, again = window_at(first, skew_hours=skew), window_at(first + later, skew_hours=then)

    can_be_taken_twice = max(taken.first, again.first) <= min(taken.last, again.last)

    assert is_known(ingest_day(first), ingest_day(first + later)) or not can_be_taken_twice


def test_a_clock_that_is_behind_refuses_what_is_in_time():
    window = window_at(DAY_US * 25_000, skew_hours=-26)

    assert window.last - window.first < PAST + FUTURE - timedelta(hours=25)


def test_what_is_just_too_old_or_too_far_ahead_is_told_with_the_edge_that_it_missed():
    window = window_at(DAY_US * 20_484)  # 2026-01-31
    instants = (
        "2025-12-28T00:00:00Z",
        "2025-12-27T23:59:59.999999Z",
        "2026-02-01T00:00:00Z",
        "9999-12-31T23:59:59-23:59",
    )
    body = json.dumps([{"timestamp": instant} for instant in instants]).encode()

    assert [(fault.index, fault.reason, fault.remedy) for fault in window.faults_in(body)] == [
        (1, "2025-12-27T23:59:59.999999Z is too old", "send usage within 34 days: since 2025-12-28T00:00:00Z"),
        (
            3,
            "9999-12-31T23:59:59-23:59 is too far ahead",
            "check the clock of the sender: usage is taken until 2026-02-01T00:00:00Z, 24 hours ahead of us",
        ),
    ]


class Gateways:
    """One after the other on one journal, under a clock that anybody may set at any time."""

    def __init__(self) -> None:
        self.clock_us, self.passed_us = 25_000 * DAY_US, 0
        self.disk = SimulatedDisk(Random(0))
        self.journal: SegmentJournal | None = None
        self.taken: list[tuple[datetime, datetime, int]] = []  # a window's edges, and the stamp of what it took
        self.start()

    def start(self) -> None:
        if self.journal is not None:
            self.journal.close()
        self.steady = SteadyClock(lambda: self.clock_us, lambda: self.passed_us)
        self.journal = SegmentJournal.open(Path("journal"), disk=self.disk, clock=self.steady.stamp)

    def pass_time(self, us: int, *, clock_us: int = 0) -> None:
        """Time passes, and somebody sets the clock."""
        self.passed_us += us
        self.clock_us = max(0, self.clock_us + us + clock_us)

    def take(self, *, clock_us: int) -> None:
        """A batch, while somebody sets the clock between the look at it and the record."""
        assert self.journal is not None
        window = window_at(max(self.steady.look(), self.journal.newest_us))
        self.pass_time(1_000_000, clock_us=clock_us)
        try:
            (appended,) = self.journal.append_group([Pending(Kind.BATCH, "acme", 1, b"[]")])
        except ClockJumped:
            return
        self.taken.append((window.first, window.last, appended.ingest_us))


anywhere = st.integers(min_value=-80 * DAY_US, max_value=80 * DAY_US)
jumps = st.one_of(st.sampled_from((0, 40 * DAY_US, -40 * DAY_US)), anywhere)
passing = st.one_of(st.just(0), st.integers(min_value=0, max_value=40 * DAY_US))
steps = st.tuples(passing, jumps, st.booleans(), st.one_of(st.just(0), jumps))


@given(st.lists(steps, min_size=2, max_size=8))
@example([(0, 0, False, 0), (0, 40 * DAY_US, True, 0), (0, -40 * DAY_US, True, 0)])
@example([(0, 0, False, 0), (0, 40 * DAY_US, False, 0), (0, -40 * DAY_US, False, 0)])
@example([(0, 40 * DAY_US, False, -40 * DAY_US), (36 * DAY_US, 0, False, 0), (6 * DAY_US, 0, False, 0)])
def test_a_replay_is_known_or_refused_however_the_clock_that_stamps_is_set(story):
    gateways = Gateways()
    for passed_us, set_by, is_started_again, set_meanwhile in story:
        gateways.pass_time(passed_us, clock_us=set_by)
        if is_started_again:
            gateways.start()
        gateways.take(clock_us=set_meanwhile)

    for number, (first, last, stamp) in enumerate(gateways.taken):
        for again_first, again_last, again in gateways.taken[number + 1 :]:
            can_be_taken_twice = max(first, again_first) <= min(last, again_last)
            assert is_known(ingest_day(stamp), ingest_day(again)) or not can_be_taken_twice
