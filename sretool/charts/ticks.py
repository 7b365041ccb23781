"""What stands on an axis: round instants and round numbers, in words that depend on no locale."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from decimal import ROUND_DOWN, ROUND_FLOOR, Decimal
from typing import Final

from sretool.charts.layout import Number

_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAY: Final = 86_400
_STEPS: Final = (
    *(1, 2, 5, 10, 15, 30),
    *(minutes * 60 for minutes in (1, 2, 5, 10, 15, 30)),
    *(hours * 3_600 for hours in (1, 2, 3, 6, 12)),
    *(days * _DAY for days in (1, 2, 7, 14, 28, 91, 364)),
)
_MONDAY: Final = 4 * _DAY  # The Unix epoch was a Thursday; weeks begin on Mondays.


def instants(start: datetime, end: datetime, *, most: int) -> list[tuple[datetime, str]]:
    """At most so many round instants of UTC and what they are called."""
    first, last = start.timestamp(), end.timestamp()
    step = next((step for step in _STEPS if (last - first) / step < most), None)
    step = step or math.ceil((last - first) / most / _DAY) * _DAY
    shift = _MONDAY if step >= 7 * _DAY else 0
    begin = math.ceil((first - shift) / step) * step + shift
    found = [datetime.fromtimestamp(at, UTC) for at in range(begin, math.floor(last) + 1, step)]
    return [(at, _called(at, step)) for at in found]


def _called(at: datetime, step: int) -> str:
    if step > 91 * _DAY:
        return f"{_MONTHS[at.month - 1]} {at.year}"
    if step >= _DAY or (step >= 3_600 and (at.hour, at.minute) == (0, 0)):
        return day(at)
    return f"{at:%H:%M}" if step >= 60 else f"{at:%H:%M:%S}"


def day(at: datetime) -> str:
    """`28 Nov`, in UTC."""
    at = at.astimezone(UTC)
    return f"{at.day} {_MONTHS[at.month - 1]}"


def minute(at: datetime) -> str:
    """`28 Nov 09:05`, in UTC."""
    return f"{day(at)} {at.astimezone(UTC):%H:%M}"


def numbers(high: float, *, most: int) -> list[float]:
    """Round numbers from 0 to the first that is at least `high`."""
    raw = high / most
    power = 10 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= raw * (1 - 1e-9))
    return [round(step * number, 12) for number in range(math.ceil(high / step * (1 - 1e-8)) + 1)]


def percent(ratio: Number) -> str:
    """A ratio for a label, as `83.3%` or `0.05%`."""
    return f"{figure(Decimal(str(ratio)) * 100)}%"


def share(ratio: Number) -> str:
    """A share of a budget as `54.46%`, rounded down to hundredths: those that sum to a whole do so as they are told."""
    hundredths = (Decimal(str(ratio)) * 100).quantize(Decimal("0.01"), ROUND_FLOOR)
    return f"{hundredths:,f}%"


def figure(number: Number) -> str:
    """For a label: cut and not rounded, so that none says 100% of what is less."""
    exact = Decimal(str(number))
    places = 1 if abs(exact) >= 10 or not exact else 2 if abs(exact) >= 1 else 1 - exact.adjusted()
    text = f"{exact.quantize(Decimal(1).scaleb(-places), ROUND_DOWN):,f}"
    return text.rstrip("0").rstrip(".")
