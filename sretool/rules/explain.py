"""A promise in words and numbers, before anything runs: what is asked, when it is told, what it cannot see."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import assert_never

from sretool.model.burn import Detection, can_fire, time_to_detect
from sretool.model.duration import Duration
from sretool.model.objective import plain
from sretool.model.period import CalendarMonth, Exclusion, OneOff, RollingPeriod, WeeklySchedule, instant_text
from sretool.model.sli import (
    CohortSli,
    CompletenessSli,
    EventsSli,
    ExprSli,
    FreshnessSli,
    LatencySli,
    Sli,
    TimeSliceSli,
    counts_time,
)
from sretool.model.slo import Slo
from sretool.model.tiers import BurnTier
from sretool.rules.indicators import MEDIAN_LAG, base_rules
from sretool.rules.timing import FAST, SLOW, Timing

TEN_TIMES = 10


@dataclass(frozen=True, slots=True)
class TierExplained:
    """One tier: its threshold, and when it fires on a total outage and on one that burns at ten times the budget.

    Scraping and evaluating add up to `settle_seconds` to either.
    """

    tier: BurnTier
    threshold: Decimal
    full_outage: Detection | None
    ten_times: Detection | None
    settle_seconds: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """All that `slo explain` prints. `recorded` holds (series, expression).

    A fault shows in the SLI only `lag` after it began, where the SLI allows one; times to detect count from then.
    """

    slo: Slo
    promise: str
    allowance: str
    recorded: tuple[tuple[str, str], ...]
    tiers: tuple[TierExplained, ...]
    blind_spots: tuple[str, ...]
    lag: Duration | None


def explain(slo: Slo, timing: Timing) -> Explanation:
    return Explanation(
        slo=slo,
        promise=_promise(slo),
        allowance=_allowance(slo),
        recorded=tuple((rule.record, rule.expr) for rule in base_rules(slo, timing)),
        tiers=tuple(_tier(slo, tier, timing) for tier in slo.alerting.tiers if can_fire(tier, slo.objective)),
        blind_spots=tuple(_blind_spots(slo)),
        lag=_lag(slo.sli),
    )


def _lag(sli: Sli) -> Duration | None:
    match sli:
        case CompletenessSli():
            return sli.allowed_lag + MEDIAN_LAG
        case FreshnessSli():
            return sli.max_age
        case _:
            return None


def _promise(slo: Slo) -> str:
    over = f"over the last {slo.period}" if isinstance(slo.period, RollingPeriod) else f"in each {slo.period}"
    each = f", for each {' and '.join(slo.group_by)}" if slo.group_by else ""
    return f"{slo.objective} of {_good(slo.sli)} {over}{each}."


def _good(sli: Sli) -> str:
    match sli:
        case EventsSli(side="bad"):
            return f"events ({sli.total}) are not bad ({sli.selector})"
        case EventsSli():
            return f"events ({sli.total}) are good ({sli.selector})"
        case LatencySli():
            return f"observations of {sli.histogram} take at most {plain(sli.threshold_seconds)} s"
        case TimeSliceSli():
            return f"the time, {sli.text} holds"
        case FreshnessSli():
            return f"the time, the oldest of {sli.watermark} is at most {sli.max_age} behind"
        case CompletenessSli():
            return f"what {sli.ingested} counts is counted by {sli.metered} within {sli.allowed_lag}"
        case CohortSli():
            return f"what {sli.expected} expects is not missing ({sli.missing})"
        case ExprSli():
            return f"events ({sli.total}) are not bad ({sli.bad})"
        case _:
            assert_never(sli)


def _allowance(slo: Slo) -> str:
    budget = plain(slo.objective.budget * 100)
    spent_by_outage = Duration(int(slo.period.length.milliseconds * slo.objective.budget))
    length = "30 days of a month" if isinstance(slo.period, CalendarMonth) else slo.period.length.readable
    if counts_time(slo.sli):
        return f"{budget}% of the time may be bad: {spent_by_outage} in {length}."
    return (
        f"{budget}% of events may be bad: as much as a total outage of {spent_by_outage} in {length} of even traffic."
    )


def _tier(slo: Slo, tier: BurnTier, timing: Timing) -> TierExplained:
    def detection(failing_ratio: Decimal) -> Detection | None:
        return time_to_detect(
            tier,
            slo.objective,
            failing_ratio=failing_ratio,
            period=slo.period.length,
        )

    settle = settle_seconds(tier, timing)
    ten_times = min(Decimal(1), slo.objective.budget * TEN_TIMES)
    return TierExplained(
        tier, tier.threshold(slo.objective.budget), detection(Decimal(1)), detection(ten_times), settle
    )


def settle_seconds(tier: BurnTier, timing: Timing) -> float:
    """What scraping and evaluating add at worst: a scrape, a cycle of the base series, and one of what reads them."""
    reading = SLOW if tier.long > Duration.of(hours=2) else FAST
    return float((timing.scrape_interval + FAST + reading).seconds)


def _blind_spots(slo: Slo) -> list[str]:
    spots = [
        *_kind_blind_spots(slo),
        "What happens while Prometheus does not scrape, and within counters that die unscraped.",
    ]
    spots += [
        f"The tier {tier.name} is left out: even a total outage stays below {plain(tier.factor)} times."
        for tier in slo.alerting.tiers
        if not can_fire(tier, slo.objective)
    ]
    pages = any(tier.severity == "page" and can_fire(tier, slo.objective) for tier in slo.alerting.tiers)
    if pages and slo.alerting.min_bad_events > 1 and not counts_time(slo.sli):
        least = plain(slo.alerting.min_bad_events)
        spots.append(f"Fewer than {least} bad events in the long window never page; they are counted all the same.")
    if isinstance(slo.period, CalendarMonth):
        spots.append("The period's series move on every half hour; near a month's first minutes they say little.")
    elif slo.period.length > Duration.of(days=15):
        spots.append(f"A period of {slo.period} needs that much retention; Prometheus keeps 15d unless told otherwise.")
    if slo.exclusions:
        spots.append("What fails in excluded time is told to nobody and costs no budget; gross figures stand beside.")
    return spots


def _kind_blind_spots(slo: Slo) -> list[str]:
    match slo.sli:
        case LatencySli(native=False):
            return ["A bucket that does not exist at the threshold is no data, and says so after 10m."]
        case TimeSliceSli():
            return [
                f"Missing data count as {slo.no_data}." if slo.no_data != "exclude" else "Missing data do not count."
            ]
        case FreshnessSli(shards=None):
            return ["A shard that was never seen; give `shards` to expect a number of them."]
        case CompletenessSli(allowed_lag=lag):
            return [
                f"The first (rate x {lag}) events lost after the start look like lag; all later loss is counted.",
                "Both counters must survive restarts and count the same things.",
            ]
        case ExprSli():
            return ["Nothing is zero-filled: where the expression has no value, neither has the SLI."]
        case _:
            return []


def exclusion_words(exclusion: Exclusion) -> str:
    """`Once, from 2026-11-01T00:00:00Z to ...`, or `Every mon-fri 02:00 for 30m (Europe/Berlin)`."""
    match exclusion.when:
        case OneOff(start, end):
            return f"Once, from {instant_text(start)} to {instant_text(end)}"
        case WeeklySchedule(spans, zone) as schedule:
            length = Duration.of(seconds=spans[0].length_seconds)
            return f"Every {schedule.every} for {length.readable} ({zone})"
        case _:
            assert_never(exclusion.when)


def detection_words(detection: Detection | None) -> str:
    """`3m0s, 0.7% of the budget gone`, or that it never fires."""
    if detection is None:
        return "never"
    return f"{Duration.of(seconds=round(detection.seconds))}, {_percent(detection.budget_spent_ratio)} spent"


def _percent(ratio: float) -> str:
    """To a tenth below 10%, which 9.96% is not."""
    percent = ratio * 100
    return f"{percent:.0f}%" if round(percent, 1) >= 10 else f"{percent:.1f}%"
