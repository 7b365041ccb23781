"""Stretches of time that events are counted over: an SLO's period, its windows, what is excluded, and their parts.

A span is cut at midnights of UTC. Days that are over never change, so that they are counted once and remembered.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from typing import Final

from sretool import clock
from sretool.model.duration import Duration
from sretool.model.period import CalendarMonth, Exclusion, OneOff, Period, RollingPeriod, WeeklySchedule

DAY_SECONDS: Final = 86_400
# Scrapes and remote writes may come late: a day is closed when so much of the next is over.
_SETTLING_SECONDS: Final = 600


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """From `start` to `end`, in Unix seconds: what was counted after the start, up to and with the end."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise ValueError(f"a span ends after its start and begins after 1970: {self.start} to {self.end}")

    @property
    def seconds(self) -> int:
        return self.end - self.start


@dataclass(frozen=True, slots=True, order=True)
class Part:
    """A piece of a span, and the `host` that it lies in: a closed day of UTC, or all that came after the last one."""

    span: Span
    host: Span
    is_closed: bool


def period_span(period: Period, at: float) -> Span:
    """What an SLO's period has had at a time: a rolling one its whole length, a month since its first local midnight.

    At the very midnight a month has nothing yet, and the one that it closes is meant.
    """
    end = math.floor(at)
    match period:
        case RollingPeriod(length):
            return Span(end - round(length.seconds), end)
        case CalendarMonth(zone):
            return Span(_month_bounds(zone, end).start, end)


def period_seconds(period: Period, at: float) -> int:
    """The length of the whole period that a time lies in; a month's is what its zone's clocks make of it."""
    if isinstance(period, RollingPeriod):
        return round(period.length.seconds)
    return _month_bounds(period.zone, math.floor(at)).seconds


def window_span(window: Duration, at: float) -> Span:
    """The last `window` before a time."""
    end = math.floor(at)
    return Span(end - max(1, round(window.seconds)), end)


def excluded_spans(exclusions: Sequence[Exclusion], period: Span) -> tuple[Span, ...]:
    """What of a period does not count, sorted; where exclusions overlap they are one span."""
    joined: list[Span] = []
    for span in sorted(_clipped(exclusions, period)):
        if joined and span.start <= joined[-1].end:
            joined[-1] = Span(joined[-1].start, max(joined[-1].end, span.end))
        else:
            joined.append(span)
    return tuple(joined)


@lru_cache(1024)  # Hundreds of SLOs have the same few spans.
def parts(span: Span, at: float) -> tuple[Part, ...]:
    """A span cut at the midnights of UTC that are closed at a time, each piece with its host."""
    now = math.floor(at)
    open_since = (now - _SETTLING_SECONDS) // DAY_SECONDS * DAY_SECONDS
    found: list[Part] = []
    start = span.start
    while start < min(span.end, open_since):
        host = _day(start // DAY_SECONDS * DAY_SECONDS)
        end = min(span.end, host.end)
        piece = Span(start, end)
        found.append(Part(host if piece == host else piece, host, is_closed=True))
        start = end
    if start < span.end:
        found.append(Part(Span(start, span.end), Span(open_since, now), is_closed=False))
    return tuple(found)


@lru_cache(1024)  # One value a day: to find it again, equal ones need not be compared.
def _day(midnight: int) -> Span:
    return Span(midnight, midnight + DAY_SECONDS)


def _month_bounds(zone: str, end: int) -> Span:
    """From local midnight to local midnight, in whatever offset from UTC the clocks have on each."""
    local = datetime.fromtimestamp(end - 1, clock.zone(zone))
    first = local.date().replace(day=1)
    following = (first + timedelta(days=31)).replace(day=1)
    return Span(*(_local(zone, datetime.combine(day, time())) for day in (first, following)))


def _local(zone: str, wall: datetime) -> int:
    return round(wall.replace(tzinfo=clock.zone(zone)).timestamp())


def _clipped(exclusions: Sequence[Exclusion], period: Span) -> Iterator[Span]:
    for exclusion in exclusions:
        for start, end in _occurrences(exclusion.when, period):
            first, last = max(start, period.start), min(end, period.end)
            if first < last:
                yield Span(first, last)


def _occurrences(when: OneOff | WeeklySchedule, period: Span) -> Iterator[tuple[int, int]]:
    if isinstance(when, OneOff):
        yield math.floor(when.start.timestamp()), math.ceil(when.end.timestamp())
        return
    first = datetime.fromtimestamp(period.start, UTC).date()
    monday = first - timedelta(days=first.weekday() + 14)  # A span may run over the week's end, and zones differ.
    while (week := datetime.combine(monday, time())).replace(tzinfo=UTC).timestamp() < period.end + 2 * DAY_SECONDS:
        for span in when.spans:
            start, length = timedelta(seconds=span.start_second), timedelta(seconds=span.length_seconds)
            yield _local(when.zone, week + start), _local(when.zone, week + start + length)
        monday += timedelta(days=7)
