"""The algebra over windows: error ratios, coverage and counts, for all SLOs of a service at once.

Windows up to two hours are read over every sample, so that nothing waits for a step; longer ones in tiles of five
minutes, whose border samples are shared. Counts are rates times the tile's length. A day and more is summed seldom, and
the sums repeated.
"""

from __future__ import annotations

from dataclasses import dataclass

from sretool.model.burn import LONGEST_UNSTEPPED, SHORTEST_SELDOM
from sretool.model.duration import MINUTE, Duration
from sretool.model.slo import Service
from sretool.model.tiers import BurnTier
from sretool.promql import names
from sretool.promql.literal import string_literal
from sretool.rules.rule import RecordingRule
from sretool.rules.timing import FAST, TILE, Timing

REPEATED = MINUTE * 25  # Two evaluations that were missed, and no longer: an alert must not outlive its data.


def has_exclusions(service: Service) -> bool:
    return any(slo.exclusions for slo in service.slos)


def tiers(service: Service) -> tuple[BurnTier, ...]:
    """One tier a pair of windows that any SLO of the service uses, fastest first."""
    found = {tier.name: tier for slo in service.slos for tier in slo.alerting.tiers}
    return tuple(sorted(found.values(), key=lambda tier: (tier.long, tier.short)))


def net_rules(service: Service) -> list[RecordingRule]:
    """The two series without what is excluded; only for a service that excludes anything."""
    if not has_exclusions(service):
        return []
    excluded = f"unless on (service, slo) {names.EXCLUDED}{of(service)} == 1"
    pairs = ((names.BAD_NET, names.BAD), (names.ALL_NET, names.ALL))
    return [RecordingRule(net, f"{gross}{of(service)} {excluded}") for net, gross in pairs]


@dataclass(frozen=True, slots=True)
class WindowRules:
    """What the alerts read, by how often it is evaluated."""

    fast: tuple[RecordingRule, ...]
    slow: tuple[RecordingRule, ...]
    seldom: tuple[RecordingRule, ...]


def window_rules(service: Service, timing: Timing) -> WindowRules:
    pairs = tiers(service)
    longs = {tier.long for tier in pairs}
    rules: dict[bool, list[RecordingRule]] = {False: [], True: []}
    seldom: list[RecordingRule] = []
    for window in sorted(longs | {tier.short for tier in pairs} | {TILE}):
        stepped = window > LONGEST_UNSTEPPED
        counts = _counts(service, window, timing) if stepped or window in longs else []
        coverage = [_coverage(service, window, timing)] if window in longs else []
        if window >= SHORTEST_SELDOM:
            seldom += [rule._replace(record=names.seldom(rule.record)) for rule in (*counts, *coverage)]
            counts, coverage = _repeated(service, counts, timing), _repeated(service, coverage, timing)
        rules[stepped] += [*counts, _error_ratio(service, window, timing), *coverage]
    return WindowRules(tuple(rules[False]), tuple(rules[True]), tuple(seldom))


def _repeated(service: Service, rules: list[RecordingRule], timing: Timing) -> list[RecordingRule]:
    return [rule._replace(expr=timing.last(rule.record, of(service), within=REPEATED)) for rule in rules]


def _counts(service: Service, window: Duration, timing: Timing) -> list[RecordingRule]:
    """Events in a window: a long one from its tiles, a short one from every sample, so that a page need not wait."""
    if window > LONGEST_UNSTEPPED:
        reach, each = timing.steps(window, TILE), timing.seconds(TILE)
    else:
        reach, each = f"[{timing.reach(window)}]", timing.seconds(FAST)
    series = ((names.bad_events(window), bad_series(service)), (names.all_events(window), all_series(service)))
    return [RecordingRule(name, f"sum_over_time({rate}{of(service)}{reach}) * {each}") for name, rate in series]


def _error_ratio(service: Service, window: Duration, timing: Timing) -> RecordingRule:
    bad, every = f"{bad_series(service)}{of(service)}", f"{all_series(service)}{of(service)}"
    if window > LONGEST_UNSTEPPED:
        bad, every = f"{names.bad_events(window)}{of(service)}", f"{names.all_events(window)}{of(service)}"
    elif window > TILE:
        length = timing.text(window)
        bad, every = f"sum_over_time({bad}[{length}])", f"sum_over_time({every}[{length}])"
    return RecordingRule(names.error_ratio(window), f"{bad}\n/\n({every} > 0)")


def _coverage(service: Service, window: Duration, timing: Timing) -> RecordingRule:
    """By counting what there is: `timestamp` in a subquery reads all of a window again at each of its steps."""
    stepped = window > LONGEST_UNSTEPPED
    reach, each = (timing.steps(window, TILE), TILE) if stepped else (f"[{timing.reach(window)}]", FAST)
    seen = f"count_over_time({all_series(service)}{of(service)}{reach}) * {timing.seconds(each)}"
    return RecordingRule(names.coverage(window), f"clamp_max({seen} / {timing.seconds(window)}, 1)")


def of(service: Service, *more: str) -> str:
    """The matchers of a service's recorded series, and more of them."""
    return "{" + ", ".join([f"service={string_literal(service.name)}", *more]) + "}"


def bad_series(service: Service) -> str:
    """The series that alerts and budgets count: net of exclusions where there are any."""
    return names.BAD_NET if has_exclusions(service) else names.BAD


def all_series(service: Service) -> str:
    return names.ALL_NET if has_exclusions(service) else names.ALL
