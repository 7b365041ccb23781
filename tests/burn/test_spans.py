from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sretool.burn.spans import DAY_SECONDS, Span, excluded_spans, parts, period_seconds, period_span
from sretool.model.duration import DAY
from sretool.model.period import CalendarMonth, Exclusion, OneOff, RollingPeriod, WeeklySchedule, WeeklySpan

BERLIN = CalendarMonth("Europe/Berlin")


def _utc(*moment: int) -> int:
    return round(datetime(*moment, tzinfo=UTC).timestamp())  # type: ignore[arg-type,misc]


@given(st.integers(1, 40 * DAY_SECONDS), st.integers(0, 40 * DAY_SECONDS), st.integers(0, 2 * DAY_SECONDS))
def test_the_parts_of_a_span_are_the_span_and_each_lies_in_its_host(length: int, start: int, later: int) -> None:
    begin = _utc(2026, 3, 1) + start
    span = Span(begin, begin + length)
    found = parts(span, span.end + later)

    assert [part.span.start for part in found] == [span.start, *(part.span.end for part in found[:-1])]
    assert found[-1].span.end == span.end
    assert all(part.host.start <= part.span.start and part.span.end <= part.host.end for part in found)
    assert all(part.host.seconds == DAY_SECONDS and part.host.start % DAY_SECONDS == 0 for part in found[:-1])


def test_a_day_is_closed_ten_minutes_after_its_end() -> None:
    midnight = _utc(2026, 3, 2)
    span = Span(midnight - 100, midnight)

    assert [part.is_closed for part in parts(span, midnight + 599)] == [False]
    assert [part.is_closed for part in parts(span, midnight + 600)] == [True]


def test_a_month_begins_at_its_zones_midnight_and_lacks_the_hour_that_daylight_saving_takes() -> None:
    at = _utc(2026, 3, 30, 9)

    assert period_span(BERLIN, at) == Span(_utc(2026, 2, 28, 23), at)
    assert period_seconds(BERLIN, at) == 31 * DAY_SECONDS - 3_600
    assert period_seconds(BERLIN, _utc(2026, 10, 5)) == 31 * DAY_SECONDS + 3_600


def test_at_its_last_midnight_a_month_is_whole() -> None:
    assert period_span(BERLIN, _utc(2026, 2, 28, 23)) == Span(_utc(2026, 1, 31, 23), _utc(2026, 2, 28, 23))


def test_a_rolling_period_ends_at_the_second_and_has_its_whole_length() -> None:
    assert period_span(RollingPeriod(DAY * 30), 2_592_100.9) == Span(100, 2_592_100)


def test_exclusions_that_overlap_are_excluded_once_and_only_within_the_period() -> None:
    plus_two = timezone(timedelta(hours=2))
    first = OneOff(datetime(2026, 3, 1, 1, tzinfo=plus_two), datetime(2026, 3, 1, 5, tzinfo=plus_two))
    second = OneOff(datetime(2026, 3, 1, 2, tzinfo=UTC), datetime(2026, 3, 1, 4, tzinfo=UTC))
    period = Span(_utc(2026, 3, 1), _utc(2026, 3, 2))

    found = excluded_spans([Exclusion("moving", "cfo", when) for when in (second, first)], period)

    assert found == (Span(_utc(2026, 3, 1), _utc(2026, 3, 1, 4)),)


def test_a_weekly_exclusion_keeps_local_time_when_the_clocks_change() -> None:
    sundays_at_four = WeeklySchedule((WeeklySpan(6 * DAY_SECONDS + 4 * 3_600, 3_600),), "Europe/Berlin")
    period = Span(_utc(2026, 3, 20), _utc(2026, 4, 1))

    found = excluded_spans([Exclusion("maintenance", "cfo", sundays_at_four)], period)

    starts = (_utc(2026, 3, 22, 3), _utc(2026, 3, 29, 2))  # The clocks went forward on the 29th.
    assert found == tuple(Span(start, start + 3_600) for start in starts)


def test_a_span_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(ValueError, match="5 to 5"):
        Span(5, 5)
