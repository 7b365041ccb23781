"""Local months as instants, and the cells in which usage is kept.

A billing period is a local calendar month. Every zone is less than a day from UTC, so an event whose UTC date is
neither the first nor the last of its month lies in the local month of that name wherever the customer is. Usage is
therefore kept in one cell for the inside of a UTC month, and by quarter-hour on its first and last day.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache

from sretool.clock import zone

DAY_US = 86_400_000_000
HOUR_US = 3_600_000_000
QUARTER_US = 900_000_000
_MINUTE = timedelta(minutes=1)
_QUARTER = timedelta(minutes=15)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_INSIDE = 10**9  # above every quarter-hour's number


@cache
def first_instant(zone_name: str, day: date) -> int:
    """When the wall clock first reads 00:00 of `day` or later, in microseconds since 1970."""
    local, midnight = zone(zone_name), datetime(day.year, day.month, day.day)  # noqa: DTZ001
    instant = midnight.replace(tzinfo=UTC) - timedelta(hours=15)
    while instant.astimezone(local).replace(tzinfo=None) < midnight:
        instant += _QUARTER
    while (instant - _MINUTE).astimezone(local).replace(tzinfo=None) >= midnight:
        instant -= _MINUTE
    return (instant - _EPOCH) // timedelta(microseconds=1)


@cache
def month_bounds(zone_name: str, month: date) -> tuple[int, int]:
    """The instants between which the local month that begins on `month` lies."""
    return first_instant(zone_name, month), first_instant(zone_name, next_month(month))


@cache
def month_between(zone_name: str, start_us: int, end_us: int) -> date | None:
    """The first day of the local month with exactly these bounds; None if there is none."""
    month = local_day(zone_name, start_us).replace(day=1)
    return month if month_bounds(zone_name, month) == (start_us, end_us) else None


def local_day(zone_name: str, instant_us: int) -> date:
    """The calendar day that a wall clock in the zone shows."""
    return (_EPOCH + timedelta(microseconds=instant_us)).astimezone(zone(zone_name)).date()


def month_name(zone_name: str, instant_us: int) -> str:
    """Such as 2026-01, of the local month that an instant lies in; nothing of 0, which is no period's start."""
    return local_day(zone_name, instant_us).isoformat()[:7] if instant_us else ""


def next_month(month: date, *, count: int = 1) -> date:
    """The first day of the month `count` after that of `month`."""
    years, index = divmod(month.month - 1 + count, 12)
    return date(month.year + years, index + 1, 1)


def days_of(month: date) -> int:
    """How many calendar days the month has."""
    return (next_month(month) - month).days


def cell(instant_us: int) -> int:
    """The number of the cell that usage at this instant belongs to."""
    day = instant_us // DAY_US
    inside = _insides.get(day, 0)
    if inside == 0:
        inside = _insides[day] = _inside_of(day)
    return instant_us // QUARTER_US if inside is None else inside


def _inside_of(day_number: int) -> int | None:
    """The cell of a UTC day away from its month's edges; None for a first or last day, and beyond the calendar."""
    try:
        day = date.fromordinal(date(1970, 1, 1).toordinal() + day_number)
        return None if day.day in {1, days_of(day.replace(day=1))} else _inside(day)
    except ValueError:
        return None


_insides: dict[int, int | None] = {}  # of the days that were asked for


def cells_of(start_us: int, end_us: int) -> tuple[int, range]:
    """The cells of a local month: that of its inside, and its quarter-hours (of which only edges are in use)."""
    middle = date.fromordinal(date(1970, 1, 1).toordinal() + (start_us + end_us) // 2 // DAY_US)
    return _inside(middle), range(start_us // QUARTER_US, end_us // QUARTER_US)


def _inside(day: date) -> int:
    return _INSIDE + day.year * 12 + day.month
