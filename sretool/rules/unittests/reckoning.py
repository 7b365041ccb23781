"""How long things take, and how much has to fail: computed from the promise alone, never from the rules."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import ROUND_DOWN, Decimal

from sretool.model.burn import LONGEST_UNSTEPPED, RAMP_SECONDS, STEP, time_to_detect
from sretool.model.duration import Duration
from sretool.model.tiers import BurnTier
from sretool.rules.unittests.actor import Actor
from sretool.rules.unittests.scenario import EVALUATION_SECONDS, Pace
from sretool.rules.unittests.sources import Phase

_KEEP_FIRING_SECONDS = 300
_HOUR = 3_600
_ALL = Decimal(1)


def tellers(actor: Actor, pace: Pace) -> dict[BurnTier, float]:
    """The tiers that a pace has time for, and in how many seconds at the latest each tells a total outage.

    Windows that are read by steps of five minutes lose nothing by being evaluated as seldom.
    """
    bounds = {tier: detected_within(actor, tier, pace=pace) for tier in actor.tiers}
    stepped, longest = (False, _HOUR) if pace == "fast" else (True, 3 * _HOUR)
    return {
        tier: bound for tier, bound in bounds.items() if (tier.long > LONGEST_UNSTEPPED) == stepped and bound <= longest
    }


def detected_within(actor: Actor, tier: BurnTier, *, failing: Decimal | None = None, pace: Pace = "fast") -> float:
    """Seconds from a fault to the alert at the latest: what is computed, and what scraping and evaluating add."""
    ratio = actor.stimulus.failing_share if failing is None else failing
    detection = time_to_detect(tier, actor.slo.objective, failing_ratio=ratio, period=actor.slo.period.length)
    if detection is None:
        return math.inf
    seconds = max(detection.seconds, _guarded_seconds(actor, tier))
    return seconds + actor.stimulus.delay_seconds + actor.scrape + 2 * EVALUATION_SECONDS[pace]


def _guarded_seconds(actor: Actor, tier: BurnTier) -> float:
    """Until the minimum of bad events has been counted. Countable stories have enough events not to wait for it."""
    if tier.severity != "page" or actor.stimulus.countable:
        return 0
    bad_rate = float(actor.stimulus.failing_rate * actor.stimulus.failing_share)
    needed = float(actor.slo.alerting.min_bad_events) / bad_rate
    ramped = math.sqrt(2 * RAMP_SECONDS * needed) if needed < RAMP_SECONDS / 2 else needed + RAMP_SECONDS / 2
    return ramped + (float(STEP.seconds) if tier.long > LONGEST_UNSTEPPED else 0)


def not_before(actor: Actor, tier: BurnTier) -> float:
    """Seconds from a total fault during which a correct rule is still silent, with a margin."""
    share = actor.stimulus.failing_share
    detection = time_to_detect(tier, actor.slo.objective, failing_ratio=share, period=actor.slo.period.length)
    if detection is None:
        return 0
    if tier.long > LONGEST_UNSTEPPED:  # A step that falls right sees at once what else is seen on a ramp.
        return 0.7 * float(tier.threshold(actor.slo.objective.budget) / share) * float(tier.long.seconds)
    return 0.7 * detection.seconds


def cleared_within(actor: Actor, tier: BurnTier, pace: Pace) -> float:
    """Seconds from a fault's end until its alert is over: the short window, and what is kept beyond it."""
    window = 0 if tier.short <= STEP else float(tier.short.seconds)
    step = float(STEP.seconds) if tier.short > LONGEST_UNSTEPPED else 0
    settling = actor.scrape + 2 * EVALUATION_SECONDS[pace] + actor.stimulus.delay_seconds
    return window + RAMP_SECONDS + actor.scrape + step + _KEEP_FIRING_SECONDS + settling


def rate_of(actor: Actor, *, share: Decimal = _ALL) -> int:
    """Events a second: a round number, so many that a failing share is whole events and minima are soon reached."""
    if not actor.stimulus.countable:
        return 10
    rate = 10
    while rate < actor.slo.alerting.min_bad_events or (
        share and actor.events(rate) * share != (actor.events(rate) * share).to_integral_value() and rate < 10**9
    ):
        rate *= 10
    return rate


def rounded(ratio: Decimal) -> Decimal:
    """To two digits, downwards."""
    return ratio.quantize(Decimal(1).scaleb(ratio.adjusted() - 1), rounding=ROUND_DOWN).normalize()


def well(phases: Sequence[Phase]) -> tuple[Phase, ...]:
    return tuple(Phase(phase.scrapes, phase.events, present=phase.present) for phase in phases)


def spoken(seconds: float) -> str:
    return str(Duration.of(seconds=math.ceil(seconds)))
