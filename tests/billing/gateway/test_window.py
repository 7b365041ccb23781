"""The time window: nothing is taken whose id could have been forgotten."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sretool.billing.gateway.window import FUTURE, KNOWN_INGEST_DAYS, PAST, UnsafeWindow, check_window, window_at

DAY_US = 86_400_000_000
instants = st.integers(min_value=20_000 * DAY_US, max_value=30_000 * DAY_US)
skews = st.one_of(st.just(0.0), st.floats(min_value=-100, max_value=100))


@given(first=instants, later=st.integers(min_value=0, max_value=80 * DAY_US), skew=skews, then=skews)
def test_a_replay_is_known_or_refused_whatever_the_clock_of_the_gateway_says(first, later, skew, then):
    """Every timestamp that is taken at `first` and would be again `later` comes while its id is known."""
    taken, again = window_at(first, skew_hours=skew), window_at(first + later, skew_hours=then)

    can_be_taken_twice = max(taken.first, again.first) <= min(taken.last, again.last)
    is_known = (first + later) // DAY_US - first // DAY_US <= KNOWN_INGEST_DAYS

    assert is_known or not can_be_taken_twice


def test_the_windows_in_use_are_safe():
    check_window()


def test_windows_that_outlast_the_memory_of_ids_are_refused():
    with pytest.raises(UnsafeWindow, match="35 days, 0:00:00 back and 1 day, 0:00:00 ahead need ids to be known"):
        check_window(past=timedelta(days=35))


def test_a_clock_that_is_behind_refuses_what_is_in_time():
    window = window_at(DAY_US * 25_000, skew_hours=-26)

    assert window.last - window.first < PAST + FUTURE - timedelta(hours=25)
