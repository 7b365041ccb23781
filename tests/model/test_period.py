"""Times as specifications write them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone

import pytest

from sretool.model.period import (
    WEEK_SECONDS,
    WeeklySchedule,
    WeeklySpan,
    clock_text,
    covers_the_week,
    days_text,
    instant_text,
)


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


@pytest.mark.parametrize(
    ("spans", "covers"),
    [
        ([(0, WEEK_SECONDS)], True),
        ([(500_000, WEEK_SECONDS)], True),
        ([(day * 86_400 + 7_200, 86_400) for day in range(7)], True),
        ([(day * 86_400 + 7_200, 86_399) for day in range(7)], False),
        ([(day * 86_400, 86_400) for day in range(6)], False),
        ([(0, 400_000), (300_000, 304_800)], True),
        ([(0, 400_000), (300_000, 304_799)], False),
        ([(1, WEEK_SECONDS - 1)], False),
        ([], False),
    ],
)
def test_a_week_is_covered_where_no_second_of_it_is_left(spans: Sequence[tuple[int, int]], covers: bool):
    assert covers_the_week(WeeklySpan(start, length) for start, length in spans) == covers
