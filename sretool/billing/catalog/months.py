"""Calendar months as dates, without any time of day or zone. `periods` makes instants of them."""

from __future__ import annotations

from datetime import date, timedelta


def first_day(day: date) -> date:
    """The first day of the month that holds a day."""
    return day.replace(day=1)


def months_later(month: date, months: int) -> date:
    """The first day of the month that many months later, or earlier where it is negative."""
    years, index = divmod(month.year * 12 + month.month - 1 + months, 12)
    return date(years, index + 1, 1)


def last_day(month: date) -> date:
    """The last day of the month that holds a day."""
    return months_later(month, 1) - timedelta(days=1)


def month_name(month: date) -> str:
    """2026-01."""
    return f"{month:%Y-%m}"
