from datetime import UTC, datetime
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sretool.report.week import NoSuchWeek, week_named, week_so_far


def unix(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def test_a_week_begins_on_monday_at_midnight_of_utc_and_so_far_ends_at_the_instant():
    week = week_so_far(unix("2026-11-28T03:00:00Z"))  # A Saturday.

    assert (week.name, week.is_whole) == ("2026-W48", False)
    assert (week.start, week.end) == (unix("2026-11-23T00:00:00Z"), unix("2026-11-28T03:00:00Z"))


def test_the_midnight_between_two_weeks_closes_the_one_before():
    week = week_so_far(unix("2026-11-30T00:00:00Z"))

    assert (week.name, week.is_whole) == ("2026-W48", True)


def test_a_named_week_is_whole_once_it_is_over_and_so_far_before():
    now = unix("2026-11-28T03:00:00Z")

    assert week_named("2026-W47", now=now).as_of_utc == datetime(2026, 11, 23, tzinfo=UTC)
    assert week_named("2026W48", now=now) == week_so_far(now)


def test_the_first_days_of_january_may_be_of_the_last_week_of_the_year_before():
    assert week_so_far(unix("2027-01-02T12:00:00Z")).name == "2026-W53"


@pytest.mark.parametrize(
    "name", ["2026-W54", "2026-W00", "W48", "48", "", "2026-48", "9999-W01", "1969-W10", "0000-W01"]
)
def test_what_names_no_week_or_one_that_has_not_begun_is_refused_with_its_name(name: str):
    with pytest.raises(NoSuchWeek, match=r"week|begun"):
        week_named(name, now=unix("2026-11-28T03:00:00Z"))


def test_with_a_scale_a_week_is_that_part_of_it_before_the_instant():
    at = unix("2026-11-28T03:00:00Z")

    assert at - week_so_far(at, scale=60).start == 7 * 24 * 60


@given(st.integers(min_value=10**9, max_value=2 * 10**9), st.sampled_from([2, 7, 60, 97, 300, 3_600]))
def test_with_a_scale_weeks_are_of_the_same_tiles_whenever_they_are_asked_for(second: int, scale: int):
    week = week_so_far(second, scale=scale)
    tile = Fraction(300, scale)

    assert week.start % tile == 0
    assert 0 <= second - 7 * 86_400 // scale - week.start < 300


@given(st.integers(min_value=10**8, max_value=4 * 10**9))
def test_every_instant_lies_in_the_week_that_has_the_name_python_gives_it(second: int):
    week = week_so_far(second)

    assert week.start < second <= week.start + 7 * 86_400
    assert datetime.fromtimestamp(week.start, UTC).strftime("%G-W%V %u %H:%M:%S") == f"{week.name} 1 00:00:00"
