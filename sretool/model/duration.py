"""Durations in whole milliseconds, read and printed as Prometheus reads and prints them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, total_ordering
from typing import Self

_UNITS_MS = {"y": 31_536_000_000, "w": 604_800_000, "d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1_000, "ms": 1}
_SHAPE = re.compile(r"(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?", re.ASCII)
_LONGEST_MS = 9_223_372_036_854  # Prometheus holds nanoseconds in a signed 64-bit integer.


@total_ordering
@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time. `Duration.parse("1h30m")`; `str()` gives what Prometheus would print (28d prints as 4w)."""

    milliseconds: int

    def __post_init__(self) -> None:
        if not 0 <= self.milliseconds <= _LONGEST_MS:
            raise ValueError(f"a duration lies between 0 and 292 years, not {self.milliseconds} ms")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read Prometheus' spelling: units y w d h m s ms, largest first, each once.

        Raises ValueError with a sentence that says what would be right.
        """
        if text == "0":
            return cls(0)
        match = _SHAPE.fullmatch(text)
        if match is None or not text:
            raise ValueError(f"{text!r} is not a duration such as 30d, 1h30m or 250ms")
        parts = zip(match.groups(), _UNITS_MS.values(), strict=True)
        milliseconds = sum(int(count) * unit for count, unit in parts if count and len(count) < 20)
        if milliseconds > _LONGEST_MS or any(count and len(count) >= 20 for count in match.groups()):
            raise ValueError(f"{text!r} is longer than the 292 years that Prometheus can hold")
        return cls(milliseconds)

    @classmethod
    def of(cls, *, days: int = 0, hours: int = 0, minutes: int = 0, seconds: int = 0) -> Self:
        return cls(((days * 24 + hours) * 60 + minutes) * 60_000 + seconds * 1_000)

    @property
    def seconds(self) -> int | float:
        """Whole seconds as an int, else a float (exact for milliseconds up to centuries)."""
        whole, rest = divmod(self.milliseconds, 1_000)
        return whole if rest == 0 else self.milliseconds / 1_000

    def __str__(self) -> str:
        return _spelled(self.milliseconds)

    @property
    def readable(self) -> str:
        """For people and for series names: days rather than weeks and years, 28d and not 4w."""
        return _readable(self.milliseconds)

    def __lt__(self, other: Duration) -> bool:
        return self.milliseconds < other.milliseconds

    def __add__(self, other: Duration) -> Duration:
        return Duration(self.milliseconds + other.milliseconds)

    def __sub__(self, other: Duration) -> Duration:
        return Duration(self.milliseconds - other.milliseconds)

    def __mul__(self, factor: int) -> Duration:
        return Duration(self.milliseconds * factor)

    def per(self, divisor: int) -> Duration:
        """This duration divided, to the whole millisecond and never below one."""
        return Duration(max(1, round(self.milliseconds / divisor))) if self.milliseconds else self


@cache  # Rules spell the same few durations tens of thousands of times.
def _spelled(milliseconds: int) -> str:
    if milliseconds == 0:
        return "0s"
    text, rest = "", milliseconds
    for unit, length in _UNITS_MS.items():
        if unit in "yw" and rest % length:
            continue  # Prometheus prints 90d rather than 12w6d.
        count, rest = divmod(rest, length)
        text += f"{count}{unit}" if count else ""
    return text


@cache
def _readable(milliseconds: int) -> str:
    days, rest = divmod(milliseconds, _UNITS_MS["d"])
    if not days:
        return _spelled(milliseconds)
    return f"{days}d{_spelled(rest) if rest else ''}"


NO_TIME = Duration(0)
MILLISECOND = Duration(1)
SECOND = Duration(1_000)
MINUTE = Duration(60_000)
HOUR = Duration(3_600_000)
DAY = Duration(86_400_000)
