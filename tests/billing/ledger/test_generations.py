"""What can be sent again is still known: a replay is a duplicate or is refused, never counted twice."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sretool.billing.ledger import UnsafeWindows, check_windows, ingest_day
from sretool.billing.ledger.generations import DEDUPE_DAYS, is_known

PAST_DAYS, FUTURE_HOURS = 34, 24
HOUR_US, DAY_US = 3_600_000_000, 86_400_000_000
START_US = 20_454 * DAY_US


def is_counted_twice(
    *, first_us: int, ahead_us: int, later_us: int, delays_us: tuple[int, int], dedupe_days: int = DEDUPE_DAYS
) -> bool:
    """An event `ahead_us` ahead of the gateway's clock is sent, and again `later_us` later.

    Each time the writer stamps it so much after the gateway looked at its clock.
    """
    timestamp_us, again_us = first_us + ahead_us, first_us + later_us
    is_accepted = again_us - PAST_DAYS * DAY_US <= timestamp_us <= again_us + FUTURE_HOURS * HOUR_US
    days = [ingest_day(first_us + delays_us[0]), ingest_day(again_us + delays_us[1])]
    return is_accepted and not is_known(*days, dedupe_days=dedupe_days)


delays = st.integers(0, DAY_US)


@given(
    first_us=st.integers(START_US, START_US + DAY_US),
    ahead_us=st.integers(-PAST_DAYS * DAY_US, FUTURE_HOURS * HOUR_US) | st.just(FUTURE_HOURS * HOUR_US),
    later_us=st.integers(0, 40 * DAY_US) | st.integers(-1000, 1000).map(lambda us: 35 * DAY_US + us),
    delays_us=st.tuples(delays, delays),
)
@example(first_us=START_US + DAY_US - 1, ahead_us=DAY_US, later_us=35 * DAY_US, delays_us=(0, DAY_US))
def test_a_replay_is_a_duplicate_or_is_refused(
    first_us: int, ahead_us: int, later_us: int, delays_us: tuple[int, int]
) -> None:
    assert not is_counted_twice(first_us=first_us, ahead_us=ahead_us, later_us=later_us, delays_us=delays_us)


def test_with_34_days_of_ids_and_events_a_day_ahead_a_replay_would_count_twice() -> None:
    replay = {"first_us": START_US, "ahead_us": DAY_US, "later_us": 35 * DAY_US, "delays_us": (0, 0)}

    assert is_counted_twice(**replay, dedupe_days=34)  # type: ignore[arg-type]
    assert not is_counted_twice(**replay)  # type: ignore[arg-type]


def test_the_windows_in_use_are_safe() -> None:
    check_windows(past_days=PAST_DAYS, future_hours=FUTURE_HOURS, dedupe_days=DEDUPE_DAYS)


@pytest.mark.parametrize(
    ("past_days", "future_hours", "dedupe_days"), [(34, 24, 34), (34, 24, 35), (35, 24, 36), (34, 25, 36)]
)
def test_windows_in_which_a_replay_could_count_twice_are_refused(
    past_days: int, future_hours: int, dedupe_days: int
) -> None:
    with pytest.raises(UnsafeWindows, match=f"ids are known for {dedupe_days} days, but events from {past_days} days"):
        check_windows(past_days=past_days, future_hours=future_hours, dedupe_days=dedupe_days)
