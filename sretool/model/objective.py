"""The promise as an exact ratio, and what it leaves to spend."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


def plain(number: Decimal) -> str:
    """A decimal in digits: no exponent, no trailing zeros, no minus zero. 0.0005, never 5E-4."""
    text = format(number.normalize(), "f")
    return "0" if text in {"0", "-0"} else text


@dataclass(frozen=True, slots=True)
class Objective:
    """The share of events that must be good, strictly between 0 and 1, exact from its text."""

    ratio: Decimal

    def __post_init__(self) -> None:
        if not (self.ratio.is_finite() and 0 < self.ratio < 1):
            raise ValueError(f"an objective lies between 0% and 100%, not at {self.ratio}")

    @property
    def budget(self) -> Decimal:
        """The error budget as a ratio of events: 1 - objective, exact."""
        return 1 - self.ratio

    @property
    def percent(self) -> Decimal:
        return self.ratio * 100

    def __str__(self) -> str:
        return f"{plain(self.percent)}%"
