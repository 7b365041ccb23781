"""The time window: nothing is taken whose id could have been forgotten."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from sretool.billing.gateway.window import FUTURE, PAST, window_at
from sretool.billing.ledger.generations import ingest_day, is_known

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
