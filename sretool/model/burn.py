"""The arithmetic of burn: rates, ratios, and when an alert will be heard.

Ratios are Decimal. Durations in seconds are floats only where a square root makes them so.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal

from sretool.model.duration import Duration
from sretool.model.objective import Objective
from sretool.model.tiers import BurnTier

# The base series look back five minutes and a scrape; until that window is full, a new failure is only partly seen.
RAMP_SECONDS = 300
# The longest window that is read over every sample; longer ones are read in steps of five minutes.
LONGEST_UNSTEPPED = Duration.of(hours=2)
STEP = Duration.of(minutes=5)
# The shortest window that is evaluated every ten minutes and not every two: these are for tickets, and cost the most.
SHORTEST_SELDOM = Duration.of(days=1)
SELDOM = Duration.of(minutes=10)


def burn_rate(error_ratio: Decimal, objective: Objective) -> Decimal:
    """How many times faster than allowed the budget goes: 1 spends it exactly over the period."""
    return error_ratio / objective.budget


def can_fire(tier: BurnTier, objective: Objective) -> bool:
    """False where even a total outage stays below the tier's threshold."""
    return tier.threshold(objective.budget) < 1


@dataclass(frozen=True, slots=True)
class Detection:
    """When a tier's alert fires after a fault began, and the share of the period's budget spent by then."""

    seconds: float
    budget_spent_ratio: float


def time_to_detect(
    tier: BurnTier, objective: Objective, *, failing_ratio: Decimal, period: Duration, settle_seconds: float = 0
) -> Detection | None:
    """When `tier` fires if `failing_ratio` of all events fail from now on; None where it never does.

    The long window must hold D = factor x budget x window / failing ratio seconds' worth of failure. The base
    window rises linearly over its length, so D is reached at sqrt(600 D) while it rises, else at D + 150 s.
    The short window has to pass the same threshold; it does so earlier unless the tier is unusual, so the later
    of the two counts. `settle_seconds` is what scraping and evaluating add.
    """
    threshold = tier.threshold(objective.budget)
    if failing_ratio <= threshold:
        return None
    seconds = max(_passed(threshold, window, failing_ratio) for window in (tier.long, tier.short)) + settle_seconds
    spent = float(failing_ratio / objective.budget) * seconds * 1_000 / period.milliseconds
    return Detection(seconds, spent)


def _passed(threshold: Decimal, window: Duration, failing_ratio: Decimal) -> float:
    if window <= STEP:  # The five-minute ratio is bad / all of the base series: it rises with the ramp alone.
        return float(threshold / failing_ratio) * RAMP_SECONDS
    needed = float(threshold * window.milliseconds / 1_000 / failing_ratio)
    ramped = math.sqrt(2 * RAMP_SECONDS * needed) if needed < RAMP_SECONDS / 2 else needed + RAMP_SECONDS / 2
    return ramped + _waits(window)


def _waits(window: Duration) -> float:
    """Seconds that pass at most until a window has been read again."""
    step = float(STEP.seconds) if window > LONGEST_UNSTEPPED else 0
    return step + (float(SELDOM.seconds) if window >= SHORTEST_SELDOM else 0)
