import math

import numpy as np
import pytest
from burn.backtest.made_up import HOUR, recorded
from hypothesis import given
from hypothesis import strategies as st

from sretool.burn.backtest.history import Recorded
from sretool.burn.backtest.sums import Blocks, Sums
from sretool.burn.backtest.windows import Windows
from sretool.model.duration import Duration

ABSENT = math.nan
values = st.lists(st.one_of(st.just(ABSENT), st.floats(0, 1e9)), min_size=1, max_size=40)
WINDOWS = ("5m", "30m", "1h", "2h", "6h", "1d")


def everywhere(windows: Windows) -> np.ndarray:
    return np.arange(windows.length)


@given(values, st.integers(1, 50))
def test_a_sum_is_that_of_the_last_values_that_are_there(given_values: list[float], length: int):
    everything = np.arange(len(given_values))
    for sums in (
        Sums(np.array(given_values)).over(length),
        Blocks(np.array(given_values)).over(length, everything),
    ):
        for place, actual in enumerate(sums):
            there = [value for value in given_values[max(0, place + 1 - length) : place + 1] if not math.isnan(value)]
            assert (math.isnan(actual) and not there) or actual == pytest.approx(math.fsum(there), rel=1e-12)


@given(values, st.integers(11, 50))
def test_the_sums_of_a_block_lie_between_its_bounds(given_values: list[float], length: int):
    blocks = Blocks(np.array(given_values))
    everything = np.arange(len(given_values))
    sums = np.nan_to_num(blocks.over(length, everything))

    assert (blocks.least(length)[everything // 10] <= sums * (1 + 1e-12)).all()
    assert (sums <= blocks.most(length)[everything // 10] * (1 + 1e-12)).all()


def test_a_quiet_night_does_not_drown_in_the_rounding_of_a_busy_day():
    busy, quiet = [1e15] * 1000, [0.001] * 100
    values = np.array(busy + quiet)

    assert Sums(values).over(64)[-1] == pytest.approx(0.064, rel=1e-12)
    assert Blocks(values).over(64, np.array([1099])) == pytest.approx(0.064, rel=1e-12)


def test_a_window_that_has_seen_half_of_itself_is_half_covered():
    windows = Windows(recorded(days=1, failing=[]))

    assert windows.coverage(Duration.parse("1h"), np.array([HOUR // 2 - 1])) == 0.5
    assert windows.coverage(Duration.parse("6h"), np.array([3 * HOUR - 1])) == 0.5


def test_a_day_is_read_anew_every_ten_minutes_only():
    windows = Windows(recorded(days=2, failing=[(30 * HOUR, 31 * HOUR, 1.0)]))
    changes = np.flatnonzero(np.diff(windows.bad_events(Duration.parse("1d"), everywhere(windows)))) + 1

    assert len(changes) > 3
    assert set(changes % 20) == {0}


def test_what_is_read_seldom_is_repeated_for_25_minutes_and_no_longer():
    whole = recorded(days=3, failing=[])
    gone = np.arange(len(whole.all)) > 24 * HOUR
    silent = Windows(Recorded(np.where(gone, ABSENT, whole.bad), np.where(gone, ABSENT, whole.all)))
    all_events = silent.all_events(Duration.parse("1d"), everywhere(silent))

    # The last tile, at 24:00, is within a day until 23:50 of the next day; repeated until 00:15, that end included.
    assert np.flatnonzero(np.isfinite(all_events))[-1] == 48 * HOUR - 20 + 50


def test_without_events_there_is_no_ratio():
    idle = Windows(recorded(days=1, failing=[], rate=0.0))

    for window in WINDOWS:
        assert np.isnan(idle.error_ratio(Duration.parse(window), everywhere(idle))).all()
        assert not len(idle.burning(Duration.parse(window), 0.0))


@given(
    st.lists(st.tuples(st.integers(0, 50 * HOUR), st.integers(1, 9 * HOUR)), max_size=4),
    st.lists(st.tuples(st.integers(0, 50 * HOUR), st.integers(1, 30 * HOUR)), max_size=2),
    st.sampled_from([0.0, 0.001, 0.0144, 0.3]),
    st.sampled_from([1.0, -1.0]),
)
def test_what_burns_is_found_wherever_it_is(
    failing: list[tuple[int, int]], gaps: list[tuple[int, int]], threshold: float, least: float
):
    """Also where there are gaps, no events, and what no counter has: less than none."""
    history = recorded(2, [(first, min(first + length, 48 * HOUR), 0.02) for first, length in failing])
    bad, every = history.bad.copy(), history.all.copy()
    for first, length in gaps:
        bad[first : first + length] = every[first : first + length] = ABSENT
    every[5 * HOUR : 7 * HOUR] = bad[5 * HOUR : 7 * HOUR] = 0.0
    every[100] *= least
    windows = Windows(Recorded(bad, every))

    for window in map(Duration.parse, WINDOWS):
        expected = np.flatnonzero(windows.seen_ratio(window, everywhere(windows)) > threshold)
        np.testing.assert_array_equal(windows.burning(window, threshold), expected)


def test_a_sum_that_decides_is_rounded_once_only():
    sums = Sums(np.array([1, 1e16, 1]))

    assert sums.over(3)[-1] == 1e16
    assert sums.exactly(2, 3) == 1e16 + 2
