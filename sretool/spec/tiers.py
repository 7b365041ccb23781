"""Burn tiers as a user may write them: which windows fit, and which factors can alert at the right time."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache
from typing import Final

from sretool.model import tiers
from sretool.model.burn import LONGEST_UNSTEPPED, STEP
from sretool.model.duration import MINUTE, Duration
from sretool.model.objective import Objective, plain
from sretool.model.tiers import BurnTier, Severity
from sretool.spec.part import Stated
from sretool.yamltext.diagnostics import Notes

# The tiers of the workbook for a period, made once: ten thousand SLOs have a handful of periods.
standard_tiers = lru_cache(maxsize=256)(tiers.default_tiers)
MOST_FACTOR: Final = 10**15  # No budget has so many decimals that a greater one could fire.


def burn_tier(
    long: Stated[Duration],
    short: Stated[Duration],
    factor: Stated[Decimal],
    severity: Severity,
    *,
    period: Duration,
    notes: Notes,
) -> BurnTier | None:
    """A tier whose windows fit each other and the period, and whose factor spares a healthy SLO; else None."""
    fits = (windows_fit(long, short, period, notes), factor_fits(factor, long, notes))
    return BurnTier(long.value, short.value, factor.value, severity) if all(fits) else None


def windows_fit(long: Stated[Duration], short: Stated[Duration], period: Duration, notes: Notes) -> bool:
    whole = [_whole_steps(window, notes) for window in (long, short)]
    return _within(long, short, period, notes) and all(whole)


def factor_fits(factor: Stated[Decimal], long: Stated[Duration], notes: Notes) -> bool:
    """Below 1, spending the budget evenly to its last day would alert."""
    if factor.value >= 1:
        return True
    message = f"a burn factor of {_shown(factor.value)} over {long.value.readable} alerts an SLO that keeps its promise"
    remedy = "write a factor of 1 or more: a shorter window, or more of the budget"
    notes.report("SL104", factor.at, message, remedy=remedy)
    return False


def _whole_steps(window: Stated[Duration], notes: Notes) -> bool:
    """Windows are read sample by sample up to two hours, and in five-minute tiles beyond."""
    length, step = window.value, STEP if window.value > LONGEST_UNSTEPPED else MINUTE
    if length < STEP:
        message = f"a window of {length.readable} is shorter than the 5m over which events are first counted"
        notes.report("SL105", window.at, message, remedy="write 5m or more")
        return False
    if length.milliseconds % step.milliseconds:
        unit = "whole minutes" if step == MINUTE else "steps of 5m, as all above 2h are"
        notes.report(
            "SL105", window.at, f"a window of {length} is not made of {unit}", remedy=f"write {_rounded(length, step)}"
        )
        return False
    return True


def _rounded(length: Duration, step: Duration) -> str:
    return Duration(length.milliseconds // step.milliseconds * step.milliseconds).readable


def _within(long: Stated[Duration], short: Stated[Duration], period: Duration, notes: Notes) -> bool:
    if long.value > period:
        message = f"a window of {long.value.readable} is longer than the period, {period.readable}"
        notes.report("SL105", long.at, message, remedy=f"write {period.readable} or less")
        return False
    if short.value >= long.value:
        message = f"the short window, {short.value.readable}, must be below the long one, {long.value.readable}"
        twelfth = max(_rounded_twelfth(long.value), STEP)
        remedy = f"write {twelfth.readable}" if twelfth < long.value else "write a longer long window"
        notes.report("SL105", short.at, message, remedy=remedy)
        return False
    return True


def _rounded_twelfth(long: Duration) -> Duration:
    return Duration(long.milliseconds // 12 // STEP.milliseconds * STEP.milliseconds)


def same_windows(given: Iterable[Stated[BurnTier]], notes: Notes) -> None:
    """Report tiers that watch the same two windows as one before them."""
    found: dict[str, Stated[BurnTier]] = {}
    for tier in given:
        first = found.setdefault(tier.value.name, tier)
        if first is not tier:
            message = f"a tier over {tier.value.long.readable} and {tier.value.short.readable} is there already"
            notes.report("SL105", tier.at, message, remedy="remove it, or change a window")


def cannot_fire(tier: BurnTier, objective: Objective) -> str:
    """The sentence for a tier that even a total outage does not fire."""
    threshold = plain(tier.threshold(objective.budget) * 100)
    return (
        f"the tier {tier.name} can never fire: {_shown(tier.factor)} times a budget of "
        f"{plain(objective.budget * 100)}% is {threshold}% of all events"
    )


def _shown(factor: Decimal) -> str:
    return plain(round(factor, 4))
