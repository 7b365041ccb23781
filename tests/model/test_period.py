"""Times as specifications write them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone

import pytest

from sretool.model.period import WeeklySchedule, WeeklySpan, clock_text, days_text, instant_text


@pytest.mark.parametrize(
    ("days", "text"),
    [
        ([6], "sunday"),
        ([0, 1], "mon,tue"),
        ([0, 1, 2, 3, 4], "mon-fri"),
        ([0, 4, 5, 6], "mon,fri-sun"),
        ([0, 2, 4], "mon,wed,fri"),
    ],
)
def test_days_of_the_week_are_told_in_ranges(days: Sequence[int], text: str):
    assert days_text(days) == text


def test_a_schedule_says_on_which_days_and_when_it_begins():
    schedule = WeeklySchedule(tuple(WeeklySpan(day * 86_400 + 84_600, 5_400) for day in (5, 6)), "Europe/Berlin")

    assert schedule.every == "sat,sun 23:30"


@pytest.mark.parametrize(("second", "text"), [(0, "00:00"), (7_500, "02:05"), (86_400, "24:00")])
def test_a_time_of_day_has_hours_and_minutes(second: int, text: str):
    assert clock_text(second) == text


@pytest.mark.parametrize(
    ("zone", "text"), [(UTC, "2026-11-01T02:00:00Z"), (timezone(timedelta(hours=1)), "2026-11-01T02:00:00+01:00")]
)
def test_an_instant_has_its_offset_from_utc(zone: timezone, text: str):
    assert instant_text(datetime(2026, 11, 1, 2, tzinfo=zone)) == text
