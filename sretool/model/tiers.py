"""The burn tiers: which pairs of windows watch a budget, and how fast it must go before somebody is told.

The table for 30 days is that of the Site Reliability Workbook, chapter 5 (table 5-8): 2 % of the budget in an
hour, 5 % in six hours, 10 % in a day and 10 % in three days, each confirmed by a window a twelfth as long.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from sretool.model.duration import DAY, HOUR, MINUTE, Duration

Severity = Literal["page", "ticket"]
SEVERITIES: tuple[Severity, ...] = ("page", "ticket")


@dataclass(frozen=True, slots=True)
class BurnTier:
    """Alert when both windows burn at `factor` times the rate that spends the budget exactly over the period."""

    long: Duration
    short: Duration
    factor: Decimal
    severity: Severity

    def __post_init__(self) -> None:
        if self.short >= self.long:
            raise ValueError(f"short window {self.short} must be below long window {self.long}")
        if self.factor < 1:
            raise ValueError(f"a burn factor below 1 alerts a healthy SLO: {self.factor} over {self.long}")

    @property
    def name(self) -> str:
        """The value of the label burn_tier: the two windows, such as 1h-5m."""
        return f"{self.long.readable}-{self.short.readable}"

    def threshold(self, budget: Decimal) -> Decimal:
        """The error ratio above which this tier fires, exact."""
        return self.factor * budget


@dataclass(frozen=True, slots=True)
class _Row:
    long: Duration
    budget_share: Decimal
    severity: Severity


_WORKBOOK = (
    _Row(HOUR, Decimal("0.02"), "page"),
    _Row(HOUR * 6, Decimal("0.05"), "page"),
    _Row(DAY, Decimal("0.10"), "ticket"),
    _Row(DAY * 3, Decimal("0.10"), "ticket"),
)
_PERIOD = DAY * 30
# Windows that people read easily, each with a confirming window of about a twelfth and never below five minutes.
_LADDER = {
    MINUTE * 30: MINUTE * 5,
    HOUR: MINUTE * 5,
    HOUR * 2: MINUTE * 10,
    HOUR * 3: MINUTE * 15,
    HOUR * 6: MINUTE * 30,
    HOUR * 12: HOUR,
    DAY: HOUR * 2,
    DAY * 2: HOUR * 4,
    DAY * 3: HOUR * 6,
}


def burn_factor(*, budget_share: Decimal, period: Duration, window: Duration) -> Decimal:
    """The factor at which `budget_share` of a budget goes within `window`: share x period / window."""
    return budget_share * period.milliseconds / window.milliseconds


def default_tiers(period: Duration) -> tuple[BurnTier, ...]:
    """The workbook's tiers for a period; below 30 days the windows shrink with it, so that factors stay above 1."""
    tiers: list[BurnTier] = []
    for row in _WORKBOOK:
        fitting = _fitting(row, period, after=tiers[-1] if tiers else None)
        if fitting:
            wanted = row.long.milliseconds * min(period.milliseconds, _PERIOD.milliseconds) / _PERIOD.milliseconds
            tiers.append(min(fitting, key=lambda tier: abs(tier.long.milliseconds - wanted)))
    return tuple(tiers)


def _fitting(row: _Row, period: Duration, *, after: BurnTier | None) -> list[BurnTier]:
    """The tiers that a row may become: slower than the one before it, and never alerting the healthy."""
    factors = {
        long: burn_factor(budget_share=row.budget_share, period=period, window=long)
        for long in _LADDER
        if after is None or long > after.long
    }
    highest = after.factor if after else max(factors.values())
    return [
        BurnTier(long, _LADDER[long], factor, row.severity)
        for long, factor in factors.items()
        if 1 <= factor <= highest
    ]
