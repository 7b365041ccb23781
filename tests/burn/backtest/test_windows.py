import math

import numpy as np
import pytest
from burn.backtest.made_up import HOUR, recorded
from hypothesis import given
from hypothesis import strategies as st

from sretool.burn.backtest.history import Recorded
from sretool.burn.backtest.windows import Sums, Windows
from sretool.model.duration import Duration

ABSENT = math.nan
values = st.lists(st.one_of(st.just(ABSENT), st.floats(0, 1e9)), min_size=1, max_size=40)


@given(values, st.integers(1, 50))
def test_a_sum_is_that_of_the_last_values_that_are_there(given_values: list[float], length: int):
    sums = Sums(np.array(given_values)).over(length)

    for place, actual in enumerate(sums):
        there = [value for value in given_values[max(0, place + 1 - length) : place + 1] if not math.isnan(value)]
        assert (math.isnan(actual) and not there) or actual == pytest.approx(math.fsum(there), rel=1e-12)


def test_a_quiet_night_does_not_drown_in_the_rounding_of_a_busy_day():
    busy, quiet = [1e15] * 1000, [0.001] * 100

    assert Sums(np.array(busy + quiet)).over(64)[-1] == pytest.approx(0.064, rel=1e-12)


def test_a_window_that_has_seen_half_of_itself_is_half_covered():
    windows = Windows(recorded(days=1, failing=[]))

    assert windows.coverage(Duration.parse("1h"))[HOUR // 2 - 1] == 0.5
    assert windows.coverage(Duration.parse("6h"))[3 * HOUR - 1] == 0.5


def test_a_day_is_read_anew_every_ten_minutes_only():
    day = Windows(recorded(days=2, failing=[(30 * HOUR, 31 * HOUR, 1.0)])).bad_events(Duration.parse("1d"))
    changes = np.flatnonzero(np.diff(day)) + 1

    assert len(changes) > 3
    assert set(changes % 20) == {0}


def test_what_is_read_seldom_is_repeated_for_25_minutes_and_no_longer():
    whole = recorded(days=3, failing=[])
    gone = np.arange(len(whole.all)) > 24 * HOUR
    silent = Recorded(np.where(gone, ABSENT, whole.bad), np.where(gone, ABSENT, whole.all))
    all_events = Windows(silent).all_events(Duration.parse("1d"))

    # The last tile, at 24:00, is within a day until 23:50 of the next day; repeated until 00:15, that end included.
    assert np.flatnonzero(np.isfinite(all_events))[-1] == 48 * HOUR - 20 + 50


def test_without_events_there_is_no_ratio():
    idle = Windows(recorded(days=1, failing=[], rate=0.0))

    assert all(np.isnan(idle.error_ratio(Duration.parse(window))).all() for window in ("5m", "1h", "6h", "1d"))


def test_a_sum_that_decides_is_rounded_once_only():
    sums = Sums(np.array([1, 1e16, 1]))

    assert sums.over(3)[-1] == 1e16
    assert sums.exactly(2, 3) == 1e16 + 2
