"""What an error budget is counted over, and schedules that repeat by the week."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sretool.model.duration import DAY, Duration

DAY_SECONDS = 86_400
WEEK_SECONDS = 7 * DAY_SECONDS
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True)
class RollingPeriod:
    """The last `length`, ending now: at least a day."""

    length: Duration

    def __post_init__(self) -> None:
        if self.length < DAY:
            raise ValueError(f"a period lasts at least 1d, not {self.length}")

    def __str__(self) -> str:
        return self.length.readable


@dataclass(frozen=True, slots=True)
class CalendarMonth:
    """The month that it is in an IANA zone, from its first local midnight."""

    zone: str

    @property
    def length(self) -> Duration:
        """What burn factors are computed for: 30 days, whatever the month."""
        return DAY * 30

    def __str__(self) -> str:
        return f"month ({self.zone})"


Period = RollingPeriod | CalendarMonth


@dataclass(frozen=True, slots=True)
class WeeklySpan:
    """From a second of the local week (Monday 00:00 is 0), for some seconds. It may run over the week's end."""

    start_second: int
    length_seconds: int

    def __post_init__(self) -> None:
        if not (0 <= self.start_second < WEEK_SECONDS and 0 < self.length_seconds <= WEEK_SECONDS):
            raise ValueError(f"a weekly span starts within a week and lasts at most one, not {self}")


@dataclass(frozen=True, slots=True)
class WeeklySchedule:
    """Spans of every week, in local time of an IANA zone."""

    spans: tuple[WeeklySpan, ...]
    zone: str

    @property
    def every(self) -> str:
        """Days and time at which its spans begin, where all begin at the same time: mon-fri 02:00."""
        days = [span.start_second // DAY_SECONDS for span in self.spans]
        return f"{days_text(days)} {clock_text(self.spans[0].start_second % DAY_SECONDS)}"


def covers_the_week(spans: Iterable[WeeklySpan]) -> bool:
    """Whether no second of the week lies outside all of some spans, which are in local time of one zone."""
    covered = 0
    ends = [(start, start + span.length_seconds) for span in spans for start in _starts_around(span)]
    for start, end in sorted(ends):
        if start > covered:
            break
        covered = max(covered, end)
    return covered >= WEEK_SECONDS


def _starts_around(span: WeeklySpan) -> tuple[int, int]:
    """In this week and in the one before it, from which it may reach into this one."""
    return span.start_second - WEEK_SECONDS, span.start_second


@dataclass(frozen=True, slots=True)
class OneOff:
    """A single interval [start, end), both with their offset from UTC."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("an interval's ends need their offset from UTC")
        if self.end <= self.start:
            raise ValueError(f"an interval ends after its start: {self.start} to {self.end}")


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Time that does not count, with who said so and why."""

    reason: str
    approver: str
    when: OneOff | WeeklySchedule


# As specifications write them.


def days_text(days: Sequence[int]) -> str:
    """Days of the week, from 0 and in rising order: mon-fri, or sat,sun, or sunday."""
    runs: list[list[int]] = []
    for day in days:
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    if len(runs) == 1 and len(runs[0]) == 1:
        return WEEKDAYS[runs[0][0]]
    return ",".join(_run(run) for run in runs)


def _run(days: Sequence[int]) -> str:
    short = [WEEKDAYS[day][:3] for day in days]
    return ",".join(short) if len(short) < 3 else f"{short[0]}-{short[-1]}"


def clock_text(second: int) -> str:
    """A second of the day as hours and minutes; 24:00 is its end."""
    return f"{second // 3600:02}:{second % 3600 // 60:02}"


def instant_text(instant: datetime) -> str:
    """An instant with its offset from UTC; of none, Z."""
    text = instant.isoformat()
    return text.removesuffix("+00:00") + "Z" if instant.utcoffset() == timedelta(0) else text
