"""Local time in PromQL. Instants are read off calendars; promtool evaluates at them."""

from datetime import UTC, datetime

import pytest
from rules.asking import NO_RULES, Asker
from rules.promises import span

from sretool.model.period import Exclusion, OneOff, WeeklySchedule
from sretool.rules.calendar import (
    excluded_expression,
    in_schedule,
    in_this_month,
    month_length_seconds,
    needs_quarter_hours,
    offset_expression,
)
from sretool.rules.timing import Timing

FRIDAY_TO_SATURDAY = WeeklySchedule((span(4, 22, 4),), "Europe/Berlin")
SUNDAY_TO_MONDAY = WeeklySchedule((span(6, 23, 2),), "Europe/Berlin")
OFFICE = WeeklySchedule(tuple(span(day, 8, 10) for day in range(5)), "America/New_York")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "instant", "seconds"),
    [
        ("Europe/Berlin", "2026-01-15T12:00:00", 3_600),
        ("Europe/Berlin", "2026-03-29T00:59:59", 3_600),
        ("Europe/Berlin", "2026-03-29T01:00:00", 7_200),
        ("Europe/Berlin", "2026-10-25T00:59:59", 7_200),
        ("Europe/Berlin", "2026-10-25T01:00:00", 3_600),
        ("America/New_York", "2037-11-01T05:59:59", -14_400),
        ("America/New_York", "2037-11-01T06:00:00", -18_000),
        ("Asia/Kathmandu", "2026-06-01T00:00:00", 20_700),
        ("Australia/Lord_Howe", "2026-04-04T14:59:59", 39_600),
        ("Australia/Lord_Howe", "2026-04-04T15:00:00", 37_800),
        ("UTC", "2026-06-01T00:00:00", 0),
    ],
)
def test_a_zones_offset_changes_at_the_second_that_the_zone_does(asker: Asker, zone: str, instant: str, seconds: int):
    assert asker.at_instant(offset_expression(zone), utc(instant)) == {"{}": seconds}


@pytest.mark.parametrize(
    ("schedule", "offset", "instant", "expected"),
    [
        (OFFICE, -18_000, "2026-01-05T12:59:59", 0),  # Monday, 07:59:59 in New York.
        (OFFICE, -18_000, "2026-01-05T13:00:00", 1),
        (OFFICE, -18_000, "2026-01-09T22:59:59", 1),
        (OFFICE, -18_000, "2026-01-09T23:00:00", 0),
        (OFFICE, -18_000, "2026-01-10T15:00:00", 0),  # Saturday.
        (OFFICE, -14_400, "2026-07-06T12:00:00", 1),  # An hour earlier by UTC in summer.
        (FRIDAY_TO_SATURDAY, 3_600, "2026-01-09T20:59:59", 0),
        (FRIDAY_TO_SATURDAY, 3_600, "2026-01-09T21:00:00", 1),
        (FRIDAY_TO_SATURDAY, 3_600, "2026-01-10T00:59:59", 1),
        (FRIDAY_TO_SATURDAY, 3_600, "2026-01-10T01:00:00", 0),
        (SUNDAY_TO_MONDAY, 3_600, "2026-01-11T22:30:00", 1),  # Sunday, 23:30 in Berlin.
        (SUNDAY_TO_MONDAY, 3_600, "2026-01-11T23:30:00", 1),  # Monday, 00:30: over the week's end.
        (SUNDAY_TO_MONDAY, 3_600, "2026-01-12T00:00:00", 0),
    ],
)
def test_a_schedule_holds_in_local_time(
    asker: Asker, schedule: WeeklySchedule, offset: int, instant: str, expected: int
):
    series = {f'slo:zone_offset:seconds{{service="checkout", zone="{schedule.zone}"}}': offset}

    assert asker.at_instant(in_schedule("checkout", schedule), utc(instant), series) == {"{}": expected}


@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        ("2026-10-10T21:59:59", 0),
        ("2026-10-10T22:00:00", 1),
        ("2026-10-10T23:30:00", 1),
        ("2026-10-10T23:35:59", 1),  # A rate over six minutes still looks back into it.
        ("2026-10-10T23:36:00", 0),
    ],
)
def test_an_exclusion_of_one_date_lasts_until_rates_have_left_it(asker: Asker, instant: str, expected: int):
    when = OneOff(utc("2026-10-10T22:00:00"), utc("2026-10-10T23:30:00"))
    excluded = excluded_expression("checkout", (Exclusion("a move", "head", when),), Timing())

    assert asker.at_instant(excluded, utc(instant)) == {"{}": expected}


@pytest.mark.parametrize(
    ("instant", "expected"),
    [("2026-01-10T01:05:59", 1), ("2026-01-10T01:06:00", 0), ("2026-01-11T12:30:00", 1), ("2026-01-11T14:00:00", 0)],
)
def test_several_exclusions_hold_when_one_does(asker: Asker, instant: str, expected: int):
    noon = OneOff(utc("2026-01-11T12:00:00"), utc("2026-01-11T13:00:00"))
    exclusions = (Exclusion("weekly", "head", FRIDAY_TO_SATURDAY), Exclusion("once", "head", noon))
    series = {'slo:zone_offset:seconds{service="checkout", zone="Europe/Berlin"}': 3_600}

    excluded = excluded_expression("checkout", exclusions, Timing())

    assert asker.at_instant(excluded, utc(instant), series) == {"{}": expected}


# New York's year begins at 05:00 of promtool's time.
NEW_YORK = "America/New_York"
IN_NEW_YORK = {f'slo:zone_offset:seconds{{service="checkout", zone="{NEW_YORK}"}}': "-18000x720"}


@pytest.mark.parametrize(
    ("scale", "at", "month"),
    [
        (1, "4h59m59s", 12),
        (1, "5h", 12),
        (1, "5h1m1s", 1),
        (60, "5h", 12),
        (60, "5h2s", 1),  # Two minutes, as the rules count.
    ],
)
def test_a_month_begins_at_the_pace_of_the_rules(asker: Asker, scale: int, at: str, month: int):
    gate = in_this_month("checkout", NEW_YORK, Timing(scale=scale))

    assert asker.answer(NO_RULES, IN_NEW_YORK, gate, at) == {"{}": month}


@pytest.mark.parametrize(("scale", "seconds"), [(1, 31 * 86_400), (60, 31 * 1_440)])
def test_a_month_lasts_as_long_as_its_days_at_the_pace_of_the_rules(asker: Asker, scale: int, seconds: int):
    length = month_length_seconds("checkout", NEW_YORK, Timing(scale=scale))

    assert asker.answer(NO_RULES, IN_NEW_YORK, f"vector({length})", "6h") == {"{}": seconds}


@pytest.mark.parametrize(
    ("zone", "needed"),
    [
        ("UTC", False),
        ("Europe/Berlin", False),
        ("Asia/Kolkata", False),
        ("Asia/Kathmandu", True),
        ("Pacific/Chatham", True),
    ],
)
def test_only_zones_off_the_half_hour_need_quarters(zone: str, needed: bool):
    assert needs_quarter_hours(zone) == needed
